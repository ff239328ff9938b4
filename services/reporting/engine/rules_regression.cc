// Referee rules about regressions.
#include <algorithm>

#include "common/text/number.h"
#include "services/reporting/engine/ratio.h"
#include "services/reporting/engine/rule_checks.h"

namespace farrell::reporting {
namespace {

constexpr double kTrend = 0.2;
constexpr std::int64_t kFewClusters = 40;
constexpr std::int64_t kVeryFewClusters = 12;

bool HasType(const FitFacts& fit, InferenceType type) {
  return std::any_of(fit.inferences.begin(), fit.inferences.end(),
                     [&](const InferenceFacts& inference) { return inference.type == type; });
}

std::int64_t Clusters(const FitFacts& fit) { return fit.inferences.empty() ? 0 : fit.inferences.front().cluster_count; }

bool HasPeriodEffects(const FitFacts& fit) {
  return std::any_of(fit.effects.begin(), fit.effects.end(), [](const EffectFacts& effect) { return effect.is_time; });
}

void AddSubject(FiredRule& rule, const JudgedFit& judged) {
  rule.subjects.push_back(judged.subject);
  // The differences rest on the groups' standard errors.
  if (judged.comparison == nullptr) return;
  if (std::find(rule.subjects.begin(), rule.subjects.end(), judged.comparison->id) == rule.subjects.end()) {
    rule.subjects.push_back(judged.comparison->id);
  }
}

std::string UnitWord(const ReportFacts& facts) {
  if (!facts.study.unit_word.empty()) return facts.study.unit_word;
  return facts.data.unit_key.empty() ? "unit" : facts.data.unit_key;
}

}  // namespace

std::vector<JudgedFit> JudgedFits(const ReportFacts& facts) {
  std::vector<JudgedFit> judged;
  for (const FitFacts& fit : facts.fits) judged.push_back({fit.id, &fit, nullptr, nullptr});
  for (const CompareFacts& comparison : facts.comparisons) {
    for (const GroupFacts& group : comparison.groups) {
      judged.push_back({comparison.id + "/" + group.group, &group.fit, &comparison, &group});
    }
    judged.push_back({comparison.id + "/", &comparison.pooled, &comparison, nullptr});
  }
  return judged;
}

std::string Listed(const std::vector<std::string>& words) {
  std::string list;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) list += i + 1 == words.size() ? " and " : ", ";
    list += words[i];
  }
  return list;
}

std::string SubjectWords(const JudgedFit& judged) {
  if (judged.comparison == nullptr) return "regression '" + judged.fit->id + "'";
  if (judged.group == nullptr) return "all rows of comparison '" + judged.comparison->id + "'";
  return (judged.group->label.empty() ? judged.group->group : judged.group->label) + " (comparison '" +
         judged.comparison->id + "')";
}

std::optional<FiredRule> CheckW08(const ReportFacts& facts) {
  FiredRule rule{"W08", Severity::kBlock, {}, "缺少时间效应,存在共同趋势伪回归", {}, {}};
  std::vector<std::string> parts;
  for (const JudgedFit& judged : JudgedFits(facts)) {
    if (judged.fit->period_count < 2 || HasPeriodEffects(*judged.fit)) continue;
    std::vector<std::string> trending;
    for (const TermFacts& term : judged.fit->terms) {
      if (term.trend_r2 && *term.trend_r2 > kTrend) {
        trending.push_back(term.name + " (R² " + text::FormatFixed(*term.trend_r2, 2) + ")");
      }
    }
    if (trending.empty()) continue;
    parts.push_back(SubjectWords(judged) + ": " + Listed(trending));
    AddSubject(rule, judged);
  }
  if (parts.empty()) return std::nullopt;
  rule.text = "No period effects although regressors trend (R² on period dummies within units): ";
  for (std::size_t i = 0; i < parts.size(); ++i) rule.text += (i > 0 ? "; " : "") + parts[i];
  rule.text += ". The slope picks up common growth. No stars are printed there.";
  return rule;
}

std::optional<FiredRule> CheckW09(const ReportFacts& facts) {
  FiredRule rule{"W09", Severity::kBlock, {}, "未按单元聚类", {}, {}};
  std::vector<std::string> parts;
  for (const JudgedFit& judged : JudgedFits(facts)) {
    if (judged.fit->inferences.empty() || judged.fit->period_count <= 2) continue;
    const InferenceType type = judged.fit->inferences.front().type;
    if (!IgnoresSerialCorrelation(type)) continue;
    parts.push_back(SubjectWords(judged));
    AddSubject(rule, judged);
  }
  if (parts.empty()) return std::nullopt;
  rule.text = "Standard errors ignore serial correlation within " + UnitWord(facts) + ": " + Listed(parts) +
              ". Nominal intervals are too narrow. No stars are printed there.";
  return rule;
}

