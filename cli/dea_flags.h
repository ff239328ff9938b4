// The flags that describe a DEA model, shared by every verb that has one.
#pragma once

#include <string>
#include <vector>

#include "cli/table_source.h"
#include "common/notation/dea_model_text.h"
#include "common/status/status.h"
#include "farrell/dea/v1/dea.pb.h"

namespace CLI {
class App;
}

namespace farrell::cli {

struct DeaFlags {
  TableFlags table;
  notation::DeaModelText model;  // lists as given: each entry may hold several names
  std::string weights;           // --weights FILE
};

// FILE and its keys; --inputs, --outputs, --rts, --orientation, --frontier, --reference-only, --frozen-out,
// --exclude-invalid.
void AddTechnologyFlags(CLI::App* verb, DeaFlags& flags);
// --bad-outputs, --disposability, --direction.
void AddBadOutputFlags(CLI::App* verb, DeaFlags& flags);
// --model, --super …, --cross, --non-discretionary …, --weights, --non-radial, --metafrontier, --scale.
void AddModelFlags(CLI::App* verb, DeaFlags& flags);
// --bootstrap, --reps, --seed, --level, --smoothing, --interval, --bandwidth, --by-unit, --subsample, --ranks.
void AddBootstrapFlags(CLI::App* verb, DeaFlags& flags);

// The model of the flags, reading --weights; errors name flags.
Result<dea::v1::Model> ModelOf(Session& session, const DeaFlags& flags);

}  // namespace farrell::cli
