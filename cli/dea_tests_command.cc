// farrell test-rts, outliers and group-means: what can be said about scores beside the scores.

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

// Runs one of the three RPCs: `open` starts it with the table filled in, `part` takes its one result out of a reply.
template <typename Reply, typename Found, typename Request, typename Open, typename Part>
Status RunFinding(Session& session, const DeaFlags& flags, Request& request, const Open& open, const Part& part,
                  Found& found, bool& synthetic) {
  FARRELL_ASSIGN_OR_RETURN(*request.mutable_model(), ModelOf(session, flags));
  if (flags.model.frontier.empty()) request.mutable_model()->clear_frontier();  // groups span frontiers of their own
  FARRELL_ASSIGN_OR_RETURN(const SourceTable table, OpenTable(session, flags.table));
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  *request.mutable_table() = table.spec;
  synthetic = table.snapshot.synthetic();
  FARRELL_RETURN_IF_ERROR(RunLongCall<Reply>(
      session, [&](grpc::ClientContext* context) { return open(*connection, context); },
      [&](Reply& reply) {
        found = std::move(*part(reply));
        return Status();
      }));
  PrintWarnings(found.warnings());
  if (!session.options().quiet) PrintNote(DescribeOrigin(found.origin()));
  found.clear_origin();
  return {};
}

// ---- test-rts

struct ScaleTestFlags {
  DeaFlags dea;
  std::string statistic;
  std::int32_t reps = 0;
  std::int64_t seed = 0;
  double level = 0;
  bool recompute = false;
};

Status RunScaleTest(Session& session, const ScaleTestFlags& flags) {
  dea::v1::TestReturnsToScaleRequest request;
  FARRELL_ASSIGN_OR_RETURN(const auto statistic, notation::ParseScaleStatistic(flags.statistic));
  request.set_statistic(statistic);
  request.set_replication_count(flags.reps);
  request.set_seed(flags.seed);
  request.set_confidence_level(flags.level);
  request.set_skip_cache_lookup(flags.recompute);
  dea::v1::ReturnsToScaleTests tests;
  bool synthetic = false;
  FARRELL_RETURN_IF_ERROR(RunFinding<dea::v1::TestReturnsToScaleResponse>(
      session, flags.dea, request,
      [&](Connection& connection, grpc::ClientContext* context) {
        return connection.dea()->TestReturnsToScale(context, request);
      },
      [](dea::v1::TestReturnsToScaleResponse& reply) { return reply.mutable_tests(); }, tests, synthetic));
  const Options& options = session.options();
  if (options.output_format() == Format::kJson) return Print(ToJson(tests));
  Rows rows(
      options.output_format(),
      {"reference_set", "null", "statistic", "critical_value", "p_value", "rejected", "bandwidth", "units", "reps"},
      synthetic);
  for (const dea::v1::ReturnsToScaleTest& test : tests.tests()) {
    rows.Add({Text(test.reference_set()), Text(notation::FormatRts(test.null_hypothesis())), Number(test.statistic()),
              Number(test.critical_value()), Number(test.p_value()), Text(test.rejected() ? "true" : "false"),
              Number(test.bandwidth()), Whole(test.unit_count()), Whole(test.replication_count())});
  }
  return Print(rows.Take());
}

// ---- outliers

struct OutlierFlags {
  DeaFlags dea;
  std::string method;
  std::int32_t largest = 0;
  std::int32_t kept = 0;
  bool recompute = false;
};

std::string Joined(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) joined += (joined.empty() ? "" : ";") + text;
  return joined;
}

Status RunOutliers(Session& session, const OutlierFlags& flags) {
  dea::v1::FindOutliersRequest request;
  FARRELL_ASSIGN_OR_RETURN(const auto method, notation::ParseOutlierMethod(flags.method));
  request.set_method(method);
  request.set_largest_subset(flags.largest);
  request.set_kept_count(flags.kept);
  request.set_skip_cache_lookup(flags.recompute);
  dea::v1::Outliers outliers;
  bool synthetic = false;
  FARRELL_RETURN_IF_ERROR(RunFinding<dea::v1::FindOutliersResponse>(
      session, flags.dea, request,
      [&](Connection& connection, grpc::ClientContext* context) {
        return connection.dea()->FindOutliers(context, request);
      },
      [](dea::v1::FindOutliersResponse& reply) { return reply.mutable_outliers(); }, outliers, synthetic));
  const Options& options = session.options();
  if (options.output_format() == Format::kJson) return Print(ToJson(outliers));
  if (method == dea::v1::FindOutliersRequest::METHOD_LEAVE_ONE_OUT) {
    Rows rows(options.output_format(), {"unit", "time", "peer_count", "mean_change", "largest_change"}, synthetic);
    for (const dea::v1::OutlierUnit& unit : outliers.units()) {
      rows.Add({Text(unit.unit()), unit.has_time() ? Whole(unit.time()) : RowCell(),
                Whole(unit.influence().peer_count()), Number(unit.influence().mean_change()),
                Number(unit.influence().largest_change())});
    }
    return Print(rows.Take());
  }
  Rows rows(options.output_format(), {"reference_set", "size", "units", "ratio", "log_ratio"}, synthetic);
  for (const dea::v1::OutlierSubset& subset : outliers.subsets()) {
    rows.Add({Text(subset.reference_set()), Whole(subset.size()), Text(Joined(subset.units())), Number(subset.ratio()),
              Number(subset.log_ratio())});
  }
  return Print(rows.Take());
}

// ---- group-means

struct GroupFlags {
  DeaFlags dea;
  std::string group;
  std::string method;
  double level = 0;
  std::int64_t seed = 0;
  bool recompute = false;
};

