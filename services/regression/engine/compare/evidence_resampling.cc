// What is drawn: wild bootstrap, permutation of clusters, Romano & Wolf's adjustment.
#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "services/regression/engine/compare/evidence.h"
#include "services/regression/engine/multiple_testing.h"
#include "services/regression/engine/permutation.h"

namespace farrell::regression {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

WildBootstrapSpec WildSpecOf(const InferenceSpec& inference, double level) {
  WildBootstrapSpec spec;
  spec.draws = inference.draws > 0 ? inference.draws : InferenceSpec().draws;
  spec.weights = inference.weights;
  spec.seed = inference.seed;
  spec.confidence_level = level;
  spec.variant = inference.variant;
  spec.unrestricted = inference.unrestricted;
  return spec;
}

double Share(std::int64_t count, std::int64_t draws) { return static_cast<double>(count) / static_cast<double>(draws); }

}  // namespace

std::optional<WildBootstrapSpec> Evidence::SharedDraws(std::string& cluster) const {
  if (!IsLeastSquares(compared_.models.front().fitted.estimator.kind)) return std::nullopt;
  const auto wild = std::find_if(compared_.inferences.begin(), compared_.inferences.end(),
                                 [](const InferenceSpec& each) { return each.type == InferenceType::kWild; });
  const auto clustered = std::find_if(compared_.inferences.begin(), compared_.inferences.end(),
                                      [](const InferenceSpec& each) { return IsClustered(each.type); });
  if (clustered == compared_.inferences.end()) return std::nullopt;
  const InferenceSpec& source = wild != compared_.inferences.end() ? *wild : *clustered;
  cluster = source.cluster;
  return WildSpecOf(source, compared_.spec->fit.confidence_level);
}

Evidence::Drawn Evidence::DrawnModels(const std::string& cluster) const {
  Drawn drawn;
  for (const ComparedModel& model : compared_.models) {
    const Levels& clusters = model.fitted.design.classifications.at(cluster);
    if (clusters.count() < 2 || model.fitted.parameters() == 0) {
      drawn.offsets.push_back(-1);
      continue;
    }
    drawn.offsets.push_back(drawn.size);
    drawn.size += model.fitted.parameters();
    drawn.models.push_back({&model.fitted, &clusters});
  }
  return drawn;
}

Index Evidence::Drawn::Place(const ComparedCell& cell) const {
  const Index offset = offsets[cell.model];
  return offset < 0 || !cell.estimated() ? -1 : offset + cell.position;
}

// All cells equal; unset where fewer than two are drawn.
std::optional<WildHypothesis> Evidence::HypothesisOf(const std::vector<std::size_t>& cells, const Drawn& drawn) const {
  std::vector<Index> places;
  for (const std::size_t cell : cells) {
    const Index place = drawn.Place(compared_.cells[cell]);
    if (place >= 0) places.push_back(place);
  }
  if (places.size() < 2) return std::nullopt;
  WildHypothesis hypothesis;
  const auto count = static_cast<Index>(places.size());
  hypothesis.restrictions = MatrixXd::Zero(count - 1, drawn.size);
  hypothesis.values = VectorXd::Zero(count - 1);
  for (Index k = 0; k + 1 < count; ++k) {
    hypothesis.restrictions(k, places[0]) = 1.0;
    hypothesis.restrictions(k, places[static_cast<std::size_t>(k + 1)]) = -1.0;
  }
  return hypothesis;
}

