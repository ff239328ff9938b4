// NIST Statistical Reference Datasets, linear least squares: certified to 15 digits.
#include <cctype>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/published/panel/published_files.h"

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

const std::vector<Problem>& Problems() {
  static const std::vector<Problem> problems = {
      Problem{"Norris", 1, true, 13, 13}, Problem{"Pontius", 2, true, 13, 13}, Problem{"NoInt1", 1, false, 14, 14},
      Problem{"NoInt2", 1, false, 14, 14},
      // The powers of x are themselves rounded: more digits do not exist.
      Problem{"Filip", 10, true, 7, 7}, Problem{"Longley", 0, true, 13, 12}, Problem{"Wampler1", 5, true, 13, 9},
      Problem{"Wampler2", 5, true, 12, 12}, Problem{"Wampler3", 5, true, 13, 12}, Problem{"Wampler4", 5, true, 13, 12},
      Problem{"Wampler5", 5, true, 13, 12}};
  return problems;
}

Tolerance Digits(double digits) { return Tolerance::Relative(std::pow(10.0, -digits)); }

// The rows of one problem.
void MatchProblem(const Problem& problem, const Table& certified, Matches& matches) {
  std::string formula;
  const Panel panel = Load(problem, formula);
  const FitResult fit = MustFit(panel, MakeSpec(formula, {MakeInference(InferenceType::kIid)}));
  for (std::size_t row = 0; row < certified.rows.size(); ++row) {
    if (certified.At(row, "dataset") != problem.name) continue;
    const std::string& parameter = certified.At(row, "parameter");
    const std::string& value = certified.At(row, "value");
    // Wampler 1 and 2 fit exactly: deviations are zero, and rounding relative to the coefficients is left.
    const auto add = [&](const std::string& statistic, const std::string& printed, double ours, double digits) {
      const bool zero = std::stod(printed) == 0.0;
      matches.push_back({row, problem.name + ": " + statistic, printed, ours,
                         zero ? Tolerance::Absolute(std::pow(10.0, -digits)) : Digits(digits)});
    };
    if (parameter[0] == 'b') {
      const auto index = static_cast<std::size_t>(std::stoi(parameter.substr(1)) - (problem.constant ? 0 : 1));
      if (!fit.terms[index].estimate)
        throw std::runtime_error(problem.name + ": " + parameter + " taken for collinear");
      add("coefficients", value, *fit.terms[index].estimate, problem.coefficient_digits);
      add("standard deviations", certified.At(row, "std_dev"), fit.inferences[0].terms[index].std_error.value(),
          problem.deviation_digits);
    } else if (parameter == "residual_sd") {
      add("residual standard deviation", value, fit.sigma.value(), problem.deviation_digits);
    } else if (parameter == "r_squared") {
      add("R2", value, fit.r2.value(), problem.coefficient_digits);
    } else if (parameter == "rss") {
      add("residual sum of squares", value, fit.residual_sum_of_squares, problem.deviation_digits);
    } else if (parameter == "F") {
      add("F", value, fit.joint.value().statistic, problem.deviation_digits - 2.0);
    } else {
      throw std::runtime_error("unknown parameter " + parameter);
    }
  }
}

}  // namespace

Matches MatchNist() {
  const Table certified = Expected("nist_strd_lls_certified");
  Matches matches;
  for (const Problem& problem : Problems()) MatchProblem(problem, certified, matches);
  return matches;
}

}  // namespace farrell::regression::testing
