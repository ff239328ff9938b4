#include "services/regression/engine/forecast/transitions.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "common/text/nearest.h"
#include "common/text/number.h"
#include "services/regression/engine/panel_columns.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr const char* kInvalid = "WARNING_INVALID";

Status CheckColumns(const Panel& panel, const EarlyWarningSpec& spec) {
  std::vector<FieldViolation> missing;
  Violations texts;
  const auto check = [&](const std::string& name, const std::string& field) {
    const PanelColumn* column = FindColumn(panel, name);
    if (column == nullptr && !IsTimeKey(panel, name)) {
      missing.push_back({field, "there is no column " + name + text::DidYouMean(name, ColumnNames(panel))});
    } else if (column != nullptr && column->is_text) {
      texts.Add(field, name + " holds text; it needs numbers");
    }
  };
  check(spec.event, "event");
  for (std::size_t k = 0; k < spec.predictors.size(); ++k) {
    check(spec.predictors[k], "predictors[" + std::to_string(k) + "]");
  }
  if (!missing.empty()) {
    Status not_found = NotFound("COLUMN_NOT_FOUND", missing.front().description);
    return std::move(not_found).WithViolations(std::move(missing));
  }
  return std::move(texts).Finish("NOT_NUMERIC", "text where numbers are needed");
}

Status CheckEvent(const Panel& panel, const std::string& name, const VectorXd& event) {
  for (Index row = 0; row < event.size(); ++row) {
    if (!std::isfinite(event(row)) || event(row) == 0.0 || event(row) == 1.0) continue;
    const auto at = static_cast<std::size_t>(row);
    return InvalidArgument(kInvalid, "the event must be 0 or 1")
        .WithViolations({{"event", name + " is " + text::FormatReal(event(row)) + " for " + panel.units[at] + " in " +
                                       std::to_string(panel.times[at]) + "; write a condition, e.g. x < lag(x)"}});
  }
  return Status::Ok();
}

// Enough to fit on, with both outcomes even without any one period.
Status CheckEnough(const Transitions& made, const EarlyWarningSpec& spec) {
  const auto refuse = [](const char* field, std::string text) {
    return FailedPrecondition(kInvalid, "too little is known to warn of the event")
        .WithViolations({{field, std::move(text)}});
  };
  const Index count = made.event.size();
  const Index needed = kTransitionsPerPredictor * static_cast<Index>(spec.predictors.size());
  if (count < needed) {
    return refuse("predictors", std::to_string(count) + " transitions are known; " +
                                    std::to_string(spec.predictors.size()) + " predictors need " +
                                    std::to_string(needed));
  }
  const double events = made.event.sum();
  if (events == 0.0 || events == static_cast<double>(count)) {
    return refuse("event", events == 0.0 ? "it never happens" : "it always happens");
  }
  std::vector<double> happened(made.periods.count(), 0.0);
  std::vector<double> known(made.periods.count(), 0.0);
  for (Index row = 0; row < count; ++row) {
    const auto period = static_cast<std::size_t>(made.periods.ids[static_cast<std::size_t>(row)]);
    happened[period] += made.event(row);
    known[period] += 1.0;
  }
  for (std::size_t period = 0; period < known.size(); ++period) {
    const double rest = events - happened[period];
    if (rest > 0.0 && rest < static_cast<double>(count) - known[period]) continue;
    return refuse("event", std::string(rest > 0.0 ? "it always happens" : "it never happens") + " outside period " +
                               made.periods.labels[period] + ", so that no period can be left out to judge by");
  }
  for (std::size_t k = 0; k < spec.predictors.size(); ++k) {
    const auto column = made.x.col(static_cast<Index>(k));
    if (column.minCoeff() < column.maxCoeff()) continue;
    return refuse("predictors", spec.predictors[k] + " is the same in all transitions; leave it out");
  }
  if (made.listed.empty()) {
    return refuse("predictors", "no unit has all of them in the last period, " + std::to_string(made.last_period));
  }
  return Status::Ok();
}

}  // namespace

Result<Transitions> MakeTransitions(const Panel& panel, const EarlyWarningSpec& spec) {
  Violations violations;
  for (const FieldViolation& violation : CheckEarlyWarning(spec)) {
    violations.Add(violation.field, violation.description);
  }
  if (panel.unit_key.empty()) violations.Add("table.unit_key", "name the column of units");
  if (!panel.has_time()) violations.Add("table.time_key", "name the column of periods");
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish(kInvalid, "this early warning cannot be made"));
  if (panel.size() == 0) return FailedPrecondition("NO_OBSERVATIONS", "the table has no rows");
  FARRELL_RETURN_IF_ERROR(CheckColumns(panel, spec));

  std::vector<std::size_t> all(panel.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  const VectorXd event = NumbersOf(panel, spec.event, all);
  FARRELL_RETURN_IF_ERROR(CheckEvent(panel, spec.event, event));
  MatrixXd predictors(event.size(), static_cast<Index>(spec.predictors.size()));
  for (std::size_t k = 0; k < spec.predictors.size(); ++k) {
    predictors.col(static_cast<Index>(k)) = NumbersOf(panel, spec.predictors[k], all);
  }

  Transitions made;
  made.last_period = *std::max_element(panel.times.begin(), panel.times.end());
  std::vector<Index> from;
  std::vector<Index> listed;
  std::vector<std::size_t> to;
  for (std::size_t row = 0; row < panel.size(); ++row) {
    const auto at = static_cast<Index>(row);
    if (!predictors.row(at).allFinite()) continue;
    if (panel.times[row] == made.last_period) {
      listed.push_back(at);
      made.listed.push_back(panel.units[row]);
    }
    const std::size_t next = row + 1;
    const bool follows = next < panel.size() && panel.units[next] == panel.units[row] &&
                         panel.times[next] == panel.times[row] + 1 && std::isfinite(event(at + 1));
    if (!follows) continue;
    from.push_back(at);
    to.push_back(next);
  }
  made.listed_x = predictors(listed, Eigen::all);
  made.x = predictors(from, Eigen::all);
  made.event.resize(static_cast<Index>(to.size()));
  for (std::size_t k = 0; k < to.size(); ++k) made.event(static_cast<Index>(k)) = event(static_cast<Index>(to[k]));
  made.units = ClassifyUnits(panel, to);
  FARRELL_ASSIGN_OR_RETURN(made.periods, ClassifyRows(panel, panel.time_key, to));
  FARRELL_RETURN_IF_ERROR(CheckEnough(made, spec));
  return made;
}

}  // namespace farrell::regression
