// farrell early-warning: who is likely to see an event in the next period.

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

using regression::v1::EarlyWarningRequest;
using regression::v1::EarlyWarningResult;
using regression::v1::UnitWarning;

struct EarlyWarningFlags {
  TableFlags table;
  std::string event;
  std::vector<std::string> predictors;
  double penalty = 0.0;
  double threshold = 0.0;
  double level = 0.0;
  int reps = 0;
  std::int64_t seed = 0;
  bool recompute = false;
};

const char* LightName(UnitWarning::Light light) {
  switch (light) {
    case UnitWarning::LIGHT_FLAGGED: return "flagged";
    case UnitWarning::LIGHT_CLEAR: return "clear";
    default: return "undecided";
  }
}

// Sections `unit`, `predictor` (slope in `value`) and `calibration` (fifths of the predicted probability).
std::string WarningRows(const EarlyWarningResult& result, Format format) {
  Rows rows(format, {"section", "name", "value", "low", "high", "light", "transitions", "event_share"},
            result.provenance().synthetic());
  const RowCell none;
  for (const UnitWarning& unit : result.units()) {
    rows.Add({Text("unit"), Text(unit.unit()), Number(unit.probability()), Number(unit.low()), Number(unit.high()),
              Text(LightName(unit.light())), none, none});
  }
  for (const regression::v1::WarningPredictor& predictor : result.predictors()) {
    rows.Add({Text("predictor"), Text(predictor.name()), Number(predictor.slope()), none, none, none, none, none});
  }
  for (const regression::v1::CalibrationBin& bin : result.bins()) {
    rows.Add({Text("calibration"), none, Number(bin.mean_predicted()), none, none, none,
              Number(static_cast<double>(bin.count())), Number(bin.event_share())});
  }
  return rows.Take();
}

void PrintEarlyWarning(const EarlyWarningResult& result) {
  PrintNote(fmt::format("{} after {}: base rate {:.1f} % of {} transitions; {}", result.event(), result.period(),
                        100.0 * result.base_rate(), text::FormatCount(result.transition_count()),
                        DescribeOrigin(result.origin())));
  PrintNote(fmt::format(
      "out of sample: Brier score {:.4g}, of the base rate {:.4g}{}", result.brier_score(), result.brier_score_base(),
      result.has_calibration_slope() ? fmt::format("; calibration slope {:.3g}", result.calibration_slope())
                                     : std::string()));
}

Status RunEarlyWarning(Session& session, const EarlyWarningFlags& flags) {
  EarlyWarningRequest request;
  request.set_event(flags.event);
  for (const std::string& predictor : SplitLists(flags.predictors)) request.add_predictors(predictor);
  if (flags.penalty > 0.0) request.set_penalty(flags.penalty);
  if (flags.threshold > 0.0) request.set_threshold(flags.threshold);
  if (flags.level > 0.0) request.set_confidence_level(flags.level);
  if (flags.reps > 0) request.set_replication_count(flags.reps);
  request.set_seed(flags.seed);
  request.set_skip_cache_lookup(flags.recompute);
  return PrintResult<regression::v1::EarlyWarningResponse>(
      session, flags.table, std::move(request),
      [](Connection& connection, grpc::ClientContext* context, const auto& asked) {
        return connection.regression()->WarnEarly(context, asked);
      },
      PrintEarlyWarning, WarningRows);
}

}  // namespace

void AddEarlyWarningCommand(CLI::App& app, Program& program) {
  auto flags = std::make_shared<EarlyWarningFlags>();
  CLI::App* verb = app.add_subcommand(
      "early-warning",
      "Which units are likely to see an event in the next period: a logit held by a penalty, judged by leaving out one "
      "period after the other. A unit is flagged only when its interval lies above the threshold");
  AddTableFlags(verb, flags->table);
  verb->add_option("EVENT", flags->event, "Condition on the later period, e.g. 'score < 0.95 * lag(score)'")
      ->required()
      ->type_name("");
  AddRepeated(verb, "--predictors", flags->predictors,
              "One to five columns or expressions, taken in the period before the event; may be repeated")
      ->required()
      ->type_name("'X1,lag(X2)'");
  verb->add_option("--penalty", flags->penalty,
                   "On the standardised slopes; default: chosen by leaving out one period after the other")
      ->type_name("L")
      ->check(Silent(CLI::Range(1e-12, 1e12)));
  verb->add_option("--threshold", flags->threshold, "Probability to compare with; default: the base rate")
      ->type_name("P")
      ->check(Silent(CLI::Range(1e-9, 1.0 - 1e-9)));
  verb->add_option("--level", flags->level, "Level of the intervals; default 0.95")
      ->type_name("P")
      ->check(Silent(CLI::Range(1e-9, 1.0 - 1e-9)));
  verb->add_option("--reps", flags->reps, "Replications of the bootstrap by unit; default 999")
      ->type_name("N")
      ->check(Silent(CLI::Range(99, 99999)));
  verb->add_option("--seed", flags->seed, "Seed of all draws; default 0")->type_name("N");
  verb->add_flag("--recompute", flags->recompute, "Compute again even if the result is at hand");
  AddFormatFlag(verb, program.options, {"table", "csv", "json"});
  AddServiceFlags(verb, program.options);
  AddExamples(verb, {"farrell early-warning scores.csv 'score < 0.95 * lag(score)' --unit province --time year \\",
                     "    --predictors 'score,growth(ai),growth(rd_funding)' --seed 1"});
  SetRun(verb, program, [flags](Session& session) { return RunEarlyWarning(session, *flags); });
}

}  // namespace farrell::cli
