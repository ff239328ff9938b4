// How sure is the ranking? Scores of the last period, corrected for bias, with intervals for scores and ranks.
#include <algorithm>
#include <cmath>
#include <map>

#include "common/text/number.h"
#include "services/reporting/engine/inference_text.h"
#include "services/reporting/engine/ranking.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {
namespace {

// The rank of a score among those that one frontier judges; ties share the better one.
struct Place {
  std::int64_t rank = 1;
  bool tied = false;
};

Place PlaceOf(double score, const std::vector<double>& judged) {
  Place place;
  std::int64_t equal = 0;
  for (const double other : judged) {
    if (other > score + kScoreTie) ++place.rank;
    if (std::fabs(other - score) <= kScoreTie) ++equal;
  }
  place.tied = equal > 1;
  return place;
}

std::string MethodWords(const DeaFacts& dea, const Words& words) {
  return dea.bootstrap == "ksw" ? words("subsampling (Kneip, Simar & Wilson 2008)")
                                : words("smoothed bootstrap (Simar & Wilson 1998)");
}

}  // namespace

Result<Table> BuildRanksTable(const DeaFacts& dea, const TableOptions& options) {
  const std::vector<std::int64_t> periods = ScoredPeriods(dea);
  const bool by_period = dea.frontier == "contemporaneous" && !periods.empty();
  std::vector<const ScoreFacts*> shown;
  std::vector<double> judged;
  for (const ScoreFacts& score : dea.scores) {
    if (!score.score || !score.interval || !score.interval->rank_low) continue;
    const bool last = periods.empty() || score.time == periods.back();
    if (last || !by_period) judged.push_back(*score.score);
    if (last) shown.push_back(&score);
  }
  if (shown.empty()) {
    return NothingToShow(options.words("no row of '{1}' has an interval of its rank", {dea.id}));
  }
  std::stable_sort(shown.begin(), shown.end(),
                   [](const ScoreFacts* a, const ScoreFacts* b) { return *a->score > *b->score + kScoreTie; });
  std::map<std::string, std::int64_t> judges;
  for (const RankedUnit& unit : RankUnits(dea)) judges[unit.unit] = unit.judged_count;

  const Words& words = options.words;
  const std::string level = text::FormatSignificant(dea.confidence_level * 100, 4);
  Table table = TableFrame("ranks", options);
  table.stub = options.unit_word.empty() ? words("Unit") : Capitalized(options.unit_word);
  table.columns = {{"rank", words("Rank"), false},
                   {"rank_low", words("{1} % low", {level}), false},
                   {"rank_high", words("{1} % high", {level}), false},
                   {"score", words("Score"), false},
                   {"corrected", words("Corrected"), false},
                   {"conf_low", words("{1} % low", {level}), false},
                   {"conf_high", words("{1} % high", {level}), false},
                   {"judged_count", words("Judges"), false}};
  Panel panel;
  for (const ScoreFacts* score : shown) {
    const Place place = PlaceOf(*score->score, judged);
    const ScoreIntervalFacts& interval = *score->interval;
    Row row{"unit:" + score->unit, score->unit, Row::Role::kBody, {}, false};
    row.cells = {Cell::Text(std::to_string(place.rank) + (place.tied ? "=" : "")),
                 Cell::Real(*interval.rank_low, 0),
                 Cell::OptionalReal(interval.rank_high, 0),
                 Cell::Real(*score->score, 3),
                 Cell::Real(interval.corrected, 3),
                 Cell::Real(interval.conf_low, 3),
                 Cell::Real(interval.conf_high, 3),
                 Cell::Count(judges[score->unit])};
    panel.rows.push_back(std::move(row));
  }
  table.panels.push_back(std::move(panel));
  if (!periods.empty()) table.notes.push_back(words("Period: {1}.", {std::to_string(periods.back())}));
  table.notes.push_back(
      words("Ranks among the {1} rows that one frontier judges ({2}); = marks a tie (within 1e-9).",
            {text::FormatCount(static_cast<std::int64_t>(judged.size())), FrontierWords(dea.frontier, words)}));
  table.notes.push_back(
      words("Intervals and the correction for bias: {1}, {2} draws; the interval of a rank is over the plausible "
            "values of all "
            "scores in each draw. Judges: how many other rows have the unit among their peers.",
            {MethodWords(dea, words), text::FormatCount(dea.replication_count)}));
  table.notes.insert(table.notes.end(), options.notes.begin(), options.notes.end());
  return table;
}

}  // namespace farrell::reporting
