// Grunfeld's firms 1-5 against 6-10: interaction, Wald, Chow, permutation of firms.
#include <cmath>
#include <map>
#include <stdexcept>
#include <string>

#include "services/regression/engine/compare.h"
#include "tests/published/panel/published_files.h"

namespace farrell::regression::testing {
namespace {

struct Computed {
  std::string statistic;
  double value = 0.0;
  bool count = false;
};

Panel PanelOfHalves() {
  Panel panel = GrunfeldPanel();
  AddColumn(panel, "half", [&](std::size_t row) { return Numbers(panel, "firm")[row] <= 5.0 ? 1.0 : 2.0; });
  return panel;
}

double Wald(const Panel& panel) {
  FitSpec spec = MakeSpec("inv ~ i(half):value + i(half):capital | firm", {MakeInference(InferenceType::kCr0, "firm")});
  spec.hypotheses = {"half::1:value = half::2:value; half::1:capital = half::2:capital"};
  // F times its two restrictions.
  return 2.0 * MustFit(panel, spec).hypotheses.at(0).joint->statistic;
}

}  // namespace

Matches MatchGroupDifference() {
  const Panel panel = PanelOfHalves();
  CompareSpec spec;
  spec.fit = MakeSpec("inv ~ value + capital | firm", {MakeInference(InferenceType::kCr0, "firm"),
                                                       MakeInference(InferenceType::kPermutationRaw, "firm")});
  spec.by = "half";
  spec.terms = {"value", "capital"};
  const auto compared = Compare(panel, spec, {});
  if (!compared.ok()) throw std::runtime_error(compared.status().ToString());
  const Difference& value = compared->differences[0];
  const Difference& capital = compared->differences[1];
  const GroupFit& second = compared->groups[1];
  const auto& of_value = value.inferences[1];
  const auto& of_capital = capital.inferences[1];
  const EqualityTest& chow = compared->joints[0].tests.back();
  if (chow.label != "Chow of all slopes" || chow.df1 != 2.0 || chow.df2 != 186.0 || !of_value.enumerated)
    throw std::runtime_error("not the tests asked for");
  const auto count = [](std::int64_t draws) { return static_cast<double>(draws); };
  const std::string slopes = "differences of slopes";
  const std::string errors = "standard errors, cluster firm";
  const std::string permutation = "permutation of firms";
  const std::map<std::string, Computed> computed = {
      {"diff value slope firms1-5 minus 6-10 (firm FE)", {slopes, *value.estimate}},
      {"diff capital slope", {slopes, *capital.estimate}},
      {"perm count |d|>=|d0| value (all 252 splits)",
       {permutation, count(of_value.inference.greater_or_equal_count.value()), true}},
      {"perm count capital", {permutation, count(of_capital.inference.greater_or_equal_count.value()), true}},
      {"perm total", {permutation, count(of_value.draws), true}},
      {"interaction b value", {"slopes of firms 6-10", *second.estimates[0]}},
      {"interaction b capital", {"slopes of firms 6-10", *second.estimates[1]}},
      {"interaction b value*D", {slopes, *value.estimate}},
      {"interaction b capital*D", {slopes, *capital.estimate}},
      {"cluster se value (no ssc)", {errors, *second.compared[0].std_error}},
      {"cluster se capital", {errors, *second.compared[1].std_error}},
      {"cluster se value*D", {errors, *value.inference.std_error}},
      {"cluster se capital*D", {errors, *capital.inference.std_error}},
      {"Wald chi2(2) cluster no ssc", {"Wald test of both differences", Wald(panel)}},
      {"F(2,186) iid", {"Chow test of both differences", *chow.statistic}},
  };
  const Table expected = Expected("grunfeld_group_difference");
  Matches matches;
  for (std::size_t row = 0; row < expected.rows.size(); ++row) {
    const Computed& ours = computed.at(expected.At(row, "quantity"));
    matches.push_back({row, ours.statistic, expected.At(row, "value"), ours.value,
                       ours.count ? Tolerance::Exact() : Tolerance::Relative(1e-9)});
  }
  return matches;
}

}  // namespace farrell::regression::testing
