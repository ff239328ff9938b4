#include "services/regression/engine/compare/orders.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "common/numeric/distributions.h"
#include "common/text/nearest.h"
#include "services/regression/engine/compare/ordering.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kTie = 1e-10;

// An order found among the cells.
struct Order {
  std::string text;
  std::size_t term = 0;
  // From the largest down; empty: some coefficient or its standard error is missing.
  std::vector<std::size_t> cells;
};

class Orders {
 public:
  Orders(const Compared& compared, const Evidence& evidence, const Environment& environment, CompareResult& result)
      : compared_(compared), evidence_(evidence), environment_(environment), result_(result) {}

  Status Run() {
    FARRELL_RETURN_IF_ERROR(FindAll());
    std::string cluster;
    const auto spec = evidence_.SharedDraws(cluster);
    if (!spec) {
      result_.warnings.push_back({"ORDER_NOT_DRAWN",
                                  "Distance tests and probabilities of orders are drawn by cluster from least squares; "
                                  "here only the strict order is tested."});
    }
    Evidence::Drawn drawn;
    WildCoefficients around;
    if (spec) {
      drawn = evidence_.DrawnModels(cluster);
      if (drawn.models.empty()) return Strict();
      WildBootstrapSpec unrestricted = *spec;
      unrestricted.unrestricted = true;
      FARRELL_ASSIGN_OR_RETURN(around, DrawWildCoefficients(drawn.models, std::nullopt, unrestricted, environment_));
    }
    FARRELL_RETURN_IF_ERROR(Strict());
    if (!spec) return Status::Ok();
    for (std::size_t k = 0; k < orders_.size(); ++k) {
      const std::vector<Index> places = Places(orders_[k].cells, drawn);
      if (places.size() < 2 || places.size() != orders_[k].cells.size()) continue;
      Ordering& ordering = result_.orderings[k];
      ordering.probability = ShareInOrder(around, places);
      FARRELL_RETURN_IF_ERROR(Distance(drawn, places, *spec, ordering));
    }
    Rank(around, drawn);
    return environment_.stop.stop_requested() ? Cancelled() : Status::Ok();
  }

 private:
  bool HasGroups() const { return !compared_.spec->by.empty(); }

  Status FindAll() {
    const CompareSpec& spec = *compared_.spec;
    Violations violations;
    const std::size_t rounds = HasGroups() ? compared_.equation_count : 1;
    for (std::size_t k = 0; k < spec.orderings.size(); ++k) {
      const std::string field = "orderings[" + std::to_string(k) + "]";
      auto parsed = ParseOrdering(spec.orderings[k], field);
      if (!parsed.ok()) {
        for (const FieldViolation& violation : parsed.status().violations()) {
          violations.Add(violation.field, violation.description);
        }
        continue;
      }
      std::size_t term = 0;
      if (!parsed->term.empty()) {
        while (term < result_.terms.size() && CompactText(result_.terms[term]) != CompactText(parsed->term)) ++term;
        if (term == result_.terms.size()) {
          violations.Add(
              field, "'" + parsed->term + "' is not a compared term" + text::DidYouMean(parsed->term, result_.terms));
          continue;
        }
      }
      const std::vector<std::string>& known = HasGroups() ? compared_.groups : result_.equations;
      std::vector<std::size_t> sides;
      for (const std::string& label : parsed->labels) {
        const auto found = std::find(known.begin(), known.end(), label);
        if (found == known.end())
          violations.Add(field, "'" + label + "' is not one of the groups compared" + text::DidYouMean(label, known));
        sides.push_back(static_cast<std::size_t>(found - known.begin()));
      }
      if (std::find(sides.begin(), sides.end(), known.size()) != sides.end()) continue;
      for (std::size_t e = 0; e < rounds; ++e) {
        Order order{Text(*parsed, e), term, {}};
        for (const std::size_t side : sides) {
          order.cells.push_back(HasGroups() ? compared_.Cell(e, side, term) : compared_.Cell(side, 0, term));
        }
        if (!Defined(order.cells)) order.cells.clear();
        orders_.push_back(std::move(order));
      }
    }
    return std::move(violations).Finish("COMPARE_INVALID", "orders of coefficients that cannot be tested");
  }

  std::string Text(const OrderingText& parsed, std::size_t e) const {
    std::string text = result_.equations.empty() || !HasGroups() ? "" : result_.equations[e] + ": ";
    for (std::size_t k = 0; k < parsed.labels.size(); ++k) text += (k == 0 ? "" : " > ") + parsed.labels[k];
    return text;
  }

  bool Defined(const std::vector<std::size_t>& cells) const {
    const MatrixXd& covariance = evidence_.covariance();
    return std::all_of(cells.begin(), cells.end(), [&](std::size_t cell) {
      return covariance(static_cast<Index>(cell), static_cast<Index>(cell)) > 0.0;
    });
  }

  std::vector<Index> Places(const std::vector<std::size_t>& cells, const Evidence::Drawn& drawn) const {
    std::vector<Index> places;
    for (const std::size_t cell : cells) {
      const Index place = drawn.Place(compared_.cells[cell]);
      if (place >= 0) places.push_back(place);
    }
    return places;
  }

