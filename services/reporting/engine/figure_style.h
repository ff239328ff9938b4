// What all figures share: frame, fonts, colours, and the words around them.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "services/reporting/engine/figure.h"

namespace farrell::reporting {

using Json = nlohmann::ordered_json;

// Widest plot area in pixels that prints on a page and stays legible on a phone.
inline constexpr int kFigureWidth = 620;

// A specification with background, configuration, title for assistive technology and, for synthetic data, the stamp.
Json BaseSpec(const FigureSpec& spec, const ReportFacts& facts, const std::string& description);

// Okabe & Ito (2008) without yellow, which is too light for lines on white: seven colours, repeated after that.
std::string CategoryColour(std::size_t index);
// Dash patterns that go with them, so that colour is never the only difference.
Json CategoryDash(std::size_t index);
// Shapes that go with them.
std::string CategoryShape(std::size_t index);
// The scales of `count` categories in the order of `names`: {"domain": …, "range": …}.
Json ColourScale(const std::vector<std::string>& names);
Json DashScale(const std::vector<std::string>& names);
Json ShapeScale(const std::vector<std::string>& names);

// The colour channel of the field `score`: viridis from `low` to 1, with its legend under the figure.
Json ScoreColour(double low, const Words& words);
// The same for the values of a variable, in the field `value`.
Json ValueColour(double low, double high, const std::string& title);
// The x channel of a map of units by periods: the field `period`, named on top, upright where columns are narrow.
Json PeriodColumns(Json names, int column_width);
// The ink (black or white) with the higher contrast (WCAG 2.1 relative luminance) on the colour that viridis from `low`
// to `high` gives a value.
std::string InkOn(double value, double low, double high);
// The colour channel that paints text in its datum's `ink`.
Json InkEncoding();

// Lower end of a colour or position axis for scores: the smallest score rounded down to 0.05.
double ScoreFloor(const DeaFacts& dea);

// Positions at least `gap` apart, as close to the wanted ones as the order allows, inside [low, high] when they fit.
std::vector<double> SpreadLabels(const std::vector<double>& wanted, double gap, double low, double high);

// "1970 to 1986", "2019", or empty for a cross-section.
std::string PeriodWords(const std::vector<std::int64_t>& periods, const Words& words);

// The position channel of the field `period`: at most twelve ticks, in whole periods. `periods`: ascending, at least
// one.
Json PeriodAxis(const std::vector<std::int64_t>& periods);

// Group of every unit by the classification, in its order; empty when `by` is empty. INVALID_ARGUMENT when there is
// none.
struct GroupOf {
  std::vector<std::string> labels;
  // Index into labels; absent: the unit is in no group.
  std::map<std::string, std::size_t> of_unit;
};
Result<GroupOf> GroupsBy(const FigureSpec& spec, const ReportFacts& facts);

// The evaluation a figure shows.
Result<const DeaFacts*> DeaOf(const FigureSpec& spec, const ReportFacts& facts);

Status FigureInvalid(const FigureSpec& spec, const std::string& why);

// A data table with its frame filled in.
Table FigureData(const FigureSpec& spec, const ReportFacts& facts, std::vector<Column> columns);

// The kinds.
Result<Figure> BuildHeatmap(const FigureSpec& spec, const ReportFacts& facts);
Result<Figure> BuildRanking(const FigureSpec& spec, const ReportFacts& facts);
Result<Figure> BuildCoefficients(const FigureSpec& spec, const ReportFacts& facts);
Result<Figure> BuildTilemap(const FigureSpec& spec, const ReportFacts& facts);
Result<Figure> BuildTrend(const FigureSpec& spec, const ReportFacts& facts);
Result<Figure> BuildDensity(const FigureSpec& spec, const ReportFacts& facts);
Result<Figure> BuildScatter(const FigureSpec& spec, const ReportFacts& facts);
Result<Figure> BuildCurve(const FigureSpec& spec, const ReportFacts& facts);
Result<Figure> BuildInfluenceFigure(const FigureSpec& spec, const ReportFacts& facts);
Result<Figure> BuildProductivityFigure(const FigureSpec& spec, const ReportFacts& facts);
Result<Figure> BuildVariableFigure(const FigureSpec& spec, const ReportFacts& facts);
Result<Figure> BuildMarginsFigure(const FigureSpec& spec, const ReportFacts& facts);
Result<Figure> BuildMissingFigure(const FigureSpec& spec, const ReportFacts& facts);

}  // namespace farrell::reporting
