#include "services/regression/engine/wild_bootstrap.h"

#include <algorithm>
#include <cmath>

#include "common/numeric/random.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kTie = 1e-10;
// Cells of one matrix, 800 MB.
constexpr double kMaxCells = 1e8;
constexpr std::int64_t kChunk = 256;
// Chunks between two reports of progress.
constexpr std::int64_t kBatch = 16;

// One of the two parts (constant in r, proportional to r) of what a draw needs.
struct Part {
  VectorXd numerator;  // G: a_h'e~_h
  MatrixXd score;      // G x G, or its diagonal as G x 1 when no effect is crossed
  MatrixXd position;   // K x G: Q_h'e~_h
};

// What a draw of the statistic is made of, for all draws: numerator n0 + r n1, squared scores d00 + 2 r d01 + r^2 d11.
struct Draws {
  VectorXd n0, n1, d00, d01, d11;
  explicit Draws(Index count) : n0(count), n1(count), d00(count), d01(count), d11(count) {}
};

class Bootstrap {
 public:
  Bootstrap(const Fitted& fitted, const Levels& clusters, const WildBootstrapSpec& spec, const Environment& environment)
      : fitted_(fitted),
        clusters_(clusters),
        spec_(spec),
        environment_(environment),
        groups_(static_cast<Index>(clusters.count())) {
    for (const Effect& effect : fitted.design.effects) crossed_ = crossed_ || !IsNested(effect.levels, clusters);
    result_.weights = spec.weights;
    if (spec.weights == BootstrapWeights::kDefault) {
      result_.weights = groups_ < 12 ? BootstrapWeights::kWebb : BootstrapWeights::kRademacher;
    }
    result_.draws = spec.draws;
    if (result_.weights == BootstrapWeights::kRademacher && groups_ < 40 &&
        (std::int64_t{1} << static_cast<unsigned>(groups_)) <= spec.draws) {
      result_.enumerated = true;
      result_.draws = std::int64_t{1} << static_cast<unsigned>(groups_);
    }
  }

  Result<WildBootstrap> Run() {
    if (crossed_ && static_cast<double>(groups_) * static_cast<double>(fitted_.observations()) > kMaxCells) {
      return FailedPrecondition("TOO_MANY_CLUSTERS",
                                "with effects that cross " + std::to_string(groups_) +
                                    " clusters the bootstrap does not fit in memory; cr1 or cr3 serve there");
    }
    const MatrixXd weights = fitted_.solution.Weights();
    for (Index j = 0; j < fitted_.parameters(); ++j) {
      FARRELL_RETURN_IF_ERROR(TestColumn(j, weights.col(j)));
    }
    return std::move(result_);
  }

 private:
  Index Cluster(Index row) const { return clusters_.ids[static_cast<std::size_t>(row)]; }

  Result<Part> MakePart(const VectorXd& a, const VectorXd& residuals) const {
    const Index rows = a.size();
    const MatrixXd& q = fitted_.solution.q;
    Part part;
    part.numerator = VectorXd::Zero(groups_);
    part.position = MatrixXd::Zero(q.cols(), groups_);
    for (Index row = 0; row < rows; ++row) {
      part.numerator(Cluster(row)) += a(row) * residuals(row);
      part.position.col(Cluster(row)) += residuals(row) * q.row(row).transpose();
    }
    if (!crossed_) {
      part.score = part.numerator;
      return part;
    }
    MatrixXd separate = MatrixXd::Zero(rows, groups_);
    for (Index row = 0; row < rows; ++row) separate(row, Cluster(row)) = residuals(row);
    FARRELL_RETURN_IF_ERROR(fitted_.within.Demean(separate));
    part.score = MatrixXd::Zero(groups_, groups_);
    for (Index row = 0; row < rows; ++row) part.score.row(Cluster(row)) += a(row) * separate.row(row);
    return part;
  }

  void FillWeights(std::int64_t first, MatrixXd& weights) const {
    for (Index d = 0; d < weights.cols(); ++d) {
      const std::int64_t draw = first + d;
      for (Index g = 0; g < groups_; ++g) {
        if (result_.enumerated) {
          weights(g, d) = (draw >> g & 1) != 0 ? -1.0 : 1.0;
        } else if (result_.weights == BootstrapWeights::kWebb) {
          weights(g, d) = numeric::WebbDraw(spec_.seed, draw, g);
        } else {
          weights(g, d) = numeric::RademacherDraw(spec_.seed, draw, g);
        }
      }
    }
  }

  MatrixXd Scores(const Part& part, const MatrixXd& loadings, const MatrixXd& weights) const {
    MatrixXd scores = crossed_ ? MatrixXd(part.score * weights) : MatrixXd(part.score.col(0).asDiagonal() * weights);
    const MatrixXd position = part.position * weights;
    scores.noalias() -= loadings * position;
    return scores;
  }

  void RunChunk(std::int64_t chunk, const Part& constant, const Part& slope, const MatrixXd& loadings,
                Draws& draws) const {
    const std::int64_t first = chunk * kChunk;
    const auto size = static_cast<Index>(std::min(kChunk, result_.draws - first));
    MatrixXd weights(groups_, size);
    FillWeights(first, weights);
    const MatrixXd s0 = Scores(constant, loadings, weights);
    const MatrixXd s1 = Scores(slope, loadings, weights);
    const auto begin = static_cast<Index>(first);
    draws.n0.segment(begin, size) = weights.transpose() * constant.numerator;
    draws.n1.segment(begin, size) = weights.transpose() * slope.numerator;
    draws.d00.segment(begin, size) = s0.colwise().squaredNorm().transpose();
    draws.d01.segment(begin, size) = s0.cwiseProduct(s1).colwise().sum().transpose();
    draws.d11.segment(begin, size) = s1.colwise().squaredNorm().transpose();
  }

