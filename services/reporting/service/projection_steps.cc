#include "services/reporting/service/projection_steps.h"

#include <optional>
#include <set>
#include <utility>

#include "services/reporting/engine/projection.h"
#include "services/reporting/service/facts.h"
#include "services/reporting/service/projection_requests.h"

namespace farrell::reporting {
namespace {

// A score that moves by less has not moved: rounding of the solver.
constexpr double kRounding = 1e-9;

using RowKey = std::pair<std::string, std::optional<std::int64_t>>;

std::map<RowKey, double> ScoresOf(const DeaFacts& dea) {
  std::map<RowKey, double> scores;
  for (const ScoreFacts& row : dea.scores) {
    if (row.score) scores[{row.unit, row.time}] = *row.score;
  }
  return scores;
}

OutsideFacts Outside(const std::set<RowKey>& changed, const std::map<RowKey, double>& before,
                     const std::map<RowKey, double>& after) {
  OutsideFacts outside;
  for (const auto& [row, score] : before) {
    const auto now = after.find(row);
    if (changed.contains(row) || now == after.end()) continue;
    ++outside.row_count;
    const double loss = score - now->second;
    if (loss <= kRounding) continue;
    ++outside.loser_count;
    if (loss <= outside.largest_loss.value_or(0)) continue;
    outside.largest_loss = loss;
    outside.unit = row.first;
    outside.time = row.second;
  }
  return outside;
}

}  // namespace

Status ProjectionSteps::Complete(Step& step, const v1::StoredStep& fit, const std::string& scored_digest,
                                 const std::stop_token& stop) {
  const v1::StudyProjection& entry = *FindProjectionEntry(study_, step.entry);
  const std::optional<double> slope = SlopeOf(FactsOfFit(fit.fit()), entry.term())[step.slope_point];
  if (!slope) {
    return FailedPrecondition("PROJECTION_WITHOUT_SLOPE",
                              "the split `" + entry.channels() + "` has no " +
                                  (step.slope_point == 0 ? "estimate of " : "interval of ") + entry.term() +
                                  (step.slope_point == 0 ? "" : " under its first inference"));
  }
  auto rows = rows_.find(entry.id());
  if (rows == rows_.end()) {
    common::v1::TableSpec table;
    table.set_snapshot_digest(scored_digest);
    FARRELL_ASSIGN_OR_RETURN(ProjectionFacts read, ReadProjection(services_, study_, entry, std::move(table), stop));
    rows = rows_.emplace(entry.id(), std::move(read)).first;
  }
  FARRELL_ASSIGN_OR_RETURN(step.request, ProjectionRequestOf(study_, entry, base_, rows->second, *slope));
  return Status::Ok();
}

std::string FitBehind(const v1::Study& study, const Step& step) {
  return ProjectionFit(*FindChannelsEntry(study, FindProjectionEntry(study, step.entry)->channels()));
}

ProjectionFacts FactsOfProjection(const v1::StudyProjection& entry, ProjectionFacts rows, const DeaFacts& before,
                                  const std::vector<DeaFacts>& evaluations) {
  ProjectionFacts facts = std::move(rows);
  facts.id = entry.id();
  facts.channels = entry.channels();
  facts.term = entry.term();
  facts.change = entry.change();
  facts.where = entry.where();
  std::set<RowKey> changed;
  for (const ProjectedUnitFacts& unit : facts.units) changed.insert({unit.unit, facts.period});
  const std::map<RowKey, double> scores = ScoresOf(before);
  for (std::size_t point = 0; point < kSlopePoints.size(); ++point) {
    const DeaFacts& evaluation = evaluations[point];
    const std::map<RowKey, double> after = ScoresOf(evaluation);
    for (ProjectedUnitFacts& unit : facts.units) {
      const auto found = after.find({unit.unit, facts.period});
      if (found != after.end()) unit.reestimated[point] = found->second;
    }
    facts.outside[point] = Outside(changed, scores, after);
    facts.warnings.insert(facts.warnings.end(), evaluation.warnings.begin(), evaluation.warnings.end());
    facts.provenance.push_back(evaluation.provenance);
    facts.provenance.back().step = "projection:" + entry.id() + ":" + std::string(kSlopePoints[point]);
  }
  return facts;
}

}  // namespace farrell::reporting
