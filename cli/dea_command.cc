// farrell dea: efficiency scores of every row of a table.

#include <fmt/core.h>

#include <memory>

#include "cli/commands.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/rows.h"
#include "cli/session.h"
#include "cli/table_source.h"
#include "common/notation/dea_notation.h"
#include "common/text/number.h"

namespace farrell::cli {
namespace {

// CSV leaves in pieces of about this size.
constexpr std::size_t kFlushBytes = std::size_t{1} << 16U;

struct DeaFlags {
  TableFlags table;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::string rts;
  std::string orientation;
  std::string frontier;
  std::string reference_only;
  std::string measure = "score";
  bool slacks = false;
  bool peers = false;
  bool scale = false;
  bool exclude_invalid = false;
  bool recompute = false;
};

Result<dea::v1::Model> ModelOf(const DeaFlags& flags) {
  dea::v1::Model model;
  Violations violations;
  const auto take = [&](const char* flag, auto result, auto set) {
    if (result.ok()) {
      set(std::move(result).value());
    } else {
      violations.Add(flag, result.status().message());
    }
  };
  for (const std::string& input : SplitLists(flags.inputs)) model.add_inputs(input);
  for (const std::string& output : SplitLists(flags.outputs)) model.add_outputs(output);
  if (model.inputs().empty()) violations.Add("--inputs", "name at least one column");
  if (model.outputs().empty()) violations.Add("--outputs", "name at least one column");
  take("--rts", notation::ParseRts(flags.rts), [&](auto rts) { model.set_rts(rts); });
  take("--orientation", notation::ParseOrientation(flags.orientation),
       [&](auto orientation) { model.set_orientation(orientation); });
  take("--frontier", notation::ParseFrontier(flags.frontier),
       [&](auto frontier) { *model.mutable_frontier() = std::move(frontier); });
  take("--reference-only", notation::ParseReferenceOnly(flags.reference_only), [&](auto reference_only) {
    model.set_reference_only_column(reference_only.column);
    model.set_reference_only_value(reference_only.value);
  });
  model.set_invalid_data(flags.exclude_invalid ? dea::v1::INVALID_DATA_POLICY_EXCLUDE
                                               : dea::v1::INVALID_DATA_POLICY_ERROR);
  model.set_scale(flags.scale);
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("MODEL_INVALID", "the model cannot be read"));
  return model;
}

std::vector<std::string> HeaderOf(const DeaFlags& flags, const dea::v1::Model& model) {
  std::vector<std::string> columns{"unit", "time", "score", "status"};
  if (flags.scale) columns.insert(columns.end(), {"scale_efficiency", "rts_class"});
  if (flags.slacks) {
    for (const char* prefix : {"slack.", "target."}) {
      for (const std::string& name : model.inputs()) columns.push_back(prefix + name);
      for (const std::string& name : model.outputs()) columns.push_back(prefix + name);
    }
  }
  if (flags.peers) columns.emplace_back("peers");
  return columns;
}

// One cell a variable, empty where the unit has no such vector.
template <typename Values>
void AddVector(std::vector<RowCell>& cells, const Values& values, int count) {
  for (int i = 0; i < count; ++i) cells.push_back(i < values.size() ? Number(values[i]) : RowCell());
}

std::string PeersText(const dea::v1::UnitResult& result) {
  std::string text;
  for (const dea::v1::Peer& peer : result.peers()) {
    if (!text.empty()) text += ';';
    text += peer.unit();
    if (peer.has_time()) text += "@" + std::to_string(peer.time());
    text += ":" + text::FormatReal(peer.weight());
  }
  return text;
}

std::vector<RowCell> RowOf(const DeaFlags& flags, const dea::v1::Model& model, const dea::v1::UnitResult& result) {
  std::vector<RowCell> cells;
  cells.push_back(Text(result.unit()));
  cells.push_back(result.has_time() ? Text(std::to_string(result.time())) : RowCell());
  const bool farrell = flags.measure == "farrell";
  const bool scored = farrell ? result.has_farrell() : result.has_score();
  cells.push_back(scored ? Number(farrell ? result.farrell() : result.score()) : RowCell());
  cells.push_back(Text(notation::FormatStatus(result.status())));
  if (flags.scale) {
    cells.push_back(result.has_scale_efficiency() ? Number(result.scale_efficiency()) : RowCell());
    cells.push_back(Text(notation::FormatScaleClass(result.scale_class())));
  }
  if (flags.slacks) {
    AddVector(cells, result.input_slacks(), model.inputs_size());
    AddVector(cells, result.output_slacks(), model.outputs_size());
    AddVector(cells, result.input_targets(), model.inputs_size());
    AddVector(cells, result.output_targets(), model.outputs_size());
  }
  if (flags.peers) cells.push_back(Text(PeersText(result)));
  return cells;
}

void NoteSummary(const dea::v1::EvaluationSummary& summary) {
  const dea::v1::Model& model = summary.model();
  PrintNote(fmt::format("{} {}-oriented, frontier {}: {} optimal, {} infeasible, {} excluded; {} % at one; {}",
                        notation::FormatRts(model.rts()), notation::FormatOrientation(model.orientation()),
                        notation::FormatFrontier(model.frontier()), text::FormatCount(summary.optimal_count()),
                        text::FormatCount(summary.infeasible_count()), text::FormatCount(summary.excluded_count()),
                        text::FormatFixed(100.0 * summary.share_at_one(), 1), DescribeOrigin(summary.origin())));
}

Status RunDea(Session& session, const DeaFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(const dea::v1::Model model, ModelOf(flags));
  FARRELL_ASSIGN_OR_RETURN(const SourceTable table, OpenTable(session, flags.table));
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());

