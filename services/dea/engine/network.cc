#include "services/dea/engine/network.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "services/dea/engine/model_check.h"
#include "services/dea/engine/network_program.h"

namespace farrell::dea {
namespace {

// The columns of a network as those of one model, to check and read them.
Model AsModel(const NetworkModel& network) {
  Model model;
  model.inputs = network.stage1_inputs;
  model.outputs = network.intermediates;
  model.outputs.insert(model.outputs.end(), network.outputs.begin(), network.outputs.end());
  model.rts = network.rts;
  model.frontier = network.frontier;
  model.invalid_data = network.invalid_data;
  return model;
}

// Measures [begin, end) of every row; the first `input_count` of them are the inputs.
Observations Columns(const Observations& all, int begin, int end, int input_count) {
  Observations part;
  part.input_count = input_count;
  part.output_count = end - begin - input_count;
  part.times = all.times;
  part.groups = all.groups;
  part.roles = all.roles;
  for (std::size_t row = 0; row < all.size(); ++row) {
    part.cells.insert(part.cells.end(), all.row(row) + begin, all.row(row) + end);
  }
  return part;
}

// A field of AsModel(network), as the network names it.
std::string FieldOf(std::string field, const NetworkModel& network) {
  if (field.starts_with("model.")) field.erase(0, 6);
  const auto is_element = [&](const std::string& list) { return field.starts_with(list + "["); };
  if (is_element("inputs")) return "stage1_" + field;
  if (!is_element("outputs")) return field;
  const std::size_t index = static_cast<std::size_t>(std::stoul(field.substr(std::string("outputs[").size())));
  const std::size_t links = network.intermediates.size();
  return index < links ? "intermediates[" + std::to_string(index) + "]"
                       : "outputs[" + std::to_string(index - links) + "]";
}

std::string Join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

void CheckNetwork(const NetworkModel& model, const std::string& prefix, Violations& violations) {
  Violations columns;
  CheckModel(AsModel(model), "", columns);
  const Status status = std::move(columns).Finish("MODEL_INVALID", "");
  for (const FieldViolation& violation : status.violations()) {
    if (violation.field == "inputs" || violation.field == "outputs") continue;  // told below
    violations.Add(prefix + FieldOf(violation.field, model), violation.description);
  }
  if (model.stage1_inputs.empty()) violations.Add(prefix + "stage1_inputs", "name at least one input of stage 1");
  if (model.intermediates.empty()) violations.Add(prefix + "intermediates", "name at least one intermediate");
  if (model.outputs.empty()) violations.Add(prefix + "outputs", "name at least one output of stage 2");
  if (model.stage1_inputs.size() + model.intermediates.size() + model.outputs.size() >
      static_cast<std::size_t>(kMaxDimension)) {
    violations.Add(prefix + "stage1_inputs", "at most " + std::to_string(kMaxDimension) + " columns in all");
  }
  const bool crs = model.rts == ReturnsToScale::kCrs;
  if (model.decomposition == Decomposition::kKaoHwang && !crs) {
    violations.Add(prefix + "rts", "the decomposition of Kao & Hwang (2008) is defined under CRS; CHEN also under VRS");
  } else if (!crs && model.rts != ReturnsToScale::kVrs) {
    violations.Add(prefix + "rts", "the decomposition of Chen, Cook, Li & Zhu (2009) is defined under CRS and VRS");
  }
}

NetworkObservations SplitStages(Observations all, int intermediate_count) {
  NetworkObservations data;
  data.stage1 = Columns(all, 0, all.input_count + intermediate_count, all.input_count);
  data.stage2 = Columns(all, all.input_count, all.dimension(), intermediate_count);
  data.all = std::move(all);
  return data;
}

Result<NetworkObservations> MakeNetworkObservations(const Panel& panel, const NetworkModel& model) {
  Violations fields;
  CheckNetwork(model, "", fields);
  FARRELL_RETURN_IF_ERROR(std::move(fields).Finish("MODEL_INVALID", "the network cannot be evaluated"));
  Result<Observations> read = MakeObservations(panel, AsModel(model));
  if (!read.ok()) {
    std::vector<FieldViolation> renamed = read.status().violations();
    for (FieldViolation& violation : renamed) violation.field = FieldOf(violation.field, model);
    return Status(read.status()).WithViolations(std::move(renamed));
  }
  Observations all = std::move(*read);
  const int links_begin = all.input_count;
  const int links_end = links_begin + static_cast<int>(model.intermediates.size());
  Violations cells;
  for (std::size_t row = 0; row < all.size(); ++row) {
    if (all.roles[row] == RowRole::kExcluded) continue;
    const double* const values = all.row(row);
    const auto check = [&](int begin, int end, const std::vector<std::string>& names, std::string_view what) {
      if (std::any_of(values + begin, values + end, [](double value) { return value > 0; })) return;
      all.roles[row] = RowRole::kExcluded;
      if (model.invalid_data == InvalidDataPolicy::kExclude) return;
      const std::string time = panel.has_time() ? ", time " + std::to_string(panel.times[row]) : "";
      cells.Add("unit " + panel.units[row] + time + ", column " + Join(names),
                "no " + std::string(what) + " is positive (value 0)");
    };
    check(links_begin, links_end, model.intermediates, "intermediate");
    check(links_end, all.dimension(), model.outputs, "output");
  }
  FARRELL_RETURN_IF_ERROR(std::move(cells).Finish("DATA_INVALID", "rows that a stage cannot be measured by"));
  return SplitStages(std::move(all), links_end - links_begin);
}

Network::Network(const NetworkObservations& data, const NetworkModel& model)
    : data_(data), model_(model), sets_(MakeReferenceSets(data.all, model.frontier)) {
  Model radial;
  radial.rts = model.rts;
  stage1_ = MakeFormulation(radial, data.stage1);
  stage2_ = MakeFormulation(radial, data.stage2);
  for (const std::vector<std::int32_t>& members : sets_.sets) {
    all_matrices_.emplace_back(data.all, members);
    stage1_matrices_.emplace_back(data.stage1, members);
    stage2_matrices_.emplace_back(data.stage2, members);
  }
  for (std::size_t row = 0; row < data.all.size(); ++row) {
    if (sets_.set_of_row[row] != ReferenceSets::kNone) order_.push_back(static_cast<std::int32_t>(row));
  }
  std::stable_sort(order_.begin(), order_.end(), [&](std::int32_t a, std::int32_t b) {
    return sets_.set_of_row[static_cast<std::size_t>(a)] < sets_.set_of_row[static_cast<std::size_t>(b)];
  });
}

bool Network::Solve(std::size_t begin, std::size_t end, std::vector<NetworkScore>& results, const std::stop_token& stop,
                    const std::function<void(std::int64_t)>& done) const {
  const Sink sink = [&](std::int32_t row, NetworkScore&& score) {
    results[static_cast<std::size_t>(row)] = std::move(score);
  };
  return Solve(begin, end, sink, stop, done);
}

bool Network::Solve(std::size_t begin, std::size_t end, const Sink& sink, const std::stop_token& stop,
                    const std::function<void(std::int64_t)>& done) const {
  NetworkProgram program(data_, model_);
  UnitSolver stage1(*stage1_);
  UnitSolver stage2(*stage2_);
  const SolveOptions options;
  for (std::size_t position = begin; position < end; ++position) {
    const std::int32_t row = order_[position];
    const std::size_t set = static_cast<std::size_t>(sets_.set_of_row[static_cast<std::size_t>(row)]);
    NetworkScore score;
    program.Solve(row, all_matrices_[set], stop, score);
    const auto alone = [&](UnitSolver& solver, const Observations& data,
                           const ReferenceMatrix& reference) -> std::optional<double> {
      const UnitScore stage = solver.Solve({data, row, reference}, options, stop);
      if (stage.status != UnitStatus::kOptimal) return std::nullopt;
      score.worst_gap = std::max(score.worst_gap, stage.certificate.gap);
      score.worst_violation = std::max(score.worst_violation, stage.certificate.max_violation);
      return stage.score;
    };
    score.stage1_alone = alone(stage1, data_.stage1, stage1_matrices_[set]);
    score.stage2_alone = alone(stage2, data_.stage2, stage2_matrices_[set]);
    if (stop.stop_requested()) return false;
    sink(row, std::move(score));
    if (done) done(1);
  }
  return true;
}

std::vector<NetworkScore> Network::EmptyResults() const {
  std::vector<NetworkScore> results(data_.all.size());
  for (std::size_t row = 0; row < data_.all.size(); ++row) {
    if (data_.all.roles[row] == RowRole::kReferenceOnly) results[row].status = UnitStatus::kReferenceOnly;
    if (data_.all.roles[row] == RowRole::kExcluded) results[row].status = UnitStatus::kExcluded;
  }
  return results;
}

}  // namespace farrell::dea
