#include "services/regression/engine/compare/models.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "services/regression/engine/resolve_inference.h"
#include "services/regression/engine/vcov/vcov.h"

namespace farrell::regression {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

void Locate(const ComparedModel& model, const std::string& term, ComparedCell& cell) {
  const std::ptrdiff_t found = model.fit.FindTerm(term);
  if (found < 0 || !model.fit.terms[static_cast<std::size_t>(found)].estimate) return;
  cell.column = static_cast<std::size_t>(found);
  cell.estimate = *model.fit.terms[*cell.column].estimate;
  cell.position = 0;
  for (std::size_t k = 0; k < *cell.column; ++k) {
    if (model.fit.terms[k].estimate) ++cell.position;
  }
}

Result<ComparedModel> EstimateCompared(const Panel& panel, const FitSpec& spec, DesignOptions options,
                                       const std::vector<std::string>& names, const Environment& environment) {
  for (const std::string& name : names) {
    auto& known = options.classifications;
    if (!name.empty() && std::find(known.begin(), known.end(), name) == known.end()) known.push_back(name);
  }
  options.panel_keys = true;
  FARRELL_ASSIGN_OR_RETURN(EstimatedFit estimated, EstimateDesign(panel, spec, std::move(options), environment));
  return ComparedModel{std::move(estimated.result), std::move(estimated.fitted)};
}

namespace {

// What each cluster (or row) adds to the coefficients of one fit, and how the clusters of fits are recognised.
struct Influence {
  std::vector<std::string> labels;
  // Clusters x K.
  MatrixXd rows;
};

Result<Influence> InfluenceOf(const Fitted& fitted, const InferenceSpec& inference, const std::stop_token& stop) {
  Influence influence;
  MatrixXd scores;
  if (IsClustered(inference.type)) {
    const Levels& clusters = fitted.design.classifications.at(inference.cluster);
    influence.labels = clusters.labels;
    if (inference.type == InferenceType::kCr3 && clusters.count() > 1) {
      FARRELL_ASSIGN_OR_RETURN(const Jackknife jackknife, JackknifeScores(fitted, clusters, stop));
      scores = jackknife.scores;
    } else {
      scores = ClusterScores(fitted, clusters);
    }
  } else {
    scores = ScoreRows(fitted);
    for (const std::size_t row : fitted.design.rows) influence.labels.push_back(std::to_string(row));
  }
  const MatrixXd transposed = scores.transpose();
  influence.rows = fitted.solution.r.triangularView<Eigen::Upper>().solve(transposed).transpose();
  return influence;
}

double Correlation(const Influence& a, Index j, const Influence& b, Index k) {
  std::map<std::string, Index> known;
  for (std::size_t row = 0; row < a.labels.size(); ++row) known[a.labels[row]] = static_cast<Index>(row);
  double product = 0.0;
  for (std::size_t row = 0; row < b.labels.size(); ++row) {
    const auto found = known.find(b.labels[row]);
    if (found != known.end()) product += a.rows(found->second, j) * b.rows(static_cast<Index>(row), k);
  }
  const double norms = a.rows.col(j).norm() * b.rows.col(k).norm();
  return norms > 0.0 ? product / norms : 0.0;
}

}  // namespace

Result<MatrixXd> CellCovariance(const std::vector<ComparedModel>& models, const std::vector<ComparedCell>& cells,
                                const InferenceSpec& inference, std::size_t index, const std::stop_token& stop) {
  constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();
  const auto count = static_cast<Index>(cells.size());
  MatrixXd covariance = MatrixXd::Constant(count, count, kUndefined);
  std::vector<std::optional<Influence>> influences(models.size());
  if (models.size() > 1) {
    for (std::size_t m = 0; m < models.size(); ++m) {
      if (models[m].fitted.parameters() == 0) continue;
      FARRELL_ASSIGN_OR_RETURN(influences[m], InfluenceOf(models[m].fitted, inference, stop));
    }
  }
  const auto error = [&](const ComparedCell& cell) {
    if (!cell.estimated()) return kUndefined;
    return models[cell.model].fit.inferences[index].terms[*cell.column].std_error.value_or(kUndefined);
  };
  for (Index a = 0; a < count; ++a) {
    if (stop.stop_requested()) return Cancelled();
    const ComparedCell& left = cells[static_cast<std::size_t>(a)];
    for (Index b = 0; b <= a; ++b) {
      const ComparedCell& right = cells[static_cast<std::size_t>(b)];
      const double product = error(left) * error(right);
      if (!std::isfinite(product)) continue;
      double value = product;
      if (a != b && left.model == right.model) {
        value = models[left.model].fit.inferences[index].vcov(left.position, right.position);
      } else if (a != b) {
        value = product * Correlation(*influences[left.model], left.position, *influences[right.model], right.position);
      }
      covariance(a, b) = value;
      covariance(b, a) = value;
    }
  }
  return covariance;
}

namespace {

// Levels of several fits: kept apart by fit, or equal labels joined.
Levels StackLevels(const std::vector<const Levels*>& parts, bool join) {
  Levels stacked;
  stacked.name = parts.front()->name;
  std::map<std::string, std::int32_t> numbers;
  for (std::size_t part = 0; part < parts.size(); ++part) {
    std::vector<std::int32_t> renumbered;
    for (const std::string& label : parts[part]->labels) {
      const std::string key = join ? label : std::to_string(part) + ":" + label;
      const auto [entry, fresh] = numbers.emplace(key, static_cast<std::int32_t>(stacked.labels.size()));
      if (fresh) stacked.labels.push_back(key);
      renumbered.push_back(entry->second);
    }
    for (const std::int32_t id : parts[part]->ids) stacked.ids.push_back(renumbered[static_cast<std::size_t>(id)]);
  }
  return stacked;
}

bool CanStack(const std::vector<const Fitted*>& fits) {
  return std::all_of(fits.begin(), fits.end(), [&](const Fitted* fit) {
    const bool plain = fit->estimator.kind == Estimator::kOls || fit->estimator.kind == Estimator::kWithin;
    return plain && fit->parameters() > 0 && fit->design.effects.size() == fits.front()->design.effects.size();
  });
}

Effect StackEffect(const std::vector<const Fitted*>& fits, std::size_t e) {
  Effect stacked;
  std::vector<const Levels*> levels;
  for (const Fitted* fit : fits) levels.push_back(&fit->design.effects[e].levels);
  stacked.levels = StackLevels(levels, false);
  const Effect& first = fits.front()->design.effects[e];
  stacked.dummies = first.dummies;
  stacked.slope_names = first.slope_names;
  for (std::size_t s = 0; s < first.slopes.size(); ++s) {
    VectorXd values(static_cast<Index>(stacked.levels.ids.size()));
    Index offset = 0;
    for (const Fitted* fit : fits) {
      const VectorXd& part = fit->design.effects[e].slopes[s];
      values.segment(offset, part.size()) = part;
      offset += part.size();
    }
    stacked.slopes.push_back(std::move(values));
  }
  return stacked;
}

}  // namespace

Result<std::optional<Fitted>> StackFits(const std::vector<const Fitted*>& fits, const Environment& environment) {
  if (fits.empty() || !CanStack(fits)) return std::optional<Fitted>();
  Index rows = 0;
  Index columns = 0;
  for (const Fitted* fit : fits) {
    rows += fit->observations();
    columns += fit->parameters();
  }
  constexpr double kMaxCells = 5e7;
  if (static_cast<double>(rows) * static_cast<double>(columns) > kMaxCells) return std::optional<Fitted>();
  Design design;
  design.y.resize(rows);
  design.x = MatrixXd::Zero(rows, columns);
  const bool weighted = fits.front()->design.weights.size() > 0;
  if (weighted) design.weights.resize(rows);
  Index row = 0;
  Index column = 0;
  for (std::size_t part = 0; part < fits.size(); ++part) {
    const Fitted& fit = *fits[part];
    const Index n = fit.observations();
    design.rows.insert(design.rows.end(), fit.design.rows.begin(), fit.design.rows.end());
    design.y.segment(row, n) = fit.design.y;
    design.x.block(row, column, n, fit.parameters()) = fit.design.x(Eigen::all, fit.solution.kept);
    if (weighted) design.weights.segment(row, n) = fit.design.weights;
    for (const Index kept : fit.solution.kept) {
      design.names.push_back(std::to_string(part) + ":" + fit.design.names[static_cast<std::size_t>(kept)]);
    }
    row += n;
    column += fit.parameters();
  }
  for (std::size_t e = 0; e < fits.front()->design.effects.size(); ++e) {
    design.effects.push_back(StackEffect(fits, e));
  }
  for (const auto& [name, levels] : fits.front()->design.classifications) {
    std::vector<const Levels*> parts;
    for (const Fitted* fit : fits) parts.push_back(&fit->design.classifications.at(name));
    design.classifications[name] = StackLevels(parts, true);
  }
  FARRELL_ASSIGN_OR_RETURN(Fitted stacked, EstimateLeastSquares(std::move(design), environment));
  // A column lost in the stack would shift the positions of all others.
  if (stacked.parameters() != columns) return std::optional<Fitted>();
  return std::optional<Fitted>(std::move(stacked));
}

}  // namespace farrell::regression
