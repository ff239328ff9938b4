// Results of the dea service → facts.
#include <algorithm>
#include <tuple>

#include "common/notation/dea_notation.h"
#include "services/reporting/service/facts.h"
#include "services/reporting/service/result_fields.h"

namespace farrell::reporting {
namespace {

ScoreStatus StatusOf(dea::v1::Status status) {
  switch (status) {
    case dea::v1::STATUS_OPTIMAL: return ScoreStatus::kOptimal;
    case dea::v1::STATUS_INFEASIBLE: return ScoreStatus::kInfeasible;
    case dea::v1::STATUS_UNBOUNDED: return ScoreStatus::kUnbounded;
    case dea::v1::STATUS_REFERENCE_ONLY: return ScoreStatus::kReferenceOnly;
    case dea::v1::STATUS_EXCLUDED: return ScoreStatus::kExcluded;
    default: return ScoreStatus::kNotSolved;
  }
}

ScoreFacts ScoreOf(const dea::v1::UnitResult& unit) {
  ScoreFacts score;
  score.unit = unit.unit();
  score.time = FARRELL_OPTIONAL(unit, time);
  score.status = StatusOf(unit.status());
  score.score = FARRELL_OPTIONAL(unit, score);
  score.group_score = FARRELL_OPTIONAL(unit, group_score);
  score.gap_ratio = FARRELL_OPTIONAL(unit, gap_ratio);
  for (const dea::v1::Peer& peer : unit.peers()) {
    score.peers.push_back({peer.unit(), FARRELL_OPTIONAL(peer, time), peer.weight()});
  }
  score.peers_unique = unit.peers_unique();
  score.scale_efficiency = FARRELL_OPTIONAL(unit, scale_efficiency);
  score.scale_class = notation::FormatScaleClass(unit.scale_class());
  if (unit.has_interval()) {
    const dea::v1::Interval& interval = unit.interval();
    score.interval = {.corrected = interval.corrected(),
                      .conf_low = interval.conf_low(),
                      .conf_high = interval.conf_high(),
                      .rank_low = FARRELL_OPTIONAL(interval, rank_low),
                      .rank_high = FARRELL_OPTIONAL(interval, rank_high)};
  }
  return score;
}

void SortScores(DeaFacts& facts) {
  std::stable_sort(facts.scores.begin(), facts.scores.end(), [](const ScoreFacts& a, const ScoreFacts& b) {
    return std::tie(a.unit, a.time) < std::tie(b.unit, b.time);
  });
}

}  // namespace

DeaFacts FactsOfEvaluation(const v1::StudyDea& entry, const dea::v1::StoredEvaluation& evaluation) {
  const dea::v1::EvaluationSummary& summary = evaluation.summary();
  DeaFacts facts;
  facts.id = entry.id();
  facts.label = entry.label();
  facts.inputs.assign(entry.inputs().begin(), entry.inputs().end());
  facts.outputs.assign(entry.outputs().begin(), entry.outputs().end());
  facts.model = notation::FormatModelKind(summary.model().kind());
  facts.rts = notation::FormatRts(summary.model());
  facts.orientation = notation::FormatOrientation(summary.model().orientation());
  facts.frontier = notation::FormatFrontier(summary.model().frontier());
  facts.metafrontier = entry.metafrontier();
  facts.where = entry.where();
  facts.super_efficiency = entry.super();
  for (const dea::v1::UnitResult& unit : evaluation.units()) facts.scores.push_back(ScoreOf(unit));
  SortScores(facts);
  facts.optimal_count = summary.optimal_count();
  facts.infeasible_count = summary.infeasible_count();
  facts.excluded_count = summary.excluded_count();
  facts.share_at_one = summary.share_at_one();
  facts.smallest_reference_count = summary.smallest_reference_count();
  facts.worst_gap = summary.worst_gap();
  facts.worst_violation = summary.worst_violation();
  if (const dea::v1::Bootstrap& bootstrap = summary.model().bootstrap(); summary.model().has_bootstrap()) {
    facts.bootstrap = notation::FormatBootstrapMethod(bootstrap.method());
    facts.replication_count = bootstrap.replication_count();
    facts.confidence_level = bootstrap.confidence_level();
  }
  facts.warnings = WarningsOf(summary.warnings());
  facts.provenance = FactsOfProvenance("dea:" + entry.id(), summary.provenance());
  return facts;
}

DeaFacts FactsOfNetwork(const v1::StudyDea& entry, const dea::v1::StoredNetwork& network) {
  const dea::v1::NetworkSummary& summary = network.summary();
  DeaFacts facts;
  facts.id = entry.id();
  facts.label = entry.label();
  facts.inputs.assign(entry.inputs().begin(), entry.inputs().end());
  facts.outputs.assign(entry.outputs().begin(), entry.outputs().end());
  facts.model = "two-stage " + (entry.decomposition().empty() ? std::string("kao-hwang") : entry.decomposition());
  facts.rts = entry.rts().empty() ? "crs" : entry.rts();
  facts.frontier = entry.frontier().empty() ? "contemporaneous" : entry.frontier();
  facts.where = entry.where();
  std::int64_t at_one = 0;
  for (const dea::v1::NetworkResult& result : network.results()) {
    ScoreFacts score;
    score.unit = result.unit();
    score.time = FARRELL_OPTIONAL(result, time);
    score.status = StatusOf(result.status());
    score.score = FARRELL_OPTIONAL(result, score);
    if (score.score && *score.score >= 1 - 1e-9) ++at_one;
    facts.scores.push_back(std::move(score));
  }
  SortScores(facts);
  facts.optimal_count = summary.optimal_count();
  facts.share_at_one =
      summary.optimal_count() > 0 ? static_cast<double>(at_one) / static_cast<double>(summary.optimal_count()) : 0;
  facts.worst_gap = summary.worst_gap();
  facts.worst_violation = summary.worst_violation();
  facts.warnings = WarningsOf(summary.warnings());
  facts.provenance = FactsOfProvenance("dea:" + entry.id(), summary.provenance());
  return facts;
}

ProductivityFacts FactsOfProductivity(const v1::StudyProductivity& entry, const dea::v1::StoredProductivity& stored) {
  ProductivityFacts facts;
  facts.id = entry.id();
  facts.label = entry.label();
  facts.index = entry.index().empty() ? "malmquist" : entry.index();
  for (const dea::v1::ProductivityResult& result : stored.results()) {
    facts.changes.push_back({.unit = result.unit(),
                             .time = result.to(),
                             .index = FARRELL_OPTIONAL(result, index),
                             .efficiency_change = FARRELL_OPTIONAL(result, efficiency_change),
                             .technical_change = FARRELL_OPTIONAL(result, technical_change)});
  }
  std::stable_sort(facts.changes.begin(), facts.changes.end(),
                   [](const ProductivityChange& a, const ProductivityChange& b) {
                     return std::tie(a.unit, a.time) < std::tie(b.unit, b.time);
                   });
  facts.warnings = WarningsOf(stored.summary().warnings());
  facts.provenance = FactsOfProvenance("productivity:" + entry.id(), stored.summary().provenance());
  return facts;
}

ReturnsToScaleFacts FactsOfReturnsToScale(const dea::v1::ReturnsToScaleTests& result) {
  ReturnsToScaleFacts facts;
  for (const dea::v1::ReturnsToScaleTest& test : result.tests()) {
    facts.tests.push_back({.reference_set = test.reference_set(),
                           .null_is_constant = test.null_hypothesis() == dea::v1::RETURNS_TO_SCALE_CRS,
                           .statistic = test.statistic(),
                           .critical_value = test.critical_value(),
                           .p_value = test.p_value(),
                           .rejected = test.rejected(),
                           .unit_count = test.unit_count(),
                           .replication_count = test.replication_count()});
  }
  facts.warnings = WarningsOf(result.warnings());
  facts.provenance = FactsOfProvenance("", result.provenance());
  return facts;
}

}  // namespace farrell::reporting
