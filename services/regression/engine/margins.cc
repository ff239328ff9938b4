#include "services/regression/engine/margins.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "common/text/nearest.h"
#include "services/regression/engine/formula_text.h"
#include "services/regression/engine/panel_columns.h"
#include "services/regression/engine/term_columns.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Regressors in the order of the design's columns.
std::vector<const FormulaTerm*> Regressors(const Formula& formula) {
  std::vector<const FormulaTerm*> terms;
  for (const auto* list : {&formula.endogenous, &formula.terms}) {
    for (const FormulaTerm& term : *list) terms.push_back(&term);
  }
  return terms;
}

// The factors whose margin can be asked for, each once.
std::vector<std::string> Variables(const Formula& formula) {
  std::vector<std::string> variables;
  for (const FormulaTerm* term : Regressors(formula)) {
    for (const Factor& factor : term->factors) {
      if (factor.levels || std::find(variables.begin(), variables.end(), factor.column) != variables.end()) continue;
      variables.push_back(factor.column);
    }
  }
  return variables;
}

bool Moves(const Formula& formula, const std::string& variable) {
  for (const FormulaTerm* term : Regressors(formula)) {
    for (const Factor& factor : term->factors) {
      if (PowerOf(factor, variable) > 0) return true;
    }
  }
  return false;
}

// Byte after which the last word `by` stands outside of brackets and quotes; npos: none.
std::size_t FindBy(const BracketedText& text) {
  for (std::size_t k = text.text().size(); k >= 3; --k) {
    const std::size_t at = k - 3;
    if (text.text().substr(at + 1, 2) != "by" || !IsSpace(text.At(at)) || text.Quoted(at) || text.Depth(at) > 0) {
      continue;
    }
    if (at + 3 == text.text().size() || IsSpace(text.At(at + 3)) || text.At(at + 3) == '`') return at;
  }
  return std::string_view::npos;
}

}  // namespace

Result<std::vector<MarginRequest>> ParseMargins(const std::vector<std::string>& texts, const Formula& formula) {
  std::vector<MarginRequest> requests;
  Violations violations;
  for (std::size_t k = 0; k < texts.size(); ++k) {
    const std::string field = "margins[" + std::to_string(k) + "]";
    MarginRequest request;
    request.text = NormaliseSpace(texts[k]);
    Mistakes mistakes(request.text);
    const BracketedText text(request.text, {}, mistakes);
    if (!mistakes.empty()) {
      violations.Add(field, std::move(mistakes).Finish().violations().front().description);
      continue;
    }
    const std::size_t by = FindBy(text);
    request.variable = NormaliseSpace(text.text().substr(0, by));
    if (by != std::string_view::npos) {
      request.by = NormaliseSpace(text.text().substr(by + 3));
      if (request.by.empty()) violations.Add(field, "a column is missing after `by`: x1 by region");
    }
    if (request.variable.empty()) {
      violations.Add(field, "a number column of the formula is missing here: x1, or x1 by region");
    } else if (!Moves(formula, request.variable)) {
      violations.Add(field, "the formula has no number column " + request.variable +
                                text::DidYouMean(request.variable, Variables(formula)));
    }
    requests.push_back(std::move(request));
  }
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("MARGIN_INVALID", "the margins asked for are not valid"));
  return requests;
}

std::vector<std::string> MarginColumns(const std::vector<MarginRequest>& requests, const Formula& formula) {
  std::set<std::string> columns;
  for (const MarginRequest& request : requests) {
    if (!request.by.empty()) columns.insert(request.by);
    for (const FormulaTerm* term : Regressors(formula)) {
      for (const Factor& factor : term->factors) {
        if (PowerOf(factor, request.variable) > 1) columns.insert(request.variable);
      }
    }
  }
  return {columns.begin(), columns.end()};
}