  // The largest one-sided p-value of neighbours, from the first inference with standard errors.
  Status Strict() {
    for (const Order& order : orders_) {
      Ordering ordering;
      ordering.text = order.text;
      ordering.term = result_.terms[order.term];
      for (std::size_t k = 0; k + 1 < order.cells.size(); ++k) {
        const TermInference inference = evidence_.DifferenceOf(order.cells[k], order.cells[k + 1]);
        if (!inference.statistic || !inference.df) {
          ordering.strict_p_value.reset();
          break;
        }
        const double p = numeric::StudentTSurvival(*inference.statistic, *inference.df);
        ordering.strict_p_value = std::max(ordering.strict_p_value.value_or(0.0), p);
      }
      result_.orderings.push_back(std::move(ordering));
    }
    return Status::Ok();
  }

  static double ShareInOrder(const WildCoefficients& around, const std::vector<Index>& places) {
    std::int64_t count = 0;
    for (Index draw = 0; draw < around.deviations.rows(); ++draw) {
      const VectorXd b = around.centre(places) + around.deviations(draw, places).transpose();
      if (InOrder(b)) ++count;
    }
    return static_cast<double>(count) / static_cast<double>(around.draws);
  }

  // Every draw has a covariance of its own, as the sample has: a distance in the metric of one covariance for all draws
  // rejects too often where clusters are few.
  Status Distance(const Evidence::Drawn& drawn, const std::vector<Index>& places, const WildBootstrapSpec& spec,
                  Ordering& ordering) const {
    WildHypothesis equal;
    const auto rows = static_cast<Index>(places.size()) - 1;
    equal.restrictions = MatrixXd::Zero(rows, drawn.size);
    equal.values = VectorXd::Zero(rows);
    for (Index k = 0; k < rows; ++k) {
      equal.restrictions(k, places[static_cast<std::size_t>(k)]) = 1.0;
      equal.restrictions(k, places[static_cast<std::size_t>(k + 1)]) = -1.0;
    }
    WildBootstrapSpec restricted = spec;
    restricted.unrestricted = false;
    FARRELL_ASSIGN_OR_RETURN(const WildStatistics draws,
                             DrawGapStatistics(drawn.models, equal, OrderDistance, restricted, environment_));
    if (draws.defined.front() == 0) return Status::Ok();
    const double observed = draws.observed(0);
    const Index count = (draws.statistics.array() >= observed * (1.0 - kTie)).count();
    ordering.violation_statistic = observed;
    ordering.violation_p_value = static_cast<double>(count) / static_cast<double>(draws.draws);
    return Status::Ok();
  }

  // Ranks of the groups of an equation, or of the equations.
  void Rank(const WildCoefficients& around, const Evidence::Drawn& drawn) const {
    const std::size_t rounds = HasGroups() ? compared_.equation_count : 1;
    const std::size_t sides = HasGroups() ? compared_.group_count : compared_.equation_count;
    for (std::size_t e = 0; e < rounds; ++e) {
      for (std::size_t t = 0; t < compared_.term_count; ++t) {
        std::vector<std::size_t> cells;
        for (std::size_t side = 0; side < sides; ++side) {
          const std::size_t cell = HasGroups() ? compared_.Cell(e, side, t) : compared_.Cell(side, 0, t);
          if (drawn.Place(compared_.cells[cell]) >= 0) cells.push_back(cell);
        }
        const std::vector<Index> places = Places(cells, drawn);
        const std::size_t count = places.size();
        MatrixXd counts = MatrixXd::Zero(static_cast<Index>(count), static_cast<Index>(count));
        for (Index draw = 0; draw < around.deviations.rows(); ++draw) {
          const VectorXd b = around.centre(places) + around.deviations(draw, places).transpose();
          for (Index a = 0; a < b.size(); ++a) {
            // Ties go to the one that stands first.
            Index rank = 0;
            for (Index other = 0; other < b.size(); ++other) {
              if (b(other) > b(a) || (b(other) == b(a) && other < a)) ++rank;
            }
            counts(a, rank) += 1.0;
          }
        }
        for (std::size_t a = 0; a < count; ++a) {
          for (std::size_t rank = 0; rank < count; ++rank) {
            result_.rank_probabilities.push_back(
                {result_.terms[t], SideName(cells[a]), static_cast<int>(rank) + 1,
                 counts(static_cast<Index>(a), static_cast<Index>(rank)) / static_cast<double>(around.draws)});
          }
        }
      }
    }
  }

  std::string SideName(std::size_t cell) const {
    const ComparedCell& place = compared_.cells[cell];
    const std::string equation = result_.equations.empty() ? "" : result_.equations[place.equation];
    if (!HasGroups()) return equation;
    return equation.empty() ? compared_.groups[place.group] : equation + ", " + compared_.groups[place.group];
  }

  const Compared& compared_;
  const Evidence& evidence_;
  const Environment& environment_;
  CompareResult& result_;
  std::vector<Order> orders_;
};

}  // namespace

Status TestOrders(const Compared& compared, const Evidence& evidence, const Environment& environment,
                  CompareResult& result) {
  return Orders(compared, evidence, environment, result).Run();
}

}  // namespace farrell::regression
