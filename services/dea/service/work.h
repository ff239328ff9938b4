// Stages of calls that divide into items, each with the same bits wherever it is done.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/status/status.h"
#include "services/dea/engine/frame.h"

namespace farrell::dea {

// Items [first, last).
struct ItemRange {
  std::size_t first = 0;
  std::size_t last = 0;
  std::size_t size() const { return last - first; }
};

// Adds to the count of finished items.
using Done = std::function<void(std::int64_t items)>;

// One stage. Prepare is called at most once, before the first Do; then any number of threads may call Do.
class Work {
 public:
  virtual ~Work() = default;
  virtual std::size_t item_count() const = 0;
  // About what an item takes on one core, within a factor of ten: whether solvers are worth asking hangs on it, and the
  // size of the first shards.
  virtual double guessed_seconds() const = 0;
  // What makes all items cheaper. False when stopped.
  virtual bool Prepare(const ParallelFor& /*parallel*/, const std::stop_token& /*stop*/) { return true; }
  // Appends the results of items to `bytes`, in their order; who divides the work reads them. False when stopped.
  virtual bool Do(ItemRange items, std::string& bytes, const std::stop_token& stop, const Done& done) const = 0;
};

// Takes the results of items. Called once at a time, in any order of items.
using Absorb = std::function<Status(ItemRange items, std::string_view bytes)>;

// What a program of `members` columns and `measures` rows takes, about.
inline double GuessedProgramSeconds(std::size_t members, int measures) {
  return 2e-8 * static_cast<double>(members) * measures;
}

// Replications of a resampling: rows of doubles. `engine` outlives it.
template <typename Engine>
class DrawWork final : public Work {
 public:
  DrawWork(const Engine& engine, std::int64_t count, double guessed_seconds)
      : engine_(engine), count_(static_cast<std::size_t>(count)), guessed_seconds_(guessed_seconds) {}

  std::size_t item_count() const override { return count_; }
  double guessed_seconds() const override { return guessed_seconds_; }
  bool Do(ItemRange items, std::string& bytes, const std::stop_token& stop, const Done& done) const override {
    std::vector<double> rows(items.size() * engine_.row_length());
    if (!engine_.Run(static_cast<std::int64_t>(items.first), static_cast<std::int64_t>(items.last), rows.data(), stop,
                     done)) {
      return false;
    }
    bytes.append(reinterpret_cast<const char*>(rows.data()), rows.size() * sizeof(double));
    return true;
  }

 private:
  const Engine& engine_;
  std::size_t count_;
  double guessed_seconds_;
};

// Work together with what it refers to.
class OwnedWork final : public Work {
 public:
  template <typename State>
  OwnedWork(std::shared_ptr<State> state, std::unique_ptr<Work> work)
      : state_(std::move(state)), work_(std::move(work)) {}

  std::size_t item_count() const override { return work_->item_count(); }
  double guessed_seconds() const override { return work_->guessed_seconds(); }
  bool Prepare(const ParallelFor& parallel, const std::stop_token& stop) override {
    return work_->Prepare(parallel, stop);
  }
  bool Do(ItemRange items, std::string& bytes, const std::stop_token& stop, const Done& done) const override {
    return work_->Do(items, bytes, stop, done);
  }

 private:
  std::shared_ptr<const void> state_;
  std::unique_ptr<Work> work_;
};

// The draws of an engine that was made, as work that owns it.
template <typename Engine>
std::unique_ptr<Work> OwnDraws(Engine engine, std::int64_t count, double guessed_seconds) {
  auto owned = std::make_shared<const Engine>(std::move(engine));
  auto work = std::make_unique<DrawWork<Engine>>(*owned, count, guessed_seconds);
  return std::make_unique<OwnedWork>(std::move(owned), std::move(work));
}

// INTERNAL, reason RESULT_VERIFICATION_FAILED: what a solver handed back is not what the work hands out.
inline Status PartDoesNotFit() {
  return Internal("RESULT_VERIFICATION_FAILED", "a part of the result does not fit the work it belongs to");
}

}  // namespace farrell::dea
