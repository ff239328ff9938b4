// What a step is said to take before it runs.
#include "services/reporting/service/step_costs.h"

#include <gtest/gtest.h>

namespace farrell::reporting {
namespace {

using common::v1::ResultOrigin;

v1::Run RunOf(const std::string& step, const std::string& key, double seconds, std::int64_t solved,
              ResultOrigin::Source source = ResultOrigin::SOURCE_COMPUTED) {
  v1::Run run;
  v1::FinishedStep& finished = *run.add_steps();
  finished.set_id(step);
  finished.set_action_key(key);
  finished.mutable_origin()->set_source(source);
  finished.mutable_origin()->set_elapsed_seconds(seconds);
  finished.mutable_origin()->set_solved_count(solved);
  return run;
}

TEST(StepCostsTest, TheSameKeyTakesWhatItTookLast) {
  StepCosts costs;
  costs.Add(RunOf("scores", "k", 2, 300));
  costs.Add(RunOf("scores", "k", 9, 300));
  EXPECT_EQ(costs.Predict("scores", "k", 30), 2);
}

TEST(StepCostsTest, AnotherDayTakesWhatItsProgramsTake) {
  StepCosts costs;
  costs.Add(RunOf("scores", "small", 0.5, 10));
  costs.Add(RunOf("scores", "whole", 6, 300));
  costs.Add(RunOf("scores", "older", 12, 300));
  EXPECT_EQ(costs.Predict("scores", "new", 30), 6 * 0.1);
  EXPECT_EQ(costs.Predict("scores", "new", 0), 0);
  EXPECT_EQ(costs.Predict("scores", "new", std::nullopt), 6);
  EXPECT_EQ(costs.Predict("scores", "", 600), 12);
}

TEST(StepCostsTest, StepsThatSolveNoProgramsTakeWhatTheyTookLast) {
  StepCosts costs;
  costs.Add(RunOf("main", "a", 0.25, 0));
  costs.Add(RunOf("main", "b", 8, 0));
  EXPECT_EQ(costs.Predict("main", "new", 12), 0.25);
}

TEST(StepCostsTest, WhatWasAtHandTellsNothing) {
  StepCosts costs;
  costs.Add(RunOf("scores", "k", 0.01, 0, ResultOrigin::SOURCE_STORE));
  EXPECT_EQ(costs.Predict("scores", "k", 30), std::nullopt);
}

}  // namespace
}  // namespace farrell::reporting
