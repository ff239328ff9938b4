// Tails of the normal against values computed with 50 digits and more (mpmath 1.3).
#include "common/numeric/normal_tail.h"

#include <gtest/gtest.h>

#include <cmath>

namespace farrell::numeric {
namespace {

void ExpectRelative(double value, double truth, double tolerance, double at) {
  EXPECT_NEAR(value, truth, tolerance * std::fabs(truth) + 1e-190) << "at " << at;
}

TEST(ScaledErfc, EveryPiece) {
  const double cases[][2] = {{0, 1.0},
                             {0.1, 0.89645697996912664},
                             {0.46, 0.63678738383271303},
                             {0.47, 0.63140051666003432},
                             {1.3, 0.35764266908609031},
                             {3.9, 0.14031418160068974},
                             {4.1, 0.13383411641865199},
                             {25, 0.022549572432641359},
                             {1e4, 5.6418958072680841e-5},
                             {1e10, 5.6418958354775629e-11}};
  for (const auto& c : cases) ExpectRelative(ScaledErfc(c[0]), c[1], 1e-15, c[0]);
}

TEST(LogNormalCdf, BothTails) {
  const double cases[][2] = {{-1e5, -5000000012.431864},   {-400, -80006.910409330215},  {-38, -726.55721601882013},
                             {-8, -35.01343715991455},     {-5, -15.064998393988726},    {-1.5, -2.7059444008238898},
                             {-0.3, -0.96210281816885066}, {0, -0.69314718055994531},    {0.3, -0.48141016158848121},
                             {2, -0.023012909328963488},   {6, -9.8658764552437573e-10}, {9, -1.1285884059538406e-19}};
  for (const auto& c : cases) ExpectRelative(LogNormalCdf(c[0]), c[1], 3e-15, c[0]);
}

TEST(UpperTail, MassHazardAndMoments) {
  struct Case {
    double a, log_mass, hazard, excess, variance;
  };
  const Case cases[] = {{-30, -4.9067139271480939e-198, 1.4736461348785475e-196, 30.0, 1.0},
                        {-6, -9.8658764552437573e-10, 6.0758828558176764e-9, 6.0000000060758829, 0.99999996354470283},
                        {-1, -0.17275377902344989, 0.28759997093917836, 1.2875999709391784, 0.6296862857766054},
                        {-0.2, -0.54600435372277412, 0.67507317979029196, 0.87507317979029197, 0.40926156596976575},
                        {0, -0.69314718055994531, 0.79788456080286536, 0.79788456080286536, 0.36338022763241866},
                        {0.4, -1.0654340491895766, 1.0687561717456209, 0.66875617174562086, 0.2852627140538933},
                        {1.7, -3.1107960975524814, 2.1103579219281875, 0.41035792192818759, 0.13399790863286061},
                        {3.3, -7.6346161480711273, 3.5632662666776367, 0.26326626667763687, 0.06191219279341778},
                        {4.9, -14.551182689355313, 5.0898286001298836, 0.18982860012988328, 0.033804961936300748},
                        {5.1, -15.588487091871466, 5.283287616909157, 0.18328761690915738, 0.031638803251059418},
                        {8, -35.01343715991455, 8.1213681122361127, 0.12136811223611268, 0.01432488344334091},
                        {40, -804.60844201375379, 40.024968847207264, 0.024968847207263723, 0.00062266837859138877},
                        {1e3, -500007.82669481218, 1000.000999998, 0.00099999800000999993, 9.9999400004999948e-7},
                        {1e6, -500000000014.73445, 1000000.000001, 9.99999999998e-7, 9.99999999994e-13}};
  for (const Case& c : cases) {
    const NormalTail tail = UpperTail(c.a);
    ExpectRelative(tail.log_mass, c.log_mass, 3e-15, c.a);
    ExpectRelative(tail.hazard, c.hazard, 3e-15, c.a);
    // Below the far tail the differences lose a^2 and a^4 units of rounding.
    ExpectRelative(tail.excess, c.excess, 4e-14, c.a);
    ExpectRelative(tail.variance, c.variance, 4e-13, c.a);
    if (std::fabs(c.a) < 38) ExpectRelative(MillsRatio(c.a), 1.0 / c.hazard, 3e-15, c.a);
  }
}

TEST(Interval, MassAndDensities) {
  const double cases[][5] = {{-1, 2, -0.20016629432446258, 0.29559286165003364, 0.065955682558704667},
                             {0.5, 0.75, -2.5021319204099832, 4.2981873495406531, 3.6764344653214729},
                             {-0.001, 0.002, -6.7280820235185501, 333.33333333328333, 333.33283333365833},
                             {6, 7, -20.738067003282469, 6.1664818338500743, 0.0092709304717944166},
                             {-40, -38, -726.55721601882013, 5.0712409675055006e-33, 38.026279466575869},
                             {30, 31, -454.32124395634325, 30.033259667435327, 1.7045932838228663e-12},
                             {-50, 60, 0.0, 0.0, 0.0},
                             {2, 50, -3.7831843336820319, 2.3732155328228409, 0.0},
                             {-3, 0, -0.69585062764542127, 0.0088876917791528411, 0.80004451784256962}};
  for (const auto& c : cases) {
    const NormalInterval interval = Interval(c[0], c[1]);
    ExpectRelative(interval.log_mass, c[2], 1e-14, c[0]);
    ExpectRelative(interval.lower_density, c[3], 3e-14, c[0]);
    ExpectRelative(interval.upper_density, c[4], 3e-14, c[0]);
  }
}

TEST(LogSumExp, NeitherOverflowsNorLosesTheSmallTerm) {
  EXPECT_DOUBLE_EQ(LogSumExp(1000.0, 1000.0), 1000.0 + std::log(2.0));
  EXPECT_DOUBLE_EQ(LogSumExp(-1000.0, -1001.0), LogSumExp(-1001.0, -1000.0));
  EXPECT_DOUBLE_EQ(LogSumExp(0.0, -40.0), std::exp(-40.0));
  EXPECT_EQ(LogSumExp(-HUGE_VAL, -HUGE_VAL), -HUGE_VAL);
}

}  // namespace
}  // namespace farrell::numeric
