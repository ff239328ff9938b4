// Tobit, truncated, fractional and Poisson models: printed and independently computed numbers.
#include <cmath>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "services/regression/engine/fitted.h"
#include "tests/published/panel/engine_rows.h"
#include "tests/published/panel/published_files.h"

namespace farrell::regression::testing {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

struct Model {
  std::string formula;
  EstimatorSpec spec;
};

EstimatorSpec Bounded(Estimator kind, double lower, std::optional<double> upper = {}) {
  EstimatorSpec spec = Kind(kind);
  spec.lower = lower;
  spec.upper = upper;
  return spec;
}

EstimatorSpec Fractional(Link link) {
  EstimatorSpec spec = Kind(Estimator::kFractional);
  spec.link = link;
  return spec;
}

// Keys "dataset: model".
std::map<std::string, Model> Models() {
  const std::string affairs = "affairs ~ age + yearsmarried + religiousness + occupation + rating";
  return {
      {"affairs: tobit at 0", {affairs, Bounded(Estimator::kTobit, 0.0)}},
      {"affairs: tobit in 0 to 4", {affairs, Bounded(Estimator::kTobit, 0.0, 4.0)}},
      {"spector: logit", {"grade ~ gpa + tuce + psi", Fractional(Link::kLogit)}},
      {"spector: probit", {"grade ~ gpa + tuce + psi", Fractional(Link::kProbit)}},
      {"recreation: poisson",
       {"trips ~ quality + ski + income + userfee + costC + costS + costH", Kind(Estimator::kPoisson)}},
      {"grunfeld: fractional logit", {"share ~ value + capital", Fractional(Link::kLogit)}},
      // The generalized linear model's expected information is not minus the Hessian for this link, so that only the
      // coefficients are the same.
      {"grunfeld: fractional probit", {"share ~ value + capital", Fractional(Link::kProbit)}},
      {"grunfeld: poisson, firm and year effects", {"inv ~ value + capital | firm + year", Kind(Estimator::kPoisson)}},
      {"grunfeld: tobit at 60", {"inv ~ v + k", Bounded(Estimator::kTobit, 60.0)}},
      {"grunfeld: truncated at 60", {"inv ~ v + k", Bounded(Estimator::kTruncated, 60.0)}},
      {"grunfeld: truncated in 60 to 1000", {"inv ~ v + k", Bounded(Estimator::kTruncated, 60.0, 1000.0)}},
  };
}

Panel Load(const std::string& dataset, const std::string& model) {
  if (dataset == "grunfeld") {
    Panel panel = GrunfeldPanel();
    AddColumn(panel, "share", [&](std::size_t row) {
      return Numbers(panel, "inv")[row] / (Numbers(panel, "inv")[row] + Numbers(panel, "value")[row]);
    });
    AddColumn(panel, "v", [&](std::size_t row) { return Numbers(panel, "value")[row] / 1000.0; });
    AddColumn(panel, "k", [&](std::size_t row) { return Numbers(panel, "capital")[row] / 1000.0; });
    if (model != "truncated at 60") return panel;
    return Filter(panel, [&](std::size_t row) { return Numbers(panel, "inv")[row] < 1000.0; });
  }
  const std::map<std::string, std::vector<std::string>> columns = {
      {"affairs", {"affairs", "age", "yearsmarried", "religiousness", "occupation", "rating"}},
      {"spector", {"grade", "gpa", "tuce", "psi"}},
      {"recreation", {"trips", "quality", "ski", "income", "userfee", "costC", "costS", "costH"}}};
  return MakePanel(ReadCsv(SourcePath("tests/published/panel/data/" + dataset + ".csv")), "", "", columns.at(dataset));
}

// R^-1 (meat) R^-T without corrections; the meat by the last words of the statistic.
MatrixXd Variance(const Fitted& fitted, const std::string& statistic) {
  const Index parameters = fitted.parameters();
  const MatrixXd inverse =
      fitted.solution.r.triangularView<Eigen::Upper>().solve(MatrixXd::Identity(parameters, parameters));
  if (statistic.ends_with("information matrix")) return inverse * inverse.transpose();
  MatrixXd scores = ScoreRows(fitted);
  if (statistic.ends_with("by firm")) {
    const Levels& units = fitted.design.units;
    MatrixXd sums = MatrixXd::Zero(static_cast<Index>(units.count()), parameters);
    for (Index row = 0; row < scores.rows(); ++row) {
      sums.row(units.ids[static_cast<std::size_t>(row)]) += scores.row(row);
    }
    scores = sums;
  } else if (!statistic.ends_with("sandwich")) {
    throw std::runtime_error("no variance in " + statistic);
  }
  const MatrixXd half = scores * inverse.transpose();
  return half.transpose() * half;
}

// Of the two terms being nil.
double Wald(const Fitted& fitted, const MatrixXd& variance, const std::string& first, const std::string& second) {
  const Index i = TermPosition(fitted, first);
  const Index j = TermPosition(fitted, second);
  const double a = fitted.solution.coefficients(i);
  const double b = fitted.solution.coefficients(j);
  const double determinant = variance(i, i) * variance(j, j) - variance(i, j) * variance(i, j);
  return (variance(j, j) * a * a - 2.0 * variance(i, j) * a * b + variance(i, i) * b * b) / determinant;
}

Index EffectPosition(const Fitted& fitted, const std::string& term) {
  for (std::size_t k = 0; k < fitted.effect_names.size(); ++k) {
    if (fitted.effect_names[k] == term) return static_cast<Index>(k);
  }
  throw std::runtime_error("no effect of " + term);
}

double Computed(const Fitted& fitted, const std::string& statistic, const std::string& published) {
  if (statistic == "log-likelihood") return fitted.log_likelihood.value();
  if (statistic.starts_with("Wald")) return Wald(fitted, Variance(fitted, statistic), "age", "occupation");
  const std::string term = published == "_cons" ? kConstantName : published;
  if (statistic == "average effect") return fitted.average_effects(EffectPosition(fitted, term));
  if (statistic.starts_with("average effect")) {
    const VectorXd gradient = fitted.effect_gradient.row(EffectPosition(fitted, term)).transpose();
    return std::sqrt(gradient.dot(Variance(fitted, statistic) * gradient));
  }
  const Index position = TermPosition(fitted, term);
  if (statistic == "coefficient") return fitted.solution.coefficients(position);
  return std::sqrt(Variance(fitted, statistic)(position, position));
}

// "1e-10 relative", "1e-12 absolute", "half unit".
Tolerance ReadTolerance(const std::string& text) {
  if (text == "half unit") return Tolerance::HalfUnit();
  const double size = std::stod(text);
  return text.ends_with("relative") ? Tolerance::Relative(size) : Tolerance::Absolute(size);
}

}  // namespace

Fitted FitLikelihood(const std::string& dataset, const std::string& model) {
  const Model asked = Models().at(dataset + ": " + model);
  return EstimateRecipe(Load(dataset, model), {asked.formula, {}, asked.spec});
}

Matches MatchLikelihoods() {
  const Table expected = Expected("likelihood");
  Matches matches;
  std::map<std::string, Fitted> fits;
  for (std::size_t row = 0; row < expected.rows.size(); ++row) {
    const std::string& dataset = expected.At(row, "dataset");
    const std::string& model = expected.At(row, "model");
    const std::string& statistic = expected.At(row, "statistic");
    const std::string key = dataset + ": " + model;
    auto fitted = fits.find(key);
    if (fitted == fits.end()) fitted = fits.emplace(key, FitLikelihood(dataset, model)).first;
    matches.push_back({row, key + ", " + statistic + " (" + expected.At(row, "source") + ")", expected.At(row, "value"),
                       Computed(fitted->second, statistic, expected.At(row, "term")),
                       ReadTolerance(expected.At(row, "tolerance"))});
  }
  return matches;
}

}  // namespace farrell::regression::testing
