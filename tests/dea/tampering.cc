#include "tests/dea/tampering.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

namespace farrell::dea::testing {

int ExpectTamperingShows(const Formulation& formulation, const Question& question, const UnitScore& score,
                         const std::string& where) {
  EXPECT_TRUE(CheckScore(formulation, question, score).holds) << where;
  int changes = 0;
  const auto expect_broken = [&](const std::string& what, const std::function<void(UnitScore&)>& change) {
    UnitScore other = score;
    change(other);
    ++changes;
    EXPECT_FALSE(CheckScore(formulation, question, other).holds) << where << ": " << what;
  };
  const auto nudge = [](double& number) { number = number * 1.00001 + 1e-7; };
  for (const auto& [what, member] : {std::pair("score", &UnitScore::score), std::pair("farrell", &UnitScore::farrell),
                                     std::pair("scale_price", &UnitScore::scale_price)}) {
    expect_broken(what, [&, at = member](UnitScore& other) { nudge(other.*at); });
  }
  for (const auto& [what, member] :
       {std::pair("input slack", &UnitScore::input_slacks), std::pair("output slack", &UnitScore::output_slacks),
        std::pair("bad output slack", &UnitScore::bad_output_slacks),
        std::pair("input target", &UnitScore::input_targets), std::pair("output target", &UnitScore::output_targets),
        std::pair("bad output target", &UnitScore::bad_output_targets),
        std::pair("input price", &UnitScore::input_prices), std::pair("output price", &UnitScore::output_prices),
        std::pair("bad output price", &UnitScore::bad_output_prices)}) {
    for (std::size_t i = 0; i < (score.*member).size(); ++i) {
      expect_broken(what, [&, at = member](UnitScore& other) { nudge((other.*at)[i]); });
    }
  }
  for (std::size_t i = 0; i < score.peers.size(); ++i) {
    expect_broken("peer weight", [&](UnitScore& other) { nudge(other.peers[i].weight); });
    expect_broken("peer", [&](UnitScore& other) { other.peers.erase(other.peers.begin() + static_cast<long>(i)); });
  }
  const std::vector<double>& prices = score.certificate.prices;
  const auto largest =
      std::max_element(prices.begin(), prices.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
  if (largest != prices.end() && *largest != 0) {
    expect_broken("prices", [&](UnitScore& other) {
      other.certificate.prices[static_cast<std::size_t>(largest - prices.begin())] *= 1.001;
    });
  }
  for (std::size_t c = 0; c < score.certificate.variables.size(); ++c) {
    if (score.certificate.variables[c] == 0) continue;
    expect_broken("variables", [&](UnitScore& other) { other.certificate.variables[c] *= 1.001; });
  }
  expect_broken("status", [](UnitScore& other) { other.status = UnitStatus::kInfeasible; });
  expect_broken("measure", [](UnitScore& other) { other.measure = Measure::kTheta; });
  return changes;
}

}  // namespace farrell::dea::testing
