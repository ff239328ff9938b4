#include "services/dea/engine/inference/draws.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "common/numeric/elementary.h"
#include "common/numeric/random.h"

namespace farrell::dea {
namespace {

double Uniform(std::uint32_t low, std::uint32_t high) {
  const std::uint64_t bits = ((std::uint64_t{high} << 32U) | low) >> 12U;
  return (static_cast<double>(bits) + 0.5) * 0x1p-52;
}

// Horner's scheme; coefficients of ascending powers.
double Polynomial(double x, const std::array<double, 8>& coefficients) {
  double value = coefficients[7];
  for (std::size_t i = 7; i-- > 0;) value = value * x + coefficients[i];
  return value;
}

}  // namespace

UniformPair DrawUniforms(std::int64_t seed, std::int64_t replication, std::int64_t index) {
  const std::array<std::uint32_t, 4> words = numeric::RandomWords(seed, replication, index);
  return {Uniform(words[0], words[1]), Uniform(words[2], words[3])};
}

double NormalFromUniform(double u) {
  const double q = u - 0.5;
  if (std::abs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q *
           Polynomial(r, {3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3,
                          1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
                          3.3430575583588128105e+4, 2.5090809287301226727e+3}) /
           Polynomial(r, {1.0, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
                          2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4,
                          5.2264952788528545610e+3});
  }
  double r = std::sqrt(-numeric::Log(q < 0 ? u : 1 - u));
  double value = 0;
  if (r <= 5) {
    r -= 1.6;
    value = Polynomial(r, {1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
                           3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
                           2.27238449892691845833e-2, 7.74545014278341407640e-4}) /
            Polynomial(r, {1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
                           1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
                           1.05075007164441684324e-9});
  } else {
    r -= 5;
    value = Polynomial(r, {6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
                           2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                           2.71155556874348757815e-5, 2.01033439929228813265e-7}) /
            Polynomial(r, {1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
                           7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
                           2.04426310338993978564e-15});
  }
  return q < 0 ? -value : value;
}

std::vector<char> Choose(std::int64_t seed, std::int64_t replication, const std::vector<std::int32_t>& codes,
                         std::size_t count) {
  std::vector<std::pair<double, std::size_t>> keys(codes.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    keys[i] = {DrawUniforms(seed, replication, kSubsampleDraws + codes[i]).first, i};
  }
  const auto middle = keys.begin() + static_cast<std::ptrdiff_t>(count);
  std::nth_element(keys.begin(), middle, keys.end());
  std::vector<char> chosen(codes.size(), 0);
  for (auto key = keys.begin(); key != middle; ++key) chosen[key->second] = 1;
  return chosen;
}

std::int64_t Position(double uniform, std::int64_t count) {
  return std::min(count - 1, static_cast<std::int64_t>(uniform * static_cast<double>(count)));
}

}  // namespace farrell::dea
