#include "services/regression/engine/compare/evidence.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "services/regression/engine/term_inference.h"
#include "services/regression/engine/vcov/vcov.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Rows that set a first coefficient equal to each of the others.
MatrixXd EqualityRows(const std::vector<Index>& places, Index size) {
  const auto count = static_cast<Index>(places.size());
  MatrixXd rows = MatrixXd::Zero(count - 1, size);
  for (Index k = 0; k + 1 < count; ++k) {
    rows(k, places[0]) = 1.0;
    rows(k, places[static_cast<std::size_t>(k + 1)]) = -1.0;
  }
  return rows;
}

void Fill(const JointTest& test, EqualityTest& result) {
  result.statistic = test.statistic;
  result.df1 = test.df1;
  if (std::isfinite(test.df2)) result.df2 = test.df2;
  result.p_value = test.p_value;
}

}  // namespace

bool Evidence::Usable(std::size_t place, std::size_t cell) const {
  const auto k = static_cast<Index>(cell);
  return covariances_[place](k, k) > 0.0 && compared_.df[place][cell] > 0.0;
}

// Coefficients of one group, or of fits that share clusters.
bool Evidence::Shared(std::size_t a, std::size_t b, const MatrixXd& covariance) const {
  const ComparedCell& left = compared_.cells[a];
  const ComparedCell& right = compared_.cells[b];
  if (left.model == right.model) return left.group == right.group;
  return covariance(static_cast<Index>(a), static_cast<Index>(b)) != 0.0;
}

TermInference Evidence::Difference(std::size_t place, const Contrast& contrast) const {
  if (!Usable(place, contrast.left) || !Usable(place, contrast.right)) return {};
  const MatrixXd& covariance = covariances_[place];
  const auto a = static_cast<Index>(contrast.left);
  const auto b = static_cast<Index>(contrast.right);
  const double va = covariance(a, a);
  const double vb = covariance(b, b);
  const double variance = va + vb - 2.0 * covariance(a, b);
  // What rounding leaves of equal estimates of equal scores is no variance.
  if (!(variance > 1e-14 * (va + vb))) return {};
  const double fa = compared_.df[place][contrast.left];
  const double fb = compared_.df[place][contrast.right];
  double df = (va + vb) * (va + vb) / (va * va / fa + vb * vb / fb);
  if (Shared(contrast.left, contrast.right, covariance)) df = std::min(fa, fb);
  if (std::isinf(fa) && std::isinf(fb)) df = std::numeric_limits<double>::infinity();
  if (const auto htz = Htz(place, {contrast.left, contrast.right})) df = htz->df2;
  const double estimate = compared_.cells[contrast.left].estimate - compared_.cells[contrast.right].estimate;
  return InferenceOf(estimate, std::sqrt(variance), df, compared_.spec->fit.confidence_level);
}

// Of the fits of one equation as one model, or of the one fit that has all cells. Unset where the inference has none.
std::optional<JointTest> Evidence::Htz(std::size_t place, const std::vector<std::size_t>& cells) const {
  const ComparedCell& first = compared_.cells[cells.front()];
  const bool one_model = std::all_of(cells.begin(), cells.end(),
                                     [&](std::size_t cell) { return compared_.cells[cell].model == first.model; });
  std::vector<Index> places;
  if (one_model) {
    const ComparedModel& model = compared_.models[first.model];
    const InferenceResult& inference = model.fit.inferences[place];
    if (!inference.joint_test) return std::nullopt;
    for (const std::size_t cell : cells) places.push_back(compared_.cells[cell].position);
    const MatrixXd rows = EqualityRows(places, model.fitted.parameters());
    return inference.joint_test(rows, VectorXd::Zero(rows.rows()));
  }
  if (stacked_.size() <= first.equation || !stacked_[first.equation][place]) return std::nullopt;
  const InferenceResult& inference = *stacked_[first.equation][place];
  for (const std::size_t cell : cells) {
    if (compared_.cells[cell].equation != first.equation) return std::nullopt;
    Index offset = compared_.cells[cell].position;
    for (std::size_t m = first.equation * compared_.group_count; m < compared_.cells[cell].model; ++m) {
      offset += compared_.models[m].fitted.parameters();
    }
    places.push_back(offset);
  }
  const MatrixXd rows = EqualityRows(places, stacks_[first.equation]->parameters());
  return inference.joint_test(rows, VectorXd::Zero(rows.rows()));
}

