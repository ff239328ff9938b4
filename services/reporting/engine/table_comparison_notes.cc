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

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// Groups whose bootstrap differs from that of all rows: other weights with few clusters, all sign vectors with very
// few.
std::string WildExceptions(const CompareFacts& comparison, const InferenceFacts& pooled) {
  std::vector<std::string> weights;
  std::vector<std::string> enumerated;
  for (const GroupFacts& group : comparison.groups) {
    const InferenceFacts* wild = WildInference(group.fit);
    if (wild == nullptr) continue;
    const std::string name = group.label.empty() ? group.group : group.label;
    if (wild->weights != pooled.weights) weights.push_back(name);
    if (wild->enumerated && !pooled.enumerated) enumerated.push_back(name);
  }
  std::string text;
  if (!weights.empty()) {
    text +=
        std::string(", with ") + (pooled.weights == "webb" ? "Rademacher" : "Webb") + " weights in " + Joined(weights);
  }
  if (!enumerated.empty()) text += ", with all sign vectors in " + Joined(enumerated);
  return text;
}

std::string FormSource(const std::string& form) {
  if (form == "Welch") return "Welch (1951)";
  if (form == "HTZ") return "HTZ of the groups as one model (Pustejovsky & Tipton 2018)";
  return "Wald F on the covariance of the estimates";
}

std::string DifferenceNote(const CompareFacts& comparison) {
  std::set<std::string> forms;
  for (const JointEqualityFacts& joint : comparison.joints) {
    if (const std::string form = JointForm(joint); !form.empty()) forms.insert(form);
  }
  const bool related = comparison.interact == "x-only" || !comparison.equations.empty() || forms.contains("Wald");
  std::string note = "Differences: variances of the two groups add, Satterthwaite degrees of freedom.";
  if (related) note = "Differences: variances with the covariance of the two estimates where they share clusters.";
  if (forms.contains("HTZ")) note = "Differences: HTZ of the groups as one model, with its degrees of freedom.";
  std::vector<std::string> sources;
  for (const std::string& form : forms) sources.push_back(FormSource(form));
  return sources.empty() ? note : note + " Joint test: " + Joined(sources) + ".";
}

struct Draws {
  std::int64_t most = 0;
  bool enumerated = true;
};

// One sentence for all resampled differences and joint tests, and what Chow's F supposes where it is printed.
void AddResamplingNote(const CompareFacts& comparison, std::vector<std::string>& notes) {
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
  std::string note = "Differences and equality resampled: ";
  for (std::size_t k = 0; k < order.size(); ++k) {
    const Draws& draws = drawn.at(order[k]);
    note += (k > 0 ? "; " : "") + order[k] + " (" +
            (draws.enumerated ? "all of them" : "up to " + text::FormatCount(draws.most) + " draws") + ")";
  }
  notes.push_back(note + ".");
}

std::string FamilyWords(const CompareFacts& comparison) {
  if (comparison.family == "term") return "the differences of a term";
  if (comparison.family == "equation") return "the differences of an equation";
  return "all differences of the table";
}

std::string AdjustmentNote(const CompareFacts& comparison) {
  if (comparison.adjustment == "none") return "No p is adjusted for the number of tests.";
  if (comparison.adjustment == "bh") {
    return "BH p: false discovery rate over the groups of a term, and over " + FamilyWords(comparison) +
           " (Benjamini & Hochberg 1995).";
  }
  if (comparison.adjustment != "romano-wolf") {
    return "Holm p: adjusted over the groups of a term, and over " + FamilyWords(comparison) + " (Holm 1979).";
  }
  const bool permuted =
      std::any_of(comparison.differences.begin(), comparison.differences.end(), [](const DifferenceFacts& difference) {
        return std::any_of(difference.inferences.begin(), difference.inferences.end(),
                           [](const auto& each) { return each.label.rfind("permutation", 0) == 0; });
      });
  return "Adjusted p: over " + FamilyWords(comparison) +
         " by Romano & Wolf (2016), from one set of wild bootstrap draws; groups of a term" +
         (permuted ? " and permutations" : "") + " by Holm (1979).";
}