std::optional<FiredRule> CheckW10(const ReportFacts& facts) {
  FiredRule rule{"W10", Severity::kWarn, {}, "聚类数少", {}, {}};
  bool all_cr3 = true;
  bool all_wild = true;
  std::int64_t fewest = kFewClusters;
  std::int64_t most = 0;
  for (const JudgedFit& judged : JudgedFits(facts)) {
    const std::int64_t clusters = Clusters(*judged.fit);
    if (clusters <= 0 || clusters >= kFewClusters) continue;
    all_cr3 = all_cr3 && HasType(*judged.fit, InferenceType::kCr3);
    all_wild = all_wild && HasType(*judged.fit, InferenceType::kWild);
    fewest = std::min(fewest, clusters);
    most = std::max(most, clusters);
    rule.subjects.push_back(judged.subject);
  }
  if (rule.subjects.empty()) return std::nullopt;
  const std::string count =
      fewest == most ? std::to_string(fewest) : std::to_string(fewest) + " to " + std::to_string(most);
  rule.text = "Few clusters (" + count + "): ";
  rule.promises = {Promise::kClusterCounts};
  if (all_cr3 && all_wild) {
    rule.text += "p-values are from the jackknife (CR3) and the wild cluster bootstrap; both are printed.";
  } else if (all_cr3) {
    rule.text +=
        "p-values are from the jackknife (CR3). The wild cluster bootstrap was not asked for everywhere; it is the "
        "second "
        "opinion to ask for.";
  } else if (all_wild) {
    rule.text += "p-values are from the wild cluster bootstrap. The jackknife (CR3) was not asked for everywhere.";
  } else {
    rule.text +=
        "p-values that rest on large-sample theory are too small; ask for the jackknife (CR3) and the wild cluster "
        "bootstrap.";
  }
  if (all_cr3) rule.promises.push_back(Promise::kCr3PValues);
  if (all_wild) rule.promises.push_back(Promise::kWildPValues);
  return rule;
}

std::optional<FiredRule> CheckW11(const ReportFacts& facts) {
  FiredRule rule{"W11", Severity::kWarn, {}, "子样本聚类过少", {}, {Promise::kClusterCounts}};
  std::vector<std::string> parts;
  bool any_wild = false;
  bool all_webb = true;
  for (const JudgedFit& judged : JudgedFits(facts)) {
    const std::int64_t clusters = Clusters(*judged.fit);
    if (clusters <= 0 || clusters >= kVeryFewClusters) continue;
    parts.push_back(std::to_string(clusters) + " in " + SubjectWords(judged));
    rule.subjects.push_back(judged.subject);
    for (const InferenceFacts& inference : judged.fit->inferences) {
      if (inference.type != InferenceType::kWild) continue;
      any_wild = true;
      all_webb = all_webb && inference.weights == "webb";
    }
  }
  if (parts.empty()) return std::nullopt;
  rule.text = "Very few clusters: only " + Listed(parts) + ". t(G - 1) is used";
  if (any_wild && all_webb) rule.text += ", and Webb weights in the bootstrap";
  rule.text += "; treat 10 % stars as weak.";
  return rule;
}

std::optional<FiredRule> CheckW12(const ReportFacts& facts) {
  FiredRule rule{"W12", Severity::kWarn, {}, "两侧同除以同一变量,产生机械相关", {}, {}};
  std::vector<std::string> parts;
  for (const JudgedFit& judged : JudgedFits(facts)) {
    if (judged.group != nullptr) continue;
    const std::string below = Denominator(judged.fit->outcome, facts.data.variables);
    if (below.empty()) continue;
    for (const TermFacts& term : judged.fit->terms) {
      if (Denominator(term.name, facts.data.variables) != below) continue;
      parts.push_back(judged.fit->outcome + " and " + term.name + " by " + below + " (" + SubjectWords(judged) + ")");
      rule.subjects.push_back(judged.subject);
      break;
    }
  }
  if (parts.empty()) return std::nullopt;
  rule.text = "Both sides are divided by the same variable: " + Listed(parts) +
              ". Errors in it move both sides together and give a slope where there is no association.";
  return rule;
}

std::optional<FiredRule> CheckW13(const ReportFacts& facts) {
  FiredRule rule{"W13", Severity::kWarn, {}, "比率约束未检验", {}, {}};
  std::vector<std::string> parts;
  for (const JudgedFit& judged : JudgedFits(facts)) {
    if (judged.group != nullptr) continue;
    for (const TermFacts& term : judged.fit->terms) {
      const std::string below = Denominator(term.name, facts.data.variables);
      if (below.empty()) continue;
      const bool controlled =
          std::any_of(judged.fit->terms.begin(), judged.fit->terms.end(), [&](const TermFacts& control) {
            return &control != &term && LoggedColumn(control.name, facts.data.variables) == below;
          });
      if (!controlled) continue;
      parts.push_back(term.name + " with log(" + below + ") as a control (" + SubjectWords(judged) + ")");
      rule.subjects.push_back(judged.subject);
      break;
    }
  }
  if (parts.empty()) return std::nullopt;
  rule.text = "A ratio restriction is imposed, not tested: " + Listed(parts) +
              ". The numerator and the denominator are forced to have opposite slopes.";
  return rule;
}

}  // namespace farrell::reporting