Status Evidence::Wild(std::size_t inference, std::vector<Contrast>& contrasts, std::vector<Equality>& equalities) {
  const InferenceSpec& asked = compared_.inferences[inference];
  const Drawn drawn = DrawnModels(asked.cluster);
  std::vector<WildHypothesis> hypotheses;
  std::vector<DifferenceInference*> differences;
  std::vector<EqualityTest*> equal;
  for (Contrast& contrast : contrasts) {
    DifferenceInference& result = contrast.inferences[inference];
    const bool tested = result.inference.std_error.has_value();
    result.inference.p_value.reset();
    result.inference.df.reset();
    result.inference.conf_low.reset();
    result.inference.conf_high.reset();
    auto hypothesis = tested ? HypothesisOf({contrast.left, contrast.right}, drawn) : std::nullopt;
    if (!hypothesis) continue;
    hypotheses.push_back(std::move(*hypothesis));
    differences.push_back(&result);
  }
  for (Equality& equality : equalities) {
    std::vector<std::size_t> usable;
    for (const std::size_t cell : equality.cells) {
      if (Usable(*compared_.places[inference], cell)) usable.push_back(cell);
    }
    auto hypothesis = HypothesisOf(usable, drawn);
    if (!hypothesis) continue;
    hypotheses.push_back(std::move(*hypothesis));
    equal.push_back(&equality.result.tests[inference]);
  }
  if (hypotheses.empty()) return Status::Ok();
  FARRELL_ASSIGN_OR_RETURN(
      const WildBootstrap bootstrap,
      RunWildTests(drawn.models, hypotheses, WildSpecOf(asked, compared_.spec->fit.confidence_level), environment_));
  for (std::size_t k = 0; k < differences.size(); ++k) {
    const WildTest& test = bootstrap.tests[k];
    DifferenceInference& result = *differences[k];
    if (!test.defined) continue;
    result.draws = bootstrap.draws;
    result.enumerated = bootstrap.enumerated;
    result.inference.greater_count = test.greater;
    result.inference.greater_or_equal_count = test.greater_or_equal;
    result.inference.p_value = Share(test.greater_or_equal, bootstrap.draws);
    result.inference.conf_low = test.conf_low;
    result.inference.conf_high = test.conf_high;
  }
  for (std::size_t k = 0; k < equal.size(); ++k) {
    const WildTest& test = bootstrap.tests[differences.size() + k];
    EqualityTest& result = *equal[k];
    if (!test.defined) continue;
    const auto restrictions = static_cast<double>(hypotheses[differences.size() + k].values.size());
    // One equation gives |t|: the Wald statistic is its square.
    result.statistic = (restrictions == 1.0 ? test.abs_t * test.abs_t : test.abs_t) / restrictions;
    result.df1 = restrictions;
    result.draws = bootstrap.draws;
    result.enumerated = bootstrap.enumerated;
    result.greater_or_equal_count = test.greater_or_equal;
    result.p_value = Share(test.greater_or_equal, bootstrap.draws);
  }
  return Status::Ok();
}

