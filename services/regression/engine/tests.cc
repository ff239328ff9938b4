#include "services/regression/engine/tests.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <charconv>
#include <cmath>

#include "common/numeric/distributions.h"
#include "services/regression/engine/formula.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

constexpr double kRankTolerance = 1e-12;

// Reads sums of [number [*]] term and numbers. Terms are found by their names, the longest first, since names may
// themselves contain operators and parentheses.
class HypothesisParser {
 public:
  HypothesisParser(std::string_view text, const std::vector<std::string>& names) : text_(text), names_(names) {
    hypothesis_.text = NormaliseSpace(text);
    hypothesis_.weights = VectorXd::Zero(static_cast<Index>(names.size()));
  }

  Result<LinearHypothesis> Parse(const std::string& field) {
    Side(1.0);
    if (error_.empty()) {
      Skip();
      if (position_ < text_.size() && text_[position_] == '=') {
        ++position_;
        if (position_ < text_.size() && text_[position_] == '=') ++position_;
        Side(-1.0);
        Skip();
        if (error_.empty() && position_ < text_.size()) Fail("nothing may follow; write one equation a hypothesis");
      } else {
        Fail("an equals sign is missing; write e.g. x1 = x2 or x1 + x2 = 1");
      }
    }
    if (error_.empty() && (hypothesis_.weights.array() == 0.0).all())
      Fail("the hypothesis names no term of the formula");
    if (error_.empty()) return hypothesis_;
    return InvalidArgument("HYPOTHESIS_INVALID", "the hypothesis is not valid: " + error_)
        .With("position", std::to_string(CharacterPosition(text_, error_at_)))
        .WithViolations({{field, error_}});
  }

 private:
  void Skip() {
    while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\t')) ++position_;
  }

  void Fail(std::string_view message) {
    if (!error_.empty()) return;
    error_at_ = position_;
    error_ = PointAt(text_, position_, message);
  }

  void Side(double side) {
    bool first = true;
    while (error_.empty()) {
      Skip();
      double sign = side;
      if (position_ < text_.size() && (text_[position_] == '+' || text_[position_] == '-')) {
        if (text_[position_] == '-') sign = -sign;
        ++position_;
      } else if (!first) {
        return;
      }
      first = false;
      Item(sign);
    }
  }

  void Item(double sign) {
    Skip();
    double number = 0.0;
    const bool has_number = Number(number);
    if (has_number) {
      Skip();
      const bool times = position_ < text_.size() && text_[position_] == '*';
      if (times) ++position_;
      Skip();
      const Index term = Term();
      if (term >= 0) {
        hypothesis_.weights(term) += sign * number;
      } else if (times) {
        Fail(Unknown());
      } else {
        hypothesis_.value -= sign * number;
      }
      return;
    }
    const Index term = Term();
    if (term < 0) {
      Fail(Unknown());
      return;
    }
    hypothesis_.weights(term) += sign;
  }

  std::string Unknown() const {
    std::string message = "a term of the formula or a number is expected here; the terms are";
    for (std::size_t k = 0; k < names_.size() && k < 12; ++k) message += (k > 0 ? ", " : " ") + names_[k];
    return message;
  }

  bool Number(double& number) {
    if (position_ >= text_.size()) return false;
    const char c = text_[position_];
    if (!((c >= '0' && c <= '9') || c == '.')) return false;
    const char* begin = text_.data() + position_;
    const auto [end, failure] = std::from_chars(begin, text_.data() + text_.size(), number);
    if (failure != std::errc() || !std::isfinite(number)) return false;
    position_ += static_cast<std::size_t>(end - begin);
    return true;
  }

  // Characters of the text that spell `name`, white space in either ignored; 0 when they do not.
  std::size_t Match(const std::string& name) const {
    std::size_t at = position_;
    for (char c : name) {
      if (c == ' ') continue;
      while (at > position_ && at < text_.size() && text_[at] == ' ') ++at;
      if (at >= text_.size() || text_[at] != c) return 0;
      ++at;
    }
    // A name must not end in the middle of a longer one.
    const auto word = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' ||
             static_cast<unsigned char>(c) >= 0x80U;
    };
    if (at < text_.size() && word(text_[at]) && !name.empty() && word(name.back())) return 0;
    return at - position_;
  }

  Index Term() {
    Index best = -1;
    std::size_t longest = 0;
    for (std::size_t k = 0; k < names_.size(); ++k) {
      const std::size_t length = Match(names_[k]);
      if (length > longest) {
        longest = length;
        best = static_cast<Index>(k);
      }
    }
    position_ += longest;
    return best;
  }

  std::string_view text_;
  const std::vector<std::string>& names_;
  std::size_t position_ = 0;
  std::size_t error_at_ = 0;
  std::string error_;
  LinearHypothesis hypothesis_;
};

}  // namespace

std::optional<JointTest> WaldTest(const VectorXd& estimates, const Eigen::MatrixXd& vcov, double df) {
  if (estimates.size() == 0 || vcov.rows() != estimates.size() || !(df > 0.0)) return std::nullopt;
  // Scaled to a correlation matrix, so that units do not decide the rank.
  const VectorXd scale = vcov.diagonal().cwiseSqrt();
  if (!(scale.array() > 0.0).all() || !scale.allFinite()) return std::nullopt;
  const Eigen::MatrixXd correlation = scale.cwiseInverse().asDiagonal() * vcov * scale.cwiseInverse().asDiagonal();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(correlation);
  if (!(eigen.eigenvalues()(0) > kRankTolerance * static_cast<double>(estimates.size()))) return std::nullopt;
  const VectorXd rotated = eigen.eigenvectors().transpose() * estimates.cwiseQuotient(scale);
  JointTest test;
  test.df1 = static_cast<double>(estimates.size());
  test.df2 = df;
  test.statistic = rotated.cwiseAbs2().cwiseQuotient(eigen.eigenvalues()).sum() / test.df1;
  test.p_value = numeric::FSurvival(test.statistic, test.df1, test.df2);
  if (!std::isfinite(test.statistic)) return std::nullopt;
  return test;
}

Result<LinearHypothesis> ParseHypothesis(std::string_view text, const std::vector<std::string>& names,
                                         const std::string& field) {
  return HypothesisParser(text, names).Parse(field);
}

std::optional<HypothesisTest> TestHypothesis(const LinearHypothesis& hypothesis, const std::vector<Index>& kept,
                                             const VectorXd& estimates, const Eigen::MatrixXd& vcov, double df) {
  if (vcov.rows() != estimates.size() || estimates.size() == 0 || !(df > 0.0)) return std::nullopt;
  const VectorXd weights = hypothesis.weights(kept);
  if (weights.cwiseAbs().sum() < hypothesis.weights.cwiseAbs().sum()) return std::nullopt;
  // A term without a variance of its own has no standard error.
  if ((weights.array() != 0.0 && !(vcov.diagonal().array() > 0.0)).any()) return std::nullopt;
  HypothesisTest test;
  test.text = hypothesis.text;
  test.estimate = weights.dot(estimates) - hypothesis.value;
  test.std_error = std::sqrt(weights.dot(vcov * weights));
  if (!(test.std_error > 0.0) || !std::isfinite(test.std_error)) return std::nullopt;
  test.statistic = test.estimate / test.std_error;
  test.df = df;
  test.p_value = numeric::StudentTTwoSided(test.statistic, df);
  return test;
}

}  // namespace farrell::regression
