// Entries of a study → requests to the dea and regression services, without their tables.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "farrell/dea/v1/dea.pb.h"
#include "farrell/regression/v1/regression.pb.h"
#include "farrell/reporting/v1/reporting.pb.h"

namespace farrell::reporting {

// Errors of all of these: INVALID_ARGUMENT with one violation a bad field, named as in the entry: "frontier",
// "inference[1]". `inference` of the study is named "study.inference[i]".

// `seed` is the study's, for a bootstrap.
Result<dea::v1::Model> ModelOf(const v1::StudyDea& entry, std::int64_t seed);
// Without what an evaluation adds to its scores: scale, cross efficiency, metafrontier, bootstrap.
Result<dea::v1::Model> PlainModelOf(const v1::StudyDea& entry);
// A radial model of one stage whose scores do not exceed their frontier.
bool IsPlainRadial(const v1::StudyDea& entry);
// The only output becomes an expression, in weight restrictions too.
void ReplaceOutput(dea::v1::Model& model, const std::string& expression);
// An entry with `intermediates`.
Result<dea::v1::EvaluateNetworkRequest> NetworkRequestOf(const v1::StudyDea& entry);
Result<dea::v1::MeasureProductivityRequest> ProductivityRequestOf(const v1::StudyProductivity& entry);

// The formula of a comparison, or those of its equations with their conditions, for the names in them.
std::string FormulasOf(const v1::StudyComparison& entry);
// Of several equations the one that has the term, where one has ("a | b" has a term of each); else the formula, or the
// first equation's.
std::string FormulaWith(const v1::StudyComparison& entry, const std::string& term);
std::string FormulaWith(const v1::StudyRegression& entry, const std::string& term);

// Inference, seed and correction: the entry's own list, else the study's, else the service's default.
Result<regression::v1::FitRequest> FitRequestOf(const v1::Study& study, const v1::StudyRegression& entry);
Result<regression::v1::CompareRequest> CompareRequestOf(const v1::Study& study, const v1::StudyComparison& entry);

// Unknown names of tests are bad fields.
Result<regression::v1::TestSpecificationRequest> SpecificationRequestOf(const v1::StudySpecificationTest& entry);
// The model is that of the DEA that the entry names; a DEA that cannot be read itself is not blamed here.
Result<regression::v1::SecondStageRequest> SecondStageRequestOf(const v1::Study& study,
                                                                const v1::StudySecondStage& entry);
Result<dea::v1::TestReturnsToScaleRequest> ReturnsToScaleRequestOf(const v1::Study& study,
                                                                   const v1::StudyReturnsToScale& entry);
// One choice of the rows may also be left out: all.
Result<regression::v1::SpecificationCurveRequest> CurveRequestOf(const v1::Study& study, const v1::StudyCurve& entry);
// Every formula part and condition of a curve, for the names in them.
std::string FormulasOf(const v1::StudyCurve& entry);
// The DEA with this id, or null.
const v1::StudyDea* FindDeaEntry(const v1::Study& study, const std::string& id);

// `x ~ i(time) | unit`: its r2_within says how much of the regressor is common to all units of a period.
regression::v1::FitRequest TrendRequestOf(const std::string& term, const std::string& unit_key,
                                          const std::string& time_key);

// Rows an entry works on: the study's filter and its own.
std::string WhereOf(const v1::Study& study, const std::string& entry_where);

}  // namespace farrell::reporting
