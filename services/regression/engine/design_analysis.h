// What a design can see: power, minimum detectable effect, exaggeration (Gelman & Carlin 2014).
//
// The estimate is taken to be reference + std_error * t with t from Student's distribution with df degrees of freedom
// (infinite: normal); it is significant when |estimate| / std_error exceeds the two-sided critical value at `level`.
#pragma once

#include <optional>
#include <string>

namespace farrell::regression {

// A coefficient and the size of effect that would matter.
struct DesignQuestion {
  std::string term;
  // Not 0.
  double reference = 0.0;
  double level = 0.05;
  double power = 0.8;
};

struct DesignAnswer {
  DesignQuestion question;
  double std_error = 0.0;
  // Probability of significance when the effect is the reference.
  double power = 0.0;
  // The effect found with the wanted power.
  double minimum_detectable = 0.0;
  // Mean of |estimate| / |reference| given significance. Unset where the mean does not exist (df <= 1).
  std::optional<double> exaggeration;
  // Probability that a significant estimate has the wrong sign.
  double wrong_sign = 0.0;
};

// `std_error` and `df` positive.
DesignAnswer AnalyseDesign(const DesignQuestion& question, double std_error, double df);

}  // namespace farrell::regression
