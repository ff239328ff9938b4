// Results of the services → the plain facts that tables, figures and rules use. The only place that sees both.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "farrell/data/v1/data.pb.h"
#include "farrell/regression/v1/regression.pb.h"
#include "farrell/reporting/v1/reporting.pb.h"
#include "services/reporting/engine/facts.h"
#include "services/reporting/service/planner.h"
#include "services/reporting/service/step_runner.h"
#include "services/reporting/service/vintages.h"
#include "services/reporting/service/withheld.h"

namespace farrell::reporting {

// A finished study: everything its report is made of.
struct FinishedStudy {
  v1::Study study;
  std::string digest;
  // The data as imported, and with the study's variables.
  data::v1::Snapshot snapshot;
  data::v1::Snapshot base;
  std::vector<Step> steps;
  // By step id.
  std::map<std::string, StepResult> results;
  // What the data lack, and the tables as the study asks for them.
  Withheld withheld;
  std::vector<StudyOnVintage> vintages;
  // By the id of a step on a vintage: why its data do not allow it.
  std::map<std::string, std::string> not_allowed;
  // By vintage id and column.
  std::map<std::string, std::map<std::string, CellRevisions>> revisions;
  // Text of the tile map layouts by the path written in the study.
  std::map<std::string, std::string> layouts;
  // Keys of the rows that `data.where` keeps; unset without a filter.
  std::optional<data::v1::TableHeader> sample;
  // Who is projected, by the id of the projection (projection_steps.h).
  std::map<std::string, ProjectionFacts> projections;
  // Points of scatter plots by figure id.
  std::map<std::string, std::vector<PointFacts>> points;
  // Columns of the data that group the units of a metafrontier; without groups where a unit changes its own.
  std::vector<ClassificationFacts> groupings;
};

// A claim that refers to a number that its result does not have keeps why. Errors: INVALID_ARGUMENT LAYOUT_INVALID.
// `language`: one of the study's; the study's own texts come translated. Empty: its first.
Result<ReportFacts> MakeFacts(const FinishedStudy& finished, const std::string& language = {});

// The languages of the documents, the first for `report.*`; "en" where the study names none.
std::vector<std::string> LanguagesOf(const v1::Study& study);

// One fit as facts, with names from the result alone. For RenderTable.
FitFacts FactsOfFit(const regression::v1::FitResult& result);

// The parts of MakeFacts, in result_facts.cc.
DeaFacts FactsOfNetwork(const v1::StudyDea& entry, const dea::v1::StoredNetwork& network);
DeaFacts FactsOfEvaluation(const v1::StudyDea& entry, const dea::v1::StoredEvaluation& evaluation);
ProductivityFacts FactsOfProductivity(const v1::StudyProductivity& entry, const dea::v1::StoredProductivity& stored);
CompareFacts FactsOfComparison(const regression::v1::CompareResult& result);
ReturnsToScaleFacts FactsOfReturnsToScale(const dea::v1::ReturnsToScaleTests& result);
SpecificationFacts FactsOfSpecification(const regression::v1::SpecificationResult& result);
SecondStageFacts FactsOfSecondStage(const regression::v1::SecondStageResult& result);
CurveFacts FactsOfCurve(const regression::v1::SpecificationCurveResult& result);
NowcastFacts FactsOfNowcast(const regression::v1::NowcastResult& result);
// The scores of the period predicted, one unit of output each.
void AddUnitScores(const dea::v1::StoredEvaluation& evaluation, NowcastFacts& facts);
EarlyWarningFacts FactsOfEarlyWarning(const regression::v1::EarlyWarningResult& result);
DescriptiveFacts FactsOfDescription(const data::v1::ColumnDescription& description);
// Of any kind of result: it stands in the result, or in its summary.
common::v1::Provenance ProvenanceOf(const v1::StoredStep& stored);
ResultProvenance FactsOfProvenance(const std::string& step, const common::v1::Provenance& provenance);

}  // namespace farrell::reporting