Result<std::vector<MarginForm>> ComputeMargins(const Panel& panel, const Formula& formula, const Design& design,
                                               const MarginRequest& request) {
  std::map<std::string, Polynomial> polynomials = design.polynomials;
  const TermColumns maker(panel, design.rows, polynomials);
  std::vector<NamedColumn> derivatives;
  for (const FormulaTerm* term : Regressors(formula)) {
    FARRELL_RETURN_IF_ERROR(maker.Differentiate(*term, request.variable, derivatives));
  }
  // Columns of one name stand in the same order here and there.
  std::map<std::string, std::size_t> searched;
  std::vector<Index> position;
  for (const NamedColumn& column : derivatives) {
    std::size_t& from = searched[column.name];
    while (from < design.names.size() && design.names[from] != column.name) ++from;
    if (from == design.names.size()) {
      return FailedPrecondition("MARGIN_UNDEFINED", "the margin of " + request.variable +
                                                        " is not defined: no coefficient is named " + column.name);
    }
    position.push_back(static_cast<Index>(from++));
  }

  Levels groups;
  std::vector<char> present(panel.size(), 1);
  if (request.by.empty()) {
    groups.labels = {""};
    groups.ids.assign(design.rows.size(), 0);
  } else {
    if (FindColumn(panel, request.by) == nullptr && !IsUnitKey(panel, request.by) && !IsTimeKey(panel, request.by)) {
      return ColumnNotFound(panel, request.by);
    }
    present = PresentCells(panel, request.by);
    std::vector<std::size_t> rows;
    for (std::size_t row : design.rows) {
      if (present[row] != 0) rows.push_back(row);
    }
    FARRELL_ASSIGN_OR_RETURN(const Levels found, ClassifyRows(panel, request.by, rows));
    groups.labels = found.labels;
    std::size_t next = 0;
    for (std::size_t row : design.rows) groups.ids.push_back(present[row] != 0 ? found.ids[next++] : -1);
  }

  std::vector<MarginForm> margins(groups.count());
  std::vector<double> total(groups.count(), 0.0);
  for (std::size_t level = 0; level < groups.count(); ++level) {
    margins[level].text = request.text;
    margins[level].variable = request.variable;
    margins[level].level = groups.labels[level];
    margins[level].weights = VectorXd::Zero(static_cast<Index>(design.names.size()));
  }
  for (std::size_t row = 0; row < design.rows.size(); ++row) {
    if (groups.ids[row] < 0) continue;
    const auto level = static_cast<std::size_t>(groups.ids[row]);
    const double weight = design.weights.size() > 0 ? design.weights(static_cast<Index>(row)) : 1.0;
    ++margins[level].observation_count;
    total[level] += weight;
    for (std::size_t k = 0; k < derivatives.size(); ++k) {
      margins[level].weights(position[k]) += weight * derivatives[k].values(static_cast<Index>(row));
    }
  }
  for (std::size_t level = 0; level < groups.count(); ++level) margins[level].weights /= total[level];
  return margins;
}

Result<std::optional<VectorXd>> EstimableWeights(const Fitted& fitted, const VectorXd& weights) {
  const LeastSquares& solution = fitted.solution;
  const auto count = static_cast<Index>(weights.size());
  const VectorXd kept = weights(solution.kept);
  std::vector<Index> dropped;
  for (Index k = 0; k < count; ++k) {
    if (weights(k) != 0.0 && std::find(solution.kept.begin(), solution.kept.end(), k) == solution.kept.end()) {
      dropped.push_back(k);
    }
  }
  if (dropped.empty()) return std::optional<VectorXd>(kept);
  const bool plain = fitted.estimator.kind == Estimator::kOls || fitted.estimator.kind == Estimator::kWithin;
  if (!plain || solution.q.rows() != fitted.design.x.rows()) return std::optional<VectorXd>();
  // x_d = X_kept c: the fit does not change along (c, -1), so that the form must not either.
  MatrixXd columns = fitted.design.x(Eigen::all, dropped);
  if (fitted.design.weights.size() > 0) columns = fitted.design.weights.cwiseSqrt().asDiagonal() * columns;
  FARRELL_RETURN_IF_ERROR(fitted.within.Demean(columns));
  const MatrixXd c = solution.r.triangularView<Eigen::Upper>().solve(solution.q.transpose() * columns);
  for (std::size_t k = 0; k < dropped.size(); ++k) {
    const auto column = static_cast<Index>(k);
    const double size = std::abs(weights(dropped[k])) + c.col(column).cwiseAbs().dot(kept.cwiseAbs());
    constexpr double kRounding = 1e-8;
    if (!(std::abs(weights(dropped[k]) - c.col(column).dot(kept)) <= kRounding * size))
      return std::optional<VectorXd>();
  }
  return std::optional<VectorXd>(kept);
}

Hypothesis MarginHypothesis(const MarginForm& margin, const VectorXd& estimable, const std::vector<Index>& kept) {
  Hypothesis hypothesis;
  hypothesis.text = margin.text;
  hypothesis.term_count = static_cast<std::size_t>(margin.weights.size());
  HypothesisEquation equation;
  equation.weights = VectorXd::Zero(margin.weights.size());
  for (std::size_t k = 0; k < kept.size(); ++k) {
    const double weight = estimable(static_cast<Index>(k));
    if (weight == 0.0) continue;
    equation.weights(kept[k]) = weight;
    equation.terms.push_back(kept[k]);
  }
  hypothesis.equations.push_back(std::move(equation));
  return hypothesis;
}

}  // namespace farrell::regression
