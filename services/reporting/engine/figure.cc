#include "services/reporting/engine/figure.h"

#include "services/reporting/engine/figure_style.h"

namespace farrell::reporting {
namespace {

Result<Figure> Dispatch(const FigureSpec& spec, const ReportFacts& facts) {
  if (spec.kind == "heatmap") return BuildHeatmap(spec, facts);
  if (spec.kind == "ranking") return BuildRanking(spec, facts);
  if (spec.kind == "coefficients") return BuildCoefficients(spec, facts);
  if (spec.kind == "tilemap") return BuildTilemap(spec, facts);
  if (spec.kind == "trend") return BuildTrend(spec, facts);
  if (spec.kind == "density") return BuildDensity(spec, facts);
  if (spec.kind == "scatter") return BuildScatter(spec, facts);
  if (spec.kind == "curve") return BuildCurve(spec, facts);
  if (spec.kind == "influence") return BuildInfluenceFigure(spec, facts);
  if (spec.kind == "productivity") return BuildProductivityFigure(spec, facts);
  if (spec.kind == "variable") return BuildVariableFigure(spec, facts);
  if (spec.kind == "margins") return BuildMarginsFigure(spec, facts);
  if (spec.kind == "missing") return BuildMissingFigure(spec, facts);
  return FigureInvalid(
      spec,
      "unknown kind '" + spec.kind +
          "'; use heatmap, ranking, coefficients, tilemap, trend, density, scatter, curve, influence, productivity, "
          "variable, margins or missing");
}

}  // namespace

Result<Figure> BuildFigure(const FigureSpec& spec, const ReportFacts& facts, int number) {
  FARRELL_ASSIGN_OR_RETURN(Figure figure, Dispatch(spec, facts));
  figure.id = spec.id;
  figure.kind = spec.kind;
  figure.title = spec.title;
  figure.number = number;
  figure.caption = facts.study.words.Sentences({figure.caption, spec.caption});
  return figure;
}

}  // namespace farrell::reporting
