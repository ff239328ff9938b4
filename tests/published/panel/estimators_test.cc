// Published rows of between, first-difference, random-effects, weighted and instrumental-variable estimators.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/numeric/elementary.h"
#include "services/regression/engine/estimators/weak_instruments.h"
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
  // Column of row weights.
  std::string weights{};
};

struct Estimates {
  std::map<std::string, double> coefficients;
  std::map<std::string, double> errors;
  Fitted fitted;
};

Estimates RunModel(const Panel& panel, const Model& model) {
  DesignOptions options;
  options.panel_keys = true;
  options.weights = model.weights;
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

Panel LoadCigar() {
  return MakePanel(ReadCsv(SourcePath("tests/published/panel/data/cigar.csv")), "state", "year",
                   {"price", "sales", "pimin", "ndi", "cpi", "pop"});
}

InferenceSpec Cluster(const std::string& column, const std::string& ssc) {
  return MakeInference(InferenceType::kCr1, column, ssc);
}

const std::string kInstrumented = "sales ~ 1 | 0 | price ~ pimin";
const std::string kAbsorbed = "sales ~ ndi | state | price ~ pimin";

TEST(CigarInstruments, FullPrecisionRows) {
  const EstimatorSpec spec = Of(Estimator::kTwoStageLeastSquares);
  const std::map<std::string, Model> models = {
      {"2SLS price~pimin | iid | N-K", {kInstrumented, spec, Iid()}},
      {"2SLS price~pimin | HC1 | N/(N-K)", {kInstrumented, spec, MakeInference(InferenceType::kHc1)}},
      {"FE-2SLS ndi (price~pimin)|state | cluster state | G/(G-1)(N-1)/(N-K-1)",
       {kAbsorbed, spec, Cluster("state", "reghdfe")}},
  };
  const Table expected = Expected("cigar_produc_full_precision");
  EXPECT_EQ(
      CheckRows(
          expected, [&](std::size_t row) { return ThreeParts(expected, row); }, LoadCigar(), models, kConstant, 1e-9),
      6);
}

// One number as printed: half a unit of its last digit is allowed, or a whole one where the source cut digits off.
struct Printed {
  std::string text;
  double value() const { return std::stod(text); }
  double unit() const {
    const std::size_t point = text.find('.');
    return std::pow(10.0, -static_cast<double>(point == std::string::npos ? 0 : text.size() - point - 1));
  }
};

std::vector<Printed> Split(const std::string& cell) {
  std::vector<Printed> parts;
  for (std::size_t start = 0; start < cell.size();) {
    const std::size_t end = std::min(cell.find(';', start), cell.size());
    parts.push_back({cell.substr(start, end - start)});
    start = end + 1;
  }
  return parts;
}

// FixedEffectModels.jl's tests, which cite ivreg and ivreghdfe; the weights are Stata's analytic ones.
TEST(CigarInstruments, PrintedByOtherPrograms) {
  struct Row {
    std::string model, vcov;
    Model how;
    std::vector<std::string> terms;
  };
  const EstimatorSpec within = Of(Estimator::kWithin);
  const EstimatorSpec two_stage = Of(Estimator::kTwoStageLeastSquares);
  const InferenceSpec hc1 = MakeInference(InferenceType::kHc1);
  const std::vector<Row> rows = {
      {"Sales ~ Price | State [w=Pop]", "", {"sales ~ price | state", within, Iid(), false, "pop"}, {"price"}},
      {"Sales ~ Price | State+Year [w=Pop]",
       "",
       {"sales ~ price | state + year", within, Iid(), false, "pop"},
       {"price"}},
      {"Sales ~ (Price~Pimin)", "iid", {kInstrumented, two_stage, Iid()}, {kConstantName, "price"}},
      {"Sales ~ (Price~Pimin)", "robust", {kInstrumented, two_stage, hc1}, {kConstantName, "price"}},
      {"Sales ~ NDI + (Price~Pimin) | State",
       "cluster State",
       {kAbsorbed, two_stage, Cluster("state", "reghdfe")},
       {"ndi", "price"}},
      {"Sales ~ NDI + (Price~Pimin) | State [w=Pop]",
       "cluster State",
       {kAbsorbed, two_stage, Cluster("state", "reghdfe"), false, "pop"},
       {"ndi", "price"}},
  };
  const Table expected = Expected("cigar_fixedeffectmodels_reghdfe");
  const Panel panel = LoadCigar();
  int covered = 0;
  for (const Row& row : rows) {
    for (std::size_t k = 0; k < expected.rows.size(); ++k) {
      if (expected.At(k, "model") != row.model || expected.At(k, "vcov") != row.vcov) continue;
      ++covered;
      const Estimates estimates = RunModel(panel, row.how);
      const std::vector<Printed> coefficients = Split(expected.At(k, "coef (const;price or price)"));
      const std::vector<Printed> errors = Split(expected.At(k, "se"));
      for (std::size_t term = 0; term < row.terms.size(); ++term) {
        const std::string& name = row.terms[term];
        if (!coefficients.empty()) {
          const double published = coefficients[term].value();
          EXPECT_NEAR(estimates.coefficients.at(name), published,
                      std::max(1.01 * coefficients[term].unit(), 1e-13 * std::fabs(published)))
              << row.model << " " << name;
        }
        if (!errors.empty()) {
          EXPECT_NEAR(estimates.errors.at(name), errors[term].value(), 1.01 * errors[term].unit())
              << row.model << " " << name;
        }
      }
    }
  }
  EXPECT_EQ(covered, 6);
}

// Kleibergen & Paap's F. That program divides by N with iid, and counts the two coefficients of the second stage, not
// the three of the first, in the last row.
TEST(CigarInstruments, StrengthPrintedByIvreg2) {
  const InferenceSpec hc1 = MakeInference(InferenceType::kHc1);
  const std::map<std::string, std::pair<std::string, InferenceSpec>> models = {
      {"Sales ~ (Price~Pimin) KP F iid", {kInstrumented, Iid()}},
      {"Sales ~ (Price~Pimin) KP F robust", {kInstrumented, hc1}},
      {"Sales ~ (Price~Pimin)|State KP F robust", {"sales ~ 1 | state | price ~ pimin", hc1}},
      {"Sales ~ CPI+(Price~Pimin) KP F robust", {"sales ~ cpi | 0 | price ~ pimin", hc1}},
      {"Sales ~ (Price~Pimin+CPI) KP F robust", {"sales ~ 1 | 0 | price ~ pimin + cpi", hc1}},
  };
  const Table expected = Expected("cigar_fixedeffectmodels_reghdfe");
  const Panel panel = LoadCigar();
  int covered = 0;
  for (std::size_t row = 0; row < expected.rows.size(); ++row) {
    std::string key = expected.At(row, "model");
    if (!expected.At(row, "vcov").empty()) key += " " + expected.At(row, "vcov");
    const auto model = models.find(key);
    if (model == models.end()) {
      EXPECT_EQ(key.find("KP F"), std::string::npos) << key;
      continue;
    }
    ++covered;
    const Estimates estimates =
        RunModel(panel, {model->second.first, Of(Estimator::kTwoStageLeastSquares), model->second.second});
    std::vector<Warning> warnings;
    const auto diagnostics = DiagnoseInstruments(estimates.fitted, model->second.second, 0.95, {}, warnings);
    ASSERT_TRUE(diagnostics.ok()) << diagnostics.status().ToString();
    const Printed printed{expected.At(row, "coef (const;price or price)")};
    const auto n = static_cast<double>(estimates.fitted.observations());
    double count = 1.0;
    if (key == "Sales ~ (Price~Pimin) KP F iid") count = n / (n - 2.0);
    if (key == "Sales ~ (Price~Pimin+CPI) KP F robust") count = (n - 2.0) / (n - 3.0);
    EXPECT_NEAR(count * diagnostics->kleibergen_paap_f.value(), printed.value(), 1.01 * printed.unit()) << key;
    EXPECT_TRUE(warnings.empty());
  }
  EXPECT_EQ(covered, 5);
}

}  // namespace
}  // namespace farrell::regression::testing
