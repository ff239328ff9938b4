// farrell compare: one regression by group, and whether the groups differ.

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "cli/inference_flags.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/rows.h"
#include "cli/session.h"
#include "cli/table_source.h"
#include "common/notation/regression_notation.h"
#include "common/text/number.h"

namespace farrell::cli {
namespace {

using regression::v1::CompareResult;

struct CompareFlags {
  TableFlags table;
  std::string formula;
  std::string by;
  std::vector<std::string> terms;
  std::string interact;
  std::string estimator;
  InferenceFlags inference;
  std::string adjustment;
  bool recompute = false;
};

Result<regression::v1::CompareRequest> RequestOf(const CompareFlags& flags) {
  regression::v1::CompareRequest request;
  FARRELL_ASSIGN_OR_RETURN(const auto estimator, notation::ParseEstimator(flags.estimator));
  FARRELL_ASSIGN_OR_RETURN(const auto interact, notation::ParseInteract(flags.interact));
  FARRELL_ASSIGN_OR_RETURN(const auto inferences, InferencesOf(flags.inference));
  request.set_formula(flags.formula);
  request.set_by(flags.by);
  for (const std::string& term : SplitLists(flags.terms)) request.add_terms(term);
  request.set_estimator(estimator.estimator);
  *request.mutable_options() = estimator.options;
  request.set_weights(RowWeights(flags.inference));
  request.set_interact(interact);
  request.mutable_inferences()->Assign(inferences.begin(), inferences.end());
  request.set_adjustment(flags.adjustment);
  if (flags.inference.level > 0.0) request.set_confidence_level(flags.inference.level);
  request.set_skip_cache_lookup(flags.recompute);
  return request;
}

// Cells of one line in the order of the header.
struct Line {
  std::string section;
  std::string group;
  std::string versus;
  std::string term;
  RowCell estimate{};
  RowCell std_error{};
  RowCell statistic{};
  RowCell df{};
  RowCell df2{};
  RowCell p_value{};
  RowCell p_adjusted{};
  RowCell conf_low{};
  RowCell conf_high{};
};

const std::vector<std::string> kHeader{"section",    "group",     "versus",   "term", "estimate",
                                       "std_error",  "statistic", "df",       "df2",  "p_value",
                                       "p_adjusted", "conf_low",  "conf_high"};

void AddLine(Rows& rows, const Line& line) {
  rows.Add({Text(line.section), Text(line.group), Text(line.versus), Text(line.term), line.estimate, line.std_error,
            line.statistic, line.df, line.df2, line.p_value, line.p_adjusted, line.conf_low, line.conf_high});
}

void AddGroups(Rows& rows, const CompareResult& result) {
  for (const regression::v1::GroupFit& group : result.groups()) {
    for (int i = 0; i < result.terms_size(); ++i) {
      Line line{.section = "group", .group = group.group(), .versus = {}, .term = result.terms(i)};
      if (i < group.estimates_size()) line.estimate = Number(group.estimates(i));
      if (i < group.compared_size()) {
        const regression::v1::TermInference& inference = group.compared(i);
        if (inference.has_std_error()) line.std_error = Number(inference.std_error());
        if (inference.has_statistic()) line.statistic = Number(inference.statistic());
        if (inference.has_df()) line.df = Number(inference.df());
        if (inference.has_p_value()) line.p_value = Number(inference.p_value());
        if (inference.has_conf_low()) line.conf_low = Number(inference.conf_low());
        if (inference.has_conf_high()) line.conf_high = Number(inference.conf_high());
      }
      AddLine(rows, line);
    }
  }
}

void AddDifferences(Rows& rows, const CompareResult& result) {
  for (const regression::v1::Difference& difference : result.differences()) {
    Line line{.section = "difference",
              .group = difference.group(),
              .versus = difference.versus(),
              .term = difference.term(),
              .estimate = Number(difference.estimate())};
    if (difference.has_std_error()) line.std_error = Number(difference.std_error());
    if (difference.has_statistic()) line.statistic = Number(difference.statistic());
    if (difference.has_df()) line.df = Number(difference.df());
    if (difference.has_p_value()) line.p_value = Number(difference.p_value());
    if (difference.has_p_adjusted()) line.p_adjusted = Number(difference.p_adjusted());
    if (difference.has_conf_low()) line.conf_low = Number(difference.conf_low());
    if (difference.has_conf_high()) line.conf_high = Number(difference.conf_high());
    AddLine(rows, line);
  }
}

void AddJoints(Rows& rows, const CompareResult& result) {
  for (const regression::v1::JointEquality& joint : result.joints()) {
    Line line{.section = "joint", .group = {}, .versus = {}, .term = joint.term()};
    if (joint.has_statistic()) line.statistic = Number(joint.statistic());
    if (joint.has_df1()) line.df = Number(joint.df1());
    if (joint.has_df2()) line.df2 = Number(joint.df2());
    if (joint.has_p_value()) line.p_value = Number(joint.p_value());
    AddLine(rows, line);
  }
}

void NoteComparison(const CompareResult& result) {
  std::string note = fmt::format(
      "by {}: {} groups, {} interacted; {}-adjusted p-values over {} differences", result.by(), result.groups_size(),
      result.interact() == regression::v1::CompareRequest::INTERACT_X_ONLY ? "only the compared terms" : "everything",
      result.adjustment(), result.differences_size());
  if (result.pooled().inferences_size() > 0) note += "; " + result.pooled().inferences(0).label();
  PrintNote(note + "; " + DescribeOrigin(result.origin()));
}

void ClearOrigins(CompareResult& result) {
  result.clear_origin();
  result.mutable_pooled()->clear_origin();
  for (regression::v1::GroupFit& group : *result.mutable_groups()) group.mutable_fit()->clear_origin();
}

// The comparison's own warnings, then those of the pooled fit and of the groups by name, each said once.
std::vector<common::v1::Warning> AllWarnings(const CompareResult& result) {
  std::vector<common::v1::Warning> warnings;
  const auto add = [&](const auto& told, const std::string& prefix) {
    for (common::v1::Warning warning : told) {
      const bool known = std::any_of(warnings.begin(), warnings.end(), [&](const common::v1::Warning& other) {
        return other.code() == warning.code() && other.text() == warning.text();
      });
      if (known) continue;
      warning.set_text(prefix + warning.text());
      warnings.push_back(std::move(warning));
    }
  };
  add(result.warnings(), "");
  add(result.pooled().warnings(), "");
  for (const regression::v1::GroupFit& group : result.groups()) add(group.fit().warnings(), group.group() + ": ");
  return warnings;
}

Status RunCompare(Session& session, const CompareFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(regression::v1::CompareRequest request, RequestOf(flags));
  FARRELL_ASSIGN_OR_RETURN(const SourceTable table, OpenTable(session, flags.table));
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  *request.mutable_table() = table.spec;

  const Options& options = session.options();
  CompareResult result;
  {
    ProgressDisplay progress(ProgressDisplay::ChooseMode(options.quiet));
    Call call(session);
    const auto reader = connection->regression().Compare(call.context(), request);
    FARRELL_RETURN_IF_ERROR(
        ReadStream<regression::v1::CompareResponse>(call, *reader, [&](regression::v1::CompareResponse& reply) {
          if (reply.has_progress()) progress.Update(reply.progress());
          if (reply.has_result()) result = std::move(*reply.mutable_result());
          return Status();
        }));
  }
  PrintWarnings(AllWarnings(result));
  if (!options.quiet) NoteComparison(result);
  if (options.output_format() == Format::kJson) {
    // Where a result came from belongs to this call, not to the result.
    ClearOrigins(result);
    return Print(ToJson(result));
  }
  Rows rows(options.output_format(), kHeader, result.provenance().synthetic());
  AddGroups(rows, result);
  AddDifferences(rows, result);
  AddJoints(rows, result);
  return Print(rows.Take());
}

}  // namespace

void AddCompareCommand(CLI::App& app, Program& program) {
  auto flags = std::make_shared<CompareFlags>();
  CLI::App* verb = app.add_subcommand("compare", "Fit one regression by group and test whether the groups differ");
  AddTableFlags(verb, flags->table);
  verb->add_option("FORMULA", flags->formula, "As for `farrell regress`")->required()->type_name("");
  verb->add_option("--by", flags->by, "Column that defines the groups")->required()->type_name("COLUMN");
  AddRepeated(verb, "--terms", flags->terms,
              "Terms whose coefficients are compared; default: the first after the constant")
      ->type_name("x,...");
  verb->add_option(
          "--interact", flags->interact,
          "everything (default): regressors and all effects, equal to the group fits; x-only: the compared terms")
      ->type_name("everything|x-only");
  verb->add_option("--adjust", flags->adjustment, "p-values over all differences: holm (default) or none")
      ->type_name("holm|none")
      ->check(Silent(CLI::IsMember({"holm", "none"})));
  verb->add_option("--estimator", flags->estimator, "Default: within when the formula has effects after |, else ols")
      ->type_name("ols|within");
  AddInferenceFlags(verb, flags->inference);
  verb->add_flag("--recompute", flags->recompute, "Fit again even if the result is at hand");
  AddFormatFlag(verb, program.options, {"table", "csv", "json"});
  AddServiceFlags(verb, program.options);
  AddExamples(verb, {"farrell compare panel.csv 'log(score) ~ log(ai) + urban | province + year' --by region \\",
                     "    --terms 'log(ai)' --unit province --time year --vcov cr3:province --format csv"});
  SetRun(verb, program, [flags](Session& session) { return RunCompare(session, *flags); });
}

}  // namespace farrell::cli
