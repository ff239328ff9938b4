#include "services/regression/engine/wild_bootstrap_draws.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <limits>
#include <utility>

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::Ref;
using Eigen::VectorXd;

constexpr std::int64_t kChunk = 256;
// Chunks between two reports of progress.
constexpr std::int64_t kBatch = 16;
// Tables of more clusters fall out of the cache.
constexpr Index kMostTabled = 128;

// n'V^-1 n; the largest number where V is singular.
double Wald(const MatrixXd& scores, const VectorXd& numerator) {
  const MatrixXd variance = scores.transpose() * scores;
  const Eigen::LLT<MatrixXd> factor(variance);
  if (factor.info() != Eigen::Success) return std::numeric_limits<double>::max();
  const VectorXd half = factor.matrixL().solve(numerator);
  const double value = half.squaredNorm();
  return value <= std::numeric_limits<double>::max() ? value : std::numeric_limits<double>::max();
}

}  // namespace

WildEvaluator::WildEvaluator(const WildForms& forms, const ClusterWeights& weights, DrawStatistic statistic)
    : forms_(forms), clusters_(weights), statistic_(std::move(statistic)) {
  if (!forms.loadings.empty()) return;
  const Index groups = weights.clusters();
  outright_.resize(PartSize() * static_cast<Index>(forms.parts.size()), groups);
  Index row = 0;
  for (const WildPart& part : forms.parts) {
    outright_.middleRows(row, forms.q) = part.numerator;
    row += forms.q;
    for (const MatrixXd& scores : part.scores) {
      outright_.middleRows(row, groups) = scores;
      row += groups;
    }
  }
  if (groups <= kMostTabled) tables_ = weights.Tables(outright_);
}

void WildEvaluator::Reduce(const Ref<const VectorXd>& values, Ref<VectorXd> out) const {
  const Index groups = clusters_.clusters();
  if (forms_.q > 1 || statistic_) {
    const MatrixXd scores = values.tail(forms_.q * groups).reshaped(groups, forms_.q);
    out(0) = statistic_ ? statistic_(values.head(forms_.q), scores) : Wald(scores, values.head(forms_.q));
    return;
  }
  const auto s0 = values.segment(1, groups);
  if (forms_.parts.size() == 1) {
    out(0) = values(0);
    out(1) = s0.squaredNorm();
    return;
  }
  const auto s1 = values.segment(PartSize() + 1, groups);
  out(0) = values(0);
  out(1) = values(PartSize());
  out(2) = s0.squaredNorm();
  out(3) = s0.dot(s1);
  out(4) = s1.squaredNorm();
}

void WildEvaluator::Run(const std::vector<std::uint8_t>& patterns, Ref<MatrixXd> out) const {
  const Index count = out.cols();
  if (tables_.size() > 0) {
    VectorXd values(tables_.rows());
    const std::uint8_t* pattern = patterns.data();
    for (Index d = 0; d < count; ++d) {
      values = tables_.col(*pattern++);
      for (Index b = 1; b < clusters_.bundles(); ++b) values += tables_.col(b * kPatterns + *pattern++);
      Reduce(values, out.col(d));
    }
    return;
  }
  const MatrixXd weights = clusters_.Weights(patterns, count);
  MatrixXd values(PartSize() * static_cast<Index>(forms_.parts.size()), count);
  if (outright_.size() > 0) {
    values.noalias() = outright_ * weights;
  } else {
    Index row = 0;
    for (const WildPart& part : forms_.parts) {
      values.middleRows(row, forms_.q).noalias() = part.numerator * weights;
      row += forms_.q;
      const MatrixXd position = part.position * weights;
      for (Index i = 0; i < forms_.q; ++i) {
        auto scores = values.middleRows(row, clusters_.clusters());
        scores = part.diagonal.row(i).transpose().asDiagonal() * weights;
        scores.noalias() -= forms_.loadings[static_cast<std::size_t>(i)] * position;
        row += clusters_.clusters();
      }
    }
  }
  for (Index d = 0; d < count; ++d) Reduce(values.col(d), out.col(d));
}

Status ForAllDraws(
    const ClusterWeights& weights, const Environment& environment,
    const std::function<void(std::int64_t first, Index count, const std::vector<std::uint8_t>& patterns)>& body) {
  const std::int64_t chunks = (weights.draws() + kChunk - 1) / kChunk;
  for (std::int64_t start = 0; start < chunks; start += kBatch) {
    const std::int64_t batch = std::min(kBatch, chunks - start);
    const auto piece = [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t chunk = start + begin; chunk < start + end; ++chunk) {
        if (environment.stop.stop_requested()) return;
        const std::int64_t first = chunk * kChunk;
        const auto count = static_cast<Index>(std::min(kChunk, weights.draws() - first));
        body(first, count, weights.Patterns(first, count));
      }
    };
    if (environment.parallel) {
      environment.parallel(batch, piece);
    } else {
      piece(0, batch);
    }
    if (environment.stop.stop_requested()) return Cancelled();
    if (environment.progress) {
      environment.progress(std::min((start + batch) * kChunk, weights.draws()), weights.draws());
    }
  }
  return Status::Ok();
}

}  // namespace farrell::regression
