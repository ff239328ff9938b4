#include "cli/load_report.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "cli/rows.h"
#include "common/text/number.h"
#include "common/text/table.h"

namespace farrell::cli {
namespace {

constexpr std::pair<const char*, double> kQuantiles[] = {{"p50_ms", 0.5}, {"p90_ms", 0.9}, {"p99_ms", 0.99}};

// Rows of the table in order.
std::vector<std::pair<std::string, LoadCounts>> RowsOf(const LoadOutcome& outcome) {
  std::vector<std::pair<std::string, LoadCounts>> rows;
  for (std::size_t i = 0; i < kCallKinds.size(); ++i) {
    if (outcome.kinds[i].call_count() > 0) rows.emplace_back(NameOf(kCallKinds[i]), outcome.kinds[i]);
  }
  rows.emplace_back("all", outcome.All());
  return rows;
}

double PerSecond(std::int64_t count, const LoadOutcome& outcome) {
  return outcome.seconds > 0 ? static_cast<double>(count) / outcome.seconds : 0;
}

std::string Loop(const LoadPlan& plan) {
  if (plan.rate <= 0) return "closed loop, latency from when a call was made";
  return fmt::format("open loop of {} calls/s, latency from when a call was due",
                     text::FormatSignificant(plan.rate, 6));
}

std::string AsText(const LoadReport& report) {
  const LoadOutcome& outcome = report.outcome;
  std::string text =
      fmt::format("{}; table of {} units x {} periods\n", report.machine, report.table.units, report.table.periods);
  for (const std::string& server : report.servers) text += server + "\n";
  text += fmt::format("{} client{}, {}, seed {}, {:.1f} s\n\n", report.plan.clients,
                      report.plan.clients == 1 ? "" : "s", Loop(report.plan), report.plan.seed, outcome.seconds);
  text::Table table({{"kind", text::Table::Align::kLeft},
                     {"calls"},
                     {"errors"},
                     {"calls/s"},
                     {"p50, ms"},
                     {"p90, ms"},
                     {"p99, ms"},
                     {"max, ms"},
                     {"", text::Table::Align::kLeft}});
  for (const auto& [name, counts] : RowsOf(outcome)) {
    std::vector<std::string> cells = {name, text::FormatCount(counts.call_count()),
                                      text::FormatCount(counts.error_count()),
                                      text::FormatFixed(PerSecond(counts.latency.count(), outcome), 1)};
    for (const auto& [label, share] : kQuantiles)
      cells.push_back(text::FormatFixed(counts.latency.QuantileMs(share), 3));
    cells.push_back(text::FormatFixed(counts.latency.max_ms(), 3));
    cells.push_back(DescribeErrors(counts));
    table.AddRow(std::move(cells));
  }
  text += table.Render();
  if (outcome.unsent > 0) {
    text += fmt::format(
        "\n{} calls were due and no client was free to make them: the servers do not keep up with this rate, or give "
        "more --clients.\n",
        text::FormatCount(outcome.unsent));
  }
  return text;
}

std::string AsCsv(const LoadReport& report) {
  std::vector<std::string> columns = {"kind", "calls", "errors", "calls_per_second"};
  for (const auto& [label, share] : kQuantiles) columns.emplace_back(label);
  columns.insert(columns.end(), {"max_ms", "error_codes"});
  Rows rows(Format::kCsv, columns, false);
  for (const auto& [name, counts] : RowsOf(report.outcome)) {
    std::vector<RowCell> cells = {Text(name), Number(static_cast<double>(counts.call_count())),
                                  Number(static_cast<double>(counts.error_count())),
                                  Number(PerSecond(counts.latency.count(), report.outcome))};
    for (const auto& [label, share] : kQuantiles) cells.push_back(Number(counts.latency.QuantileMs(share)));
    cells.push_back(Number(counts.latency.max_ms()));
    cells.push_back(Text(DescribeErrors(counts)));
    rows.Add(std::move(cells));
  }
  return rows.Take();
}

std::string AsJson(const LoadReport& report) {
  using Json = nlohmann::ordered_json;
  Json json = {{"machine", report.machine},       {"servers", report.servers},
               {"units", report.table.units},     {"periods", report.table.periods},
               {"clients", report.plan.clients},  {"rate", report.plan.rate > 0 ? Json(report.plan.rate) : Json()},
               {"seed", report.plan.seed},        {"seconds", report.outcome.seconds},
               {"unsent", report.outcome.unsent}, {"rows", Json::array()}};
  for (const auto& [name, counts] : RowsOf(report.outcome)) {
    Json row = {{"kind", name},
                {"calls", counts.call_count()},
                {"errors", Json::object()},
                {"calls_per_second", PerSecond(counts.latency.count(), report.outcome)}};
    for (const auto& [code, count] : counts.errors) row["errors"][std::string(CodeName(code))] = count;
    for (const auto& [label, share] : kQuantiles) row[label] = counts.latency.QuantileMs(share);
    row["max_ms"] = counts.latency.max_ms();
    json["rows"].push_back(std::move(row));
  }
  return json.dump(2) + "\n";
}

}  // namespace

std::string DescribeErrors(const LoadCounts& counts) {
  std::string text;
  for (const auto& [code, count] : counts.errors) {
    text += fmt::format("{}{} {}", text.empty() ? "" : "; ", count, CodeName(code));
  }
  return text;
}

std::string Render(const LoadReport& report, Format format) {
  if (format == Format::kCsv) return AsCsv(report);
  if (format == Format::kJson) return AsJson(report);
  return AsText(report);
}

}  // namespace farrell::cli
