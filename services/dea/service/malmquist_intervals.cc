#include "services/dea/service/malmquist_intervals.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "services/dea/service/score_work.h"

namespace farrell::dea {
namespace {

// Two periods of one group, and the changes told between them.
using UnitAndPeriods = std::tuple<std::int32_t, std::int64_t, std::int64_t>;

std::int32_t GroupOf(const Observations& data, std::size_t row) { return data.groups.empty() ? 0 : data.groups[row]; }

void Append(const Observations& data, std::size_t row, std::vector<double>& cells) {
  cells.insert(cells.end(), data.row(row), data.row(row) + data.dimension());
}

// The rows of two periods of a group: units in both that are scored in both, and those that span one frontier only.
TwoPeriods Collect(const Observations& data, const std::vector<std::int32_t>& units, const UnitAndPeriods& pair) {
  const auto& [group, from, to] = pair;
  std::map<std::int32_t, std::pair<std::ptrdiff_t, std::ptrdiff_t>> rows;  // by unit; -1: not observed
  for (std::size_t row = 0; row < data.size(); ++row) {
    if (data.roles[row] == RowRole::kExcluded || GroupOf(data, row) != group) continue;
    if (data.times[row] != from && data.times[row] != to) continue;
    auto& [first, second] = rows.try_emplace(units[row], -1, -1).first->second;
    (data.times[row] == from ? first : second) = static_cast<std::ptrdiff_t>(row);
  }
  TwoPeriods periods;
  periods.input_count = data.input_count;
  periods.output_count = data.output_count;
  const auto is_scored = [&](std::ptrdiff_t row) {
    return row >= 0 && data.roles[static_cast<std::size_t>(row)] == RowRole::kScored;
  };
  // A unit that spans both frontiers but is not scored in one of them needs a code for each.
  const std::int32_t other_code = units.empty() ? 0 : units.back() + 1;
  for (const auto& [unit, both] : rows) {
    if (is_scored(both.first) && is_scored(both.second)) {
      periods.matched.push_back(unit);
      Append(data, static_cast<std::size_t>(both.first), periods.first);
      Append(data, static_cast<std::size_t>(both.second), periods.second);
      continue;
    }
    if (both.first >= 0) {
      periods.first_only.push_back(unit);
      Append(data, static_cast<std::size_t>(both.first), periods.first_only_cells);
    }
    if (both.second >= 0) {
      periods.second_only.push_back(both.first >= 0 ? unit + other_code : unit);
      Append(data, static_cast<std::size_t>(both.second), periods.second_only_cells);
    }
  }
  return periods;
}

void Write(const ChangeInterval& interval, v1::ChangeInterval* message) {
  message->set_bias(interval.bias);
  message->set_corrected(interval.corrected);
  message->set_conf_low(interval.conf_low);
  message->set_conf_high(interval.conf_high);
}

}  // namespace

Status AddMalmquistIntervals(const Dataset& dataset, const std::vector<std::int32_t>& units,
                             const std::vector<ProductivityChange>& changes, const MalmquistBootstrapOptions& options,
                             Job& job, const std::stop_token& stop, v1::StoredProductivity& stored) {
  const Model& model = dataset.spec.model;
  std::map<UnitAndPeriods, std::vector<std::size_t>> pairs;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const auto from_row = static_cast<std::size_t>(changes[i].from_row);
    const auto to_row = static_cast<std::size_t>(changes[i].to_row);
    if (GroupOf(dataset.data, from_row) != GroupOf(dataset.data, to_row)) continue;
    pairs[{GroupOf(dataset.data, from_row), changes[i].from, changes[i].to}].push_back(i);
  }
  job.Stage("bootstrap", static_cast<std::int64_t>(pairs.size()) * options.replication_count);
  std::int64_t done = 0;
  for (const auto& [pair, told] : pairs) {
    TwoPeriods periods = Collect(dataset.data, units, pair);
    const std::vector<std::int32_t> matched = periods.matched;
    const Result<MalmquistBootstrap> bootstrap =
        MalmquistBootstrap::Make(std::move(periods), model.rts, model.orientation, options, stop);
    if (!bootstrap.ok()) {
      if (bootstrap.status().code() != Code::kFailedPrecondition) return bootstrap.status();
      common::v1::Warning& warning = *stored.mutable_summary()->add_warnings();
      warning.set_code("NO_INTERVALS");
      warning.set_text("The changes from " + std::to_string(std::get<1>(pair)) + " to " +
                       std::to_string(std::get<2>(pair)) + " have no intervals: " + bootstrap.status().message() + ".");
      continue;
    }
    v1::TaskStage stage;
    stage.set_kind(v1::TaskStage::KIND_DRAW);
    stage.set_group(std::get<0>(pair));
    stage.set_from(std::get<1>(pair));
    stage.set_to(std::get<2>(pair));
    const double seconds = GuessedReplicationSeconds(4 * matched.size(), matched.size(), dataset.data.dimension());
    FARRELL_ASSIGN_OR_RETURN(const std::vector<double> draws,
                             job.Draw(*bootstrap, options.replication_count, seconds, stage, stop, done));
    done += options.replication_count;
    FARRELL_ASSIGN_OR_RETURN(const MalmquistBootstrapResult result, bootstrap->Finish(draws, stop));
    for (const std::size_t i : told) {
      const std::int32_t unit = units[static_cast<std::size_t>(changes[i].from_row)];
      const auto at = std::lower_bound(matched.begin(), matched.end(), unit) - matched.begin();
      const MalmquistInterval& interval = result.intervals[static_cast<std::size_t>(at)];
      v1::ProductivityResult& message = *stored.mutable_results(static_cast<int>(i));
      if (interval.index.defined) Write(interval.index, message.mutable_index_interval());
      if (interval.efficiency_change.defined) Write(interval.efficiency_change, message.mutable_efficiency_interval());
      if (interval.technical_change.defined) Write(interval.technical_change, message.mutable_technical_interval());
    }
  }
  return Status::Ok();
}

Result<std::unique_ptr<Work>> OpenMalmquistDraws(const Dataset& dataset, const std::vector<std::int32_t>& units,
                                                 const MalmquistBootstrapOptions& options, const v1::TaskStage& stage,
                                                 const std::stop_token& stop) {
  const Model& model = dataset.spec.model;
  FARRELL_ASSIGN_OR_RETURN(
      MalmquistBootstrap bootstrap,
      MalmquistBootstrap::Make(Collect(dataset.data, units, {stage.group(), stage.from(), stage.to()}), model.rts,
                               model.orientation, options, stop));
  return OwnDraws(std::move(bootstrap), options.replication_count, 0);
}

}  // namespace farrell::dea
