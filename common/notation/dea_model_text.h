// A whole DEA model as text: the flags of the command line and the fields of a study file say the same things in the
// same words.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"
#include "farrell/dea/v1/dea.pb.h"

namespace farrell::notation {

// Members bear the names of the fields in study files; empty text is the default.
struct DeaModelText {
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::string model;
  std::string rts;
  std::string orientation;
  std::string frontier;
  std::string reference_only;
  std::string frozen_out;
  bool exclude_invalid = false;
  bool scale = false;
  bool super = false;
  std::string super_remedy;
  std::string cross;
  std::vector<std::string> bad_outputs;
  std::string disposability;
  std::vector<std::string> non_discretionary;
  std::string nd_rule;
  std::vector<dea::v1::WeightRestriction> weights;
  std::string direction;
  bool non_radial = false;
  std::string metafrontier;
  bool influence = false;
  std::string bootstrap;
  std::optional<std::int32_t> reps;
  std::optional<std::int64_t> seed;
  std::optional<double> level;
  std::string smoothing;
  std::string interval;
  std::string bandwidth;
  bool by_unit = false;
  std::optional<std::int32_t> subsample;
  bool ranks = false;
};

// Names a member as its writer knows it: "nd_rule" in a study file, "--nd-rule" on the command line.
using FieldName = std::function<std::string(std::string_view member)>;

// The model, or MODEL_INVALID with a violation for every member that cannot be read and every one that says nothing
// without another (reps without bootstrap). What goes together otherwise is the dea service's to judge.
Result<dea::v1::Model> ParseDeaModel(const DeaModelText& text, const FieldName& name);

// "vrs output-oriented radial, frontier global" and what else is not as usual, for people.
std::string DescribeDeaModel(const dea::v1::Model& model);

// The measure of a row as `--measure` asks for it: "phi" for "1/phi" with `farrell`.
std::string FormatMeasure(const dea::v1::UnitResult& result, bool farrell);

}  // namespace farrell::notation
