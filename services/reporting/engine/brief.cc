#include "services/reporting/engine/brief.h"

#include <algorithm>

#include "common/text/display.h"
#include "common/text/number.h"
#include "services/reporting/engine/ranking.h"
#include "services/reporting/engine/report_sections.h"

namespace farrell::reporting {
namespace {

// Rows at each end of the ranking.
constexpr std::size_t kEnd = 5;
// Rules told in words, and columns of text for each; the others by their ids.
constexpr std::size_t kTold = 3;
constexpr std::size_t kTellingWidth = 230;

bool HasRanks(const DeaFacts& dea) {
  return std::any_of(dea.scores.begin(), dea.scores.end(),
                     [](const ScoreFacts& score) { return score.score && score.interval && score.interval->rank_low; });
}

TableOptions Options(const ReportFacts& facts) {
  TableOptions options;
  options.id = "brief_ranking";
  options.stars = "none";
  options.synthetic = facts.data.synthetic;
  options.words = facts.study.words;
  options.unit_word = facts.study.unit_word.empty() ? facts.data.unit_key : facts.study.unit_word;
  return options;
}

// Rank, its interval and the score of the last period.
Result<Table> WithIntervals(const DeaFacts& dea, const ReportFacts& facts) {
  FARRELL_ASSIGN_OR_RETURN(Table table, BuildRanksTable(dea, Options(facts)));
  constexpr std::size_t kShown = 4;
  table.columns.resize(kShown);
  for (Row& row : table.panels.front().rows) row.cells.resize(kShown);
  const std::vector<std::int64_t> periods = ScoredPeriods(dea);
  const Words& words = facts.study.words;
  table.title = periods.empty()
                    ? words("Ranking with the intervals of the ranks")
                    : words("Ranking in {1} with the intervals of the ranks", {std::to_string(periods.back())});
  return table;
}

// Rank and mean score.
Table OfMeans(const DeaFacts& dea, const ReportFacts& facts) {
  const Words& words = facts.study.words;
  Table table = TableFrame("ranks", Options(facts));
  table.title = words("Ranking by mean score; how sure it is was not computed");
  table.columns = {{"rank", words("Rank"), false}, {"score", words("Mean score"), false}};
  Panel panel;
  for (const RankedUnit& unit : RankUnits(dea)) {
    if (!unit.mean) continue;
    panel.rows.push_back({"unit:" + unit.unit,
                          unit.unit,
                          Row::Role::kBody,
                          {Cell::Text(std::to_string(unit.rank) + (unit.tied ? "=" : "")), Cell::Real(*unit.mean)},
                          false});
  }
  table.panels.push_back(std::move(panel));
  return table;
}

void KeepTheEnds(Table& table, const Words& words) {
  std::vector<Row>& rows = table.panels.front().rows;
  table.notes.clear();
  if (rows.size() <= 2 * kEnd) return;
  table.notes.push_back(words("Shown are the first {1} and the last {2} of {3} units.",
                              {std::to_string(kEnd), std::to_string(kEnd), std::to_string(rows.size())}));
  rows.erase(rows.begin() + kEnd, rows.end() - kEnd);
  rows[kEnd].rule_above = true;
}

}  // namespace

Result<BriefContent> BuildBrief(const ReportFacts& facts, const std::vector<FiredRule>& rules) {
  const BriefFacts& brief = *facts.brief;
  const Words& words = facts.study.words;
  BriefContent content;
  content.headline = brief.headline;
  content.compared = brief.compared;
  content.method = brief.method;
  content.figure = brief.figure;
  content.not_shown = words.Sentences({facts.study.design == "experiment"
                                           ? std::string()
                                           : words("This is an association in observational data, not the effect of a "
                                                   "cause: it does not say what a measure would bring about."),
                                       facts.study.limits});
  content.evidence = LightOf(brief, facts, rules);
  if (const DeaFacts* dea = FindDea(facts, brief.dea)) {
    if (HasRanks(*dea)) {
      FARRELL_ASSIGN_OR_RETURN(content.ranking, WithIntervals(*dea, facts));
    } else {
      content.ranking = OfMeans(*dea, facts);
    }
    KeepTheEnds(content.ranking, words);
  }
  return content;
}

std::string LightWords(Light light, const Words& words) {
  switch (light) {
    case Light::kGreen: return words("Evidence: green. No referee rule that blocks or warns concerns this page.");
    case Light::kAmber: return words("Evidence: amber. Weigh these objections before relying on this page.");
    case Light::kRed: return words("Evidence: red. Do not rely on this page: a rule that blocks concerns it.");
  }
  return {};
}

std::string_view LightMark(Light light) {
  switch (light) {
    case Light::kGreen: return "●";
    case Light::kAmber: return "▲";
    case Light::kRed: return "■";
  }
  return {};
}

std::vector<std::string> DecidingWords(const EvidenceLight& evidence, const Words& words) {
  std::vector<std::string> told;
  std::vector<std::string> others;
  for (const FiredRule& rule : evidence.deciding) {
    if (told.size() < kTold) {
      told.push_back(words("{1}: {2}", {rule.id, text::Shorten(RuleText(rule, words), kTellingWidth)}));
    } else {
      others.push_back(rule.id);
    }
  }
  if (!others.empty()) told.push_back(words("Also, told in the report: {1}.", {words.Names(others)}));
  return told;
}

}  // namespace farrell::reporting
