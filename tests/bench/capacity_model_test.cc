// The simulation against what is known exactly: M/M/c (Erlang 1917), M/G/1 (Pollaczek 1930, Khinchine 1932), Little's
// law (1961), and tandem queues, which are independent of each other (Burke 1956).
#include "tests/bench/capacity_model.h"

#include <gtest/gtest.h>

#include <cmath>

namespace farrell::capacity {
namespace {

constexpr std::int64_t kCalls = 400'000;

Network One(int servers, double seconds, Shape shape, double variation = 1) {
  return {.stations = {{"station", servers}},
          .kinds = {{"call", 1, {{0, seconds}}}},
          .shape = shape,
          .variation = variation};
}

TEST(ErlangC, AgreesWithTables) {
  EXPECT_NEAR(ErlangC(1, 0.7), 0.7, 1e-12);
  // Two servers: C = a^2 / (2 + a).
  EXPECT_NEAR(ErlangC(2, 1.5), 1.5 * 1.5 / 3.5, 1e-12);
  EXPECT_NEAR(ErlangC(10, 8), 0.4092, 5e-5);
}

TEST(Simulation, WaitsAsErlangSays) {
  for (const auto& [servers, utilisation] :
       std::vector<std::pair<int, double>>{{1, 0.5}, {1, 0.8}, {2, 0.7}, {4, 0.9}, {16, 0.8}}) {
    const Network network = One(servers, 1, Shape::kExponential);
    const double rate = utilisation * servers;
    const double exact = ErlangC(servers, rate) / (servers - rate);
    const Forecast simulated = Simulated(network, rate, kCalls, 1);
    EXPECT_NEAR(simulated.stations[0].mean_wait, exact, 0.06 * exact + 0.002) << servers << " " << utilisation;
    EXPECT_NEAR(simulated.stations[0].utilisation, utilisation, 0.01);
    EXPECT_NEAR(OnPaper(network, rate).stations[0].mean_wait, exact, 1e-9);
  }
}

TEST(Simulation, QuantilesOfOneServerAreExponential) {
  const Forecast simulated = Simulated(One(1, 1, Shape::kExponential), 0.5, kCalls, 2);
  EXPECT_NEAR(simulated.p50, std::log(2) / 0.5, 0.04);
  EXPECT_NEAR(simulated.p99, std::log(100) / 0.5, 0.3);
}

TEST(Simulation, WaitsAsPollaczekAndKhinchineSay) {
  const double rate = 0.7;
  const double variation = 1.5;
  const Network network = One(1, 1, Shape::kLogNormal, variation);
  const double exact = rate * (1 + variation * variation) / 2 / (1 - rate);
  EXPECT_NEAR(Simulated(network, rate, 4 * kCalls, 3).stations[0].mean_wait, exact, 0.06 * exact);
  EXPECT_NEAR(OnPaper(network, rate).stations[0].mean_wait, exact, 1e-9);
}

// Two kinds, three stations, one of them visited twice.
Network Mixed() {
  return {.stations = {{"dea", 3}, {"data", 2}, {"redis", 1}},
          .kinds = {{"cached", 3, {{0, 0.2}}}, {"small", 1, {{0, 0.3}, {1, 0.8}, {0, 1.5}, {2, 0.1}}}},
          .shape = Shape::kLogNormal,
          .variation = 0.6};
}

TEST(Simulation, ObeysLittlesLaw) {
  const Forecast simulated = Simulated(Mixed(), 3, kCalls, 4);
  const Forecast paper = OnPaper(Mixed(), 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const AtStation& at = simulated.stations[i];
    const double mean_service =
        paper.stations[i].utilisation * Mixed().stations[i].servers / paper.stations[i].visits_per_second;
    EXPECT_NEAR(at.mean_number, at.visits_per_second * (at.mean_wait + mean_service), 0.02 * at.mean_number + 1e-3)
        << i;
    EXPECT_NEAR(at.utilisation, paper.stations[i].utilisation, 0.02) << i;
  }
}

TEST(Simulation, TandemQueuesAreIndependent) {
  const Network tandem{.stations = {{"first", 1}, {"second", 2}},
                       .kinds = {{"call", 1, {{0, 0.6}, {1, 1.2}}}},
                       .shape = Shape::kExponential};
  const Forecast paper = OnPaper(tandem, 1);
  EXPECT_NEAR(Simulated(tandem, 1, kCalls, 5).mean_latency, paper.mean_latency, 0.04 * paper.mean_latency);
}

TEST(Simulation, IsTheSameForTheSameSeed) {
  EXPECT_EQ(Simulated(Mixed(), 2, 5'000, 6).p99, Simulated(Mixed(), 2, 5'000, 6).p99);
  EXPECT_NE(Simulated(Mixed(), 2, 5'000, 6).p99, Simulated(Mixed(), 2, 5'000, 7).p99);
}

TEST(Saturation, IsWhereTheFirstStationIsAlwaysBusy) {
  const Saturation first = SaturationOf(Mixed());
  EXPECT_EQ(first.station, 0U);
  EXPECT_NEAR(first.rate, 3 / (0.75 * 0.2 + 0.25 * 1.8), 1e-9);
  EXPECT_TRUE(std::isinf(OnPaper(Mixed(), first.rate * 1.01).mean_latency));
}

}  // namespace
}  // namespace farrell::capacity
