// Grunfeld's firms 1-5 against 6-10: interaction, Wald, Chow, permutation of firms.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>

#include "services/regression/engine/compare.h"
#include "tests/regression/panels.h"

namespace farrell::regression::testing {
namespace {

const Panel& Grunfeld() {
  static const Panel panel = [] {
    Panel made = MakePanel(ReadCsv(SourcePath("tests/published/panel/data/grunfeld.csv")), "firm", "year",
                           {"firm", "year", "inv", "value", "capital"});
    AddColumn(made, "half", [&](std::size_t row) { return Numbers(made, "firm")[row] <= 5.0 ? 1.0 : 2.0; });
    return made;
  }();
  return panel;
}

// Rows by their quantity; each is asked for once.
class Published {
 public:
  Published() : table_(ReadCsv(SourcePath("tests/published/panel/expected/grunfeld_group_difference.csv"))) {}
  double At(const std::string& quantity) {
    asked_.insert(quantity);
    for (std::size_t row = 0; row < table_.rows.size(); ++row) {
      if (table_.At(row, "quantity") == quantity) return table_.Number(row, "value");
    }
    ADD_FAILURE() << "no row " << quantity;
    return 0.0;
  }
  std::size_t asked() const { return asked_.size(); }
  std::size_t rows() const { return table_.rows.size(); }

 private:
  Table table_;
  std::set<std::string> asked_;
};

void ExpectDigits(double value, double published) { EXPECT_NEAR(value, published, 1e-9 * std::fabs(published)); }

TEST(GrunfeldGroups, EveryPublishedRow) {
  Published published;
  CompareSpec spec;
  spec.fit = MakeSpec("inv ~ value + capital | firm", {MakeInference(InferenceType::kCr0, "firm"),
                                                       MakeInference(InferenceType::kPermutationRaw, "firm")});
  spec.by = "half";
  spec.terms = {"value", "capital"};
  const auto compared = Compare(Grunfeld(), spec, {});
  ASSERT_TRUE(compared.ok()) << compared.status().ToString();
  const Difference& value = compared->differences[0];
  const Difference& capital = compared->differences[1];
  ExpectDigits(*value.estimate, published.At("diff value slope firms1-5 minus 6-10 (firm FE)"));
  ExpectDigits(*capital.estimate, published.At("diff capital slope"));
  ExpectDigits(*value.estimate, published.At("interaction b value*D"));
  ExpectDigits(*capital.estimate, published.At("interaction b capital*D"));
  ExpectDigits(*compared->groups[1].estimates[0], published.At("interaction b value"));
  ExpectDigits(*compared->groups[1].estimates[1], published.At("interaction b capital"));
  ExpectDigits(*compared->groups[1].compared[0].std_error, published.At("cluster se value (no ssc)"));
  ExpectDigits(*compared->groups[1].compared[1].std_error, published.At("cluster se capital"));
  ExpectDigits(*value.inference.std_error, published.At("cluster se value*D"));
  ExpectDigits(*capital.inference.std_error, published.At("cluster se capital*D"));

  EXPECT_EQ(static_cast<double>(*value.inferences[1].inference.greater_or_equal_count),
            published.At("perm count |d|>=|d0| value (all 252 splits)"));
  EXPECT_EQ(static_cast<double>(*capital.inferences[1].inference.greater_or_equal_count),
            published.At("perm count capital"));
  EXPECT_EQ(static_cast<double>(value.inferences[1].draws), published.At("perm total"));
  EXPECT_TRUE(value.inferences[1].enumerated);

  const EqualityTest& chow = compared->joints[0].tests.back();
  EXPECT_EQ(chow.label, "Chow of all slopes");
  EXPECT_EQ(*chow.df1, 2.0);
  EXPECT_EQ(*chow.df2, 186.0);
  ExpectDigits(*chow.statistic, published.At("F(2,186) iid"));

  FitSpec interacted =
      MakeSpec("inv ~ i(half):value + i(half):capital | firm", {MakeInference(InferenceType::kCr0, "firm")});
  interacted.hypotheses = {"half::1:value = half::2:value; half::1:capital = half::2:capital"};
  const FitResult fit = MustFit(Grunfeld(), interacted);
  ASSERT_EQ(fit.hypotheses.size(), 1U);
  ExpectDigits(2.0 * fit.hypotheses[0].joint->statistic, published.At("Wald chi2(2) cluster no ssc"));
  EXPECT_EQ(published.asked(), published.rows());
}

}  // namespace
}  // namespace farrell::regression::testing
