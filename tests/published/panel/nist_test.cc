// NIST Statistical Reference Datasets, linear least squares: certified to 15 digits.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

#include "tests/regression/panels.h"

namespace farrell::regression::testing {
namespace {

struct Problem {
  std::string name;
  int degree = 0;  // of the polynomial in x; 0: the regressors are x1..x6
  bool constant = true;
  // Digits demanded of coefficients and of their standard deviations.
  double coefficient_digits = 0;
  double deviation_digits = 0;
};

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

Panel Load(const Problem& problem, std::string& formula) {
  const Table table = ReadCsv(SourcePath("tests/published/panel/data/nist/" + Lower(problem.name) + ".csv"));
  std::vector<std::string> numbers = table.header;
  Panel panel = MakePanel(table, "", "", numbers);
  formula = problem.constant ? "y ~ 1" : "y ~ 0";
  if (problem.degree == 0) {
    for (std::size_t k = 1; k < numbers.size(); ++k) formula += " + " + numbers[k];
    return panel;
  }
  const std::vector<double> x = Numbers(panel, "x");
  for (int power = 1; power <= problem.degree; ++power) {
    const std::string name = "x_" + std::to_string(power);
    AddColumn(panel, name, [&](std::size_t row) {
      double value = 1.0;
      for (int k = 0; k < power; ++k) value *= x[row];
      return value;
    });
    formula += " + " + name;
  }
  return panel;
}

class Nist : public ::testing::TestWithParam<Problem> {};

TEST_P(Nist, ReachesCertifiedDigits) {
  const Problem& problem = GetParam();
  std::string formula;
  const Panel panel = Load(problem, formula);
  const FitResult fit = MustFit(panel, MakeSpec(formula, {MakeInference(InferenceType::kIid)}));
  const Table certified = ReadCsv(SourcePath("tests/published/panel/expected/nist_strd_lls_certified.csv"));
  double worst_coefficient = 15.0;
  double worst_deviation = 15.0;
  int rows = 0;
  for (std::size_t row = 0; row < certified.rows.size(); ++row) {
    if (certified.At(row, "dataset") != problem.name) continue;
    ++rows;
    const std::string& parameter = certified.At(row, "parameter");
    const double value = certified.Number(row, "value");
    if (parameter[0] == 'b') {
      const auto index = static_cast<std::size_t>(std::stoi(parameter.substr(1)) - (problem.constant ? 0 : 1));
      ASSERT_TRUE(fit.terms[index].estimate) << problem.name << ": " << parameter << " was taken for collinear";
      worst_coefficient = std::min(worst_coefficient, LogRelativeError(*fit.terms[index].estimate, value));
      const double deviation = certified.Number(row, "std_dev");
      const double mine = fit.inferences[0].terms[index].std_error.value();
      // Wampler 1 and 2 fit exactly: the certified deviation is zero, and rounding relative to the coefficients is
      // left.
      worst_deviation = std::min(
          worst_deviation, deviation == 0.0 ? LogRelativeError(1.0 + mine, 1.0) : LogRelativeError(mine, deviation));
    } else if (parameter == "residual_sd") {
      if (value > 0.0) {
        EXPECT_GT(LogRelativeError(fit.sigma.value(), value), problem.deviation_digits);
      }
    } else if (parameter == "r_squared") {
      EXPECT_GT(LogRelativeError(fit.r2.value(), value), problem.coefficient_digits);
    } else if (parameter == "rss") {
      if (value > 0.0) {
        EXPECT_GT(LogRelativeError(fit.residual_sum_of_squares, value), problem.deviation_digits);
      }
    } else if (parameter == "F") {
      EXPECT_GT(LogRelativeError(fit.joint.value().statistic, value), problem.deviation_digits - 2.0) << problem.name;
    } else {
      ADD_FAILURE() << "unknown parameter " << parameter;
    }
  }
  EXPECT_GT(rows, 4);
  RecordProperty("coefficient_digits", std::to_string(worst_coefficient));
  RecordProperty("deviation_digits", std::to_string(worst_deviation));
  EXPECT_GT(worst_coefficient, problem.coefficient_digits) << problem.name;
  EXPECT_GT(worst_deviation, problem.deviation_digits) << problem.name;
}

INSTANTIATE_TEST_SUITE_P(Sets, Nist,
                         ::testing::Values(Problem{"Norris", 1, true, 13, 13}, Problem{"Pontius", 2, true, 13, 13},
                                           Problem{"NoInt1", 1, false, 14, 14}, Problem{"NoInt2", 1, false, 14, 14},
                                           // The powers of x are themselves rounded: more digits do not exist.
                                           Problem{"Filip", 10, true, 7, 7}, Problem{"Longley", 0, true, 13, 12},
                                           Problem{"Wampler1", 5, true, 13, 9}, Problem{"Wampler2", 5, true, 12, 12},
                                           Problem{"Wampler3", 5, true, 13, 12}, Problem{"Wampler4", 5, true, 13, 12},
                                           Problem{"Wampler5", 5, true, 13, 12}),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace farrell::regression::testing
