// Referee rules about scores.
#include <algorithm>
#include <cmath>
#include <set>

#include "common/text/number.h"
#include "services/reporting/engine/rule_checks.h"

namespace farrell::reporting {
namespace {

std::string Percent(double share) { return text::FormatFixed(share * 100, 1) + " %"; }

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

// What the frontier of the DEA may differ by: the columns of its groups, and the period where each has its own.
std::set<std::string> SeparatedBy(const DeaFacts& dea, const DataFacts& data) {
  std::set<std::string> columns;
  const std::size_t group = dea.frontier.find("group:");
  if (group != std::string::npos) columns.insert(dea.frontier.substr(group + std::string("group:").size()));
  // Groups alone are judged period by period.
  if (group == 0 || dea.frontier.starts_with("contemporaneous")) columns.insert(data.time_key);
  return columns;
}

// A regressor may shift a frontier that all its values share; one that the frontier differs by is allowed to.
bool MayShiftFrontier(const ReportFacts& facts, const std::string& dea_id, const std::vector<std::string>& regressors) {
  const DeaFacts* dea = FindDea(facts, dea_id);
  const std::set<std::string> own = dea == nullptr ? std::set<std::string>() : SeparatedBy(*dea, facts.data);
  return std::any_of(regressors.begin(), regressors.end(), [&](const std::string& regressor) {
    // "region::west" is a level of a column.
    return !own.contains(regressor.substr(0, regressor.find("::")));
  });
}

}  // namespace

RuleFinding CheckW01(const ReportFacts& facts) {
  RuleFinding finding;
  std::vector<std::string> counts;
  for (const DeaFacts* dea : OutcomeDeas(facts)) {
    counts.push_back(text::FormatCount(dea->optimal_count));
    finding.About(dea->id);
  }
  finding.promises = {Promise::kShareAtOne};
  finding.say = [ids = finding.subjects, counts](const Words& words) {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < ids.size(); ++i) parts.push_back(words("'{1}' ({2} scores)", {ids[i], counts[i]}));
    return words(
        "The dependent variable is itself estimated from the same sample: evaluation {1}. Scores share one frontier "
        "and are not independent observations.",
        {words.Listed(parts)});
  };
  return finding;
}

RuleFinding CheckW02(const ReportFacts& facts) {
  RuleFinding finding;
  for (const SpecificationFacts& tests : facts.specifications) {
    for (const SpecificationTestFacts& test : tests.tests) {
      if (test.name == "separability" && test.p_value) return finding;
    }
  }
  for (const JudgedFit& judged : JudgedFits(facts)) {
    if (judged.fit->outcome_dea.empty() || judged.group != nullptr) continue;
    if (MayShiftFrontier(facts, judged.fit->outcome_dea, SlopeNames(*judged.fit))) finding.About(judged.subject);
  }
  for (const SecondStageFacts& stage : facts.second_stages) {
    std::vector<std::string> regressors;
    for (const SecondStageTermFacts& term : stage.terms) {
      if (term.name != "(Intercept)" && term.name != "sigma") regressors.push_back(term.name);
    }
    if (MayShiftFrontier(facts, stage.dea, regressors)) finding.About(stage.id);
  }
  finding.say = [](const Words& words) {
    return words(
        "Separability (the regressors move efficiency but not the frontier) is assumed, not tested. If it fails, a "
        "regression of scores has no clear meaning.");
  };
  return finding;
}

RuleFinding CheckW03(const ReportFacts& facts) {
  RuleFinding finding;
  std::vector<std::string> shares;
  std::vector<std::string> fewer;
  for (const DeaFacts& dea : facts.deas) {
    if (dea.share_at_one > 0.10) {
      shares.push_back(Percent(dea.share_at_one));
      finding.About(dea.id);
    } else if (dea.optimal_count > 0) {
      fewer.push_back("'" + dea.id + "' (" + Percent(dea.share_at_one) + ")");
    }
  }
  finding.promises = {Promise::kShareAtOne};
  finding.say = [ids = finding.subjects, shares, fewer](const Words& words) {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < ids.size(); ++i) parts.push_back(words("{1} in '{2}'", {shares[i], ids[i]}));
    std::vector<std::string> sentences = {
        words("More than 10 % of scores equal 1: {1}. Those cells cannot rise; slopes are pulled to zero.",
              {words.Listed(parts)})};
    if (!fewer.empty()) sentences.push_back(words("Compare {1} in the table of models.", {words.Listed(fewer)}));
    return words.Sentences(sentences);
  };
  return finding;
}

RuleFinding CheckW04(const ReportFacts& facts) {
  struct Part {
    std::string id, count, inputs, outputs, needed;
  };
  RuleFinding finding;
  std::vector<Part> found;
  for (const DeaFacts& dea : facts.deas) {
    const auto m = static_cast<std::int64_t>(dea.inputs.size());
    const auto s = static_cast<std::int64_t>(dea.outputs.size());
    const std::int64_t needed = std::max(3 * (m + s), 2 * m * s);
    // A set that is empty has too few units like any other.
    if (!dea.smallest_reference_count || *dea.smallest_reference_count >= needed) continue;
    found.push_back({dea.id, text::FormatCount(*dea.smallest_reference_count), std::to_string(m), std::to_string(s),
                     text::FormatCount(needed)});
    finding.About(dea.id);
  }
  finding.say = [found](const Words& words) {
    std::vector<std::string> parts;
    for (const Part& part : found) {
      parts.push_back(
          words("'{1}' has {2} in its smallest reference set for {3} inputs and {4} outputs (at least {5} wanted)",
                {part.id, part.count, part.inputs, part.outputs, part.needed}));
    }
    return words("Too few units for the number of inputs and outputs: {1}. Discrimination is weak.",
                 {words.Listed(parts)});
  };
  return finding;
}

