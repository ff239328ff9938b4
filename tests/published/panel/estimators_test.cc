// Published rows of between, first-difference and random-effects estimators.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/numeric/elementary.h"
#include "tests/regression/panels.h"

namespace farrell::regression::testing {
namespace {

// How one kind of published row is asked of the engine.
struct Model {
  std::string formula;
  EstimatorSpec estimator;
  InferenceSpec inference;
  // Random effects: the textbook variance s2_e (X'X)^-1 in place of the inference's.
  bool row_variance = false;
};

struct Estimates {
  std::map<std::string, double> coefficients;
  std::map<std::string, double> errors;
  Fitted fitted;
};

Estimates RunModel(const Panel& panel, const Model& model) {
  DesignOptions options;
  options.panel_keys = true;
  if (!model.inference.cluster.empty()) options.classifications = {model.inference.cluster};
  auto design = BuildDesign(panel, MakeSpec(model.formula).formula, options);
  if (!design.ok()) throw std::runtime_error(model.formula + ": " + design.status().ToString());
  auto fitted = Estimate(std::move(design).value(), model.estimator, {});
  if (!fitted.ok()) throw std::runtime_error(model.formula + ": " + fitted.status().ToString());
  std::vector<Warning> warnings;
  auto inference = ComputeInference(*fitted, model.inference, 0.95, {}, warnings);
  if (!inference.ok()) throw std::runtime_error(model.formula + ": " + inference.status().ToString());
  Estimates result;
  for (std::size_t k = 0; k < fitted->solution.kept.size(); ++k) {
    const auto column = static_cast<std::size_t>(fitted->solution.kept[k]);
    const std::string& name = fitted->design.names[column];
    result.coefficients[name] = fitted->solution.coefficients(static_cast<Eigen::Index>(k));
    result.errors[name] = inference->terms[column].std_error.value_or(-1.0);
    if (model.row_variance) {
      const Eigen::Index size = fitted->parameters();
      const Eigen::MatrixXd inverse =
          fitted->solution.r.triangularView<Eigen::Upper>().solve(Eigen::MatrixXd::Identity(size, size));
      result.errors[name] = fitted->components->idiosyncratic * inverse.row(static_cast<Eigen::Index>(k)).norm();
    }
  }
  result.fitted = std::move(fitted).value();
  return result;
}

// Rows of `expected` with a model under their key, compared to `tolerance` (relative; negative: absolute).
int CheckRows(const Table& expected, const std::function<std::string(std::size_t)>& key_of, const Panel& panel,
              const std::map<std::string, Model>& models, const std::map<std::string, std::string>& names,
              double tolerance) {
  int covered = 0;
  std::map<std::string, Estimates> done;
  for (std::size_t row = 0; row < expected.rows.size(); ++row) {
    const std::string key = key_of(row);
    const auto model = models.find(key);
    if (model == models.end()) continue;
    ++covered;
    if (done.find(key) == done.end()) done.emplace(key, RunModel(panel, model->second));
    const std::string& published = expected.At(row, "term");
    const auto renamed = names.find(published);
    const std::string name = renamed == names.end() ? published : renamed->second;
    const double coefficient = expected.Number(row, "coef");
    const double error = expected.Number(row, "se");
    const auto allowed = [&](double value) { return tolerance < 0.0 ? -tolerance : tolerance * std::fabs(value); };
    if (done.at(key).coefficients.count(name) == 0) {
      ADD_FAILURE() << key << ": no term " << name;
      continue;
    }
    EXPECT_NEAR(done.at(key).coefficients.at(name), coefficient, allowed(coefficient)) << key << ": " << name;
    EXPECT_NEAR(done.at(key).errors.at(name), error, allowed(error)) << key << ": " << name;
  }
  return covered;
}

EstimatorSpec Of(Estimator kind, RandomEffectsMethod method = RandomEffectsMethod::kSwamyArora) {
  EstimatorSpec spec;
  spec.kind = kind;
  spec.random_effects = method;
  return spec;
}

InferenceSpec Iid() { return MakeInference(InferenceType::kIid); }

Table Expected(const std::string& name) {
  return ReadCsv(SourcePath("tests/published/panel/expected/" + name + ".csv"));
}

std::string ThreeParts(const Table& table, std::size_t row) {
  return table.At(row, "model") + " | " + table.At(row, "se_type") + " | " + table.At(row, "convention");
}

Panel LoadGrunfeld() {
  return MakePanel(ReadCsv(SourcePath("tests/published/panel/data/grunfeld.csv")), "firm", "year",
                   {"inv", "value", "capital"});
}

Panel LoadProduc() {
  Panel panel = MakePanel(ReadCsv(SourcePath("examples/us-states/produc.csv")), "state", "year",
                          {"gsp", "pcap", "pc", "emp", "unemp"});
  for (const char* name : {"gsp", "pcap", "pc", "emp"}) {
    const std::vector<double> levels = Numbers(panel, name);
    AddColumn(panel, "l" + std::string(name), [&](std::size_t row) { return numeric::Log(levels[row]); });
  }
  return panel;
}

const std::map<std::string, std::string> kConstant = {{"_cons", kConstantName}, {"chasyes", "chas::yes"}};

TEST(GrunfeldEstimators, FullPrecisionRows) {
  const std::string formula = "inv ~ value + capital";
  std::map<std::string, Model> models = {
      {"between | iid | n-K", {formula, Of(Estimator::kBetween), Iid()}},
      {"first difference | iid | with const (plm), N-K", {formula, Of(Estimator::kFirstDifference), Iid()}},
      {"first difference | iid | no const, N-K", {"inv ~ 0 + value + capital", Of(Estimator::kFirstDifference), Iid()}},
  };
  const std::map<std::string, RandomEffectsMethod> methods = {{"swar", RandomEffectsMethod::kSwamyArora},
                                                              {"walhus", RandomEffectsMethod::kWallaceHussain},
                                                              {"amemiya", RandomEffectsMethod::kAmemiya},
                                                              {"nerlove", RandomEffectsMethod::kNerlove}};
  for (const auto& [name, method] : methods) {
    const EstimatorSpec spec = Of(Estimator::kRandomEffects, method);
    models["RE " + name + " | iid | s2=RSS_qd/(N-K)"] = {formula, spec, Iid()};
    models["RE " + name + " | iid | s2=sigma_e^2 (textbook GLS, not printed by plm)"] = {formula, spec, Iid(), true};
    models["RE " + name + " | cluster firm | none (plm vcovHC)"] = {formula, spec,
                                                                    MakeInference(InferenceType::kCr1, "firm", "none")};
  }
  const Table expected = Expected("grunfeld_full_precision");
  EXPECT_EQ(CheckRows(
                expected, [&](std::size_t row) { return ThreeParts(expected, row); }, LoadGrunfeld(), models, kConstant,
                1e-10),
            3 + 5 + 36);
}

TEST(GrunfeldEstimators, ShareOfTheUnitMeanTakenOut) {
  const Estimates swar = RunModel(LoadGrunfeld(), {"inv ~ value + capital", Of(Estimator::kRandomEffects), Iid()});
  // Printed by plm.
  EXPECT_NEAR(swar.fitted.components->theta(0), 0.8612236, 5e-8);
  EXPECT_TRUE(swar.fitted.large_sample);
}

TEST(ProducEstimators, FullPrecisionRows) {
  const std::string formula = "lgsp ~ lpcap + lpc + lemp + unemp";
  const std::map<std::string, Model> models = {
      {"between | iid | n-K", {formula, Of(Estimator::kBetween), Iid()}},
      {"RE Swamy-Arora theta=0.8888352846 | iid | RSS/(N-K)", {formula, Of(Estimator::kRandomEffects), Iid()}},
      {"first difference no const | iid | N-K",
       {"lgsp ~ 0 + lpcap + lpc + lemp + unemp", Of(Estimator::kFirstDifference), Iid()}},
  };
  const Table expected = Expected("cigar_produc_full_precision");
  EXPECT_EQ(CheckRows(
                expected,
                [&](std::size_t row) {
                  return expected.At(row, "dataset") == "produc" ? ThreeParts(expected, row) : std::string();
                },
                LoadProduc(), models, kConstant, 1e-9),
            5 + 5 + 4);
  const Estimates random = RunModel(LoadProduc(), models.at("RE Swamy-Arora theta=0.8888352846 | iid | RSS/(N-K)"));
  EXPECT_NEAR(random.fitted.components->theta(0), 0.8888352846, 5e-11);
}

// Baltagi & Chang (1994), Table 2: 92 towns of 1 to 30 tracts.
TEST(HedonicEstimators, UnbalancedRandomEffects) {
  Panel panel = MakePanel(
      ReadCsv(SourcePath("tests/published/panel/data/hedonic.csv")), "townid", "",
      {"mv", "crim", "zn", "indus", "nox", "rm", "age", "dis", "rad", "tax", "ptratio", "blacks", "lstat"}, {"chas"});
  const std::string formula =
      "mv ~ crim + zn + indus + i(chas) + nox + rm + age + dis + rad + tax + ptratio + blacks + lstat";
  const std::map<std::string, Model> models = {
      {"RE Swamy-Arora unbalanced (Baltagi-Chang 1994 T2)",
       {formula, Of(Estimator::kRandomEffects, RandomEffectsMethod::kBaltagiChang), Iid()}}};
  const Table expected = Expected("plm_vignette_coefficients");
  EXPECT_EQ(CheckRows(
                expected, [&](std::size_t row) { return expected.At(row, "model"); }, panel, models, kConstant, -5e-10),
            14);
}

TEST(GrunfeldEstimators, PrintedByPlm) {
  const std::string formula = "inv ~ value + capital";
  const std::map<std::string, Model> models = {
      {"RE Swamy-Arora one-way", {formula, Of(Estimator::kRandomEffects), Iid()}},
      {"RE Swamy-Arora, vcovHC arellano HC0",
       {formula, Of(Estimator::kRandomEffects), MakeInference(InferenceType::kCr1, "firm", "none")}}};
  const Table expected = Expected("plm_vignette_coefficients");
  EXPECT_EQ(
      CheckRows(
          expected, [&](std::size_t row) { return expected.At(row, "model"); }, LoadGrunfeld(), models, {}, -5e-7),
      6);
}

}  // namespace
}  // namespace farrell::regression::testing
