// What if: outputs and scores after one regressor changed for some units, at a slope and at both ends of its interval.
#include <algorithm>
#include <cmath>
#include <functional>

#include "common/text/number.h"
#include "services/reporting/engine/inference_text.h"
#include "services/reporting/engine/projection.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {
namespace {

constexpr int kScoreDecimals = 4;

// A change of some tenths of a per cent must show: four digits of the smallest output.
int OutputDecimals(const std::vector<ProjectedUnitFacts>& units) {
  constexpr int kMost = 6;
  double smallest = units.front().output;
  for (const ProjectedUnitFacts& unit : units) smallest = std::min(smallest, unit.output);
  int decimals = 0;
  for (; smallest < 1000 && decimals < kMost; smallest *= 10) ++decimals;
  return decimals;
}

class ProjectionTable {
 public:
  ProjectionTable(const ProjectionFacts& facts, const ChannelsFacts& channels, const TableOptions& options)
      : facts_(facts),
        channels_(channels),
        options_(options),
        words_(options.words),
        total_(SlopeOf(channels.total, facts.term)),
        efficiency_(SlopeOf(channels.efficiency, facts.term)) {}

  Table Build() {
    table_ = TableFrame("projection", options_);
    table_.columns = {{"observed", words_("As observed"), false},
                      {"estimate", words_("Projected"), false},
                      {"low", words_("Low end of b"), false},
                      {"high", words_("High end of b"), false}};
    AddSlopes();
    if (!facts_.units.empty()) {
      AddOutputs("total", words_("{1}: inputs follow", {facts_.output_label}), total_);
      AddOutputs("held", words_("{1}: inputs held", {facts_.output_label}), efficiency_);
      AddScores(
          "frozen", words_("Score, inputs held: frontier as it was"),
          [this](const ProjectedUnitFacts& unit, std::size_t point) { return Times(unit.score, efficiency_[point]); });
      AddScores("reestimated", words_("Score, inputs held: frontier estimated again"),
                [](const ProjectedUnitFacts& unit, std::size_t point) { return unit.reestimated[point]; });
      AddOutside();
    }
    AddNotes();
    return std::move(table_);
  }

 private:
  // `value` after the change at this slope.
  std::optional<double> Times(double value, const std::optional<double>& slope) const {
    if (!slope) return std::nullopt;
    return value * ChangeFactor(facts_.change, *slope);
  }

  static Row Line(std::string id, std::string label, Cell observed, const AtSlopePoints& values, int decimals) {
    Row row{std::move(id), std::move(label), Row::Role::kBody, {std::move(observed)}, false};
    for (const std::optional<double>& value : values) row.cells.push_back(Cell::OptionalReal(value, decimals));
    return row;
  }

  std::string TermLabel() const {
    for (const TermFacts& term : channels_.total.terms) {
      if (term.name == facts_.term && !term.label.empty()) return term.label;
    }
    return facts_.term;
  }

  std::optional<double> StdError(const FitFacts& fit) const {
    for (std::size_t i = 0; i < fit.terms.size(); ++i) {
      if (fit.terms[i].name == facts_.term) return fit.inferences.front().terms[i].std_error;
    }
    return std::nullopt;
  }

  void AddSlopes() {
    const int decimals = CommonDecimals({StdError(channels_.total), StdError(channels_.efficiency)});
    const auto per_cent = [this](const AtSlopePoints& slopes) {
      AtSlopePoints changes;
      for (std::size_t point = 0; point < slopes.size(); ++point) {
        if (slopes[point]) changes[point] = 100 * (ChangeFactor(facts_.change, *slopes[point]) - 1);
      }
      return changes;
    };
    Panel panel;
    panel.title = facts_.label.empty() ? words_("Slope b of {1}", {TermLabel()})
                                       : words_("{1}: slope b of {2}", {facts_.label, TermLabel()});
    panel.rows = {
        Line("slope:total", words_("Total association (inputs follow)"), Cell::Empty(), total_, decimals),
        Line("slope:efficiency", words_("Efficiency channel (inputs held)"), Cell::Empty(), efficiency_, decimals),
        Line("change:total", words_("Change in per cent, inputs follow"), Cell::Empty(), per_cent(total_), 2),
        Line("change:efficiency", words_("Change in per cent, inputs held"), Cell::Empty(), per_cent(efficiency_), 2)};
    table_.panels.push_back(std::move(panel));
  }

  void AddOutputs(const std::string& id, std::string title, const AtSlopePoints& slopes) {
    const int decimals = OutputDecimals(facts_.units);
    Panel panel{std::move(title), {}};
    double sum = 0;
    AtSlopePoints sums;
    for (const ProjectedUnitFacts& unit : facts_.units) {
      AtSlopePoints values;
      sum += unit.output;
      for (std::size_t point = 0; point < slopes.size(); ++point) {
        values[point] = Times(unit.output, slopes[point]);
        if (values[point]) sums[point] = sums[point].value_or(0) + *values[point];
      }
      panel.rows.push_back(Line(id + ":" + unit.unit, unit.unit, Cell::Real(unit.output, decimals), values, decimals));
    }
    panel.rows.push_back(Line(id + "_sum", words_("Sum"), Cell::Real(sum, decimals), sums, decimals));
    panel.rows.back().rule_above = true;
    table_.panels.push_back(std::move(panel));
  }

