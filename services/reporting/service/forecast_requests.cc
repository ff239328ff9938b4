#include "services/reporting/service/forecast_requests.h"

#include <utility>

#include "services/reporting/service/expression_names.h"
#include "services/reporting/service/study_requests.h"

namespace farrell::reporting {
namespace {

constexpr const char* kRequestInvalid = "REQUEST_INVALID";

// A nowcast scores what it predicts only where a score is the output times something known.
void CheckDea(const v1::StudyDea& dea, const v1::StudyNowcast& entry, Violations& violations) {
  const auto refuse = [&](const std::string& why) { violations.Add("dea", "`" + dea.id() + "` " + why); };
  if (!IsPlainRadial(dea)) refuse("is not a radial model without `super`");
  if (dea.orientation() != "output") refuse("is not output-oriented: its scores do not move with the output alone");
  if (dea.outputs_size() != 1 || !dea.bad_outputs().empty()) {
    refuse("has several outputs; a nowcast predicts one");
  } else if (Squeeze(FormulaOutcome(entry.formula())) != Squeeze("log(" + dea.outputs(0) + ")")) {
    violations.Add("formula", "must predict log(" + dea.outputs(0) + "), the output of the DEA `" + dea.id() + "`");
  }
  if (dea.frontier() != "global" && dea.frontier() != "sequential") {
    refuse("has no frontier for a period without outputs; name a DEA with `frontier: global` or `sequential`");
  }
  if (!entry.has_period()) violations.Add("period", "is missing: a nowcast with `dea` names the period it predicts");
}

}  // namespace

Result<regression::v1::NowcastRequest> NowcastRequestOf(const v1::StudyNowcast& entry) {
  regression::v1::NowcastRequest request;
  Violations violations;
  request.set_formula(entry.formula());
  if (entry.has_period()) request.set_period(entry.period());
  if (entry.has_first_backtest()) request.set_first_backtest(entry.first_backtest());
  if (entry.has_level()) request.set_level(entry.level());
  if (entry.has_level() && !(entry.level() > 0.0 && entry.level() < 1.0)) violations.Add("level", "must lie in (0, 1)");
  if (entry.has_period() && entry.has_first_backtest() && entry.first_backtest() >= entry.period()) {
    violations.Add("first_backtest", "must lie before the period predicted, " + std::to_string(entry.period()));
  }
  if (HasInstruments(entry.formula())) {
    violations.Add("formula", "a nowcast takes no instruments: it predicts, whatever moves with what");
  }
  if (FormulaEffects(entry.formula()).size() > 1) {
    violations.Add("formula", "a nowcast absorbs one effect at most; write the others as i(column)");
  }
  FARRELL_RETURN_IF_ERROR(
      std::move(violations).Finish(kRequestInvalid, "the nowcast " + entry.id() + " is not complete"));
  return request;
}

Result<regression::v1::EarlyWarningRequest> EarlyWarningRequestOf(const v1::Study& study,
                                                                  const v1::StudyEarlyWarning& entry) {
  constexpr int kMostPredictors = 5;
  regression::v1::EarlyWarningRequest request;
  Violations violations;
  request.set_event(entry.event());
  *request.mutable_predictors() = entry.predictors();
  if (entry.event().empty()) violations.Add("event", "is missing: a condition, e.g. score.main < lag(score.main)");
  if (entry.predictors().empty()) violations.Add("predictors", "name one to five columns or expressions");
  if (entry.predictors_size() > kMostPredictors) {
    violations.Add("predictors", std::to_string(entry.predictors_size()) + " are given; at most five");
  }
  if (entry.has_threshold()) {
    if (!(entry.threshold() > 0.0 && entry.threshold() < 1.0)) violations.Add("threshold", "must lie in (0, 1)");
    request.set_threshold(entry.threshold());
  }
  if (entry.has_reps()) {
    if (entry.reps() < 99 || entry.reps() > 99'999) violations.Add("reps", "must lie in [99, 99999]");
    request.set_replication_count(entry.reps());
  }
  request.set_seed(study.seed());
  FARRELL_RETURN_IF_ERROR(
      std::move(violations).Finish(kRequestInvalid, "the warning " + entry.id() + " is not complete"));
  return request;
}

Result<dea::v1::EvaluateRequest> UnitOutputRequestOf(const v1::Study& study, const v1::StudyNowcast& entry,
                                                     const std::string& time_key) {
  const v1::StudyDea* dea = FindDeaEntry(study, entry.dea());
  if (dea == nullptr) return NotFound("DEA_NOT_FOUND", "there is no DEA `" + entry.dea() + "`");
  Violations violations;
  CheckDea(*dea, entry, violations);
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish(kRequestInvalid, "the nowcast " + entry.id() + " cannot score"));

  const std::string in_period = OfPeriod(time_key, entry.period());
  v1::StudyDea frozen = *dea;
  frozen.set_frontier("global");
  frozen.set_exclude_invalid(true);
  dea::v1::EvaluateRequest request;
  FARRELL_ASSIGN_OR_RETURN(*request.mutable_model(), PlainModelOf(frozen));
  ReplaceOutput(*request.mutable_model(), "if(" + in_period + ", 1, " + dea->outputs(0) + ")");
  request.mutable_model()->set_frozen_out_column(in_period);
  const std::string rows = dea->where().empty() ? study.data().where() : dea->where();
  const std::string until = QuoteName(time_key) + " <= " + std::to_string(entry.period());
  request.mutable_table()->set_where(rows.empty() ? until : "((" + rows + ") | " + in_period + ") & " + until);
  return request;
}

std::string FormulasOf(const v1::StudyEarlyWarning& entry) {
  std::string text = entry.event();
  for (const std::string& predictor : entry.predictors()) text += " " + predictor;
  return text;
}

}  // namespace farrell::reporting
