// What FixedEffectModels.jl's tests print for the cigarette panel; they cite reg, areg, reghdfe, ivreg2 and ivreghdfe.
#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "services/regression/engine/estimators/weak_instruments.h"
#include "tests/published/panel/engine_rows.h"
#include "tests/published/panel/published_files.h"

namespace farrell::regression::testing {
namespace {

struct Question {
  EngineRecipe recipe;
  // In the order of the values in a cell.
  std::vector<std::string> terms;
};

const InferenceSpec kIid = Plain(InferenceType::kIid);
const InferenceSpec kHc1 = Plain(InferenceType::kHc1, "fixest");

// Keys "model | vcov".
std::map<std::string, Question> Questions() {
  const std::string pooled = "sales ~ price";
  const std::string within = "sales ~ price | state";
  const std::string two_way = "sales ~ price | state + year";
  const std::string instrumented = "sales ~ 1 | 0 | price ~ pimin";
  const std::string absorbed = "sales ~ ndi | state | price ~ pimin";
  const InferenceSpec state = Cluster("state", "reghdfe");
  const InferenceSpec both = TwoWays("state", "year", "reghdfe");
  const EstimatorSpec two_stage = Kind(Estimator::kTwoStageLeastSquares);
  const EstimatorSpec fixed = Kind(Estimator::kWithin);
  const std::vector<std::string> line = {kConstantName, "price"};
  const std::vector<std::string> slope = {"price"};
  const std::vector<std::string> slopes = {"ndi", "price"};
  return {
      {"Sales ~ Price | iid", {{pooled, kIid}, line}},
      {"Sales ~ Price | robust", {{pooled, kHc1}, line}},
      {"Sales ~ Price | cluster State", {{pooled, state}, slope}},
      {"Sales ~ Price | cluster State Year", {{pooled, both}, line}},
      {"Sales ~ Price | State | iid", {{within, kIid}, slope}},
      {"Sales ~ Price | State | robust", {{within, kHc1}, slope}},
      {"Sales ~ Price | State | cluster Year", {{within, Cluster("year", "areg")}, slope}},
      {"Sales ~ Price | State | cluster State", {{within, state}, slope}},
      {"Sales ~ Price | State | cluster State Year", {{within, both}, slope}},
      {"Sales ~ Price | State+Year | iid", {{two_way, kIid}, slope}},
      // A slope of time for every state is an interaction of its levels.
      {"Sales ~ Price | State*Year slopes | iid", {{"sales ~ price + i(state):year | state", kIid}, slope}},
      // Stata's analytic weights.
      {"Sales ~ Price | State [w=Pop] | ", {{within, kIid, fixed, "pop"}, slope}},
      {"Sales ~ Price | State+Year [w=Pop] | ", {{two_way, kIid, fixed, "pop"}, slope}},
      {"Sales ~ (Price~Pimin) | iid", {{instrumented, kIid, two_stage}, line}},
      {"Sales ~ (Price~Pimin) | robust", {{instrumented, kHc1, two_stage}, line}},
      {"Sales ~ NDI + (Price~Pimin) | State | cluster State", {{absorbed, state, two_stage}, slopes}},
      {"Sales ~ NDI + (Price~Pimin) | State [w=Pop] | cluster State", {{absorbed, state, two_stage, "pop"}, slopes}},
  };
}

// Kleibergen & Paap's F.
std::map<std::string, EngineRecipe> Strengths() {
  const EstimatorSpec two_stage = Kind(Estimator::kTwoStageLeastSquares);
  return {
      {"Sales ~ (Price~Pimin) KP F iid", {"sales ~ 1 | 0 | price ~ pimin", kIid, two_stage}},
      {"Sales ~ (Price~Pimin) KP F robust", {"sales ~ 1 | 0 | price ~ pimin", kHc1, two_stage}},
      {"Sales ~ (Price~Pimin)|State KP F robust", {"sales ~ 1 | state | price ~ pimin", kHc1, two_stage}},
      {"Sales ~ CPI+(Price~Pimin) KP F robust", {"sales ~ cpi | 0 | price ~ pimin", kHc1, two_stage}},
      {"Sales ~ (Price~Pimin+CPI) KP F robust", {"sales ~ 1 | 0 | price ~ pimin + cpi", kHc1, two_stage}},
  };
}

double Strength(const Panel& panel, const std::string& model, const EngineRecipe& recipe) {
  const Fitted fitted = EstimateRecipe(panel, recipe);
  std::vector<Warning> warnings;
  const auto diagnostics = DiagnoseInstruments(fitted, recipe.inference, 0.95, {}, warnings);
  if (!diagnostics.ok()) throw std::runtime_error(model + ": " + diagnostics.status().ToString());
  // That program divides by N with iid, and counts the two coefficients of the second stage, not the three of the
  // first, with two instruments.
  const auto n = static_cast<double>(fitted.observations());
  double count = 1.0;
  if (model == "Sales ~ (Price~Pimin) KP F iid") count = n / (n - 2.0);
  if (model == "Sales ~ (Price~Pimin+CPI) KP F robust") count = (n - 2.0) / (n - 3.0);
  return count * diagnostics->kleibergen_paap_f.value();
}

// The values of a cell; "(price) 0.1" is one of the slope alone.
std::vector<std::string> Values(const std::string& cell) {
  if (cell.empty()) return {};
  const std::string slope = "(price) ";
  return SplitParts(cell.starts_with(slope) ? cell.substr(slope.size()) : cell);
}

}  // namespace

Matches MatchCigarByReghdfe() {
  const Table expected = Expected("cigar_fixedeffectmodels_reghdfe");
  const Panel panel = CigarPanel();
  const std::map<std::string, Question> questions = Questions();
  const std::map<std::string, EngineRecipe> strengths = Strengths();
  // Some of the digits are cut off.
  const Tolerance tolerance = Tolerance::OneUnit();
  Matches matches;
  for (std::size_t row = 0; row < expected.rows.size(); ++row) {
    const std::string& model = expected.At(row, "model");
    const std::string& vcov = expected.At(row, "vcov");
    const std::string& coefficients = expected.At(row, "coef (const;price or price)");
    const auto strength = strengths.find(model + (vcov.empty() ? "" : " " + vcov));
    if (strength != strengths.end()) {
      matches.push_back(
          {row, "Kleibergen-Paap F", coefficients, Strength(panel, strength->first, strength->second), tolerance});
      continue;
    }
    const Question& question = questions.at(model + " | " + vcov);
    const EngineAnswer answer = AskEngine(panel, question.recipe);
    const auto add = [&](const std::string& statistic, const std::string& cell, const Eigen::VectorXd& ours) {
      const std::vector<std::string> values = Values(cell);
      for (std::size_t k = 0; k < values.size(); ++k) {
        const Eigen::Index position = TermPosition(answer.fitted, question.terms.at(k));
        matches.push_back({row, statistic, values[k], ours(position), tolerance});
      }
    };
    add("coefficients, " + model, coefficients, answer.fitted.solution.coefficients);
    add("standard errors, " + vcov, expected.At(row, "se"), answer.errors);
  }
  return matches;
}

}  // namespace farrell::regression::testing