Status RunGroupMeans(Session& session, const GroupFlags& flags) {
  dea::v1::CompareGroupsRequest request;
  FARRELL_ASSIGN_OR_RETURN(const auto method, notation::ParseGroupMethod(flags.method));
  request.set_method(method);
  request.set_group_column(flags.group);
  request.set_confidence_level(flags.level);
  request.set_seed(flags.seed);
  request.set_skip_cache_lookup(flags.recompute);
  dea::v1::GroupComparison comparison;
  bool synthetic = false;
  FARRELL_RETURN_IF_ERROR(RunFinding<dea::v1::CompareGroupsResponse>(
      session, flags.dea, request,
      [&](Connection& connection, grpc::ClientContext* context) {
        return connection.dea()->CompareGroups(context, request);
      },
      [](dea::v1::CompareGroupsResponse& reply) { return reply.mutable_comparison(); }, comparison, synthetic));
  const Options& options = session.options();
  if (options.output_format() == Format::kJson) return Print(ToJson(comparison));
  Rows rows(options.output_format(),
            {"section", "group", "versus", "units", "mean", "bias", "corrected", "std_error", "conf_low", "conf_high",
             "statistic", "p_value"},
            synthetic);
  for (const dea::v1::GroupMean& mean : comparison.means()) {
    rows.Add({Text("mean"),
              Text(mean.group()),
              {},
              Whole(mean.unit_count()),
              Number(mean.mean()),
              Number(mean.bias()),
              Number(mean.corrected()),
              Number(mean.standard_error()),
              Number(mean.conf_low()),
              Number(mean.conf_high()),
              {},
              {}});
  }
  for (const dea::v1::GroupDifference& difference : comparison.differences()) {
    rows.Add({Text("difference"),
              Text(difference.group()),
              Text(difference.other()),
              {},
              {},
              {},
              Number(difference.difference()),
              {},
              {},
              {},
              Number(difference.statistic()),
              Number(difference.p_value())});
  }
  return Print(rows.Take());
}

void AddCommonFlags(CLI::App* verb, Program& program, bool& recompute) {
  verb->add_flag("--recompute", recompute, "Compute again even if the result is at hand");
  AddFormatFlag(verb, program.options, {"table", "csv", "json"});
  AddServiceFlags(verb, program.options);
}

}  // namespace

void AddScaleTestCommand(CLI::App& app, Program& program) {
  auto flags = std::make_shared<ScaleTestFlags>();
  CLI::App* verb = app.add_subcommand("test-rts", "Test constant against variable returns to scale by bootstrap");
  AddTechnologyFlags(verb, flags->dea);
  verb->add_option("--statistic", flags->statistic, "ratio-of-means (default), mean-of-ratios")->type_name("STATISTIC");
  verb->add_option("--reps", flags->reps, "Replications; default 2000")->type_name("B");
  verb->add_option("--seed", flags->seed, "Seed of all draws; default 0")->type_name("S");
  verb->add_option("--level", flags->level, "Confidence level; default 0.95")->type_name("P");
  AddCommonFlags(verb, program, flags->recompute);
  AddExamples(verb, {"farrell test-rts panel.csv --unit province --time year --inputs rd_fte,rd_exp \\",
                     "    --outputs patents --orientation output --frontier global --seed 1"});
  SetRun(verb, program, [flags](Session& session) { return RunScaleTest(session, *flags); });
}

void AddOutliersCommand(CLI::App& app, Program& program) {
  auto flags = std::make_shared<OutlierFlags>();
  CLI::App* verb = app.add_subcommand("outliers", "Find atypical units, or those that many scores hang on");
  AddTechnologyFlags(verb, flags->dea);
  verb->add_option("--method", flags->method,
                   "wilson (default): subsets whose absence shrinks the data most; leave-one-out: change of all scores")
      ->type_name("wilson|leave-one-out");
  verb->add_option("--largest", flags->largest, "Of wilson: units deleted together, at most; default 3")
      ->type_name("L");
  verb->add_option("--kept", flags->kept, "Of wilson: subsets printed of every size; default 10")->type_name("K");
  AddCommonFlags(verb, program, flags->recompute);
  AddExamples(verb,
              {"farrell outliers panel.csv --unit province --inputs rd_fte,rd_exp --outputs patents --largest 4"});
  SetRun(verb, program, [flags](Session& session) { return RunOutliers(session, *flags); });
}

void AddGroupMeansCommand(CLI::App& app, Program& program) {
  auto flags = std::make_shared<GroupFlags>();
  CLI::App* verb = app.add_subcommand("group-means", "Mean efficiency by group, with intervals and tests of equality");
  AddTechnologyFlags(verb, flags->dea);
  verb->add_option("--group", flags->group, "Column whose values are the groups")->required()->type_name("COLUMN");
  verb->add_option("--method", flags->method,
                   "clt (default): bias-corrected central limit theorem; t-test: scores taken as data, for comparison")
      ->type_name("clt|t-test");
  verb->add_option("--level", flags->level, "Confidence level; default 0.95")->type_name("P");
  verb->add_option("--seed", flags->seed, "Seed of the random splits; default 0")->type_name("S");
  AddCommonFlags(verb, program, flags->recompute);
  AddExamples(verb, {"farrell group-means panel.csv --unit province --inputs rd_fte,rd_exp --outputs patents \\",
                     "    --rts vrs --group region"});
  SetRun(verb, program, [flags](Session& session) { return RunGroupMeans(session, *flags); });
}

}  // namespace farrell::cli
