// Referee rules about scores.
#include <algorithm>
#include <cmath>
#include <set>

#include "common/text/number.h"
#include "services/reporting/engine/rule_checks.h"

namespace farrell::reporting {
namespace {

std::string Quoted(const std::string& id) { return "'" + id + "'"; }

// Deas whose scores are an outcome of some fit.
std::vector<const DeaFacts*> OutcomeDeas(const ReportFacts& facts) {
  std::set<std::string> ids;
  for (const JudgedFit& judged : JudgedFits(facts)) {
    if (!judged.fit->outcome_dea.empty()) ids.insert(judged.fit->outcome_dea);
  }
  std::vector<const DeaFacts*> deas;
  for (const DeaFacts& dea : facts.deas) {
    if (ids.contains(dea.id)) deas.push_back(&dea);
  }
  return deas;
}

const TermInferenceFacts* PrimaryOf(const FitFacts& fit, const std::string& term) {
  for (std::size_t i = 0; i < fit.terms.size(); ++i) {
    if (fit.terms[i].name == term && !fit.inferences.empty() && i < fit.inferences.front().terms.size()) {
      return &fit.inferences.front().terms[i];
    }
  }
  return nullptr;
}

std::vector<std::string> SlopeNames(const FitFacts& fit) {
  std::vector<std::string> names;
  for (const TermFacts& term : fit.terms) {
    if (term.name != "(Intercept)" && term.estimate) names.push_back(term.name);
  }
  return names;
}

}  // namespace

std::optional<FiredRule> CheckW01(const ReportFacts& facts) {
  FiredRule rule{"W01", Severity::kWarn, {}, "被解释变量是同一样本估计出的效率值,观测并不独立", {}, {}};
  std::vector<std::string> parts;
  for (const DeaFacts* dea : OutcomeDeas(facts)) {
    parts.push_back(Quoted(dea->id) + " (" + text::FormatCount(dea->optimal_count) + " scores)");
    rule.subjects.push_back(dea->id);
  }
  if (parts.empty()) return std::nullopt;
  rule.text = "The dependent variable is itself estimated from the same sample: evaluation " + Listed(parts) +
              ". Scores share one frontier and are not independent observations.";
  rule.promises = {Promise::kShareAtOne};
  return rule;
}

std::optional<FiredRule> CheckW03(const ReportFacts& facts) {
  FiredRule rule{"W03", Severity::kWarn, {}, "效率值为1的比例过高", {}, {}};
  std::vector<std::string> parts;
  std::vector<std::string> fewer;
  for (const DeaFacts& dea : facts.deas) {
    const std::string share = text::FormatFixed(dea.share_at_one * 100, 1) + " %";
    if (dea.share_at_one > 0.10) {
      parts.push_back(share + " in " + Quoted(dea.id));
      rule.subjects.push_back(dea.id);
    } else if (dea.optimal_count > 0) {
      fewer.push_back(Quoted(dea.id) + " (" + share + ")");
    }
  }
  if (parts.empty()) return std::nullopt;
  rule.text =
      "More than 10 % of scores equal 1: " + Listed(parts) + ". Those cells cannot rise; slopes are pulled to zero.";
  if (!fewer.empty()) rule.text += " Compare " + Listed(fewer) + " in the table of models.";
  rule.promises = {Promise::kShareAtOne};
  return rule;
}

std::optional<FiredRule> CheckW04(const ReportFacts& facts) {
  FiredRule rule{"W04", Severity::kWarn, {}, "决策单元数量不足", {}, {}};
  std::vector<std::string> parts;
  for (const DeaFacts& dea : facts.deas) {
    const auto m = static_cast<std::int64_t>(dea.inputs.size());
    const auto s = static_cast<std::int64_t>(dea.outputs.size());
    const std::int64_t needed = std::max(3 * (m + s), 2 * m * s);
    if (dea.smallest_reference_count <= 0 || dea.smallest_reference_count >= needed) continue;
    parts.push_back(Quoted(dea.id) + " has " + text::FormatCount(dea.smallest_reference_count) +
                    " in its smallest reference set for " + std::to_string(m) + " inputs and " + std::to_string(s) +
                    " outputs (at least " + text::FormatCount(needed) + " wanted)");
    rule.subjects.push_back(dea.id);
  }
  if (parts.empty()) return std::nullopt;
  rule.text = "Too few units for the number of inputs and outputs: " + Listed(parts) + ". Discrimination is weak.";
  return rule;
}

std::optional<FiredRule> CheckW05(const ReportFacts& facts) {
  FiredRule rule{"W05", Severity::kWarn, {}, "投入随解释变量变化,VRS得分斜率混入规模效应", {}, {}};
  std::vector<std::string> parts;
  for (const DeaFacts* dea : OutcomeDeas(facts)) {
    if (dea->rts != "vrs") continue;
    std::set<std::string> regressors;
    for (const JudgedFit& judged : JudgedFits(facts)) {
      if (judged.fit->outcome_dea != dea->id) continue;
      for (const std::string& name : SlopeNames(*judged.fit)) regressors.insert(name);
    }
    for (const FitFacts& fit : facts.fits) {
      const bool of_input = std::any_of(dea->inputs.begin(), dea->inputs.end(), [&](const std::string& input) {
        return fit.outcome == input || fit.outcome == "log(" + input + ")";
      });
      if (!of_input) continue;
      for (const std::string& name : SlopeNames(fit)) {
        const TermInferenceFacts* primary = PrimaryOf(fit, name);
        if (!regressors.contains(name) || primary == nullptr || !primary->statistic) continue;
        if (std::fabs(*primary->statistic) <= 2) continue;
        parts.push_back(fit.outcome + " on " + name + " (t = " + text::FormatFixed(*primary->statistic, 2) +
                        ", regression " + Quoted(fit.id) + ")");
        if (std::find(rule.subjects.begin(), rule.subjects.end(), dea->id) == rule.subjects.end()) {
          rule.subjects.push_back(dea->id);
        }
      }
    }
  }
  if (parts.empty()) return std::nullopt;
  rule.text =
      "Inputs respond to a regressor: " + Listed(parts) +
      ". A slope on a VRS score then mixes efficiency with local scale effects; differences between groups can be "
      "artefacts of size.";
  return rule;
}

std::optional<FiredRule> CheckW06(const ReportFacts& facts) {
  FiredRule rule{"W06", Severity::kNote, {}, "逐年前沿,跨年不可直接比较", {}, {}};
  std::vector<std::string> parts;
  for (const DeaFacts& dea : facts.deas) {
    const bool yearly = dea.frontier == "contemporaneous" || dea.frontier.rfind("group:", 0) == 0 ||
                        dea.frontier.rfind("contemporaneous+", 0) == 0;
    if (!yearly || facts.data.periods.size() < 2) continue;
    parts.push_back(Quoted(dea.id));
    rule.subjects.push_back(dea.id);
  }
  if (parts.empty()) return std::nullopt;
  rule.text =
      "In " + Listed(parts) +
      " each period has its own frontier: scores of different periods are comparable only through period effects.";
  return rule;
}

std::optional<FiredRule> CheckW07(const ReportFacts& facts) {
  FiredRule rule{"W07", Severity::kWarn, {}, "结论依赖DEA模型选择", {}, {}};
  std::vector<std::string> parts;
  for (std::size_t a = 0; a < facts.fits.size(); ++a) {
    const FitFacts& first = facts.fits[a];
    if (first.outcome_dea.empty()) continue;
    const std::vector<std::string> names = SlopeNames(first);
    for (std::size_t b = a + 1; b < facts.fits.size(); ++b) {
      const FitFacts& second = facts.fits[b];
      const bool comparable = !second.outcome_dea.empty() && second.outcome_dea != first.outcome_dea &&
                              second.where == first.where && second.outcome_is_log == first.outcome_is_log &&
                              SlopeNames(second) == names && second.effects.size() == first.effects.size();
      if (!comparable || names.empty()) continue;
      const auto slope = [&](const FitFacts& fit) {
        for (const TermFacts& term : fit.terms) {
          if (term.name == names.front()) return *term.estimate;
        }
        return 0.0;
      };
      const TermInferenceFacts* primary = PrimaryOf(first, names.front());
      if (primary == nullptr || !primary->std_error) continue;
      const double one = slope(first);
      const double other = slope(second);
      const bool flips = (one > 0) != (other > 0);
      if (!flips && std::fabs(one - other) <= 0.5 * *primary->std_error) continue;
      parts.push_back(names.front() + " is " + text::FormatSignificant(one, 3) + " with " + Quoted(first.outcome_dea) +
                      " and " + text::FormatSignificant(other, 3) + " with " + Quoted(second.outcome_dea));
      for (const std::string& id : {first.id, second.id}) {
        if (std::find(rule.subjects.begin(), rule.subjects.end(), id) == rule.subjects.end()) {
          rule.subjects.push_back(id);
        }
      }
    }
  }
  if (parts.empty()) return std::nullopt;
  rule.text = "The slope depends on the DEA model: " + Listed(parts) + ".";
  return rule;
}

std::optional<FiredRule> CheckW18(const ReportFacts& facts) {
  FiredRule rule{"W18", Severity::kNote, {}, "为效率弹性,非创新总弹性", {}, {}};
  for (const JudgedFit& judged : JudgedFits(facts)) {
    if (judged.fit->outcome_dea.empty() || !judged.fit->outcome_is_log || judged.group != nullptr) continue;
    rule.subjects.push_back(judged.subject);
  }
  if (rule.subjects.empty()) return std::nullopt;
  rule.text =
      "The outcome is the logarithm of a score: a slope is an elasticity of efficiency, with inputs held fixed, not "
      "the "
      "total elasticity of the outputs.";
  return rule;
}

}  // namespace farrell::reporting
