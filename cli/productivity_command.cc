// farrell productivity: productivity change of every unit from period to period.

#include <fmt/core.h>

#include <memory>
#include <utility>

#include "cli/commands.h"
#include "cli/dea_flags.h"
#include "cli/flags.h"
#include "cli/json.h"
#include "cli/long_call.h"
#include "cli/output.h"
#include "cli/rows.h"
#include "common/notation/dea_notation.h"
#include "common/text/number.h"
#include "farrell/dea/v1/dea.grpc.pb.h"

namespace farrell::cli {
namespace {

using dea::v1::ProductivityIndex;
using dea::v1::ProductivityResult;

struct ProductivityFlags {
  DeaFlags dea;
  std::string index;
  std::string bootstrap;
  std::optional<std::int32_t> reps;
  std::optional<std::int64_t> seed;
  std::optional<double> level;
  bool distances = false;
  bool means = false;
  bool recompute = false;
};

constexpr std::int32_t kReplications = 2000;

Result<dea::v1::MeasureProductivityRequest> RequestOf(Session& session, const ProductivityFlags& flags) {
  dea::v1::MeasureProductivityRequest request;
  FARRELL_ASSIGN_OR_RETURN(*request.mutable_model(), ModelOf(session, flags.dea));
  request.mutable_model()->clear_kind();  // the index knows what distance it takes
  FARRELL_ASSIGN_OR_RETURN(const ProductivityIndex index, notation::ParseProductivityIndex(flags.index));
  request.set_index(index);
  const bool bootstrap = flags.bootstrap == "sw99";
  Violations violations;
  if (!bootstrap && flags.reps) violations.Add("--reps", "needs --bootstrap sw99");
  if (!bootstrap && flags.seed) violations.Add("--seed", "needs --bootstrap sw99");
  if (!bootstrap && flags.level) violations.Add("--level", "needs --bootstrap sw99");
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("MODEL_INVALID", "the request cannot be read"));
  if (bootstrap) {
    request.set_replication_count(flags.reps.value_or(kReplications));
    request.set_seed(flags.seed.value_or(0));
    request.set_confidence_level(flags.level.value_or(0));
  }
  request.set_skip_cache_lookup(flags.recompute);
  return request;
}

// Which columns an index has beside unit,from,to,index,efficiency_change,technical_change.
struct Parts {
  bool pure_and_scale;  // pure_efficiency_change, scale_efficiency_change
  bool scale_change;
};

Parts PartsOf(const dea::v1::MeasureProductivityRequest& request) {
  const ProductivityIndex index = request.index();
  const bool variable = request.model().rts() == dea::v1::RETURNS_TO_SCALE_VRS;
  return {.pure_and_scale = index == dea::v1::PRODUCTIVITY_INDEX_FGNZ,
          .scale_change = index == dea::v1::PRODUCTIVITY_INDEX_RAY_DESLI ||
                          (index == dea::v1::PRODUCTIVITY_INDEX_BIENNIAL && variable)};
}

std::vector<std::string> HeaderOf(const ProductivityFlags& flags, const dea::v1::MeasureProductivityRequest& request) {
  std::vector<std::string> header{"unit", "from", "to", "index", "efficiency_change", "technical_change"};
  const Parts parts = PartsOf(request);
  if (parts.pure_and_scale) header.insert(header.end(), {"pure_efficiency_change", "scale_efficiency_change"});
  if (parts.scale_change) header.emplace_back("scale_change");
  if (request.replication_count() > 0) {
    for (const char* part : {"index", "efficiency_change", "technical_change"}) {
      for (const char* number : {"bias", "corrected", "conf_low", "conf_high"}) {
        header.push_back(std::string(part) + "." + number);
      }
    }
  }
  if (flags.distances) header.emplace_back("distances");
  header.emplace_back("status");
  return header;
}

void AddInterval(std::vector<RowCell>& cells, bool has, const dea::v1::ChangeInterval& interval) {
  for (const double value : {interval.bias(), interval.corrected(), interval.conf_low(), interval.conf_high()}) {
    cells.push_back(has ? Number(value) : RowCell());
  }
}

std::string DistancesText(const ProductivityResult& result) {
  std::string text;
  for (const dea::v1::Distance& distance : result.distances()) {
    if (!text.empty()) text += ';';
    text += fmt::format("{}@{}:", distance.data(), distance.frontier());
    text += distance.has_value() ? text::FormatReal(distance.value()) : notation::FormatStatus(distance.status());
  }
  return text;
}

std::vector<RowCell> RowOf(const ProductivityFlags& flags, const dea::v1::MeasureProductivityRequest& request,
                           const ProductivityResult& result) {
  const auto cell = [](bool has, double value) { return has ? Number(value) : RowCell(); };
  std::vector<RowCell> cells{Text(result.unit()),
                             Whole(result.from()),
                             Whole(result.to()),
                             cell(result.has_index(), result.index()),
                             cell(result.has_efficiency_change(), result.efficiency_change()),
                             cell(result.has_technical_change(), result.technical_change())};
  const Parts parts = PartsOf(request);
  if (parts.pure_and_scale) {
    cells.push_back(cell(result.has_pure_efficiency_change(), result.pure_efficiency_change()));
    cells.push_back(cell(result.has_scale_efficiency_change(), result.scale_efficiency_change()));
  }
  if (parts.scale_change) cells.push_back(cell(result.has_scale_change(), result.scale_change()));
  if (request.replication_count() > 0) {
    AddInterval(cells, result.has_index_interval(), result.index_interval());
    AddInterval(cells, result.has_efficiency_interval(), result.efficiency_interval());
    AddInterval(cells, result.has_technical_interval(), result.technical_interval());
  }
  if (flags.distances) cells.push_back(Text(DistancesText(result)));
  cells.push_back(Text(notation::FormatStatus(result.status())));
  return cells;
}

Status RunProductivity(Session& session, const ProductivityFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(dea::v1::MeasureProductivityRequest request, RequestOf(session, flags));
  FARRELL_ASSIGN_OR_RETURN(const SourceTable table, OpenTable(session, flags.dea.table));
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  *request.mutable_table() = table.spec;
  const Options& options = session.options();
  Rows rows(options.output_format(), HeaderOf(flags, request), table.snapshot.synthetic());
  dea::v1::StoredProductivity productivity;
  FARRELL_RETURN_IF_ERROR(RunLongCall<dea::v1::MeasureProductivityResponse>(
      session, [&](grpc::ClientContext* context) { return connection->dea()->MeasureProductivity(context, request); },
      [&](dea::v1::MeasureProductivityResponse& reply) {
        if (reply.has_summary()) *productivity.mutable_summary() = std::move(*reply.mutable_summary());
        for (ProductivityResult& result : *reply.mutable_block()->mutable_results()) {
          *productivity.add_results() = std::move(result);
        }
        return Status();
      }));
  dea::v1::ProductivitySummary& summary = *productivity.mutable_summary();
  PrintWarnings(summary.warnings());
  if (!options.quiet) {
    PrintNote(fmt::format("{}: {} changes, {} incomplete; {}", notation::FormatProductivityIndex(summary.index()),
                          text::FormatCount(summary.change_count()), text::FormatCount(summary.incomplete_count()),
                          DescribeOrigin(summary.origin())));
  }
  if (options.output_format() == Format::kJson) {
    summary.clear_origin();
    return Print(ToJson(productivity));
  }
  for (const ProductivityResult& result : flags.means ? summary.means() : productivity.results()) {
    rows.Add(RowOf(flags, request, result));
  }
  return Print(rows.Take());
}

}  // namespace

