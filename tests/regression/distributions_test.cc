// Distribution functions against values computed with 40 digits (mpmath 1.3), and the generator against its authors'
// vectors.
#include "common/numeric/distributions.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <set>

#include "common/numeric/random.h"

namespace farrell::numeric {
namespace {

void ExpectRelative(double value, double truth, double tolerance) {
  EXPECT_NEAR(value, truth, tolerance * std::fabs(truth)) << "truth " << truth;
}

TEST(StudentT, TwoSidedTails) {
  struct Case {
    double t, df, p;
  };
  const Case cases[] = {
      {0.1, 1, 0.93654896513889286},
      {1, 1, 0.5},
      {63.65674116287399, 1, 0.0099999999999996213},
      {2.5, 7.385, 0.039291518451512512},
      {0.4, 10.165, 0.69743317301743825},
      {12, 3, 0.0012450158007893367},
      {40, 29, 6.346877329729348e-27},
      {1e-08, 12, 0.9999999921854739},
      {3, 257, 0.0029650459851666452},
      {30, 257, 6.1473601926215813e-86},
      {1.96, 100000, 0.049998563194301638},
      {100000.0, 2.5, 4.5495038463512442e-13},
      {1e+200, 1.5, 7.541704864032493e-301},
      {0.5, 0.3, 0.80071079262147756},
  };
  for (const Case& c : cases) {
    ExpectRelative(StudentTTwoSided(c.t, c.df), c.p, 2e-12);
    ExpectRelative(StudentTTwoSided(-c.t, c.df), c.p, 2e-12);
    ExpectRelative(StudentTSurvival(c.t, c.df), 0.5 * c.p, 2e-12);
    ExpectRelative(StudentTCdf(-c.t, c.df), 0.5 * c.p, 2e-12);
    ExpectRelative(StudentTCdf(c.t, c.df), 1.0 - 0.5 * c.p, 1e-13);
  }
}

TEST(StudentT, Quantiles) {
  const double cases[][3] = {{0.975, 9, 2.2621571627982055},       {0.975, 29, 2.0452296421327043},
                             {0.95, 7.385, 1.8798237741808691},    {0.9995, 3, 12.923978636687483},
                             {0.995, 1, 63.656741162871581},       {0.9, 1e6, 1.2815524121299385},
                             {0.999999, 15.5, 7.3434169377682827}, {0.75, 0.5, 1.5537739740300373}};
  // 1 - p is exact only to half a unit of the last digit of p.
  for (const auto& c : cases) {
    ExpectRelative(StudentTQuantile(c[0], c[1]), c[2], 1e-16 / (1.0 - c[0]) + 1e-12);
    ExpectRelative(StudentTQuantile(1.0 - c[0], c[1]), -c[2], 1e-16 / (1.0 - c[0]) + 1e-12);
  }
  EXPECT_EQ(StudentTQuantile(0.5, 3), 0.0);
  EXPECT_EQ(StudentTQuantile(1.0, 3), std::numeric_limits<double>::infinity());
  ExpectRelative(StudentTQuantile(0.975, std::numeric_limits<double>::infinity()), 1.9599639845400542, 1e-14);
}

TEST(StudentT, QuantileInvertsTheTailFarOut) {
  for (double df : {0.7, 2.0, 9.0, 29.0, 257.0, 1e5}) {
    for (double p : {1e-12, 1e-6, 0.01, 0.3, 0.499}) ExpectRelative(StudentTCdf(StudentTQuantile(p, df), df), p, 1e-11);
  }
}

TEST(FisherF, Tails) {
  const double cases[][4] = {
      {7.54258, 2, 11.399, 0.0081903450562527241}, {1, 4, 257, 0.40809601152379143},
      {0.01, 3, 5, 0.99844448654743404},           {250, 4, 29, 5.0521490024805034e-22},
      {1.2, 47, 764, 0.17292319229968105},         {75.8204062141, 47, 764, 1.1644542120708294e-253},
      {0.001, 1, 1e6, 0.97477288568094245},        {3.3, 1.5, 2.25, 0.20798438920294339}};
  for (const auto& c : cases) {
    ExpectRelative(FSurvival(c[0], c[1], c[2]), c[3], 2e-12);
    EXPECT_NEAR(FCdf(c[0], c[1], c[2]), 1.0 - c[3], 1e-14);
  }
  // A squared t is an F.
  ExpectRelative(FSurvival(2.5 * 2.5, 1, 7.385), StudentTTwoSided(2.5, 7.385), 1e-13);
  ExpectRelative(FSurvival(3.0, 2, std::numeric_limits<double>::infinity()), ChiSquareSurvival(6.0, 2), 1e-14);
  EXPECT_EQ(FSurvival(-1, 2, 3), 1.0);
  EXPECT_EQ(FCdf(0, 2, 3), 0.0);
}

TEST(ChiSquare, Tails) {
  const double cases[][3] = {{15.97, 2, 0.00034053249627416128},
                             {24.52, 2, 4.7375046785475791e-6},
                             {9.52541563499, 4, 0.049227624176326932},
                             {0.1, 5, 0.99983768338807738},
                             {1, 1, 0.3173105078629141},
                             {300, 7, 6.0496418565563195e-61},
                             {1100, 1000, 0.014614408126295194},
                             {100500, 100000, 0.13185481160338378},
                             {0.001, 0.5, 0.83504024923158716}};
  for (const auto& c : cases) {
    ExpectRelative(ChiSquareSurvival(c[0], c[1]), c[2], 2e-12);
    EXPECT_NEAR(ChiSquareCdf(c[0], c[1]), 1.0 - c[2], 1e-14);
  }
}

TEST(Normal, TailsAndQuantiles) {
  ExpectRelative(NormalSurvival(0.5), 0.3085375387259869, 1e-14);
  ExpectRelative(NormalSurvival(5), 2.8665157187919391e-7, 1e-14);
  ExpectRelative(NormalSurvival(10), 7.6198530241605261e-24, 1e-14);
  ExpectRelative(NormalSurvival(37), 5.7255712225245768e-300, 1e-12);
  ExpectRelative(NormalCdf(-3), 1.0 - 0.99865010196836991, 1e-13);
  ExpectRelative(NormalQuantile(0.975), 1.9599639845400542, 1e-15);
  ExpectRelative(NormalQuantile(0.6), 0.2533471031357998, 1e-14);
  ExpectRelative(NormalQuantile(1e-10), -6.3613409024040562, 1e-14);
  ExpectRelative(NormalQuantile(1e-300), -37.047096299361199, 1e-13);
  EXPECT_EQ(NormalQuantile(0.5), 0.0);
}

TEST(Distributions, ArgumentsOutsideTheDomainGiveNan) {
  EXPECT_TRUE(std::isnan(StudentTTwoSided(1, 0)));
  EXPECT_TRUE(std::isnan(StudentTTwoSided(1, -2)));
  EXPECT_TRUE(std::isnan(StudentTTwoSided(std::nan(""), 2)));
  EXPECT_TRUE(std::isnan(StudentTQuantile(1.1, 2)));
  EXPECT_TRUE(std::isnan(FSurvival(1, 0, 2)));
  EXPECT_TRUE(std::isnan(ChiSquareSurvival(1, 0)));
  EXPECT_TRUE(std::isnan(NormalQuantile(-0.1)));
}

// Known-answer vectors of Salmon et al. (2011), file kat_vectors.
TEST(Philox, KnownAnswers) {
  using Words = std::array<std::uint32_t, 4>;
  EXPECT_EQ(Philox4x32({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5U, 0xe169c58dU, 0xbc57ac4cU, 0x9b00dbd8U}));
  EXPECT_EQ(Philox4x32({0xffffffffU, 0xffffffffU, 0xffffffffU, 0xffffffffU}, {0xffffffffU, 0xffffffffU}),
            (Words{0x408f276dU, 0x41c83b0eU, 0xa20bc7c6U, 0x6d5451fdU}));
  EXPECT_EQ(Philox4x32({0x243f6a88U, 0x85a308d3U, 0x13198a2eU, 0x03707344U}, {0xa4093822U, 0x299f31d0U}),
            (Words{0xd16cfe09U, 0x94fdccebU, 0x5001e420U, 0x24126ea1U}));
}

TEST(Random, DrawsDependOnEveryIndex) {
  std::set<double> seen;
  for (std::int64_t seed : {0, 1, -1}) {
    for (std::int64_t stream = 0; stream < 5; ++stream) {
      for (std::int64_t index = 0; index < 5; ++index) seen.insert(UniformDraw(seed, stream, index));
    }
  }
  EXPECT_EQ(seen.size(), 75U);
}

TEST(Random, MomentsAreThoseOfTheLaw) {
  constexpr int kDraws = 200000;
  double uniform = 0;
  double normal = 0;
  double normal2 = 0;
  double rademacher = 0;
  double webb = 0;
  double webb2 = 0;
  double webb4 = 0;
  std::set<double> points;
  for (int k = 0; k < kDraws; ++k) {
    const double u = UniformDraw(7, k, 3);
    ASSERT_GT(u, 0.0);
    ASSERT_LT(u, 1.0);
    uniform += u;
    const double z = NormalDraw(7, k, 4);
    normal += z;
    normal2 += z * z;
    rademacher += RademacherDraw(7, k, 5);
    const double w = WebbDraw(7, k, 6);
    points.insert(w);
    webb += w;
    webb2 += w * w;
    webb4 += w * w * w * w;
  }
  const double four_sd = 4.0 / std::sqrt(kDraws);
  EXPECT_NEAR(uniform / kDraws, 0.5, four_sd * 0.29);
  EXPECT_NEAR(normal / kDraws, 0.0, four_sd);
  EXPECT_NEAR(normal2 / kDraws, 1.0, four_sd * 1.42);
  EXPECT_NEAR(rademacher / kDraws, 0.0, four_sd);
  EXPECT_NEAR(webb / kDraws, 0.0, four_sd);
  EXPECT_NEAR(webb2 / kDraws, 1.0, four_sd * 0.41);
  EXPECT_NEAR(webb4 / kDraws, 7.0 / 6.0, four_sd * 1.0);
  EXPECT_EQ(points.size(), 6U);
}

}  // namespace
}  // namespace farrell::numeric