  void AddScores(const std::string& id, std::string title,
                 const std::function<std::optional<double>(const ProjectedUnitFacts&, std::size_t)>& score_at) {
    Panel panel{std::move(title), {}};
    for (const ProjectedUnitFacts& unit : facts_.units) {
      AtSlopePoints values;
      for (std::size_t point = 0; point < values.size(); ++point) values[point] = score_at(unit, point);
      panel.rows.push_back(
          Line(id + ":" + unit.unit, unit.unit, Cell::Real(unit.score, kScoreDecimals), values, kScoreDecimals));
    }
    table_.panels.push_back(std::move(panel));
  }

  void AddOutside() {
    Panel panel{words_("Rows that were not changed, frontier estimated again"), {}};
    Row count{"outside:count", words_("Scores that fall"), Row::Role::kBody, {Cell::Empty()}, false};
    AtSlopePoints losses;
    for (std::size_t point = 0; point < losses.size(); ++point) {
      count.cells.push_back(Cell::Count(facts_.outside[point].loser_count));
      losses[point] = facts_.outside[point].largest_loss;
    }
    panel.rows.push_back(std::move(count));
    panel.rows.push_back(Line("outside:largest", words_("Largest fall"), Cell::Empty(), losses, kScoreDecimals));
    table_.panels.push_back(std::move(panel));
  }

  std::string ChangeText() const {
    return (facts_.change > 0 ? "+" : "") + text::FormatSignificant(100 * facts_.change, 6) + " %";
  }

  void AddNotes() {
    std::vector<std::string>& notes = table_.notes;
    notes.push_back(words_("A conditional projection of an association: no forecast and no causal effect."));
    notes.push_back(
        words_("{1} {2} in {3} for {4}. Outputs are multiplied by (1 + change)^b: with the slope of log output inputs "
               "follow as "
               "they did in the sample, with that of the log score they are held.",
               {facts_.variable_label, ChangeText(), std::to_string(facts_.period),
                facts_.where.empty() ? words_("all units") : words_("the units with {1}", {facts_.where})}));
    notes.push_back(words_(
        "Low and high are at the ends of the {1} % interval of b: {2}. They hold the uncertainty of b alone, not "
        "that of the scores, of the frontier or of what else would change.",
        {text::FormatSignificant(100 * channels_.efficiency.confidence_level, 6),
         DescribeInference(channels_.efficiency.inferences.front(), words_)}));
    if (!facts_.units.empty()) AddScoreNotes();
    AddRefusals();
    notes.insert(notes.end(), options_.notes.begin(), options_.notes.end());
  }

  void AddScoreNotes() {
    table_.notes.push_back(
        words_("With the frontier as it was a score is multiplied like its output, exactly (one output, output "
               "orientation); above 1 it lies beyond that frontier. Estimated again, the frontier ({1}) is that of the "
               "changed outputs: scores are relative, so units that move it lower others.",
               {channels_.dea}));
    // The row that loses most of all.
    const OutsideFacts& outside = *std::max_element(facts_.outside.begin(), facts_.outside.end(),
                                                    [](const OutsideFacts& a, const OutsideFacts& b) {
                                                      return a.largest_loss.value_or(0) < b.largest_loss.value_or(0);
                                                    });
    if (!outside.largest_loss) return;
    const std::string row = outside.time ? words_.Clauses({outside.unit, std::to_string(*outside.time)}) : outside.unit;
    table_.notes.push_back(words_("Of {1} rows that were not changed, that of {2} falls most.",
                                  {text::FormatCount(outside.row_count), row}));
  }

  void AddRefusals() {
    std::vector<std::string> far;
    std::vector<std::string> absent;
    for (const RefusedUnitFacts& refused : facts_.refused) {
      if (refused.deviation) {
        far.push_back(words_("{1} ({2})", {refused.unit, text::FormatFixed(*refused.deviation, 3)}));
      } else {
        absent.push_back(refused.unit);
      }
    }
    if (!far.empty()) {
      table_.notes.push_back(
          words_("Not projected, since {1} minus its mean would leave the range [{2}, {3}] in which the units of the "
                 "sample have moved: {4}.",
                 {TermLabel(), text::FormatFixed(facts_.lowest_deviation, 3),
                  text::FormatFixed(facts_.highest_deviation, 3), words_.Names(far)}));
    }
    if (!absent.empty()) {
      table_.notes.push_back(words_("Not projected, since the regressions have no row of them in {1}: {2}.",
                                    {std::to_string(facts_.period), words_.Names(absent)}));
    }
  }

  const ProjectionFacts& facts_;
  const ChannelsFacts& channels_;
  const TableOptions& options_;
  const Words& words_;
  const AtSlopePoints total_;
  const AtSlopePoints efficiency_;
  Table table_;
};

}  // namespace

Result<Table> BuildProjectionTable(const ProjectionFacts& projection, const ChannelsFacts& channels,
                                   const TableOptions& options) {
  for (const FitFacts* fit : {&channels.total, &channels.efficiency}) {
    FARRELL_RETURN_IF_ERROR(CheckInference(*fit));
    if (!SlopeOf(*fit, projection.term).front()) {
      return InvalidArgument("TABLE_INVALID", "the split '" + channels.id + "' has no slope of " + projection.term);
    }
  }
  return ProjectionTable(projection, channels, options).Build();
}

}  // namespace farrell::reporting