// Fits of every equation as one model: for HTZ tests and Chow's F.
Status Evidence::StackModels() {
  if (compared_.spec->interact != Interact::kEverything || compared_.group_count < 2) return Status::Ok();
  for (std::size_t e = 0; e < compared_.equation_count; ++e) {
    std::vector<const Fitted*> fits;
    for (std::size_t g = 0; g < compared_.group_count; ++g) {
      fits.push_back(&compared_.models[e * compared_.group_count + g].fitted);
    }
    FARRELL_ASSIGN_OR_RETURN(std::optional<Fitted> stack, StackFits(fits, environment_));
    auto& computed = stacked_.emplace_back(covariances_.size());
    for (std::size_t k = 0; stack && k < compared_.inferences.size(); ++k) {
      if (!compared_.places[k] || compared_.inferences[k].type != InferenceType::kCr2) continue;
      std::vector<Warning> unheard;
      FARRELL_ASSIGN_OR_RETURN(InferenceResult result,
                               ComputeInference(*stack, compared_.inferences[k], compared_.spec->fit.confidence_level,
                                                environment_, unheard));
      if (result.joint_test) computed[*compared_.places[k]] = std::move(result);
    }
    stacks_.push_back(std::move(stack));
  }
  return Status::Ok();
}

EqualityTest Evidence::Test(std::size_t inference, std::size_t place, const std::vector<std::size_t>& cells,
                            Equality& equality) {
  EqualityTest result;
  result.type = compared_.inferences[inference].type;
  result.ssc = SscOf(place);
  const MatrixXd& covariance = covariances_[place];
  std::vector<double> estimates;
  std::vector<double> variances;
  std::vector<double> df;
  std::vector<Index> positions;
  bool shared = false;
  for (const std::size_t cell : cells) {
    const auto k = static_cast<Index>(cell);
    for (const Index other : positions) shared = shared || covariance(k, other) != 0.0;
    estimates.push_back(compared_.cells[cell].estimate);
    variances.push_back(covariance(k, k));
    df.push_back(compared_.df[place][cell]);
    positions.push_back(k);
  }
  std::optional<JointTest> test;
  std::string form = shared ? "Wald F" : "Welch";
  if (!shared) {
    const JointEquality welch = WelchTest(estimates, variances, df);
    test = welch.test;
    if (!equality.result.cochran_q) equality.result.cochran_q = welch.cochran_q;
  } else {
    const std::size_t model = compared_.cells[cells.front()].model;
    const bool one_model =
        std::all_of(cells.begin(), cells.end(), [&](std::size_t cell) { return compared_.cells[cell].model == model; });
    std::vector<Index> order(cells.size());
    for (std::size_t k = 0; k < order.size(); ++k) order[k] = static_cast<Index>(k);
    const MatrixXd rows = EqualityRows(order, static_cast<Index>(cells.size()));
    const VectorXd b = Eigen::Map<const VectorXd>(estimates.data(), static_cast<Index>(estimates.size()));
    const double f =
        one_model ? compared_.models[model].fit.inferences[place].df : *std::min_element(df.begin(), df.end());
    test = WaldTest(rows * b, rows * covariance(positions, positions) * rows.transpose(), f);
  }
  if (compared_.inferences[inference].type == InferenceType::kCr2) {
    if (auto htz = Htz(place, cells)) {
      test = std::move(htz);
      form = "HTZ";
    }
  }
  result.label = form + " (" + InferenceLabel(compared_.inferences[inference]) + ")";
  if (test) Fill(*test, result);
  if (!equality.result.test) equality.result.test = test;
  return result;
}

// F on errors of one variance, of this term and of all slopes.
void Evidence::Chow(Equality& equality) const {
  const bool everything = compared_.spec->interact == Interact::kEverything;
  const std::size_t model = compared_.cells[equality.cells.front()].model;
  const auto& kind = compared_.models[model].fitted.estimator.kind;
  if (kind != Estimator::kOls && kind != Estimator::kWithin) return;
  if (everything && (stacks_.size() <= equality.equation || !stacks_[equality.equation])) return;
  const Fitted& whole = everything ? *stacks_[equality.equation] : compared_.models[model].fitted;
  if (whole.residual_df <= 0) return;
  const MatrixXd vcov = VcovOfMeat(whole, IidMeat(whole));
  const auto add = [&](const MatrixXd& rows, std::string label) {
    const auto test = WaldTest(rows * whole.solution.coefficients, rows * vcov * rows.transpose(),
                               static_cast<double>(whole.residual_df));
    EqualityTest result;
    result.type = InferenceType::kIid;
    result.label = std::move(label);
    if (test) Fill(*test, result);
    equality.result.tests.push_back(std::move(result));
  };
  std::vector<Index> starts(1, 0);
  const std::size_t begin = equality.equation * compared_.group_count;
  if (everything) {
    for (std::size_t g = 0; g + 1 < compared_.group_count; ++g) {
      starts.push_back(starts.back() + compared_.models[begin + g].fitted.parameters());
    }
  }
  std::vector<Index> places;
  for (const std::size_t cell : equality.cells) {
    const ComparedCell& place = compared_.cells[cell];
    places.push_back(place.position + (everything ? starts[place.group] : 0));
  }
  add(EqualityRows(places, whole.parameters()), "Chow");
  if (!everything) return;
  // Every slope that all groups have estimated.
  std::vector<MatrixXd> blocks;
  Index count = 0;
  for (const TermEstimate& term : compared_.models[begin].fit.terms) {
    if (term.name == kConstantName) continue;
    std::vector<Index> slopes;
    for (std::size_t g = 0; g < compared_.group_count; ++g) {
      ComparedCell cell;
      Locate(compared_.models[begin + g], term.name, cell);
      if (cell.estimated()) slopes.push_back(starts[g] + cell.position);
    }
    if (slopes.size() != compared_.group_count) continue;
    blocks.push_back(EqualityRows(slopes, whole.parameters()));
    count += blocks.back().rows();
  }
  MatrixXd rows(count, whole.parameters());
  Index row = 0;
  for (const MatrixXd& block : blocks) {
    rows.middleRows(row, block.rows()) = block;
    row += block.rows();
  }
  if (blocks.size() > 1) add(rows, "Chow of all slopes");
}

