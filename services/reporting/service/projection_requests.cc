#include "services/reporting/service/projection_requests.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "common/numeric/elementary.h"
#include "common/panel/panel_client.h"
#include "common/text/number.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "services/reporting/engine/projection.h"
#include "services/reporting/service/expression_names.h"
#include "services/reporting/service/study_requests.h"
#include "services/reporting/service/study_scores.h"

namespace farrell::reporting {
namespace {

template <typename List>
auto FindEntry(const List& entries, const std::string& id) -> decltype(&entries[0]) {
  for (const auto& entry : entries) {
    if (entry.id() == id) return &entry;
  }
  return nullptr;
}

Status Blame(const std::string& field, const std::string& what) {
  Violations violations;
  violations.Add(field, what);
  return std::move(violations).Finish(kProjectionInvalid, "the projection's `" + field + "`: " + what);
}

bool IsComplete(const farrell::Panel& panel, std::size_t row) {
  return std::none_of(panel.columns.begin(), panel.columns.end(), [&](const PanelColumn& column) {
    return column.is_text ? column.texts[row].empty() : std::isnan(column.numbers[row]);
  });
}

// "2010 to 2019"
std::string Span(const std::set<std::int64_t>& periods) {
  return std::to_string(*periods.begin()) + " to " + std::to_string(*periods.rbegin());
}

// A text in an expression: a doubled quote stands for one.
std::string QuoteText(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

// True in the rows of these units, whose names are texts in every snapshot.
std::string OfUnits(const std::string& unit_key, const std::vector<RefusedUnitFacts>& units) {
  std::string text = "recode(" + QuoteName(unit_key);
  for (const RefusedUnitFacts& each : units) text += ", " + QuoteText(each.unit) + ", 'out'";
  return text + ", 'in') == 'out'";
}

// The rows whose output changes. A row for which the filter is neither true nor false is none of them.
std::string ChangedRows(const v1::Study& study, const v1::StudyProjection& entry, const data::v1::Snapshot& snapshot,
                        const ProjectionFacts& rows) {
  std::string changed = Both(WhereOf(study, entry.where()), OfPeriod(snapshot.time_key(), rows.period));
  if (!rows.refused.empty()) changed = Both(changed, "!(" + OfUnits(snapshot.unit_key(), rows.refused) + ")");
  return "if(missing(" + changed + "), 0, " + changed + ")";
}

}  // namespace

const v1::StudyProjection* FindProjectionEntry(const v1::Study& study, const std::string& id) {
  return FindEntry(study.projections(), id);
}

const v1::StudyChannels* FindChannelsEntry(const v1::Study& study, const std::string& id) {
  return FindEntry(study.channels(), id);
}

std::string ProjectionFit(const v1::StudyChannels& channels) {
  return "regression:" + ChannelRegression(channels.id(), kChannelParts[1]);
}

Result<ProjectionFacts> ReadProjection(Services& services, const v1::Study& study, const v1::StudyProjection& entry,
                                       common::v1::TableSpec table, const std::stop_token& stop) {
  const v1::StudyChannels& channels = *FindChannelsEntry(study, entry.channels());
  const v1::StudyDea& dea = *FindDeaEntry(study, channels.dea());
  // The rows of the regressions lack nothing that one of them uses.
  std::vector<std::string> columns = {entry.term(), dea.outputs(0), ScoreName(dea.id())};
  for (const std::string& factor : FormulaFactors(channels.formula())) {
    if (std::find(columns.begin(), columns.end(), factor) == columns.end()) columns.push_back(factor);
  }
  table.set_where(WhereOf(study, channels.where()));
  FARRELL_ASSIGN_OR_RETURN(const farrell::Panel sample, ReadPanel(*services.data(), table, columns, stop));
  if (!sample.has_time()) {
    return Blame("channels", "the data have no time: units do not move, and nothing says how far they may be changed");
  }
  std::vector<MovedRow> moved;
  std::set<std::int64_t> periods;
  for (std::size_t row = 0; row < sample.size(); ++row) {
    if (!IsComplete(sample, row)) continue;
    moved.push_back({sample.units[row], sample.columns[0].numbers[row]});
    periods.insert(sample.times[row]);
  }
  if (moved.empty()) return Blame("channels", "the regressions of `" + entry.channels() + "` have no complete row");
  ProjectionFacts facts;
  facts.period = entry.has_period() ? entry.period() : *periods.rbegin();
  if (!periods.contains(facts.period)) {
    return Blame("period", "the regressions of `" + entry.channels() + "` have no row in " +
                               std::to_string(facts.period) + ": their periods are " + Span(periods));
  }
  const Movement movement(moved);
  facts.lowest_deviation = movement.lowest();
  facts.highest_deviation = movement.highest();
  std::map<std::string, std::size_t> row_of;
  for (std::size_t row = 0; row < sample.size(); ++row) {
    if (sample.times[row] == facts.period && IsComplete(sample, row)) row_of[sample.units[row]] = row;
  }
  table.set_where(Both(WhereOf(study, entry.where()), OfPeriod(sample.time_key, facts.period)));
  FARRELL_ASSIGN_OR_RETURN(const farrell::Panel chosen, ReadPanel(*services.data(), table, {dea.outputs(0)}, stop));
  if (chosen.units.empty()) return Blame("where", "matches no row in " + std::to_string(facts.period));
  for (const std::string& unit : chosen.units) {
    const auto found = row_of.find(unit);
    if (found == row_of.end()) {
      facts.refused.push_back({unit, {}});
      continue;
    }
    const double after = sample.columns[0].numbers[found->second] + numeric::Log1p(entry.change());
    const double deviation = movement.Deviation(unit, after);
    if (movement.Holds(deviation)) {
      facts.units.push_back(
          {unit, sample.columns[1].numbers[found->second], sample.columns[2].numbers[found->second], {}});
    } else {
      facts.refused.push_back({unit, deviation});
    }
  }
  return facts;
}

Result<dea::v1::EvaluateRequest> ProjectionRequestOf(const v1::Study& study, const v1::StudyProjection& entry,
                                                     const data::v1::Snapshot& snapshot, const ProjectionFacts& rows,
                                                     double slope) {
  const v1::StudyDea& dea = *FindDeaEntry(study, FindChannelsEntry(study, entry.channels())->dea());
  dea::v1::EvaluateRequest request;
  FARRELL_ASSIGN_OR_RETURN(*request.mutable_model(), PlainModelOf(dea));
  request.mutable_table()->set_where(dea.where().empty() ? study.data().where() : dea.where());
  if (rows.units.empty()) return request;
  const std::string factor = text::FormatReal(ChangeFactor(entry.change(), slope));
  const std::string changed = "if(" + ChangedRows(study, entry, snapshot, rows) + ", (" + dea.outputs(0) + ") * " +
                              factor + ", " + dea.outputs(0) + ")";
  ReplaceOutput(*request.mutable_model(), changed);
  return request;
}

}  // namespace farrell::reporting
