#include "services/regression/engine/specification/specification_tests.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/text/nearest.h"
#include "services/regression/engine/specification/sample.h"

namespace farrell::regression {
namespace {

using specification::Sample;

constexpr const char* kCollinearity = "vif";

struct NamedTest {
  const char* name;
  specification::TestFunction run;
  // Defined without unit and time keys.
  bool cross_section = false;
};

// Without keys the effects must be the formula's own.
bool NeedsKeys(const NamedTest& test, const Formula& formula) {
  return !test.cross_section || (std::string_view(test.name) == "f" && formula.effects.empty());
}

constexpr std::array kTests = {
    NamedTest{"f", specification::EffectsF, true},
    NamedTest{"poolability", specification::Poolability},
    NamedTest{"hausman", specification::Hausman},
    NamedTest{"hausman-sigma", specification::HausmanSigma},
    NamedTest{"hausman-robust", specification::HausmanRobust},
    NamedTest{"mundlak", specification::MundlakTest},
    NamedTest{"bp-lm", specification::BreuschPaganUnits},
    NamedTest{"bp-lm-time", specification::BreuschPaganPeriods},
    NamedTest{"honda", specification::HondaUnits},
    NamedTest{"honda-time", specification::HondaPeriods},
    NamedTest{"king-wu", specification::KingWu},
    NamedTest{"ghm", specification::GourierouxHollyMonfort},
    NamedTest{"bsy-joint", specification::BeraSosaYoonJoint},
    NamedTest{"bsy-ar", specification::BeraSosaYoonSerial},
    NamedTest{"bsy-re", specification::BeraSosaYoonEffects},
    NamedTest{"breusch-pagan", specification::BreuschPaganVariance, true},
    NamedTest{"modified-wald", specification::ModifiedWald},
    NamedTest{"wooldridge", specification::WooldridgeDifferences},
    NamedTest{"wooldridge-within", specification::WooldridgeWithin},
    NamedTest{"wooldridge-fd", specification::WooldridgeFd},
    NamedTest{"wooldridge-fe", specification::WooldridgeFe},
    NamedTest{"wooldridge-effects", specification::WooldridgeEffects},
    NamedTest{"breusch-godfrey", specification::BreuschGodfrey},
    NamedTest{"cd", specification::CrossDependence},
    NamedTest{"cd-individual", specification::CrossDependenceIndividual},
    NamedTest{"cd-lm", specification::CrossDependenceLm},
    NamedTest{"cd-scaled-lm", specification::CrossDependenceScaled},
};

Status CheckNames(const SpecificationSpec& spec) {
  Violations violations;
  const std::vector<std::string>& known = SpecificationTestNames();
  for (std::size_t k = 0; k < spec.tests.size(); ++k) {
    if (std::find(known.begin(), known.end(), spec.tests[k]) != known.end()) continue;
    violations.Add("tests[" + std::to_string(k) + "]",
                   "'" + spec.tests[k] + "' is not a test" + text::DidYouMean(spec.tests[k], known));
  }
  if (spec.order < 0) violations.Add("order", "must not be negative");
  return std::move(violations).Finish("TEST_INVALID", "tests that are not known here");
}

// Failures of estimation that are facts about the data make a test undefined.
bool IsOutcome(const Status& status) { return status.code() == Code::kFailedPrecondition; }

}  // namespace

const std::vector<std::string>& SpecificationTestNames() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const NamedTest& test : kTests) list.emplace_back(test.name);
    list.emplace_back(kCollinearity);
    return list;
  }();
  return names;
}

Result<SpecificationResult> RunSpecificationTests(const Panel& panel, const SpecificationSpec& spec,
                                                  const Environment& environment) {
  FARRELL_RETURN_IF_ERROR(CheckNames(spec));
  const bool keyed = !panel.unit_key.empty() && panel.has_time();
  if (!spec.formula.instruments.empty()) {
    return InvalidArgument("TEST_INVALID", "these tests are for models without instruments")
        .WithViolations({{"formula", "has instruments; tests of instruments come with the fit (2sls, liml)"}});
  }
  DesignOptions options;
  options.panel_keys = keyed;
  FARRELL_ASSIGN_OR_RETURN(Design design, BuildDesign(panel, spec.formula, options));
  SpecificationResult result;
  result.dropped = design.dropped;
  result.observation_count = static_cast<std::int64_t>(design.rows.size());
  Sample sample(std::move(design), environment);
  result.unit_count = static_cast<std::int64_t>(sample.units().size());
  result.period_count = static_cast<std::int64_t>(sample.period_count());
  result.balanced = sample.balanced();
  const auto wanted = [&](const char* name) {
    return spec.tests.empty() || std::find(spec.tests.begin(), spec.tests.end(), name) != spec.tests.end();
  };
  for (const NamedTest& test : kTests) {
    if (!wanted(test.name)) continue;
    if (environment.stop.stop_requested()) return Cancelled();
    if (!keyed && NeedsKeys(test, spec.formula)) {
      result.tests.push_back(specification::Undefined(test.name, "", "needs the unit and the time key of the table"));
      continue;
    }
    Result<SpecificationTest> outcome = test.run(sample, spec);
    if (!outcome.ok() && !IsOutcome(outcome.status())) return outcome.status();
    result.tests.push_back(outcome.ok() ? std::move(outcome).value()
                                        : specification::Undefined(test.name, "", outcome.status().message()));
  }
  if (wanted(kCollinearity)) specification::MeasureCollinearity(sample, result);
  return result;
}

}  // namespace farrell::regression