RuleFinding CheckW05(const ReportFacts& facts) {
  struct Part {
    std::string input, regressor, t, fit;
  };
  RuleFinding finding;
  std::vector<Part> found;
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
        found.push_back({fit.outcome, name, text::FormatFixed(*primary->statistic, 2), fit.id});
        finding.About(dea->id);
      }
    }
  }
  finding.say = [found](const Words& words) {
    std::vector<std::string> parts;
    for (const Part& part : found) {
      parts.push_back(words("{1} on {2} (t = {3}, regression '{4}')", {part.input, part.regressor, part.t, part.fit}));
    }
    return words(
        "Inputs respond to a regressor: {1}. A slope on a VRS score then mixes efficiency with local scale effects; "
        "differences between groups can be artefacts of size.",
        {words.Listed(parts)});
  };
  return finding;
}

RuleFinding CheckW06(const ReportFacts& facts) {
  RuleFinding finding;
  for (const DeaFacts& dea : facts.deas) {
    const bool yearly = dea.frontier == "contemporaneous" || dea.frontier.rfind("group:", 0) == 0 ||
                        dea.frontier.rfind("contemporaneous+", 0) == 0;
    if (yearly && facts.data.periods.size() >= 2) finding.About(dea.id);
  }
  finding.say = [ids = finding.subjects](const Words& words) {
    return words(
        "In {1} each period has its own frontier: scores of different periods are comparable only through period "
        "effects.",
        {words.Listed(Quoted(ids))});
  };
  return finding;
}

RuleFinding CheckW07(const ReportFacts& facts) {
  struct Part {
    std::string term, one, first, other, second;
  };
  RuleFinding finding;
  std::vector<Part> found;
  // Against the DEA that the study's first regression of scores is about; each other DEA is told once.
  std::string reference;
  std::set<std::string> told;
  for (std::size_t a = 0; a < facts.fits.size(); ++a) {
    const FitFacts& first = facts.fits[a];
    if (reference.empty()) reference = first.outcome_dea;
    if (first.outcome_dea.empty() || first.outcome_dea != reference) continue;
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
      if (!told.insert(second.outcome_dea).second) continue;
      found.push_back({names.front(), text::FormatSignificant(one, 3), first.outcome_dea,
                       text::FormatSignificant(other, 3), second.outcome_dea});
      finding.About(first.id);
      finding.About(second.id);
    }
  }
  finding.say = [found](const Words& words) {
    std::vector<std::string> parts;
    for (const Part& part : found) {
      parts.push_back(words("{1} is {2} with '{3}' and {4} with '{5}'",
                            {part.term, part.one, part.first, part.other, part.second}));
    }
    return words("The slope depends on the DEA model: {1}.", {words.Listed(parts)});
  };
  return finding;
}

RuleFinding CheckW18(const ReportFacts& facts) {
  RuleFinding finding;
  for (const JudgedFit& judged : JudgedFits(facts)) {
    if (judged.fit->outcome_dea.empty() || !judged.fit->outcome_is_log || judged.group != nullptr) continue;
    finding.About(judged.subject);
  }
  finding.say = [](const Words& words) {
    return words(
        "The outcome is the logarithm of a score: a slope is an elasticity of efficiency, with inputs held fixed, not "
        "the total elasticity of the outputs.");
  };
  return finding;
}

RuleFinding CheckW20(const ReportFacts& facts) {
  RuleFinding finding;
  for (const FitFacts& fit : facts.fits) {
    if (fit.estimator == "tobit" && !fit.outcome_dea.empty()) finding.About(fit.id);
  }
  finding.say = [ids = finding.subjects](const Words& words) {
    return words(
        "Tobit in {1} treats scores of 1 as censored; DEA scores are not produced by censoring. Use least squares with "
        "clustering, fractional response, or Simar-Wilson.",
        {words.Listed(Quoted(ids))});
  };
  return finding;
}

RuleFinding CheckW21(const ReportFacts& facts) {
  RuleFinding finding;
  for (const SecondStageFacts& stage : facts.second_stages) {
    const bool simar_wilson = stage.algorithm == "1" || stage.algorithm == "2";
    if (simar_wilson && stage.resample == "rows" && facts.data.periods.size() > 1) finding.About(stage.id);
  }
  finding.say = [ids = finding.subjects](const Words& words) {
    return words(
        "The Simar-Wilson bootstrap of {1} draws independent errors, but the rows of one unit are not independent: its "
        "intervals are too narrow. Redraw whole units.",
        {words.Listed(Quoted(ids))});
  };
  return finding;
}

RuleFinding CheckW34(const ReportFacts& facts) {
  RuleFinding finding;
  std::vector<std::string> counts;
  for (const DeaFacts& dea : facts.deas) {
    if (!dea.super_efficiency || dea.rts != "vrs" || dea.infeasible_count <= 0) continue;
    counts.push_back(text::FormatCount(dea.infeasible_count));
    finding.About(dea.id);
  }
  finding.say = [ids = finding.subjects, counts](const Words& words) {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < ids.size(); ++i) parts.push_back(words("{1} in '{2}'", {counts[i], ids[i]}));
    return words("Some super-efficiency programs are infeasible ({1}); they are left missing, not set to 1.",
                 {words.Listed(parts)});
  };
  return finding;
}

}  // namespace farrell::reporting
