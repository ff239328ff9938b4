#include "services/regression/engine/compare/models.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <unordered_map>
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

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

// Asked once in a while in loops over rows.
bool Stopped(const std::stop_token& stop, std::size_t row) { return row % 4096 == 0 && stop.stop_requested(); }

// Scores of one fit by cluster (or row, or period), in its coefficients, and how those of several fits are recognised.
struct Influence {
  std::vector<std::string> labels;
  // Clusters x K.
  MatrixXd rows;
};

Influence InCoefficients(const Fitted& fitted, std::vector<std::string> labels, const MatrixXd& scores) {
  const MatrixXd transposed = scores.transpose();
  return {std::move(labels), fitted.solution.r.triangularView<Eigen::Upper>().solve(transposed).transpose()};
}

// By the clusters that `ways` have in common.
Result<Influence> ByCommonClusters(const Fitted& fitted, const std::vector<const Levels*>& ways,
                                   const std::stop_token& stop) {
  std::vector<std::string> labels;
  std::vector<std::int32_t> ids;
  std::map<std::vector<std::int32_t>, std::int32_t> numbers;
  for (std::size_t row = 0; row < static_cast<std::size_t>(fitted.observations()); ++row) {
    if (Stopped(stop, row)) return Cancelled();
    std::vector<std::int32_t> key;
    for (const Levels* way : ways) key.push_back(way->ids[row]);
    const auto [entry, fresh] = numbers.emplace(std::move(key), static_cast<std::int32_t>(labels.size()));
    ids.push_back(entry->second);
    if (!fresh) continue;
    std::string label;
    for (std::size_t way = 0; way < ways.size(); ++way) {
      // Lengths keep labels apart that run together.
      const std::string& part = ways[way]->labels[static_cast<std::size_t>(entry->first[way])];
      label += std::to_string(part.size()) + ":" + part;
    }
    labels.push_back(std::move(label));
  }
  const auto count = static_cast<Index>(labels.size());
  return InCoefficients(fitted, std::move(labels), GroupScores(fitted, ids, count));
}

Result<Influence> InfluenceOf(const Fitted& fitted, const InferenceSpec& inference, std::size_t subset,
                              const std::stop_token& stop) {
  if (!IsClustered(inference.type)) {
    std::vector<std::string> labels;
    for (const std::size_t row : fitted.design.rows) labels.push_back(std::to_string(row));
    return InCoefficients(fitted, std::move(labels), ScoreRows(fitted));
  }
  const Levels& first = fitted.design.classifications.at(inference.cluster);
  if (!inference.further_clusters.empty()) {
    std::vector<const Levels*> ways;
    if ((subset & 1U) != 0) ways.push_back(&first);
    for (std::size_t k = 0; k < inference.further_clusters.size(); ++k) {
      if ((subset >> (k + 1) & 1U) == 0) continue;
      ways.push_back(&fitted.design.classifications.at(inference.further_clusters[k]));
    }
    return ByCommonClusters(fitted, ways, stop);
  }
  if (inference.type == InferenceType::kCr3 && first.count() > 1) {
    FARRELL_ASSIGN_OR_RETURN(const Jackknife jackknife, JackknifeScores(fitted, first, stop));
    return InCoefficients(fitted, first.labels, jackknife.scores);
  }
  return InCoefficients(fitted, first.labels, ClusterScores(fitted, first));
}

// Rows: clusters of all fits joined by label; columns: cells.
Result<MatrixXd> JoinInfluences(const std::vector<ComparedCell>& cells, const std::vector<Influence>& influences,
                                const std::stop_token& stop) {
  std::unordered_map<std::string, Index> numbers;
  std::vector<std::vector<Index>> places;
  for (const Influence& influence : influences) {
    std::vector<Index>& own = places.emplace_back();
    for (const std::string& label : influence.labels) {
      if (Stopped(stop, own.size())) return Cancelled();
      own.push_back(numbers.emplace(label, static_cast<Index>(numbers.size())).first->second);
    }
  }
  MatrixXd joined = MatrixXd::Zero(static_cast<Index>(numbers.size()), static_cast<Index>(cells.size()));
  for (std::size_t k = 0; k < cells.size(); ++k) {
    if (!cells[k].estimated()) continue;
    const Influence& influence = influences[cells[k].model];
    for (Index row = 0; row < influence.rows.rows(); ++row) {
      joined(places[cells[k].model][static_cast<std::size_t>(row)], static_cast<Index>(k)) =
          influence.rows(row, cells[k].position);
    }
  }
  return joined;
}