Status Evidence::PermuteEquation(std::size_t inference, std::size_t equation, std::vector<Contrast>& contrasts,
                                 std::vector<Equality>& equalities) {
  if (compared_.group_count < 2) return Status::Ok();
  const InferenceSpec& asked = compared_.inferences[inference];
  const ComparedModel& pooled = compared_.pooled[equation];
  const Levels& clusters = pooled.fitted.design.classifications.at(asked.cluster);
  const Levels& labels = pooled.fitted.design.classifications.at(compared_.spec->by);
  std::vector<ComparedCell> cells(compared_.term_count);
  MatrixXd contrast_rows = MatrixXd::Zero(static_cast<Index>(compared_.term_count), pooled.fitted.parameters());
  for (std::size_t t = 0; t < compared_.term_count; ++t) {
    Locate(pooled, compared_.terms[equation][t], cells[t]);
    if (cells[t].estimated()) contrast_rows(static_cast<Index>(t), cells[t].position) = 1.0;
  }
  auto slopes = ClusterSlopes::Make(pooled.fitted, clusters, contrast_rows, environment_.stop);
  if (!slopes.ok()) {
    if (slopes.status().code() != Code::kFailedPrecondition) return slopes.status();
    Warn("PERMUTATION_UNDEFINED", slopes.status().message());
    return Status::Ok();
  }
  std::vector<std::int32_t> groups(clusters.count(), -1);
  const std::vector<std::int32_t> levels = GroupsOfClusters(clusters, labels);
  for (std::size_t c = 0; c < levels.size(); ++c) {
    if (levels[c] < 0) continue;
    const std::string& label = labels.labels[static_cast<std::size_t>(levels[c])];
    const auto found = std::find(compared_.groups.begin(), compared_.groups.end(), label);
    if (found != compared_.groups.end()) groups[c] = static_cast<std::int32_t>(found - compared_.groups.begin());
  }
  GroupPermutationSpec spec;
  spec.draws = asked.draws > 0 ? asked.draws : InferenceSpec().draws;
  spec.seed = asked.seed;
  spec.studentised = asked.type == InferenceType::kPermutation;
  const auto defined = [&](const PermutationTest& test, std::size_t t) {
    return cells[t].estimated() && test.statistic.has_value();
  };
  // One set of splits a pair of groups.
  std::map<std::pair<std::size_t, std::size_t>, Permutations> pairs;
  for (Contrast& contrast : contrasts) {
    const ComparedCell& left = compared_.cells[contrast.left];
    const ComparedCell& right = compared_.cells[contrast.right];
    if (left.equation != equation || right.equation != equation) continue;
    const auto key = std::make_pair(left.group, right.group);
    if (pairs.find(key) == pairs.end()) {
      std::vector<std::int32_t> two(groups.size(), -1);
      for (std::size_t c = 0; c < groups.size(); ++c) {
        if (groups[c] == static_cast<std::int32_t>(left.group)) two[c] = 0;
        if (groups[c] == static_cast<std::int32_t>(right.group)) two[c] = 1;
      }
      FARRELL_ASSIGN_OR_RETURN(pairs[key], PermuteGroups(*slopes, two, 2, spec, environment_));
    }
    const PermutationTest& test = pairs[key].tests[left.term];
    if (!defined(test, left.term)) continue;
    DifferenceInference& result = contrast.inferences[inference];
    result.draws = test.draws;
    result.enumerated = test.enumerated;
    result.inference.statistic = left.estimate < right.estimate ? -*test.statistic : *test.statistic;
    result.inference.greater_count = test.greater;
    result.inference.greater_or_equal_count = test.greater_or_equal;
    result.inference.p_value = test.p_value();
  }
  FARRELL_ASSIGN_OR_RETURN(
      const Permutations all,
      PermuteGroups(*slopes, groups, static_cast<std::int32_t>(compared_.group_count), spec, environment_));
  for (Equality& equality : equalities) {
    if (equality.equation != equation) continue;
    const PermutationTest& test = all.tests[equality.term];
    if (!defined(test, equality.term)) continue;
    EqualityTest& result = equality.result.tests[inference];
    result.statistic = test.statistic;
    result.draws = test.draws;
    result.enumerated = test.enumerated;
    result.greater_or_equal_count = test.greater_or_equal;
    result.p_value = test.p_value();
  }
  return Status::Ok();
}

// Positions of contrasts, family by family.
std::vector<std::vector<std::size_t>> Evidence::Families(const std::vector<Contrast>& contrasts) const {
  std::map<std::pair<std::size_t, std::size_t>, std::vector<std::size_t>> families;
  for (std::size_t k = 0; k < contrasts.size(); ++k) {
    const ComparedCell& left = compared_.cells[contrasts[k].left];
    const ComparedCell& right = compared_.cells[contrasts[k].right];
    std::pair<std::size_t, std::size_t> key(0, 0);
    if (compared_.spec->family == Family::kTerm) key.first = left.term;
    // Differences between equations are a family of their own for every pair.
    if (compared_.spec->family == Family::kEquation) key = {left.equation, right.equation};
    families[key].push_back(k);
  }
  std::vector<std::vector<std::size_t>> result;
  for (auto& [key, members] : families) result.push_back(std::move(members));
  return result;
}

