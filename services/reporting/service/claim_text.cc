#include "services/reporting/service/claim_text.h"

#include <algorithm>
#include <optional>

#include "common/text/number.h"
#include "services/reporting/service/claim_references.h"
#include "services/reporting/service/expression_names.h"

namespace farrell::reporting {
namespace {

struct Number {
  double value = 0;
  bool is_count = false;
  bool is_p = false;
};

std::optional<Number> Real(const std::optional<double>& value) {
  if (!value) return std::nullopt;
  return Number{.value = *value};
}
std::optional<Number> PValue(const std::optional<double>& value) {
  if (!value) return std::nullopt;
  return Number{.value = *value, .is_p = true};
}
std::optional<Number> Count(std::size_t count) { return Number{.value = static_cast<double>(count), .is_count = true}; }

std::optional<Number> StatOf(const TermInferenceFacts& term, const std::string& stat) {
  if (stat == "std_error") return Real(term.std_error);
  if (stat == "statistic") return Real(term.statistic);
  if (stat == "p_value") return PValue(term.p_value);
  if (stat == "conf_low") return Real(term.conf_low);
  if (stat == "conf_high") return Real(term.conf_high);
  if (stat == "df") return Real(term.df);
  return std::nullopt;
}

std::optional<Number> OfFit(const FitFacts& fit, const ClaimReference& reference) {
  if (reference.stat == "n") return Count(static_cast<std::size_t>(fit.observation_count));
  if (reference.stat == "r2") return Real(fit.r2);
  if (reference.stat == "r2_within") return Real(fit.r2_within);
  if (reference.stat == "units") {
    for (const EffectFacts& effect : fit.effects) {
      if (effect.is_unit) return Count(static_cast<std::size_t>(effect.level_count));
    }
    return std::nullopt;
  }
  const auto term = std::find_if(fit.terms.begin(), fit.terms.end(), [&](const TermFacts& candidate) {
    return Squeeze(candidate.name) == Squeeze(reference.term);
  });
  if (term == fit.terms.end()) return std::nullopt;
  if (reference.stat == "estimate") return Real(term->estimate);
  const auto index = static_cast<std::size_t>(term - fit.terms.begin());
  for (const InferenceFacts& inference : fit.inferences) {
    if (index >= inference.terms.size()) continue;
    if (reference.stat != "wild_p") return StatOf(inference.terms[index], reference.stat);
    if (inference.type == InferenceType::kWild) return PValue(inference.terms[index].p_value);
  }
  return std::nullopt;
}

std::optional<Number> OfComparison(const CompareFacts& comparison, const ClaimReference& reference) {
  const auto same = [&](const std::string& term) { return Squeeze(term) == Squeeze(reference.term); };
  if (reference.group.empty()) {
    for (const JointEqualityFacts& joint : comparison.joints) {
      if (same(joint.term)) return reference.stat == "joint_p" ? PValue(joint.p_value) : Real(joint.statistic);
    }
    return std::nullopt;
  }
  for (const GroupFacts& group : comparison.groups) {
    if (group.group != reference.group) continue;
    for (std::size_t t = 0; t < comparison.terms.size(); ++t) {
      if (!same(comparison.terms[t].name) || t >= group.compared.size()) continue;
      if (reference.stat == "estimate") return Real(group.estimates[t]);
      return StatOf(group.compared[t], reference.stat);
    }
  }
  return std::nullopt;
}

std::optional<Number> OfDea(const DeaFacts& dea, const ClaimReference& reference) {
  if (reference.stat == "share_at_one") return Number{.value = dea.share_at_one};
  if (reference.stat == "n") return Count(static_cast<std::size_t>(dea.optimal_count));
  double sum = 0;
  double low = 0;
  double high = 0;
  std::size_t count = 0;
  for (const ScoreFacts& score : dea.scores) {
    if (!score.score) continue;
    low = count == 0 ? *score.score : std::min(low, *score.score);
    high = count == 0 ? *score.score : std::max(high, *score.score);
    sum += *score.score;
    ++count;
  }
  if (count == 0) return std::nullopt;
  if (reference.stat == "min") return Number{.value = low};
  if (reference.stat == "max") return Number{.value = high};
  return Number{.value = sum / static_cast<double>(count)};
}

std::optional<Number> Resolve(const ClaimReference& reference, const ReportFacts& facts) {
  if (reference.kind == "data") {
    if (reference.stat == "rows") return Count(static_cast<std::size_t>(facts.data.row_count));
    if (reference.stat == "units") return Count(static_cast<std::size_t>(facts.data.unit_count));
    return Count(facts.data.periods.size());
  }
  if (reference.kind == "dea") {
    const DeaFacts* dea = FindDea(facts, reference.id);
    return dea == nullptr ? std::nullopt : OfDea(*dea, reference);
  }
  if (reference.kind == "regression") {
    const FitFacts* fit = FindFit(facts, reference.id);
    return fit == nullptr ? std::nullopt : OfFit(*fit, reference);
  }
  const CompareFacts* comparison = FindComparison(facts, reference.id);
  return comparison == nullptr ? std::nullopt : OfComparison(*comparison, reference);
}

void Append(const Number& number, std::string& text) {
  constexpr double kSmallestPrinted = 0.0005;
  if (number.is_count) {
    text += text::FormatCount(static_cast<long long>(number.value));
  } else if (number.is_p && number.value < kSmallestPrinted) {
    if (text.ends_with("= ")) text.resize(text.size() - 2);
    text += "< 0.001";
  } else {
    text += text::FormatFixed(number.value, 3);
  }
}

}  // namespace

Result<std::string> FillClaim(std::string_view text, const ReportFacts& facts) {
  std::string filled;
  for (const ClaimPart& part : ParseClaim(text)) {
    if (!part.is_reference) {
      filled += part.text;
      continue;
    }
    const std::optional<Number> number = part.reference.problem.empty() ? Resolve(part.reference, facts) : std::nullopt;
    if (!number) {
      return FailedPrecondition("CLAIM_WITHOUT_VALUE",
                                facts.study.words("the result has no value for {1}", {"{" + part.text + "}"}));
    }
    Append(*number, filled);
  }
  return filled;
}

}  // namespace farrell::reporting