  dea::v1::EvaluateRequest request;
  *request.mutable_table() = table.spec;
  *request.mutable_model() = model;
  request.set_skip_cache_lookup(flags.recompute);

  const Options& options = session.options();
  const bool json = options.output_format() == Format::kJson;
  Rows rows(options.output_format(), HeaderOf(flags, model), table.snapshot.synthetic());
  dea::v1::StoredEvaluation evaluation;
  ProgressDisplay progress(ProgressDisplay::ChooseMode(options.quiet));
  Call call(session);
  const auto reader = connection->dea().Evaluate(call.context(), request);
  const Status status = ReadStream<dea::v1::EvaluateResponse>(call, *reader, [&](dea::v1::EvaluateResponse& reply) {
    if (reply.has_progress()) progress.Update(reply.progress());
    if (reply.has_summary()) *evaluation.mutable_summary() = std::move(*reply.mutable_summary());
    if (!reply.has_block()) return Status();
    progress.Clear();
    for (dea::v1::UnitResult& unit : *reply.mutable_block()->mutable_units()) {
      if (json) {
        *evaluation.add_units() = std::move(unit);
      } else {
        rows.Add(RowOf(flags, model, unit));
      }
    }
    return rows.pending_bytes() < kFlushBytes ? Status() : Print(rows.Take());
  });
  progress.Clear();
  FARRELL_RETURN_IF_ERROR(status);

  PrintWarnings(evaluation.summary().warnings());
  if (!options.quiet) NoteSummary(evaluation.summary());
  if (!json) return Print(rows.Take());
  // Where the result came from belongs to this call, not to the result.
  evaluation.mutable_summary()->clear_origin();
  return Print(ToJson(evaluation));
}

}  // namespace

void AddDeaCommand(CLI::App& app, Program& program) {
  auto flags = std::make_shared<DeaFlags>();
  CLI::App* verb = app.add_subcommand("dea", "Score the efficiency of every row of a table");
  AddTableFlags(verb, flags->table);
  AddRepeated(verb, "--inputs", flags->inputs, "Input columns or expressions")->required()->type_name("a,b,...");
  AddRepeated(verb, "--outputs", flags->outputs, "Output columns or expressions")->required()->type_name("y,...");
  verb->add_option("--rts", flags->rts, "Returns to scale; default crs")->type_name("crs|vrs|nirs|ndrs");
  verb->add_option("--orientation", flags->orientation, "Default input")->type_name("input|output");
  verb->add_option(
          "--frontier", flags->frontier,
          "Who spans the frontier of a row: contemporaneous (default), global, sequential, window:W, group:COLUMN, "
          "or one of the first four with +group:COLUMN, e.g. global+group:region")
      ->type_name("SCHEME");
  verb->add_option(
          "--reference-only", flags->reference_only,
          "Rows where COLUMN is VALUE (default: reference_only, 1 or true) span the frontier and are not scored")
      ->type_name("COLUMN[=VALUE]");
  verb->add_flag("--slacks", flags->slacks, "Print slack.VAR and target.VAR in the data's units");
  verb->add_flag("--peers", flags->peers, "Print the peers as unit@time:weight;...");
  verb->add_flag("--scale", flags->scale, "Print scale_efficiency and rts_class");
  verb->add_option("--measure", flags->measure, "score: in (0, 1] (default); farrell: theta, or phi >= 1 for outputs")
      ->type_name("score|farrell")
      ->check(Silent(CLI::IsMember({"score", "farrell"})));
  verb->add_flag("--exclude-invalid", flags->exclude_invalid,
                 "Print rows with negative or missing cells as excluded instead of refusing the table");
  verb->add_flag("--recompute", flags->recompute, "Solve again even if the result is at hand");
  AddFormatFlag(verb, program.options, {"table", "csv", "json"});
  AddServiceFlags(verb, program.options);
  AddExamples(verb, {"farrell dea panel.csv --unit province --time year --inputs rd_fte,rd_exp --outputs patents \\",
                     "    --rts vrs --orientation output --frontier global --slacks --peers --format csv"});
  SetRun(verb, program, [flags](Session& session) { return RunDea(session, *flags); });
}

}  // namespace farrell::cli