void AddOrderingNotes(const CompareFacts& comparison, std::vector<std::string>& notes) {
  if (comparison.orderings.empty()) return;
  notes.emplace_back(
      "Orders: distance to the nearest ordered coefficients, p from wild draws under equality (Robertson, Wright & "
      "Dykstra 1988); for the strict order, the largest one-sided p of neighbours (Berger 1982); share of "
      "bootstrap draws around the estimates in the strict order.");
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
    std::string note =
        "Shares of draws in rank 1 (the largest) to " + std::to_string(last) + " of " + TermLabel(term) + ": ";
    for (std::size_t k = 0; k < groups.size(); ++k) {
      note += (k > 0 ? "; " : "") + GroupLabel(comparison, groups[k]) + " " + shares.at(groups[k]);
    }
    notes.push_back(note + ".");
  }
}

void AddStarsDifferNote(const CompareFacts& comparison, std::vector<std::string>& notes) {
  std::string named;
  for (const DifferenceFacts& difference : comparison.differences) {
    if (!difference.stars_differ_only) continue;
    named += (named.empty() ? "" : "; ") + GroupLabel(comparison, difference.group) + " and " +
             GroupLabel(comparison, difference.versus);
    if (comparison.terms.size() > 1) named += " (" + difference.term + ")";
  }
  if (named.empty()) return;
  notes.push_back("One is significant at 5 % and the other is not, but that they are equal is not rejected: " + named +
                  ". Unequal stars are no evidence of a difference (Gelman & Stern 2006).");
}

}  // namespace

std::vector<std::string> Notes(const Context& context) {
  const CompareFacts& comparison = context.comparison;
  const InferenceFacts& primary = comparison.groups.front().fit.inferences.front();
  std::vector<std::string> notes;
  std::string inference = "Standard errors in parentheses: " + DescribeInference(comparison.pooled.inferences.front()) +
                          " for all rows together";
  if (primary.cluster_count > 0) {
    inference += "; within a group the same with the group's own G and t(G - 1)";
  }
  notes.push_back(inference + ".");
  notes.push_back(DifferenceNote(comparison));
  AddResamplingNote(comparison, notes);
  notes.emplace_back(comparison.interact == "x-only"
                         ? "Only the compared terms differ between groups; other slopes and period effects are shared."
                         : "Everything is interacted: each group has its own slopes and effects, as if fitted alone.");
  notes.push_back(AdjustmentNote(comparison));
  AddOrderingNotes(comparison, notes);
  AddStarsDifferNote(comparison, notes);
  if (const InferenceFacts* wild = WildInference(comparison.pooled)) {
    notes.push_back("Wild p: " + DescribeWildBootstrap(*wild) + " for all rows together; within groups the same" +
                    WildExceptions(comparison, *wild) + ".");
  }
  if (context.any_stars) {
    notes.push_back(StarsLegend(context.options.stars) +
                    (comparison.adjustment == "none"
                         ? " By the raw p, which is not adjusted."
                         : " Groups by their p, differences by the " + AdjustmentWord(comparison.adjustment) +
                               "-adjusted p where there is one."));
  }
  if (!context.options.all_stars_blocked.empty()) {
    notes.push_back("No stars are printed: rule " + context.options.all_stars_blocked + ".");
  } else {
    std::string blocked;
    for (const auto& [subject, rule] : context.options.stars_blocked) {
      if (subject != comparison.id && subject.rfind(comparison.id + "/", 0) != 0) continue;
      std::string who = "differences";
      if (subject == comparison.id + "/") who = "all rows";
      if (subject.size() > comparison.id.size() + 1) {
        who = GroupLabel(comparison, subject.substr(comparison.id.size() + 1));
      }
      if (!blocked.empty()) blocked += ", ";
      blocked += who;
      blocked += " (rule " + rule + ")";
    }
    if (!blocked.empty()) notes.push_back("No stars are printed for " + blocked + ".");
  }
  notes.insert(notes.end(), context.options.notes.begin(), context.options.notes.end());
  return notes;
}

}  // namespace farrell::reporting::comparison_table
