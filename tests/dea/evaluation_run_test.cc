// Evaluations in parts: what is at hand, what is solved again, and that limits change no result.
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/cache/result_cache.h"
#include "services/dea/service/evaluation_run.h"
#include "tests/dea/problems.h"

namespace farrell::dea::testing {
namespace {

constexpr std::size_t kUnits = 200;

std::unique_ptr<Dataset> MakeDataset(const v1::Model& model) {
  auto dataset = std::make_unique<Dataset>();
  dataset->snapshot_digest = "a";
  dataset->requested = CompleteModel(model);
  dataset->spec = *SpecFromProto(model, "");
  Panel& panel = dataset->panel;
  panel.columns = {{"x1", false, {}, {}}, {"x2", false, {}, {}}, {"y", false, {}, {}}};
  TestRandom random(11);
  for (std::size_t unit = 0; unit < kUnits; ++unit) {
    panel.units.push_back("u" + std::to_string(1000 + unit));
    panel.rows.push_back(static_cast<std::int64_t>(unit));
    for (PanelColumn& column : panel.columns) column.numbers.push_back(1 + random.Uniform());
  }
  dataset->data = *MakeObservations(panel, dataset->spec.model);
  return dataset;
}

v1::Model PlainModel() {
  v1::Model model;
  model.add_inputs("x1");
  model.add_inputs("x2");
  model.add_outputs("y");
  return model;
}

// What a run gave.
struct Ran {
  std::string units;
  v1::EvaluationSummary summary;
  std::int64_t solved = 0;
  std::int64_t open = 0;
};

Ran RunOnce(const Dataset& dataset, ResultCache& cache, const EvaluationRun::Limits& limits, bool skip_lookup = false) {
  Job job(cache, 2, {}, [](const common::v1::Progress&) {});
  EvaluationRun run(dataset, job, limits);
  Ran ran;
  ran.open = run.LookAhead(skip_lookup).problems;
  const Status status = run.Obtain(skip_lookup);
  EXPECT_TRUE(status.ok()) << status.ToString();
  for (std::size_t row = 0; row < dataset.panel.size(); ++row) ran.units += run.units().at(row);
  ran.summary = run.summary();
  v1::EvaluationSummary signed_summary;
  job.Sign("a", dataset.panel, run.key(), std::nullopt, signed_summary);
  ran.solved = signed_summary.origin().solved_count();
  return ran;
}

TEST(EvaluationRunTest, LimitsChangeNoResult) {
  const auto dataset = MakeDataset(PlainModel());
  ResultCache first_cache;
  const Ran whole = RunOnce(*dataset, first_cache, {});
  EXPECT_EQ(whole.solved, 200);
  EXPECT_EQ(whole.summary.optimal_count(), 200);
  for (const EvaluationRun::Limits& limits : {EvaluationRun::Limits{.part_units = 64, .whole_units = 1000},
                                              {.part_units = 64, .whole_units = 100},
                                              {.part_units = 1, .whole_units = 1}}) {
    ResultCache cache;
    const Ran parts = RunOnce(*dataset, cache, limits);
    EXPECT_EQ(parts.open, 200);
    EXPECT_EQ(parts.solved, 200);
    EXPECT_EQ(parts.units, whole.units);
    EXPECT_EQ(parts.summary.SerializeAsString(), whole.summary.SerializeAsString());
    const Ran again = RunOnce(*dataset, cache, limits);
    EXPECT_EQ(again.solved, 0);
    EXPECT_EQ(again.units, whole.units);
    EXPECT_EQ(again.summary.SerializeAsString(), whole.summary.SerializeAsString());
    EXPECT_EQ(RunOnce(*dataset, cache, limits, true).solved, 200);
  }
}

TEST(EvaluationRunTest, ALargeEvaluationKeepsNoEntryOfItsSize) {
  const auto dataset = MakeDataset(PlainModel());
  ResultCache cache;
  Job job(cache, 2, {}, [](const common::v1::Progress&) {});
  EvaluationRun run(*dataset, job, {.part_units = 64, .whole_units = 100});
  ASSERT_TRUE(run.Obtain(false).ok());
  const auto whole = cache.Lookup(run.key());
  ASSERT_TRUE(whole.has_value());
  EXPECT_LT(whole->bytes.size(), 500U);
}

TEST(EvaluationRunTest, WhatTheCacheLostIsSolvedAgain) {
  const auto dataset = MakeDataset(PlainModel());
  const EvaluationRun::Limits limits{.part_units = 50, .whole_units = 100};
  ResultCache complete;
  const Ran first = RunOnce(*dataset, complete, limits);
  // A cache that holds the summary, and parts of 50 units as far as they fit: at most three of the four.
  CacheOptions options;
  options.max_bytes = first.units.size() * 7 / 8;
  ResultCache small(options);
  EXPECT_EQ(RunOnce(*dataset, small, limits).units, first.units);
  const Ran again = RunOnce(*dataset, small, limits);
  EXPECT_EQ(again.units, first.units);
  EXPECT_GE(again.solved, 50);
  EXPECT_LE(again.solved, 200);
}

TEST(EvaluationRunTest, AForeignEntryUnderTheKeyIsNotTaken) {
  const auto dataset = MakeDataset(PlainModel());
  ResultCache cache;
  Job job(cache, 1, {}, [](const common::v1::Progress&) {});
  EvaluationRun run(*dataset, job);
  cache.Store(run.key(), "not a result");
  EXPECT_EQ(run.Obtain(false).reason(), "RESULT_VERIFICATION_FAILED");
  EXPECT_TRUE(run.Obtain(true).ok());
}

TEST(EvaluationRunTest, PlansCountRatersAndReplications) {
  v1::Model model = PlainModel();
  ResultCache cache;
  model.set_cross(v1::CROSS_EFFICIENCY_AGGRESSIVE);
  const Ran cross = RunOnce(*MakeDataset(model), cache, {});
  EXPECT_EQ(cross.open, 400);
  EXPECT_EQ(cross.solved, 400);
  model = PlainModel();
  model.mutable_bootstrap()->set_method(v1::Bootstrap::METHOD_SW98);
  model.mutable_bootstrap()->set_replication_count(3);
  const Ran bootstrap = RunOnce(*MakeDataset(model), cache, {});
  EXPECT_EQ(bootstrap.open, 200 + 3 * 200);
  EXPECT_EQ(bootstrap.solved, bootstrap.open);
}

}  // namespace
}  // namespace farrell::dea::testing
