// The pricing rule and the starting basis leave no trace in any bit of a restricted, remedied, limited or
// non-discretionary score.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "services/dea/engine/formulation.h"
#include "services/dea/engine/super_efficiency.h"
#include "tests/dea/bytes.h"
#include "tests/dea/problems.h"
#include "tests/dea/scores.h"

namespace farrell::dea::testing {
namespace {

// Everything told of an optimum; of the others their status: any ray is as good.
std::string All(const UnitScore& score) {
  if (score.status != UnitStatus::kOptimal) return std::to_string(static_cast<int>(score.status));
  std::string bytes = Bytes(score);
  bytes.push_back(score.prices_unique ? '1' : '0');
  for (const auto* values : {&score.certificate.variables, &score.certificate.prices}) {
    for (const double value : *values) AppendReal(bytes, value);
  }
  return bytes;
}

using Make = std::function<std::unique_ptr<Formulation>(Model& model, const Observations& data, TestRandom& random)>;

void ExpectSameBits(const Make& make, const std::function<void(UnitScore&)>& leave_out = {}) {
  const std::uint64_t count = LongRun() ? 2000 : 100;
  for (std::uint64_t number = 0; number < count; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 60);
    const Observations& data = problem.data;
    TestRandom random(number + 5);
    Model model = NamedModel(data, problem.rts, problem.orientation);
    const std::unique_ptr<Formulation> formulation = make(model, data, random);
    const ReferenceMatrix reference(data, AllRows(data));
    UnitSolver solver(*formulation);
    for (const std::int32_t row : AllRows(data)) {
      const std::string where = problem.description + ", unit " + std::to_string(row);
      const auto solve = [&](Pricing pricing) {
        SolveOptions options;
        options.pricing = pricing;
        UnitScore score = solver.Solve({data, row, reference}, options, {});
        if (leave_out) leave_out(score);
        return All(score);
      };
      const std::string expected = solve(Pricing::kRelative);
      ASSERT_EQ(solve(Pricing::kDantzig), expected) << where;
    }
  }
}

TEST(RestrictedBitsTest, Ratios) {
  ExpectSameBits([](Model& model, const Observations& data, TestRandom& random) {
    const auto add = [&](const char* side, int count, int first) {
      for (int i = 1; i < count; ++i) {
        const double centre = data.row(0)[first + i - 1] > 0 && data.row(0)[first + i] > 0
                                  ? data.row(0)[first + i - 1] / data.row(0)[first + i]
                                  : 1;
        const double low = centre * random.Uniform();
        model.weight_restrictions.push_back({side + std::to_string(i), side + std::to_string(i - 1), low,
                                             random.Below(3) == 0 ? low : low / random.Uniform()});
      }
    };
    add("i", data.input_count, 0);
    add("o", data.output_count, data.input_count);
    if (model.weight_restrictions.empty()) model.weight_restrictions.push_back({"i0", "", {}, 1e30});
    return MakeFormulation(model, data);
  });
}

TEST(RestrictedBitsTest, AbsoluteBounds) {
  ExpectSameBits([](Model& model, const Observations& data, TestRandom& random) {
    for (int i = 0; i < data.input_count; ++i) {
      const double size = data.row(0)[i] > 0 ? 1 / data.row(0)[i] : 1;
      model.weight_restrictions.push_back({"i" + std::to_string(i), "", 0.1 * size * random.Uniform(), 3 * size});
    }
    return MakeFormulation(model, data);
  });
}

Make Fixing(NonDiscretionaryRule rule) {
  return [rule](Model& model, const Observations& data, TestRandom&) {
    if (data.input_count > 1) model.non_discretionary.emplace_back("i1");
    if (data.output_count > 1) model.non_discretionary.emplace_back("o0");
    model.non_discretionary_rule = rule;
    return MakeFormulation(model, data);
  };
}

TEST(RestrictedBitsTest, NonDiscretionaryMeasures) { ExpectSameBits(Fixing(NonDiscretionaryRule::kBankerMorey)); }

// An equality that nothing can break (a measure of which all have 0, or every one of few units in proportion) has any
// price: those of non-controllable measures are left out.
TEST(RestrictedBitsTest, NonControllableMeasures) {
  ExpectSameBits(Fixing(NonDiscretionaryRule::kNcn), [](UnitScore& score) {
    score.input_prices.clear();
    score.output_prices.clear();
    score.scale_price = 0;
    score.certificate = {};
  });
}

TEST(RestrictedBitsTest, GeneralisedReturnsToScale) {
  ExpectSameBits([](Model& model, const Observations& data, TestRandom& random) {
    model.rts = ReturnsToScale::kGrs;
    model.weight_sum_low = random.Uniform();
    model.weight_sum_high = 1 / random.Uniform();
    return MakeFormulation(model, data);
  });
}

TEST(RestrictedBitsTest, SuperEfficiency) {
  ExpectSameBits([](Model& model, const Observations& data, TestRandom&) {
    model.super = true;
    return MakeFormulation(model, data);
  });
}

TEST(RestrictedBitsTest, Remedies) {
  ExpectSameBits([](Model& model, const Observations& data, TestRandom& random) {
    model.super = true;
    model.super_remedy = random.Below(2) == 0 ? SuperRemedy::kCook : SuperRemedy::kDdf;
    return MakeSuperRemedy(model, data);
  });
}

}  // namespace
}  // namespace farrell::dea::testing