// Step-down p-values of the members of a family that have statistics.
Result<std::map<std::size_t, double>> Evidence::StepDown(const std::vector<Contrast>& contrasts,
                                                         const std::vector<std::size_t>& family, const Drawn& drawn,
                                                         const WildBootstrapSpec& spec) const {
  std::map<std::size_t, double> stepped;
  std::vector<std::size_t> members;
  std::vector<WildHypothesis> hypotheses;
  for (const std::size_t k : family) {
    auto hypothesis = HypothesisOf({contrasts[k].left, contrasts[k].right}, drawn);
    if (!hypothesis) continue;
    members.push_back(k);
    hypotheses.push_back(std::move(*hypothesis));
  }
  if (hypotheses.empty()) return stepped;
  FARRELL_ASSIGN_OR_RETURN(const WildStatistics statistics,
                           DrawWildStatistics(drawn.models, hypotheses, spec, environment_));
  std::vector<Index> columns;
  for (std::size_t k = 0; k < members.size(); ++k) {
    if (statistics.defined[k] != 0) columns.push_back(static_cast<Index>(k));
  }
  const VectorXd observed = statistics.observed(columns).cwiseAbs();
  const MatrixXd drawn_statistics = statistics.statistics(Eigen::all, columns).cwiseAbs();
  const std::vector<double> adjusted = RomanoWolfAdjusted(observed, drawn_statistics, statistics.enumerated);
  for (std::size_t k = 0; k < columns.size(); ++k) {
    stepped[members[static_cast<std::size_t>(columns[k])]] = adjusted[k];
  }
  return stepped;
}

// What can be done of what was asked for, by inference.
Adjustment Evidence::AdjustmentOf(std::size_t inference, bool shared_draws) const {
  const Adjustment asked = compared_.spec->adjustment;
  const bool permuted = !compared_.places[inference].has_value();
  return asked == Adjustment::kRomanoWolf && (permuted || !shared_draws) ? Adjustment::kHolm : asked;
}

Status Evidence::Adjust(std::vector<Contrast>& contrasts) {
  const bool stepwise = compared_.spec->adjustment == Adjustment::kRomanoWolf;
  std::string cluster;
  const auto draws = stepwise ? SharedDraws(cluster) : std::nullopt;
  if (stepwise && !draws) {
    Warn("ADJUSTMENT_HOLM", "Romano-Wolf needs least squares and clusters to draw; p-values are adjusted by Holm.");
  } else if (stepwise && Permuted()) {
    Warn("ADJUSTMENT_HOLM",
         "Romano-Wolf steps down on wild draws, which permutations do not share: their p-values are adjusted by Holm.");
  }
  const Drawn drawn = draws ? DrawnModels(cluster) : Drawn();
  for (const std::vector<std::size_t>& family : Families(contrasts)) {
    std::map<std::size_t, double> stepped;
    if (draws) {
      FARRELL_ASSIGN_OR_RETURN(stepped, StepDown(contrasts, family, drawn, *draws));
    }
    for (std::size_t i = 0; i < compared_.inferences.size(); ++i) {
      const Adjustment adjustment = AdjustmentOf(i, draws.has_value());
      std::vector<std::size_t> tested;
      std::vector<double> p_values;
      for (const std::size_t k : family) {
        contrasts[k].inferences[i].adjustment = adjustment;
        const auto& p = contrasts[k].inferences[i].inference.p_value;
        if (!p) continue;
        tested.push_back(k);
        p_values.push_back(*p);
      }
      std::vector<double> adjusted = p_values;
      if (adjustment == Adjustment::kBenjaminiHochberg) adjusted = BenjaminiHochbergAdjusted(p_values);
      if (adjustment == Adjustment::kHolm) adjusted = HolmAdjusted(p_values);
      for (std::size_t k = 0; k < tested.size(); ++k) {
        std::optional<double>& result = contrasts[tested[k]].inferences[i].p_adjusted;
        if (adjustment != Adjustment::kRomanoWolf) {
          result = adjusted[k];
          continue;
        }
        const auto found = stepped.find(tested[k]);
        // A step-down p-value below the test's own says only that the tests differ.
        if (found != stepped.end()) result = std::max(found->second, p_values[k]);
      }
    }
  }
  return Status::Ok();
}

}  // namespace farrell::regression