Status Evidence::Gather(std::vector<Contrast>& contrasts, std::vector<Equality>& equalities) {
  for (std::size_t k = 0; k < compared_.inferences.size(); ++k) {
    if (!compared_.places[k]) continue;
    FARRELL_ASSIGN_OR_RETURN(MatrixXd covariance,
                             CellCovariance(compared_.models, compared_.cells, compared_.inferences[k],
                                            *compared_.places[k], environment_.stop));
    covariances_.push_back(std::move(covariance));
  }
  if (covariances_.empty()) {
    // Permutations alone: the fits have their default inference, which is at hand for orders and flags.
    const InferenceResult& standard = compared_.models.front().fit.inferences.front();
    InferenceSpec inference;
    inference.type = standard.type;
    inference.cluster = standard.cluster;
    inference.further_clusters = standard.further_clusters;
    FARRELL_ASSIGN_OR_RETURN(MatrixXd covariance,
                             CellCovariance(compared_.models, compared_.cells, inference, 0, environment_.stop));
    covariances_.push_back(std::move(covariance));
  }
  FARRELL_RETURN_IF_ERROR(StackModels());
  for (std::size_t k = 0; k < compared_.inferences.size(); ++k) {
    for (Contrast& contrast : contrasts) {
      DifferenceInference& added = contrast.inferences.emplace_back();
      added.type = compared_.inferences[k].type;
      added.label = InferenceLabel(compared_.inferences[k]);
      if (!compared_.places[k]) continue;
      added.ssc = SscOf(*compared_.places[k]);
      added.inference = Difference(*compared_.places[k], contrast);
    }
    for (Equality& equality : equalities) {
      if (compared_.places[k] && compared_.inferences[k].type != InferenceType::kWild) {
        std::vector<std::size_t> usable;
        for (const std::size_t cell : equality.cells) {
          if (Usable(*compared_.places[k], cell)) usable.push_back(cell);
        }
        if (usable.size() > 1) {
          equality.result.tests.push_back(Test(k, *compared_.places[k], usable, equality));
          continue;
        }
      }
      EqualityTest& empty = equality.result.tests.emplace_back();
      empty.type = compared_.inferences[k].type;
      empty.label = InferenceLabel(compared_.inferences[k]);
      if (compared_.places[k]) empty.ssc = SscOf(*compared_.places[k]);
    }
    if (compared_.inferences[k].type == InferenceType::kWild) {
      FARRELL_RETURN_IF_ERROR(Wild(k, contrasts, equalities));
    } else if (!compared_.places[k]) {
      for (std::size_t e = 0; e < compared_.equation_count; ++e) {
        FARRELL_RETURN_IF_ERROR(PermuteEquation(k, e, contrasts, equalities));
      }
    }
    if (environment_.stop.stop_requested()) return Cancelled();
  }
  for (Equality& equality : equalities) {
    // Wild bootstrap or permutations alone: Welch's F still stands on the first standard errors.
    std::vector<std::size_t> usable;
    for (const std::size_t cell : equality.cells) {
      if (Usable(0, cell)) usable.push_back(cell);
    }
    if (!equality.result.test && usable.size() > 1) Test(0, 0, usable, equality);
    if (usable.size() > 1) Chow(equality);
  }
  WarnUnequalVariances(equalities);
  return Adjust(contrasts);
}

bool Evidence::Permuted() const {
  return std::any_of(compared_.places.begin(), compared_.places.end(),
                     [](const std::optional<std::size_t>& place) { return !place; });
}

void Evidence::WarnUnequalVariances(const std::vector<Equality>& equalities) {
  if (!Permuted()) return;
  constexpr double kUnequal = 2.0;
  for (const Equality& equality : equalities) {
    double least = std::numeric_limits<double>::max();
    double most = 0.0;
    for (const std::size_t cell : equality.cells) {
      if (!Usable(0, cell)) continue;
      const double variance = covariances_.front()(static_cast<Index>(cell), static_cast<Index>(cell));
      least = std::min(least, variance);
      most = std::max(most, variance);
    }
    if (!(most > kUnequal * least)) continue;
    Warn("PERMUTATION_SECONDARY",
         "The variances of " + compared_.terms[equality.equation][equality.term] +
             " differ between groups by more than a factor of 2: permutation supposes equal distributions, so that its "
             "p-values are secondary here, those of the raw difference most of all.");
  }
}

}  // namespace farrell::regression