void AddProductivityCommand(CLI::App& app, Program& program) {
  auto flags = std::make_shared<ProductivityFlags>();
  CLI::App* verb = app.add_subcommand("productivity", "Productivity change of every unit from period to period");
  AddTechnologyFlags(verb, flags->dea);
  AddBadOutputFlags(verb, flags->dea);
  verb->add_option("--index", flags->index,
                   "malmquist (default), fgnz, ray-desli, sequential, biennial, global, malmquist-luenberger, "
                   "global-malmquist-luenberger, luenberger")
      ->type_name("INDEX");
  verb->add_option("--bootstrap", flags->bootstrap, "Intervals of malmquist and fgnz: sw99 (Simar & Wilson 1999)")
      ->type_name("none|sw99")
      ->check(Silent(CLI::IsMember({"none", "sw99"})));
  verb->add_option("--reps", flags->reps, "Replications; default 2000")->type_name("B");
  verb->add_option("--seed", flags->seed, "Seed of all draws; default 0")->type_name("S");
  verb->add_option("--level", flags->level, "Confidence level; default 0.95")->type_name("P");
  verb->add_flag("--distances", flags->distances,
                 "Print the distances behind each change as period@frontier:value;...");
  verb->add_flag("--means", flags->means, "Print the means over units of each pair of periods instead");
  verb->add_flag("--recompute", flags->recompute, "Solve again even if the result is at hand");
  AddFormatFlag(verb, program.options, {"table", "csv", "json"});
  AddServiceFlags(verb, program.options);
  AddExamples(verb, {"farrell productivity panel.csv --unit province --time year --inputs rd_fte,rd_exp \\",
                     "    --outputs patents --orientation output --index fgnz --format csv"});
  SetRun(verb, program, [flags](Session& session) { return RunProductivity(session, *flags); });
}

}  // namespace farrell::cli
