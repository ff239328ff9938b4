// farrell dea: efficiency scores of every row of a table; farrell dea verify: whether such scores hold.

#include <fmt/core.h>

#include <memory>

#include "cli/byte_source.h"
#include "cli/commands.h"
#include "cli/dea_flags.h"
#include "cli/dea_rows.h"
#include "cli/flags.h"
#include "cli/json.h"
#include "cli/long_call.h"
#include "cli/output.h"
#include "cli/rows.h"
#include "cli/session.h"
#include "cli/table_source.h"
#include "common/notation/dea_model_text.h"
#include "common/rpc/error_mapping.h"
#include "common/text/number.h"
#include "farrell/dea/v1/dea.grpc.pb.h"

namespace farrell::cli {
namespace {

// CSV leaves in pieces of about this size.
constexpr std::size_t kFlushBytes = std::size_t{1} << 16U;

struct EvaluateFlags {
  DeaFlags dea;
  DeaColumns columns;
  std::string measure = "score";
  bool recompute = false;
};

struct DeaVerifyFlags {
  std::string result;
  TableFlags data;  // source empty: not checked against data
};

void NoteSummary(const dea::v1::EvaluationSummary& summary) {
  PrintNote(fmt::format("{}: {} optimal, {} infeasible, {} excluded; {} % at one; {}",
                        notation::DescribeDeaModel(summary.model()), text::FormatCount(summary.optimal_count()),
                        text::FormatCount(summary.infeasible_count()), text::FormatCount(summary.excluded_count()),
                        text::FormatFixed(100.0 * summary.share_at_one(), 1), DescribeOrigin(summary.origin())));
}

Status RunEvaluate(Session& session, const EvaluateFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(const dea::v1::Model model, ModelOf(session, flags.dea));
  FARRELL_ASSIGN_OR_RETURN(const SourceTable table, OpenTable(session, flags.dea.table));
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  DeaColumns columns = flags.columns;
  columns.farrell = flags.measure == "farrell";

  dea::v1::EvaluateRequest request;
  *request.mutable_table() = table.spec;
  *request.mutable_model() = model;
  request.set_skip_cache_lookup(flags.recompute);

  const Options& options = session.options();
  const bool json = options.output_format() == Format::kJson;
  Rows rows(options.output_format(), HeaderOf(columns, model), table.snapshot.synthetic());
  dea::v1::StoredEvaluation evaluation;
  const auto open = [&](grpc::ClientContext* context) { return connection->dea()->Evaluate(context, request); };
  FARRELL_RETURN_IF_ERROR(RunLongCall<dea::v1::EvaluateResponse>(session, open, [&](dea::v1::EvaluateResponse& reply) {
    if (reply.has_summary()) *evaluation.mutable_summary() = std::move(*reply.mutable_summary());
    for (dea::v1::UnitResult& unit : *reply.mutable_block()->mutable_units()) {
      if (json) {
        *evaluation.add_units() = std::move(unit);
      } else {
        rows.Add(RowOf(columns, model, unit));
      }
    }
    return rows.pending_bytes() < kFlushBytes ? Status() : Print(rows.Take());
  }));

  PrintWarnings(evaluation.summary().warnings());
  if (!options.quiet) NoteSummary(evaluation.summary());
  if (!json) return Print(rows.Take());
  // Where the result came from belongs to this call, not to the result.
  evaluation.mutable_summary()->clear_origin();
  return Print(ToJson(evaluation));
}

std::string DescribeCheck(const dea::v1::VerifyEvaluationResponse& check) {
  std::string text = check.data_checked() ? "checked against the data" : "data not checked";
  text += fmt::format(": {} optimal, {} infeasible, {} unbounded, {} without a proof of their own",
                      text::FormatCount(check.optimal_count()), text::FormatCount(check.infeasible_count()),
                      text::FormatCount(check.unbounded_count()), text::FormatCount(check.unproven_count()));
  return text + fmt::format("; worst gap {:.1e}, worst violation {:.1e}\n", check.worst_gap(), check.worst_violation());
}

Status RunVerify(Session& session, const DeaVerifyFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(const std::string text, ReadFile(flags.result, session.interrupt()));
  dea::v1::VerifyEvaluationRequest request;
  FARRELL_RETURN_IF_ERROR(FromJson(text, flags.result, *request.mutable_evaluation()));
  if (!flags.data.source.empty()) {
    FARRELL_ASSIGN_OR_RETURN(const SourceTable table, OpenTable(session, flags.data));
    *request.mutable_table() = table.spec;
  }
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  Call call(session);
  dea::v1::VerifyEvaluationResponse check;
  FARRELL_RETURN_IF_ERROR(FromGrpc(connection->dea()->VerifyEvaluation(call.context(), request, &check)));
  if (session.options().output_format() == Format::kJson) {
    FARRELL_RETURN_IF_ERROR(Print(ToJson(check)));
  } else {
    FARRELL_RETURN_IF_ERROR(Print(DescribeCheck(check)));
  }
  if (check.valid()) return {};
  Violations violations;
  for (const dea::v1::Finding& finding : check.findings()) {
    const std::string time = finding.has_time() ? ", time " + std::to_string(finding.time()) : "";
    violations.Add("unit " + finding.unit() + time, finding.text());
  }
  const Status failed = std::move(violations).Finish("VERIFICATION_FAILED", flags.result + " does not hold");
  return FailedPrecondition("VERIFICATION_FAILED", flags.result + " does not hold").WithViolations(failed.violations());
}

void AddVerifyCommand(CLI::App* dea, Program& program) {
  auto flags = std::make_shared<DeaVerifyFlags>();
  CLI::App* verb = dea->add_subcommand("verify", "Check a result without solving: its certificates against the data");
  verb->add_option("RESULT", flags->result, "What farrell dea --format json printed; - for standard input")->required();
  verb->add_option("--data", flags->data.source, "The table it was computed on: FILE, dataset:NAME or snapshot:DIGEST")
      ->type_name("FILE");
  verb->add_option("--unit", flags->data.unit, "Unit column of --data FILE")->type_name("COLUMN");
  verb->add_option("--time", flags->data.time, "Time column of --data FILE")->type_name("COLUMN");
  verb->add_option("--where", flags->data.where, "Row filter that the result was computed with")->type_name("EXPR");
  AddRepeated(verb, "--missing", flags->data.missing, "Text that counts as missing in --data FILE");
  verb->add_flag("--synthetic", flags->data.synthetic, "--data FILE was marked as made up");
  AddFormatFlag(verb, program.options, {"table", "json"});
  AddServiceFlags(verb, program.options);
  AddExamples(verb, {"farrell dea panel.csv --unit id --inputs x --outputs y --format json > scores.json",
                     "farrell dea verify scores.json --data panel.csv --unit id"});
  SetRun(verb, program, [flags](Session& session) { return RunVerify(session, *flags); });
}

}  // namespace

void AddDeaCommand(CLI::App& app, Program& program) {
  auto flags = std::make_shared<EvaluateFlags>();
  CLI::App* verb = app.add_subcommand("dea", "Score the efficiency of every row of a table");
  AddTechnologyFlags(verb, flags->dea);
  AddModelFlags(verb, flags->dea);
  verb->add_flag("--slacks", flags->columns.slacks, "Print slack.VAR and target.VAR in the data's units");
  verb->add_flag("--peers", flags->columns.peers, "Print the peers as unit@time:weight;...");
  verb->add_flag("--multipliers", flags->columns.multipliers, "Print price.VAR, scale_price and prices_unique");
  verb->add_option("--measure", flags->measure,
                   "score: theta or 1/phi in (0, 1] (default); farrell: theta, or phi >= 1 for outputs")
      ->type_name("score|farrell")
      ->check(Silent(CLI::IsMember({"score", "farrell"})));
  AddBootstrapFlags(verb, flags->dea);
  verb->add_flag("--recompute", flags->recompute, "Solve again even if the result is at hand");
  AddFormatFlag(verb, program.options, {"table", "csv", "json"});
  AddServiceFlags(verb, program.options);
  AddExamples(verb, {"farrell dea panel.csv --unit province --time year --inputs rd_fte,rd_exp --outputs patents \\",
                     "    --rts vrs --orientation output --frontier global --slacks --peers --format csv",
                     "farrell dea panel.csv --unit province --time year --inputs labour --outputs gdp \\",
                     "    --bad-outputs co2 --disposability kuosmanen --model ddf"});
  AddVerifyCommand(verb, program);
  // With a sub-command the table is the sub-command's own.
  verb->get_option("FILE")->required(false);
  verb->callback([&program, flags, verb] {
    if (!verb->get_subcommands().empty()) return;
    if (flags->dea.table.source.empty()) throw CLI::RequiredError("FILE");
    program.run = [flags](Session& session) { return RunEvaluate(session, *flags); };
  });
}

}  // namespace farrell::cli
