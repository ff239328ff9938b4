// What the notes of a comparison say about its inference.
#include <algorithm>
#include <map>
#include <set>

#include "common/text/number.h"
#include "services/reporting/engine/inference_text.h"
#include "services/reporting/engine/multiplicity.h"
#include "services/reporting/engine/table_comparison.h"

namespace farrell::reporting::comparison_table {
namespace {

constexpr int kMostRanksPrinted = 6;

// Groups whose bootstrap differs from that of all rows: other weights with few clusters, all sign vectors with very
// few.
std::vector<std::string> WildExceptions(const CompareFacts& comparison, const InferenceFacts& pooled,
                                        const Words& words) {
  std::vector<std::string> weights;
  std::vector<std::string> enumerated;
  for (const GroupFacts& group : comparison.groups) {
    const InferenceFacts* wild = WildInference(group.fit);
    if (wild == nullptr) continue;
    const std::string name = group.label.empty() ? group.group : group.label;
    if (wild->weights != pooled.weights) weights.push_back(name);
    if (wild->enumerated && !pooled.enumerated) enumerated.push_back(name);
  }
  std::vector<std::string> exceptions;
  if (!weights.empty()) {
    exceptions.push_back(pooled.weights == "webb" ? words("with Rademacher weights in {1}", {words.Names(weights)})
                                                  : words("with Webb weights in {1}", {words.Names(weights)}));
  }
  if (!enumerated.empty()) exceptions.push_back(words("with all sign vectors in {1}", {words.Names(enumerated)}));
  return exceptions;
}

std::string FormSource(const std::string& form, const Words& words) {
  if (form == "Welch") return "Welch (1951)";
  if (form == "HTZ") return words("HTZ of the groups as one model (Pustejovsky & Tipton 2018)");
  return words("Wald F on the covariance of the estimates");
}

std::string DifferenceNote(const CompareFacts& comparison, const Words& words) {
  std::set<std::string> forms;
  for (const JointEqualityFacts& joint : comparison.joints) {
    if (const std::string form = JointForm(joint); !form.empty()) forms.insert(form);
  }
  const bool related = comparison.interact == "x-only" || !comparison.equations.empty() || forms.contains("Wald");
  std::string note = words("Differences: variances of the two groups add, Satterthwaite degrees of freedom.");
  if (related) {
    note = words("Differences: variances with the covariance of the two estimates where they share clusters.");
  }
  if (forms.contains("HTZ")) {
    note = words("Differences: HTZ of the groups as one model, with its degrees of freedom.");
  }
  std::vector<std::string> sources;
  for (const std::string& form : forms) sources.push_back(FormSource(form, words));
  return sources.empty() ? note : words.Sentences({note, words("Joint test: {1}.", {words.Names(sources)})});
}

struct Draws {
  std::int64_t most = 0;
  bool enumerated = true;
};

// One sentence for all resampled differences and joint tests, and what Chow's F supposes where it is printed.
void AddResamplingNote(const CompareFacts& comparison, const Words& words, std::vector<std::string>& notes) {
  std::vector<std::string> order;
  std::map<std::string, Draws> drawn;
  const auto take = [&](const std::string& label, std::int64_t draws, bool enumerated) {
    if (draws == 0) return;
    if (!drawn.contains(label)) order.push_back(label);
    Draws& known = drawn[label];
    known.most = std::max(known.most, draws);
    known.enumerated = known.enumerated && enumerated;
  };
  for (const DifferenceFacts& difference : comparison.differences) {
    for (const DifferenceInferenceFacts& each : difference.inferences) take(each.label, each.draws, each.enumerated);
  }
  for (const JointEqualityFacts& joint : comparison.joints) {
    for (const EqualityTestFacts& test : joint.tests) take(test.label, test.draws, test.enumerated);
  }
  if (order.empty()) return;
  std::vector<std::string> parts;
  for (const std::string& label : order) {
    const Draws& draws = drawn.at(label);
    parts.push_back(words("{1} ({2})", {InferenceLabel(label, words),
                                        draws.enumerated ? words("all of them")
                                                         : words("up to {1} draws", {text::FormatCount(draws.most)})}));
  }
  notes.push_back(words("Differences and equality resampled: {1}.", {words.Parts(parts)}));
}

std::string FamilyWords(const CompareFacts& comparison, const Words& words) {
  if (comparison.family == "term") return words("the differences of a term");
  if (comparison.family == "equation") return words("the differences of an equation");
  return words("all differences of the table");
}

std::string AdjustmentNote(const CompareFacts& comparison, const Words& words) {
  const std::string family = FamilyWords(comparison, words);
  if (comparison.adjustment == "none") return words("No p is adjusted for the number of tests.");
  if (comparison.adjustment == "bh") {
    return words("BH p: false discovery rate over the groups of a term, and over {1} (Benjamini & Hochberg 1995).",
                 {family});
  }
  if (comparison.adjustment != "romano-wolf") {
    return words("Holm p: adjusted over the groups of a term, and over {1} (Holm 1979).", {family});
  }
  const bool permuted =
      std::any_of(comparison.differences.begin(), comparison.differences.end(), [](const DifferenceFacts& difference) {
        return std::any_of(difference.inferences.begin(), difference.inferences.end(),
                           [](const auto& each) { return each.label.rfind("permutation", 0) == 0; });
      });
  return permuted ? words(
                        "Adjusted p: over {1} by Romano & Wolf (2016), from one set of wild bootstrap draws; groups "
                        "of a term and permutations by Holm (1979).",
                        {family})
                  : words(
                        "Adjusted p: over {1} by Romano & Wolf (2016), from one set of wild bootstrap draws; groups "
                        "of a term by Holm (1979).",
                        {family});
}

void AddOrderingNotes(const CompareFacts& comparison, const Words& words, std::vector<std::string>& notes) {
  if (comparison.orderings.empty()) return;
  notes.push_back(words(
      "Orders: distance to the nearest ordered coefficients, p from wild draws under equality (Robertson, Wright & "
      "Dykstra 1988); for the strict order, the largest one-sided p of neighbours (Berger 1982); share of "
      "bootstrap draws around the estimates in the strict order."));
  for (const TermFacts& term : comparison.terms) {
    std::vector<std::string> groups;
    std::map<std::string, std::string> shares;
    int last = 0;
    for (const RankFacts& rank : comparison.ranks) {
      if (rank.term != term.name) continue;
      if (!shares.contains(rank.group)) groups.push_back(rank.group);
      std::string& share = shares[rank.group];
      share += (share.empty() ? "" : " / ") + text::FormatFixed(rank.probability, 3);
      last = std::max(last, rank.rank);
    }
    if (groups.empty() || last > kMostRanksPrinted) continue;
    std::vector<std::string> parts;
    for (const std::string& group : groups) parts.push_back(GroupLabel(comparison, group) + " " + shares.at(group));
    notes.push_back(words("Shares of draws in rank 1 (the largest) to {1} of {2}: {3}.",
                          {std::to_string(last), TermLabel(term), words.Parts(parts)}));
  }
}

void AddStarsDifferNote(const CompareFacts& comparison, const Words& words, std::vector<std::string>& notes) {
  std::vector<std::string> pairs;
  for (const DifferenceFacts& difference : comparison.differences) {
    if (!difference.stars_differ_only) continue;
    std::string pair =
        words.Listed({GroupLabel(comparison, difference.group), GroupLabel(comparison, difference.versus)});
    pairs.push_back(comparison.terms.size() > 1 ? words("{1} ({2})", {pair, difference.term}) : std::move(pair));
  }
  if (pairs.empty()) return;
  notes.push_back(words(
      "One is significant at 5 % and the other is not, but that they are equal is not rejected: {1}. Unequal stars are "
      "no evidence of a difference (Gelman & Stern 2006).",
      {words.Parts(pairs)}));
}

std::string StarsNote(const Context& context) {
  const Words& words = context.options.words;
  const std::string& adjustment = context.comparison.adjustment;
  return words.Sentences({StarsLegend(context.options.stars, words),
                          adjustment == "none"
                              ? words("By the raw p, which is not adjusted.")
                              : words("Groups by their p, differences by the {1}-adjusted p where there is one.",
                                      {AdjustmentWord(adjustment)})});
}

}  // namespace

std::vector<std::string> Notes(const Context& context) {
  const CompareFacts& comparison = context.comparison;
  const InferenceFacts& primary = comparison.groups.front().fit.inferences.front();
  const Words& words = context.options.words;
  std::vector<std::string> notes;
  const std::string inference = DescribeInference(comparison.pooled.inferences.front(), words);
  notes.push_back(primary.cluster_count > 0
                      ? words("Standard errors in parentheses: {1} for all rows together; within a group the same with "
                              "the group's own G and t(G - 1).",
                              {inference})
                      : words("Standard errors in parentheses: {1} for all rows together.", {inference}));
  notes.push_back(DifferenceNote(comparison, words));
  AddResamplingNote(comparison, words, notes);
  notes.push_back(
      comparison.interact == "x-only"
          ? words("Only the compared terms differ between groups; other slopes and period effects are shared.")
          : words("Everything is interacted: each group has its own slopes and effects, as if fitted alone."));
  notes.push_back(AdjustmentNote(comparison, words));
  if (!comparison.pooled_slopes.empty()) {
    notes.push_back(words(
        "Taken apart: both sides residualised on everything else of the model over all rows, weights the groups' "
        "shares in the squares of the regressor (Frisch & Waugh 1933; Lovell 1963); the sum is exact. The groups' "
        "own slopes, with slopes of controls and period effects of their own, leave the remainder."));
  }
  AddOrderingNotes(comparison, words, notes);
  AddStarsDifferNote(comparison, words, notes);
  if (const InferenceFacts* wild = WildInference(comparison.pooled)) {
    const std::vector<std::string> exceptions = WildExceptions(comparison, *wild, words);
    const std::string how = DescribeWildBootstrap(*wild, words);
    notes.push_back(exceptions.empty() ? words("Wild p: {1} for all rows together; within groups the same.", {how})
                                       : words("Wild p: {1} for all rows together; within groups the same, {2}.",
                                               {how, words.Clauses(exceptions)}));
  }
  if (context.any_stars) notes.push_back(StarsNote(context));
  if (!context.options.all_stars_blocked.empty()) {
    notes.push_back(words("No stars are printed: rule {1}.", {context.options.all_stars_blocked}));
  } else {
    std::vector<std::string> blocked;
    for (const auto& [subject, rule] : context.options.stars_blocked) {
      if (subject != comparison.id && subject.rfind(comparison.id + "/", 0) != 0) continue;
      std::string who = words("differences");
      if (subject == comparison.id + "/") who = words("all rows");
      if (subject.size() > comparison.id.size() + 1) {
        who = GroupLabel(comparison, subject.substr(comparison.id.size() + 1));
      }
      blocked.push_back(words("{1} (rule {2})", {who, rule}));
    }
    if (!blocked.empty()) notes.push_back(words("No stars are printed for {1}.", {words.Names(blocked)}));
  }
  notes.insert(notes.end(), context.options.notes.begin(), context.options.notes.end());
  return notes;
}

}  // namespace farrell::reporting::comparison_table
