#include "services/dea/service/action_key.h"

#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include "common/numeric/abi.h"

namespace farrell::dea {
namespace {

using canonical::Value;

const char* Name(ReturnsToScale rts) {
  switch (rts) {
    case ReturnsToScale::kCrs: return "crs";
    case ReturnsToScale::kVrs: return "vrs";
    case ReturnsToScale::kNirs: return "nirs";
    case ReturnsToScale::kNdrs: return "ndrs";
    case ReturnsToScale::kGrs: return "grs";
  }
  return "";
}

const char* Name(FrontierScheme scheme) {
  switch (scheme) {
    case FrontierScheme::kContemporaneous: return "contemporaneous";
    case FrontierScheme::kGlobal: return "global";
    case FrontierScheme::kSequential: return "sequential";
    case FrontierScheme::kWindow: return "window";
    case FrontierScheme::kBiennial: return "biennial";
  }
  return "";
}

const char* Name(RowRole role) {
  switch (role) {
    case RowRole::kScored: return "scored";
    case RowRole::kReferenceOnly: return "reference_only";
    case RowRole::kExcluded: return "excluded";
  }
  return "";
}

Value CellValue(const PanelColumn& column, std::size_t row) {
  if (column.is_text) return column.texts[row].empty() ? Value() : Value(column.texts[row]);
  const double value = column.numbers[row];
  return std::isnan(value) ? Value() : Value(canonical::Real(value));
}

// A period of a group, by the name it has in a description: "2019", "2019/east", "" for a plain cross-section.
std::string SliceName(const Panel& panel, const PanelColumn* group, std::size_t row) {
  std::string name = panel.has_time() ? std::to_string(panel.times[row]) : "";
  if (group == nullptr) return name;
  const Value text = CellValue(*group, row);
  return name + "/" + text.Encode();
}

std::map<std::string, std::string> DigestSlices(const Panel& panel, const Model& model, const Observations& data,
                                                const std::vector<std::string>& slice_of_row) {
  std::vector<std::pair<std::string, const PanelColumn*>> columns;
  for (const std::string& name : model.inputs) columns.emplace_back(name, panel.Find(name));
  for (const std::string& name : model.outputs) columns.emplace_back(name, panel.Find(name));
  struct Slice {
    Value period;
    std::vector<canonical::Cell> cells;
  };
  std::map<std::string, Slice> slices;
  for (std::size_t row = 0; row < panel.size(); ++row) {
    Slice& slice = slices[slice_of_row[row]];
    if (panel.has_time()) slice.period = Value(panel.times[row]);
    for (const auto& [name, column] : columns) slice.cells.push_back({panel.units[row], name, CellValue(*column, row)});
    // A name that no column can have keeps the role apart from the measures.
    slice.cells.push_back({panel.units[row], "@role", Name(data.roles[row])});
  }
  std::map<std::string, std::string> digests;
  for (auto& [name, slice] : slices) digests[name] = canonical::SliceDigest(slice.period, std::move(slice.cells));
  return digests;
}

Value Spec(const Model& model) {
  return Value::Object{
      {"model", "radial"},
      {"inputs", canonical::Set(model.inputs)},
      {"outputs", canonical::Set(model.outputs)},
      {"rts", Name(model.rts)},
      {"orientation", model.orientation == Orientation::kInput ? "input" : "output"},
      {"scale", model.scale},
      {"second_phase", "slack_sum_then_lexicographic"},
  };
}

Value Action(const char* operation, const Model& model, Value::Object reference, Value eval) {
  return Value::Object{
      {"op", operation},
      {"spec", Spec(model)},
      {"reference", std::move(reference)},
      {"eval", std::move(eval)},
      {"inputs", Value::Array{}},
      {"engine", Value::Object{{"algo", "dea"}, {"algo_rev", kAlgorithmRevision}, {"num_abi", numeric::kNumAbi}}},
      {"seed", Value()},
      {"result_schema", "farrell.dea.v1.StoredEvaluation"},
  };
}

constexpr const char* kDomain = "farrell.action.v1";

}  // namespace

ActionKeys::ActionKeys(const Panel& panel, const Model& model, const Observations& data, const ReferenceSets& sets) {
  const PanelColumn* group = model.frontier.group_column.empty() ? nullptr : panel.Find(model.frontier.group_column);
  std::vector<std::string> slice_of_row;
  slice_of_row.reserve(panel.size());
  for (std::size_t row = 0; row < panel.size(); ++row) slice_of_row.push_back(SliceName(panel, group, row));
  const std::map<std::string, std::string> digests = DigestSlices(panel, model, data, slice_of_row);

  Value::Object slices;
  for (const auto& [name, digest] : digests) slices[name] = digest;
  description_ =
      Action("dea.evaluate", model,
             {{"scheme", Name(model.frontier.scheme)},
              {"window", model.frontier.scheme == FrontierScheme::kWindow ? Value(model.frontier.window) : Value()},
              {"grouped", group != nullptr},
              {"slices", std::move(slices)}},
             "scored");
  whole_ = canonical::Digest(kDomain, description_);

  std::vector<Value::Object> scored(sets.sets.size());
  for (std::size_t row = 0; row < panel.size(); ++row) {
    if (sets.set_of_row[row] == ReferenceSets::kNone) continue;
    scored[static_cast<std::size_t>(sets.set_of_row[row])][slice_of_row[row]] = digests.at(slice_of_row[row]);
  }
  for (std::size_t set = 0; set < sets.sets.size(); ++set) {
    Value::Object spanning;
    for (const std::int32_t row : sets.sets[set]) {
      const std::string& name = slice_of_row[static_cast<std::size_t>(row)];
      spanning[name] = digests.at(name);
    }
    of_set_.push_back(canonical::Digest(
        kDomain, Action("dea.solve", model, {{"slices", std::move(spanning)}}, std::move(scored[set]))));
  }
}

}  // namespace farrell::dea
