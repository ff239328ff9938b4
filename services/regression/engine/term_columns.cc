#include "services/regression/engine/term_columns.h"

#include <charconv>
#include <string_view>
#include <utility>

#include "services/regression/engine/levels.h"
#include "services/regression/engine/panel_columns.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

// Cells of the design matrix, 800 MB.
constexpr std::size_t kMaxCells = 100'000'000;

Status TooManyColumns(const std::string& column) {
  return InvalidArgument("TOO_MANY_COLUMNS",
                         "the dummies of " + column + " do not fit in memory; absorb it after `|` instead")
      .With("column", column);
}

VectorXd WholePower(const VectorXd& x, int power) {
  VectorXd result = VectorXd::Ones(x.size());
  for (int k = 0; k < power; ++k) result = result.cwiseProduct(x);
  return result;
}

// As R prints them: "poly(x, 2)1", "poly(x, 2, raw = TRUE)1".
std::string PolynomialName(const Factor& factor) {
  return "poly(" + factor.column + ", " + std::to_string(factor.degree) + (factor.raw ? ", raw = TRUE" : "") + ")" +
         std::to_string(factor.power);
}

}  // namespace

int PowerOf(const Factor& factor, const std::string& variable) {
  if (factor.levels || variable.empty()) return 0;
  const std::string compact = CompactText(factor.column);
  const std::string wanted = CompactText(variable);
  if (compact == wanted || WithoutBackQuotes(compact) == wanted) return 1;
  std::string_view text = compact;
  if (text.size() > 2 && text.front() == '(' && text.back() == ')') text = text.substr(1, text.size() - 2);
  if (text.size() < wanted.size() + 2 || !text.starts_with(wanted) || text[wanted.size()] != '^') return 0;
  const std::string_view digits = text.substr(wanted.size() + 1);
  int power = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), power);
  return error == std::errc() && end == digits.data() + digits.size() && power >= 1 && power <= 99 ? power : 0;
}

const Polynomial& TermColumns::PolynomialOf(const Factor& factor) const {
  const std::string key = PolynomialKey(factor.column, factor.degree);
  auto found = polynomials_.find(key);
  if (found == polynomials_.end()) {
    found = polynomials_.emplace(key, Polynomial(NumbersOf(panel_, factor.column, rows_), factor.degree)).first;
  }
  return found->second;
}

Result<std::vector<NamedColumn>> TermColumns::Parts(const Factor& factor, bool all_levels) const {
  std::vector<NamedColumn> parts;
  if (factor.degree > 0) {
    const VectorXd x = NumbersOf(panel_, factor.column, rows_);
    parts.push_back({PolynomialName(factor), factor.raw
                                                 ? WholePower(x, factor.power)
                                                 : PolynomialOf(factor).Columns(x).col(factor.power - 1).eval()});
    return parts;
  }
  if (!factor.levels) {
    parts.push_back({factor.column, NumbersOf(panel_, factor.column, rows_)});
    return parts;
  }
  FARRELL_ASSIGN_OR_RETURN(const Levels levels, ClassifyRows(panel_, factor.column, rows_));
  if (levels.count() * rows_.size() > kMaxCells) return TooManyColumns(factor.column);
  const std::string prefix = std::string(WithoutBackQuotes(factor.column)) + "::";
  for (std::size_t level = 0; level < levels.count(); ++level) {
    const bool left_out =
        factor.reference.empty() ? level == 0 && !all_levels : levels.labels[level] == factor.reference;
    if (left_out) continue;
    VectorXd dummy = VectorXd::Zero(static_cast<Index>(rows_.size()));
    for (std::size_t k = 0; k < levels.ids.size(); ++k) {
      if (levels.ids[k] == static_cast<std::int32_t>(level)) dummy(static_cast<Index>(k)) = 1.0;
    }
    parts.push_back({prefix + levels.labels[level], std::move(dummy)});
  }
  return parts;
}

Result<std::vector<NamedColumn>> TermColumns::DerivativeParts(const Factor& factor, const std::string& variable) const {
  std::vector<NamedColumn> parts;
  const auto count = static_cast<Index>(rows_.size());
  if (factor.degree > 0) {
    const VectorXd x = NumbersOf(panel_, factor.column, rows_);
    VectorXd slope = factor.raw ? (factor.power * WholePower(x, factor.power - 1)).eval()
                                : PolynomialOf(factor).Derivatives(x).col(factor.power - 1).eval();
    parts.push_back({PolynomialName(factor), std::move(slope)});
    return parts;
  }
  const int power = PowerOf(factor, variable);
  if (power == 1) {
    parts.push_back({factor.column, VectorXd::Ones(count)});
    return parts;
  }
  if (FindColumn(panel_, variable) == nullptr && !IsTimeKey(panel_, variable)) return ColumnNotFound(panel_, variable);
  parts.push_back({factor.column, power * WholePower(NumbersOf(panel_, variable, rows_), power - 1)});
  return parts;
}

Status TermColumns::Multiply(const FormulaTerm& term, bool all_levels, const Factor* differentiated,
                             const std::string& variable, std::vector<NamedColumn>& columns) const {
  std::vector<NamedColumn> product;
  for (const Factor& factor : term.factors) {
    FARRELL_ASSIGN_OR_RETURN(std::vector<NamedColumn> parts,
                             &factor == differentiated ? DerivativeParts(factor, variable) : Parts(factor, all_levels));
    if (&factor == &term.factors.front()) {
      product = std::move(parts);
      continue;
    }
    if ((columns.size() + product.size() * parts.size()) * rows_.size() > kMaxCells) {
      return TooManyColumns(factor.column);
    }
    std::vector<NamedColumn> next;
    for (const NamedColumn& left : product) {
      for (const NamedColumn& right : parts) {
        next.push_back({left.name + ":" + right.name, left.values.cwiseProduct(right.values)});
      }
    }
    product = std::move(next);
  }
  for (NamedColumn& column : product) columns.push_back(std::move(column));
  return Status::Ok();
}

Status TermColumns::Expand(const FormulaTerm& term, bool all_levels, std::vector<NamedColumn>& columns) const {
  return Multiply(term, all_levels || term.factors.size() > 1, nullptr, "", columns);
}

Status TermColumns::Differentiate(const FormulaTerm& term, const std::string& variable,
                                  std::vector<NamedColumn>& columns) const {
  // The product rule: one summand a factor that moves.
  std::vector<NamedColumn> sum;
  for (const Factor& factor : term.factors) {
    if (PowerOf(factor, variable) == 0) continue;
    std::vector<NamedColumn> summand;
    FARRELL_RETURN_IF_ERROR(Multiply(term, true, &factor, variable, summand));
    if (sum.empty()) {
      sum = std::move(summand);
    } else {
      for (std::size_t k = 0; k < sum.size(); ++k) sum[k].values += summand[k].values;
    }
  }
  for (NamedColumn& column : sum) columns.push_back(std::move(column));
  return Status::Ok();
}

}  // namespace farrell::regression
