#include "services/reporting/service/report_builder.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>

#include "common/canonical/canonical.h"
#include "common/panel/panel_client.h"
#include "common/text/number.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "services/reporting/engine/cell_revisions.h"
#include "services/reporting/service/expression_names.h"
#include "services/reporting/service/figure_cache.h"

namespace farrell::reporting {

Result<BuiltReport> BuildReportFiles(const FinishedStudy& finished, StepStore& store,
                                     const FigureProcessOptions& figures, bool draw_again,
                                     const std::stop_token& stop) {
  const std::vector<std::string> languages = LanguagesOf(finished.study);
  std::vector<ReportContent> contents;
  // The figures of all languages are drawn together, the further ones under "ID.LANGUAGE".
  std::vector<FigureSource> sources;
  for (const std::string& language : languages) {
    FARRELL_ASSIGN_OR_RETURN(const ReportFacts facts, MakeFacts(finished, language));
    FARRELL_ASSIGN_OR_RETURN(ReportContent content, BuildReport(facts));
    for (const Figure& figure : content.figures)
      sources.push_back({figure.id + content.study.file_suffix, figure.spec});
    contents.push_back(std::move(content));
  }
  using Svgs = std::map<std::string, std::string>;
  FARRELL_ASSIGN_OR_RETURN(const Svgs drawn, DrawFigures(store, sources, figures, draw_again, stop));
  BuiltReport report;
  for (const ReportContent& content : contents) {
    Svgs svgs;
    for (const Figure& figure : content.figures) svgs[figure.id] = drawn.at(figure.id + content.study.file_suffix);
    FARRELL_ASSIGN_OR_RETURN(std::vector<ReportFile> files, RenderReport(content, svgs));
    std::move(files.begin(), files.end(), std::back_inserter(report.files));
  }
  std::sort(report.files.begin(), report.files.end(),
            [](const ReportFile& a, const ReportFile& b) { return a.path < b.path; });
  canonical::Value::Object digests;
  for (const ReportFile& file : report.files)
    digests.emplace(file.path, canonical::Value(canonical::Sha256(file.bytes)));
  report.digest = canonical::Digest("farrell.report.v1", canonical::Value(std::move(digests)));
  report.rules = std::move(contents.front().rules);
  return report;
}

namespace {

// The keys of the rows that the study's filter keeps.
Status ReadSample(Services& services, const std::string& snapshot_digest, FinishedStudy& finished,
                  const std::stop_token& stop) {
  if (finished.study.data().where().empty()) return Status::Ok();
  data::v1::ReadTableRequest request;
  request.mutable_table()->set_snapshot_digest(snapshot_digest);
  request.mutable_table()->set_where(finished.study.data().where());
  if (!finished.snapshot.unit_key().empty()) request.add_columns(finished.snapshot.unit_key());
  Call call(stop);
  const auto stream = services.data()->ReadTable(call.context(), request);
  for (data::v1::ReadTableResponse part; stream->Read(&part);) {
    if (part.has_header()) finished.sample = std::move(*part.mutable_header());
  }
  return FromGrpc(stream->Finish());
}

// Of every variable and period: the units without a value, whether the row is there or not.
Result<std::vector<PointFacts>> CountMissing(Services& services, const std::string& snapshot_digest,
                                             const v1::Study& study, const std::stop_token& stop) {
  std::vector<PointFacts> counts;
  std::vector<std::string> names;
  for (const v1::StudyVariable& variable : study.variables()) names.push_back(variable.name());
  if (names.empty()) return counts;
  common::v1::TableSpec table;
  table.set_snapshot_digest(snapshot_digest);
  table.set_where(study.data().where());
  FARRELL_ASSIGN_OR_RETURN(const farrell::Panel panel, ReadPanel(*services.data(), table, names, stop));
  const std::set<std::string> units(panel.units.begin(), panel.units.end());
  const std::set<std::int64_t> periods(panel.times.begin(), panel.times.end());
  for (const farrell::PanelColumn& column : panel.columns) {
    std::map<std::int64_t, double> missing;
    for (const std::int64_t period : periods) missing[period] = static_cast<double>(units.size());
    if (periods.empty()) missing[0] = static_cast<double>(units.size());
    for (std::size_t i = 0; i < panel.size(); ++i) {
      const bool known = column.is_text ? !column.texts[i].empty() : !std::isnan(column.numbers[i]);
      if (known) missing[panel.has_time() ? panel.times[i] : 0] -= 1;
    }
    for (const auto& [period, count] : missing) {
      PointFacts point{.unit = column.name, .time = {}, .x = count, .y = static_cast<double>(units.size())};
      if (panel.has_time()) point.time = period;
      counts.push_back(std::move(point));
    }
  }
  return counts;
}

// The units of every value of a column, text or codes. No groups when a unit has several.
ClassificationFacts GroupingOf(const std::string& name, const farrell::Panel& panel) {
  ClassificationFacts grouping{.name = name, .label = {}, .groups = {}};
  std::map<std::string, std::string> group_of;
  std::map<std::string, std::set<std::string>> members;
  std::vector<std::string> texts = panel.columns.front().texts;
  if (!panel.columns.front().is_text) {
    texts.clear();
    for (const double code : panel.columns.front().numbers) {
      texts.push_back(std::isnan(code) ? std::string() : text::FormatSignificant(code, 15));
    }
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].empty()) continue;
    if (group_of.emplace(panel.units[i], texts[i]).first->second != texts[i]) return grouping;
    members[texts[i]].insert(panel.units[i]);
  }
  for (const auto& [group, units] : members) grouping.groups.push_back({group, {}, {units.begin(), units.end()}});
  return grouping;
}

