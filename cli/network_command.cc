// farrell network: two-stage efficiency of every row of a table.

#include <fmt/core.h>

#include <memory>
#include <utility>

#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/json.h"
#include "cli/long_call.h"
#include "cli/output.h"
#include "cli/rows.h"
#include "cli/table_source.h"
#include "common/notation/dea_notation.h"
#include "common/text/number.h"
#include "farrell/dea/v1/dea.grpc.pb.h"

namespace farrell::cli {
namespace {

using dea::v1::NetworkResult;

struct NetworkFlags {
  TableFlags table;
  std::vector<std::string> inputs;
  std::vector<std::string> intermediates;
  std::vector<std::string> outputs;
  std::string decomposition;
  std::string rts;
  std::string frontier;
  bool exclude_invalid = false;
  bool multipliers = false;
  bool recompute = false;
};

Result<dea::v1::EvaluateNetworkRequest> RequestOf(const NetworkFlags& flags) {
  dea::v1::EvaluateNetworkRequest request;
  FARRELL_ASSIGN_OR_RETURN(const auto decomposition, notation::ParseDecomposition(flags.decomposition));
  FARRELL_ASSIGN_OR_RETURN(const auto rts, notation::ParseRts(flags.rts));
  FARRELL_ASSIGN_OR_RETURN(*request.mutable_frontier(), notation::ParseFrontier(flags.frontier));
  request.set_decomposition(decomposition);
  request.set_rts(rts);
  for (const std::string& name : SplitLists(flags.inputs)) request.add_stage1_inputs(name);
  for (const std::string& name : SplitLists(flags.intermediates)) request.add_intermediates(name);
  for (const std::string& name : SplitLists(flags.outputs)) request.add_outputs(name);
  request.set_invalid_data(flags.exclude_invalid ? dea::v1::INVALID_DATA_POLICY_EXCLUDE
                                                 : dea::v1::INVALID_DATA_POLICY_ERROR);
  request.set_skip_cache_lookup(flags.recompute);
  return request;
}

std::vector<std::string> HeaderOf(const NetworkFlags& flags, const dea::v1::EvaluateNetworkRequest& request) {
  std::vector<std::string> header{"unit",         "time",         "score",         "status",
                                  "stage1_first", "stage2_first", "stage1_second", "stage2_second",
                                  "split_unique", "stage1_alone", "stage2_alone"};
  if (request.decomposition() == dea::v1::DECOMPOSITION_CHEN) header.emplace_back("stage1_weight");
  if (flags.multipliers) {
    for (const auto* names : {&request.stage1_inputs(), &request.intermediates(), &request.outputs()}) {
      for (const std::string& name : *names) header.push_back("price." + name);
    }
  }
  return header;
}

std::vector<RowCell> RowOf(const NetworkFlags& flags, const dea::v1::EvaluateNetworkRequest& request,
                           const NetworkResult& result) {
  const auto cell = [](bool has, double value) { return has ? Number(value) : RowCell(); };
  std::vector<RowCell> cells{Text(result.unit()),
                             result.has_time() ? Whole(result.time()) : RowCell(),
                             cell(result.has_score(), result.score()),
                             Text(notation::FormatStatus(result.status())),
                             cell(result.has_stage1_first(), result.stage1_first()),
                             cell(result.has_stage2_first(), result.stage2_first()),
                             cell(result.has_stage1_second(), result.stage1_second()),
                             cell(result.has_stage2_second(), result.stage2_second()),
                             result.has_score() ? Text(result.split_unique() ? "true" : "false") : RowCell(),
                             cell(result.has_stage1_alone(), result.stage1_alone()),
                             cell(result.has_stage2_alone(), result.stage2_alone())};
  if (request.decomposition() == dea::v1::DECOMPOSITION_CHEN) {
    cells.push_back(cell(result.has_stage1_weight(), result.stage1_weight()));
  }
  if (flags.multipliers) {
    const auto add = [&](const auto& prices, int count) {
      for (int i = 0; i < count; ++i) cells.push_back(i < prices.size() ? Number(prices[i]) : RowCell());
    };
    add(result.input_prices(), request.stage1_inputs_size());
    add(result.intermediate_prices(), request.intermediates_size());
    add(result.output_prices(), request.outputs_size());
  }
  return cells;
}

Status RunNetwork(Session& session, const NetworkFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(dea::v1::EvaluateNetworkRequest request, RequestOf(flags));
  FARRELL_ASSIGN_OR_RETURN(const SourceTable table, OpenTable(session, flags.table));
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  *request.mutable_table() = table.spec;
  const Options& options = session.options();
  dea::v1::StoredNetwork network;
  FARRELL_RETURN_IF_ERROR(RunLongCall<dea::v1::EvaluateNetworkResponse>(
      session, [&](grpc::ClientContext* context) { return connection->dea()->EvaluateNetwork(context, request); },
      [&](dea::v1::EvaluateNetworkResponse& reply) {
        if (reply.has_summary()) *network.mutable_summary() = std::move(*reply.mutable_summary());
        for (NetworkResult& result : *reply.mutable_block()->mutable_results()) {
          *network.add_results() = std::move(result);
        }
        return Status();
      }));
  dea::v1::NetworkSummary& summary = *network.mutable_summary();
  PrintWarnings(summary.warnings());
  if (!options.quiet) {
    PrintNote(fmt::format("{}: {} optimal; {}", notation::FormatDecomposition(request.decomposition()),
                          text::FormatCount(summary.optimal_count()), DescribeOrigin(summary.origin())));
  }
  if (options.output_format() == Format::kJson) {
    summary.clear_origin();
    return Print(ToJson(network));
  }
  Rows rows(options.output_format(), HeaderOf(flags, request), table.snapshot.synthetic());
  for (const NetworkResult& result : network.results()) rows.Add(RowOf(flags, request, result));
  return Print(rows.Take());
}

}  // namespace

void AddNetworkCommand(CLI::App& app, Program& program) {
  auto flags = std::make_shared<NetworkFlags>();
  CLI::App* verb = app.add_subcommand("network", "Efficiency of a two-stage system: inputs, intermediates, outputs");
  AddTableFlags(verb, flags->table);
  AddRepeated(verb, "--stage1-inputs", flags->inputs, "Inputs of stage 1")->required()->type_name("a,b,...");
  AddRepeated(verb, "--intermediates", flags->intermediates, "Outputs of stage 1 that are the inputs of stage 2")
      ->required()
      ->type_name("z,...");
  AddRepeated(verb, "--outputs", flags->outputs, "Outputs of stage 2")->required()->type_name("y,...");
  verb->add_option("--decomposition", flags->decomposition,
                   "kao-hwang (default): product of the stages; chen: weighted mean of the stages")
      ->type_name("kao-hwang|chen");
  verb->add_option("--rts", flags->rts, "Returns to scale; default crs; vrs only with chen")->type_name("crs|vrs");
  verb->add_option("--frontier", flags->frontier, "As of farrell dea; default contemporaneous")->type_name("SCHEME");
  verb->add_flag("--exclude-invalid", flags->exclude_invalid,
                 "Print rows with negative or missing cells as excluded instead of refusing the table");
  verb->add_flag("--multipliers", flags->multipliers, "Print price.VAR of the system program");
  verb->add_flag("--recompute", flags->recompute, "Solve again even if the result is at hand");
  AddFormatFlag(verb, program.options, {"table", "csv", "json"});
  AddServiceFlags(verb, program.options);
  AddExamples(verb, {"farrell network panel.csv --unit province --time year --stage1-inputs rd_fte,rd_exp \\",
                     "    --intermediates patents --outputs tech_market --decomposition kao-hwang"});
  SetRun(verb, program, [flags](Session& session) { return RunNetwork(session, *flags); });
}

}  // namespace farrell::cli