  // Draws at least as far out as the observed statistic (b - r)/error under the null value r.
  struct Count {
    std::int64_t greater = 0;
    std::int64_t greater_or_equal = 0;
  };
  Count CountAt(double r, double estimate, double error, const Draws& draws) const {
    Count count;
    const double observed = std::fabs(estimate - r) / error;
    for (Index d = 0; d < draws.n0.size(); ++d) {
      const double numerator = std::fabs(draws.n0(d) + r * draws.n1(d));
      const double square = draws.d00(d) + r * (2.0 * draws.d01(d) + r * draws.d11(d));
      const double bound = observed * std::sqrt(std::max(square, 0.0));
      if (numerator > bound * (1.0 + kTie)) ++count.greater;
      if (numerator >= bound * (1.0 - kTie)) ++count.greater_or_equal;
    }
    return count;
  }

  // The end of the interval in the direction of `step` (plus or minus one standard error).
  std::optional<double> Invert(double estimate, double error, double step, const Draws& draws) const {
    const double alpha = 1.0 - spec_.confidence_level;
    const auto rejected = [&](double r) {
      const Count count = CountAt(r, estimate, error, draws);
      return static_cast<double>(count.greater_or_equal) <= alpha * static_cast<double>(result_.draws);
    };
    double inside = 0.0;
    double outside = 1.0;
    constexpr double kFarthest = 4096.0;
    while (!rejected(estimate + outside * step)) {
      inside = outside;
      outside *= 2.0;
      if (outside > kFarthest || environment_.stop.stop_requested()) return std::nullopt;
    }
    for (int k = 0; k < 45; ++k) {
      const double middle = 0.5 * (inside + outside);
      (rejected(estimate + middle * step) ? outside : inside) = middle;
    }
    return estimate + inside * step;
  }

  Status TestColumn(Index j, const VectorXd& a) {
    const VectorXd& e = fitted_.solution.residuals;
    const double estimate = fitted_.solution.coefficients(j);
    const double length = a.squaredNorm();
    MatrixXd loadings = MatrixXd::Zero(groups_, fitted_.parameters());
    VectorXd scores = VectorXd::Zero(groups_);
    for (Index row = 0; row < a.size(); ++row) {
      loadings.row(Cluster(row)) += a(row) * fitted_.solution.q.row(row);
      scores(Cluster(row)) += a(row) * e(row);
    }
    WildTest test;
    const double error = scores.norm();
    if (!(error > 0.0) || !(length > 0.0)) {
      result_.tests.push_back(test);
      return Status::Ok();
    }
    // Restricted residuals: e~ = e + (b - r) a / a'a.
    FARRELL_ASSIGN_OR_RETURN(const Part constant, MakePart(a, e + (estimate / length) * a));
    FARRELL_ASSIGN_OR_RETURN(const Part slope, MakePart(a, (-1.0 / length) * a));
    Draws draws(static_cast<Index>(result_.draws));
    FARRELL_RETURN_IF_ERROR(RunDraws(j, constant, slope, loadings, draws));
    test.abs_t = std::fabs(estimate - spec_.null_value) / error;
    const Count count = CountAt(spec_.null_value, estimate, error, draws);
    test.greater = count.greater;
    test.greater_or_equal = count.greater_or_equal;
    test.conf_low = Invert(estimate, error, -error, draws);
    test.conf_high = Invert(estimate, error, error, draws);
    result_.tests.push_back(test);
    return environment_.stop.stop_requested() ? Cancelled() : Status::Ok();
  }

  Status RunDraws(Index j, const Part& constant, const Part& slope, const MatrixXd& loadings, Draws& draws) const {
    const std::int64_t chunks = (result_.draws + kChunk - 1) / kChunk;
    for (std::int64_t start = 0; start < chunks; start += kBatch) {
      const std::int64_t count = std::min(kBatch, chunks - start);
      const auto body = [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t chunk = begin; chunk < end && !environment_.stop.stop_requested(); ++chunk) {
          RunChunk(start + chunk, constant, slope, loadings, draws);
        }
      };
      if (environment_.parallel) {
        environment_.parallel(count, body);
      } else {
        body(0, count);
      }
      if (environment_.stop.stop_requested()) return Cancelled();
      if (environment_.progress) {
        const std::int64_t done = std::min((start + count) * kChunk, result_.draws);
        environment_.progress(j * result_.draws + done, fitted_.parameters() * result_.draws);
      }
    }
    return Status::Ok();
  }

  const Fitted& fitted_;
  const Levels& clusters_;
  const WildBootstrapSpec& spec_;
  const Environment& environment_;
  Index groups_;
  bool crossed_ = false;
  WildBootstrap result_;
};

}  // namespace

Result<WildBootstrap> RunWildBootstrap(const Fitted& fitted, const Levels& clusters, const WildBootstrapSpec& spec,
                                       const Environment& environment) {
  return Bootstrap(fitted, clusters, spec, environment).Run();
}

}  // namespace farrell::regression
