// farrell nowcast: the outcome of a period that is not finished.

#include <fmt/core.h>

#include <memory>
#include <utility>

#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "cli/result_call.h"
#include "cli/rows.h"
#include "common/text/number.h"
#include "farrell/regression/v1/regression.grpc.pb.h"

namespace farrell::cli {
namespace {

using regression::v1::NowcastRequest;
using regression::v1::NowcastResult;

struct NowcastFlags {
  TableFlags table;
  std::string formula;
  std::int64_t period = 0;
  std::int64_t first_backtest = 0;
  double level = 0.0;
  CLI::Option* period_given = nullptr;
  CLI::Option* first_backtest_given = nullptr;
  bool recompute = false;
};

// Sections `unit`, one row a unit, `backtest`, one row an earlier period, and `left_out`.
std::string NowcastRows(const NowcastResult& result, Format format) {
  Rows rows(format,
            {"section", "unit", "period", "prediction", "low", "high", "last_value", "last_period", "observed", "cells",
             "rmse", "rmse_random_walk"},
            result.provenance().synthetic());
  const RowCell none;
  const RowCell period = Number(static_cast<double>(result.period()));
  for (const regression::v1::UnitNowcast& unit : result.units()) {
    rows.Add({Text("unit"), Text(unit.unit()), period, Number(unit.prediction()),
              unit.has_low() ? Number(unit.low()) : none, unit.has_high() ? Number(unit.high()) : none,
              Number(unit.last_value()), Number(static_cast<double>(unit.last_period())),
              unit.has_observed() ? Number(unit.observed()) : none, none, none, none});
  }
  for (const regression::v1::BacktestPeriod& past : result.backtest()) {
    rows.Add({Text("backtest"), none, Number(static_cast<double>(past.period())), none, none, none, none, none, none,
              Number(static_cast<double>(past.count())), Number(past.rmse()), Number(past.rmse_random_walk())});
  }
  for (const std::string& unit : result.left_out()) {
    rows.Add({Text("left_out"), Text(unit), period, none, none, none, none, none, none, none, none, none});
  }
  return rows.Take();
}

void PrintNowcast(const NowcastResult& result) {
  PrintNote(fmt::format("{} for {}: {} units predicted, {} left out; {}", result.formula(), result.period(),
                        text::FormatCount(result.units_size()), text::FormatCount(result.left_out_size()),
                        DescribeOrigin(result.origin())));
  if (result.error_count() > 0) {
    PrintNote(fmt::format("backtest on {} cells of {} periods: root mean square error {:.4g}, of the last value {:.4g}",
                          text::FormatCount(result.error_count()), text::FormatCount(result.backtest_size()),
                          result.rmse(), result.rmse_random_walk()));
  }
  if (result.has_half_width()) {
    PrintNote(fmt::format("{:.4g} % intervals: prediction +/- {:.4g}{}", 100.0 * result.level(), result.half_width(),
                          result.has_coverage()
                              ? fmt::format("; made from the past alone they held {:.1f} % of {} cells",
                                            100.0 * result.coverage(), text::FormatCount(result.coverage_count()))
                              : std::string()));
  }
}

Status RunNowcast(Session& session, const NowcastFlags& flags) {
  NowcastRequest request;
  request.set_formula(flags.formula);
  if (flags.period_given->count() > 0) request.set_period(flags.period);
  if (flags.first_backtest_given->count() > 0) request.set_first_backtest(flags.first_backtest);
  if (flags.level > 0.0) request.set_level(flags.level);
  request.set_skip_cache_lookup(flags.recompute);
  return PrintResult<regression::v1::NowcastResponse>(
      session, flags.table, std::move(request),
      [](Connection& connection, grpc::ClientContext* context, const auto& asked) {
        return connection.regression()->Nowcast(context, asked);
      },
      PrintNowcast, NowcastRows);
}

}  // namespace

void AddNowcastCommand(CLI::App& app, Program& program) {
  auto flags = std::make_shared<NowcastFlags>();
  CLI::App* verb = app.add_subcommand(
      "nowcast",
      "The outcome of a period whose regressors have arrived and whose outcome has not: predicted from the earlier "
      "periods, with intervals as wide as the errors the same would have made in the past");
  AddTableFlags(verb, flags->table);
  verb->add_option("FORMULA", flags->formula,
                   "y ~ x1 + lag(x2) | unit: one effect at most, and none of the period, which has no past")
      ->required()
      ->type_name("");
  flags->period_given =
      verb->add_option("--period", flags->period, "The period predicted; default: the last of the table")
          ->type_name("T");
  flags->first_backtest_given =
      verb->add_option("--first-backtest", flags->first_backtest,
                       "First period predicted from its past to learn the errors; default: the earliest possible")
          ->type_name("T");
  verb->add_option("--level", flags->level, "Coverage of the intervals; default 0.8")
      ->type_name("P")
      ->check(Silent(CLI::Range(1e-9, 1.0 - 1e-9)));
  verb->add_flag("--recompute", flags->recompute, "Predict again even if the result is at hand");
  AddFormatFlag(verb, program.options, {"table", "csv", "json"});
  AddServiceFlags(verb, program.options);
  AddExamples(verb, {"farrell nowcast panel.csv 'log(patents) ~ log(rd_funding) + lag(log(patents)) | province' \\",
                     "    --unit province --time year --level 0.8"});
  SetRun(verb, program, [flags](Session& session) { return RunNowcast(session, *flags); });
}

}  // namespace farrell::cli