// Sums of s_t s_{t-l}' + transpose over the lags, with Bartlett's weights: over periods of all units together
// (Driscoll-Kraay) or within units (Newey-West). Lags count the periods that occur in any fit.
Result<MatrixXd> SerialProducts(const std::vector<ComparedModel>& models, const std::vector<ComparedCell>& cells,
                                bool by_unit, int lag, const std::stop_token& stop) {
  std::map<std::int64_t, Index> order;
  for (const ComparedModel& model : models) {
    for (const std::int64_t period : model.fitted.design.periods) order.emplace(period, 0);
  }
  Index count = 0;
  for (auto& [period, place] : order) place = count++;
  // One series a unit: periods x cells.
  std::map<std::string, MatrixXd> series;
  for (std::size_t m = 0; m < models.size(); ++m) {
    const Fitted& fitted = models[m].fitted;
    if (fitted.parameters() == 0) continue;
    const Influence influence = InCoefficients(fitted, {}, ScoreRows(fitted));
    for (Index row = 0; row < fitted.observations(); ++row) {
      const auto r = static_cast<std::size_t>(row);
      if (Stopped(stop, r)) return Cancelled();
      const Levels& units = fitted.design.units;
      const std::string unit = by_unit ? units.labels[static_cast<std::size_t>(units.ids[r])] : std::string();
      MatrixXd& sums = series.try_emplace(unit, MatrixXd::Zero(count, static_cast<Index>(cells.size()))).first->second;
      for (std::size_t k = 0; k < cells.size(); ++k) {
        if (cells[k].model != m || !cells[k].estimated()) continue;
        sums(order.at(fitted.design.periods[r]), static_cast<Index>(k)) += influence.rows(row, cells[k].position);
      }
    }
  }
  MatrixXd products = MatrixXd::Zero(static_cast<Index>(cells.size()), static_cast<Index>(cells.size()));
  for (const auto& [unit, sums] : series) {
    if (stop.stop_requested()) return Cancelled();
    products += sums.transpose() * sums;
    for (Index l = 1; l <= std::min<Index>(lag, count - 1); ++l) {
      const double weight = 1.0 - static_cast<double>(l) / (static_cast<double>(lag) + 1.0);
      const MatrixXd lagged = sums.bottomRows(count - l).transpose() * sums.topRows(count - l);
      products += weight * (lagged + lagged.transpose());
    }
  }
  return products;
}

// Every correlation lies in [-1, 1], which a difference of sums need not give.
bool HasCorrelations(const MatrixXd& products) {
  for (Index a = 0; a < products.rows(); ++a) {
    for (Index b = 0; b <= a; ++b) {
      constexpr double kRounding = 1e-9;
      const double bound = products(a, a) * products(b, b) * (1.0 + kRounding);
      if (products(a, a) < 0.0 || products(a, b) * products(a, b) > bound) return false;
    }
  }
  return true;
}

// M of compare.h.
Result<MatrixXd> ScoreProducts(const std::vector<ComparedModel>& models, const std::vector<ComparedCell>& cells,
                               const InferenceSpec& inference, std::size_t index, const std::stop_token& stop) {
  if (inference.type == InferenceType::kDriscollKraay || inference.type == InferenceType::kNeweyWest) {
    int lag = 0;
    for (const ComparedModel& model : models) lag = std::max(lag, model.fit.inferences[index].lag.value_or(0));
    return SerialProducts(models, cells, inference.type == InferenceType::kNeweyWest, lag, stop);
  }
  const bool one_equation = std::all_of(cells.begin(), cells.end(),
                                        [&](const auto& cell) { return cell.equation == cells.front().equation; });
  // Groups of one equation have no row in common.
  if (!IsClustered(inference.type) && one_equation) {
    return MatrixXd(MatrixXd::Identity(static_cast<Index>(cells.size()), static_cast<Index>(cells.size())));
  }
  const std::size_t ways = 1 + inference.further_clusters.size();
  MatrixXd products = MatrixXd::Zero(static_cast<Index>(cells.size()), static_cast<Index>(cells.size()));
  for (std::size_t subset = 1; subset < std::size_t{1} << ways; ++subset) {
    std::vector<Influence> influences(models.size());
    for (std::size_t m = 0; m < models.size(); ++m) {
      if (stop.stop_requested()) return Cancelled();
      if (models[m].fitted.parameters() == 0) continue;
      FARRELL_ASSIGN_OR_RETURN(influences[m], InfluenceOf(models[m].fitted, inference, subset, stop));
    }
    FARRELL_ASSIGN_OR_RETURN(const MatrixXd joined, JoinInfluences(cells, influences, stop));
    const double sign = std::popcount(subset) % 2 == 1 ? 1.0 : -1.0;
    products += sign * (joined.transpose() * joined);
  }
  if (!HasCorrelations(products)) TruncateEigenvalues(products);
  return products;
}

}  // namespace

Result<MatrixXd> CellCovariance(const std::vector<ComparedModel>& models, const std::vector<ComparedCell>& cells,
                                const InferenceSpec& inference, std::size_t index, const std::stop_token& stop) {
  const auto count = static_cast<Index>(cells.size());
  MatrixXd covariance = MatrixXd::Constant(count, count, kUndefined);
  MatrixXd products;
  if (models.size() > 1) {
    FARRELL_ASSIGN_OR_RETURN(products, ScoreProducts(models, cells, inference, index, stop));
  }
  const auto error = [&](const ComparedCell& cell) {
    if (!cell.estimated()) return kUndefined;
    return models[cell.model].fit.inferences[index].terms[*cell.column].std_error.value_or(kUndefined);
  };
  for (Index a = 0; a < count; ++a) {
    const ComparedCell& left = cells[static_cast<std::size_t>(a)];
    for (Index b = 0; b <= a; ++b) {
      const ComparedCell& right = cells[static_cast<std::size_t>(b)];
      const double product = error(left) * error(right);
      if (!std::isfinite(product)) continue;
      double value = product;
      if (a != b && left.model == right.model) {
        value = models[left.model].fit.inferences[index].vcov(left.position, right.position);
      } else if (a != b) {
        const double norms = std::sqrt(products(a, a)) * std::sqrt(products(b, b));
        // What rounding leaves of clusters that no two fits share is no correlation.
        value = std::fabs(products(a, b)) > 1e-12 * norms ? product * (products(a, b) / norms) : 0.0;
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
