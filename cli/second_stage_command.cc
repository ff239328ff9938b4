// farrell second-stage: what distances from a frontier are associated with.

#include <fmt/core.h>

#include <memory>
#include <utility>

#include "cli/commands.h"
#include "cli/dea_flags.h"
#include "cli/flags.h"
#include "cli/inference_flags.h"
#include "cli/json.h"
#include "cli/long_call.h"
#include "cli/output.h"
#include "cli/rows.h"
#include "common/notation/second_stage_notation.h"
#include "common/text/number.h"
#include "farrell/regression/v1/regression.grpc.pb.h"

namespace farrell::cli {
namespace {

using regression::v1::SecondStageRequest;
using regression::v1::SecondStageResult;

struct SecondStageFlags {
  DeaFlags dea;
  std::string formula;
  std::string algorithm;
  std::int32_t reps = 0;
  std::int32_t first_reps = 0;
  std::string resample;
  bool log = false;
  double tolerance = -1.0;
  double exponent = 0.0;
  std::int32_t subsample = 0;
  std::string distances;
  bool recompute = false;
  std::int64_t seed = 0;
  double level = 0.0;
  std::vector<std::string> vcov;
};

Result<SecondStageRequest> RequestOf(Session& session, const SecondStageFlags& flags) {
  SecondStageRequest request;
  InferenceFlags inference;
  inference.vcov = flags.vcov;
  inference.seed = flags.seed;
  auto algorithm = notation::ParseAlgorithm(flags.algorithm);
  auto resample = notation::ParseResample(flags.resample);
  auto model = ModelOf(session, flags.dea);
  auto inferences = InferencesOf(inference);
  Violations violations;
  const auto check = [&](const char* flag, const Status& status) {
    if (!status.ok()) violations.Add(flag, status.message());
  };
  check("--algorithm", algorithm.status());
  check("--resample", resample.status());
  check("--vcov", inferences.status());
  if (violations.size() + (model.ok() ? 0 : 1) > 1) {
    for (const FieldViolation& violation : model.status().violations()) {
      violations.Add(violation.field, violation.description);
    }
    if (model.status().violations().empty()) check("model", model.status());
  }
  if (violations.size() > 1) return std::move(violations).Finish("REQUEST_INVALID", "several flags are not valid");
  FARRELL_RETURN_IF_ERROR(algorithm.status());
  FARRELL_RETURN_IF_ERROR(resample.status());
  FARRELL_RETURN_IF_ERROR(model.status());
  FARRELL_RETURN_IF_ERROR(inferences.status());
  request.set_algorithm(*algorithm);
  request.set_resample(*resample);
  *request.mutable_model() = *std::move(model);
  request.mutable_inferences()->Assign(inferences->begin(), inferences->end());
  request.set_formula(flags.formula);
  request.set_replications(flags.reps);
  request.set_first_replications(flags.first_reps);
  request.set_seed(flags.seed);
  if (flags.level > 0.0) request.set_confidence_level(flags.level);
  if (flags.tolerance >= 0.0) request.set_frontier_tolerance(flags.tolerance);
  request.set_log(flags.log);
  request.set_subsample_exponent(flags.exponent);
  request.set_subsample_size(flags.subsample);
  request.set_return_distances(!flags.distances.empty());
  request.set_skip_cache_lookup(flags.recompute);
  return request;
}

// What no row can say: counts, seed, how replications were drawn.
void NoteResult(const SecondStageResult& result) {
  std::string note = fmt::format("{}, response {}: {} of {} rows with a score used, {} units", result.formula(),
                                 result.response(), text::FormatCount(result.observation_count()),
                                 text::FormatCount(result.score_count()), text::FormatCount(result.unit_count()));
  if (result.frontier_count() > 0) {
    note += fmt::format("; {} at the frontier left out (tolerance {:g})", text::FormatCount(result.frontier_count()),
                        result.frontier_tolerance());
  }
  if (result.replications() > 0) {
    note += fmt::format("; {} replications by {}, seed {}", text::FormatCount(result.replications()),
                        result.resample() == SecondStageRequest::RESAMPLE_UNIT ? "unit" : "row",
                        result.provenance().seed());
  }
  if (result.first_replications() > 0) {
    note += fmt::format(", {} for the bias", text::FormatCount(result.first_replications()));
  }
  if (result.subsample_size() > 0) {
    note += fmt::format("; redrawn frontiers of {} of {} units, intervals about bias_corrected",
                        result.subsample_size(), result.frontier_unit_count());
  }
  PrintNote(note + "; " + DescribeOrigin(result.origin()));
}

template <typename Has, typename Get>
RowCell Optional(const Has& has, const Get& get) {
  return has ? Number(get) : RowCell();
}

std::vector<RowCell> EstimateCells(const regression::v1::BootstrapEstimate& estimate) {
  return {Optional(estimate.has_estimate(), estimate.estimate()),
          Optional(estimate.has_std_error(), estimate.std_error()),
          Optional(estimate.has_statistic(), estimate.statistic()),
          Optional(estimate.has_p_value(), estimate.p_value()),
          Optional(estimate.has_bootstrap_p_value(), estimate.bootstrap_p_value()),
          Optional(estimate.has_conf_low(), estimate.conf_low()),
          Optional(estimate.has_conf_high(), estimate.conf_high()),
          Optional(estimate.has_recentred_low(), estimate.recentred_low()),
          Optional(estimate.has_recentred_high(), estimate.recentred_high())};
}

std::string BootstrapRows(const SecondStageResult& result, Format format) {
  const bool joint = result.algorithm() == SecondStageRequest::ALGORITHM_JOINT;
  std::vector<std::string> header{"term",          "estimate",          "std_error", "statistic",
                                  "p_value",       "bootstrap_p_value", "conf_low",  "conf_high",
                                  "recentred_low", "recentred_high"};
  if (joint) {
    header.emplace_back("bias_corrected");
  } else {
    header.insert(header.end(), {"effect", "effect_std_error", "effect_conf_low", "effect_conf_high"});
  }
  Rows rows(format, header, result.provenance().synthetic());
  for (const regression::v1::SecondStageTerm& term : result.terms()) {
    std::vector<RowCell> cells = EstimateCells(term.coefficient());
    cells.insert(cells.begin(), Text(term.name()));
    if (joint) {
      cells.push_back(Optional(term.coefficient().has_bias_corrected(), term.coefficient().bias_corrected()));
    } else {
      const regression::v1::BootstrapEstimate& effect = term.marginal_effect();
      cells.insert(
          cells.end(),
          {Optional(effect.has_estimate(), effect.estimate()), Optional(effect.has_std_error(), effect.std_error()),
           Optional(effect.has_conf_low(), effect.conf_low()), Optional(effect.has_conf_high(), effect.conf_high())});
    }
    rows.Add(std::move(cells));
  }
  return rows.Take();
}

// The columns of `regress`.
std::string FitRows(const regression::v1::FitResult& fit, Format format) {
  Rows rows(format, {"vcov", "term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "df"},
            fit.provenance().synthetic());
  for (const regression::v1::InferenceResult& inference : fit.inferences()) {
    for (int i = 0; i < fit.terms_size(); ++i) {
      const regression::v1::TermInference empty;
      const regression::v1::TermInference& term = i < inference.terms_size() ? inference.terms(i) : empty;
      rows.Add({Text(inference.label()), Text(fit.terms(i).name()),
                Optional(fit.terms(i).has_estimate(), fit.terms(i).estimate()),
                Optional(term.has_std_error(), term.std_error()), Optional(term.has_statistic(), term.statistic()),
                Optional(term.has_p_value(), term.p_value()), Optional(term.has_conf_low(), term.conf_low()),
                Optional(term.has_conf_high(), term.conf_high()), Optional(term.has_df(), term.df())});
    }
  }
  return rows.Take();
}

std::string DistanceRows(const SecondStageResult& result) {
  Rows rows(Format::kCsv, {"unit", "time", "distance", "corrected", "used"}, result.provenance().synthetic());
  for (const regression::v1::DistanceRow& row : result.distances()) {
    rows.Add({Text(row.unit()), row.has_time() ? Whole(row.time()) : RowCell(), Number(row.distance()),
              Optional(row.has_corrected(), row.corrected()), Text(row.used() ? "true" : "false")});
  }
  return rows.Take();
}

Status RunSecondStage(Session& session, const SecondStageFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(SecondStageRequest request, RequestOf(session, flags));
  FARRELL_ASSIGN_OR_RETURN(const SourceTable table, OpenTable(session, flags.dea.table));
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  *request.mutable_table() = table.spec;
  SecondStageResult result;
  FARRELL_RETURN_IF_ERROR(RunLongCall<regression::v1::SecondStageResponse>(
      session, [&](grpc::ClientContext* context) { return connection->regression()->SecondStage(context, request); },
      [&](regression::v1::SecondStageResponse& reply) {
        result = std::move(*reply.mutable_result());
        return Status();
      }));
  PrintWarnings(result.warnings());
  PrintWarnings(result.fit().warnings());
  if (!session.options().quiet) NoteResult(result);
  if (!flags.distances.empty()) FARRELL_RETURN_IF_ERROR(WriteFile(flags.distances, DistanceRows(result)));
  const Format format = session.options().output_format();
  if (format == Format::kJson) {
    result.clear_origin();
    return Print(ToJson(result));
  }
  const bool log_within = result.algorithm() == SecondStageRequest::ALGORITHM_LOG_WITHIN;
  return Print(log_within ? FitRows(result.fit(), format) : BootstrapRows(result, format));
}

}  // namespace

void AddSecondStageCommand(CLI::App& app, Program& program) {
  auto flags = std::make_shared<SecondStageFlags>();
  CLI::App* verb = app.add_subcommand("second-stage", "Regress distances from a frontier on columns of the table");
  AddTechnologyFlags(verb, flags->dea);
  verb->add_option("FORMULA", flags->formula,
                   "~ z1 + log(z2) | province + year: the left side is the score; a positive coefficient is more "
                   "inefficiency with algorithms 1 and 2, more efficiency with the others")
      ->required()
      ->type_name("");
  verb->add_option(
          "--algorithm", flags->algorithm,
          "1 (default) and 2: Simar & Wilson (2007); log-within: log scores by least squares; joint: the same, "
          "with the errors of the scores and without their bias (experimental)")
      ->type_name("1|2|joint|log-within");
  verb->add_option("--reps", flags->reps, "Replications; default 2000")->type_name("B");
  verb->add_option("--first-reps", flags->first_reps, "Frontiers of algorithm 2's bias correction; default 100")
      ->type_name("B");
  verb->add_option("--seed", flags->seed, "Seed of all draws; default 0")->type_name("S");
  verb->add_option("--resample", flags->resample,
                   "Errors of algorithms 1 and 2: rows (default), independent; unit, all periods of a unit together")
      ->type_name("rows|unit");
  verb->add_flag("--log", flags->log, "Algorithms 1 and 2: the response is the log of the distance");
  verb->add_option("--tolerance", flags->tolerance,
                   "Algorithms 1 and 2: distances up to 1 plus this are at the frontier and left out; default 1e-6")
      ->type_name("EPSILON");
  verb->add_option("--subsample", flags->subsample,
                   "Joint: units that span a redrawn frontier, at most half of those of a frontier")
      ->type_name("M");
  verb->add_option("--exponent", flags->exponent, "Joint: M is the units to this power; default 0.7")->type_name("K");
  AddRepeated(verb, "--vcov", flags->vcov,
              "Joint and log-within: standard errors that take the scores as data, as in regress")
      ->type_name("TYPE[:COLUMN]");
  verb->add_option("--level", flags->level, "Confidence level; default 0.95")->type_name("P");
  verb->add_option("--distances", flags->distances, "Also write the distances to a CSV file")->type_name("FILE");
  verb->add_flag("--recompute", flags->recompute, "Compute again even if the result is at hand");
  AddFormatFlag(verb, program.options, {"table", "csv", "json"});
  AddServiceFlags(verb, program.options);
  AddExamples(verb, {"farrell second-stage panel.csv '~ log(ai) + urban' --unit province --time year \\",
                     "    --inputs rd_fte,rd_exp --outputs patents --orientation output --frontier global \\",
                     "    --algorithm 2 --resample unit --seed 1"});
  SetRun(verb, program, [flags](Session& session) { return RunSecondStage(session, *flags); });
}

}  // namespace farrell::cli
