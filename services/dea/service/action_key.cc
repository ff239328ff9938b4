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
  }
  return "";
}

const char* Name(FrontierScheme scheme) {
  switch (scheme) {
    case FrontierScheme::kContemporaneous: return "contemporaneous";
    case FrontierScheme::kGlobal: return "global";
    case FrontierScheme::kSequential: return "sequential";
    case FrontierScheme::kWindow: return "window";
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

Value::Object Slices(const Panel& panel, const Model& model, const Observations& data) {
  // Names that no column can have keep the group and the role apart from measures.
  std::vector<std::pair<std::string, const PanelColumn*>> columns;
  for (const std::string& name : model.inputs) columns.emplace_back(name, panel.Find(name));
  for (const std::string& name : model.outputs) columns.emplace_back(name, panel.Find(name));
  if (!model.frontier.group_column.empty()) columns.emplace_back("@group", panel.Find(model.frontier.group_column));
  std::map<std::int64_t, std::vector<canonical::Cell>> periods;
  for (std::size_t row = 0; row < panel.size(); ++row) {
    std::vector<canonical::Cell>& cells = periods[panel.has_time() ? panel.times[row] : 0];
    for (const auto& [name, column] : columns) cells.push_back({panel.units[row], name, CellValue(*column, row)});
    cells.push_back({panel.units[row], "@role", Name(data.roles[row])});
  }
  Value::Object slices;
  for (auto& [time, cells] : periods) {
    slices[panel.has_time() ? std::to_string(time) : ""] =
        canonical::SliceDigest(panel.has_time() ? Value(time) : Value(), std::move(cells));
  }
  return slices;
}

}  // namespace

Value DescribeAction(const Panel& panel, const Model& model, const Observations& data) {
  Value::Object reference{
      {"scheme", Name(model.frontier.scheme)},
      {"window", model.frontier.scheme == FrontierScheme::kWindow ? Value(model.frontier.window) : Value()},
      {"grouped", !model.frontier.group_column.empty()},
      {"slices", Slices(panel, model, data)},
  };
  Value::Object spec{
      {"model", "radial"},
      {"inputs", canonical::Set(model.inputs)},
      {"outputs", canonical::Set(model.outputs)},
      {"rts", Name(model.rts)},
      {"orientation", model.orientation == Orientation::kInput ? "input" : "output"},
      {"scale", model.scale},
      {"second_phase", "slack_sum_then_lexicographic"},
  };
  Value::Object engine{
      {"algo", "dea"},
      {"algo_rev", kAlgorithmRevision},
      {"num_abi", numeric::kNumAbi},
  };
  return Value::Object{
      {"op", "dea.evaluate"},
      {"spec", std::move(spec)},
      {"reference", std::move(reference)},
      {"eval", "scored"},
      {"inputs", Value::Array{}},
      {"engine", std::move(engine)},
      {"seed", Value()},
      {"result_schema", "farrell.dea.v1.StoredEvaluation"},
  };
}

std::string ActionKey(const Panel& panel, const Model& model, const Observations& data) {
  return canonical::Digest("farrell.action.v1", DescribeAction(panel, model, data));
}

}  // namespace farrell::dea