// A metafrontier by a column of the data that is no classification of the study.
Status ReadGroupings(Services& services, const common::v1::TableSpec& table, FinishedStudy& finished,
                     const std::stop_token& stop) {
  std::set<std::string> known;
  for (const v1::StudyClassification& entry : finished.study.classifications()) known.insert(entry.name());
  finished.groupings.clear();
  for (const v1::StudyDea& dea : finished.study.dea()) {
    if (dea.metafrontier().empty() || !known.insert(dea.metafrontier()).second) continue;
    FARRELL_ASSIGN_OR_RETURN(const farrell::Panel panel,
                             ReadPanel(*services.data(), table, {dea.metafrontier()}, stop));
    finished.groupings.push_back(GroupingOf(dea.metafrontier(), panel));
  }
  return Status::Ok();
}

// The points of scatter plots, the values of figures of variables and the groups of metafrontiers.
Status ReadPoints(Services& services, const std::string& snapshot_digest, FinishedStudy& finished,
                  const std::stop_token& stop) {
  common::v1::TableSpec table;
  table.set_snapshot_digest(snapshot_digest);
  FARRELL_RETURN_IF_ERROR(ReadGroupings(services, table, finished, stop));
  table.set_where(finished.study.data().where());
  for (const v1::StudyFigure& figure : finished.study.figures()) {
    if (figure.kind() == "missing") {
      FARRELL_ASSIGN_OR_RETURN(finished.points[figure.id()],
                               CountMissing(services, snapshot_digest, finished.study, stop));
    }
    if (figure.kind() != "scatter" && figure.kind() != "variable") continue;
    FARRELL_ASSIGN_OR_RETURN(const farrell::Panel panel,
                             ReadPanel(*services.data(), table, {figure.of().begin(), figure.of().end()}, stop));
    std::vector<PointFacts>& points = finished.points[figure.id()];
    const std::vector<double>& x = panel.columns[0].numbers;
    const std::vector<double>& y = panel.columns.back().numbers;
    for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
      if (std::isnan(x[i]) || std::isnan(y[i])) continue;
      PointFacts point{.unit = panel.units[i], .time = {}, .x = x[i], .y = y[i]};
      if (panel.has_time()) point.time = panel.times[i];
      points.push_back(std::move(point));
    }
  }
  return Status::Ok();
}

// What was revised between the study's own data and every vintage.
Status ReadRevisions(Services& services, FinishedStudy& finished, const std::stop_token& stop) {
  for (const StudyOnVintage& vintage : finished.vintages) {
    const std::vector<std::string> columns = ColumnsBehind(vintage.study, finished.snapshot);
    if (columns.empty()) continue;
    std::vector<std::string> quoted;
    for (const std::string& column : columns) quoted.push_back(QuoteName(column));
    const auto read = [&](const data::v1::Snapshot& snapshot) -> Result<farrell::Panel> {
      common::v1::TableSpec table;
      table.set_snapshot_digest(snapshot.digest());
      FARRELL_ASSIGN_OR_RETURN(farrell::Panel panel, ReadPanel(*services.data(), table, quoted, stop));
      for (std::size_t i = 0; i < columns.size(); ++i) panel.columns[i].name = columns[i];
      return panel;
    };
    FARRELL_ASSIGN_OR_RETURN(const farrell::Panel own, read(finished.snapshot));
    FARRELL_ASSIGN_OR_RETURN(const farrell::Panel other, read(vintage.snapshot));
    finished.revisions[vintage.id] = CountRevisions(own, other);
  }
  return Status::Ok();
}

}  // namespace

Status ReadForReport(Services& services, const std::string& snapshot_digest, FinishedStudy& finished,
                     const std::stop_token& stop) {
  FARRELL_RETURN_IF_ERROR(ReadSample(services, snapshot_digest, finished, stop));
  FARRELL_RETURN_IF_ERROR(ReadPoints(services, snapshot_digest, finished, stop));
  return ReadRevisions(services, finished, stop);
}

}  // namespace farrell::reporting
