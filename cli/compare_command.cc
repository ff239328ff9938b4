// farrell compare: one regression by group, and whether the groups differ.

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/inference_flags.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/rows.h"
#include "cli/session.h"
#include "cli/table_source.h"
#include "common/notation/regression_notation.h"
#include "common/text/number.h"
#include "farrell/regression/v1/regression.grpc.pb.h"

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
  std::vector<std::string> inferences;  // --inference
  std::vector<std::string> equations;
  std::vector<std::string> orderings;
  std::string adjustment;
  std::string family;
  bool recompute = false;
};

std::string Trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(' ');
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

// "NAME=FORMULA" or "NAME=FORMULA @ WHERE": no formula has an @.
Result<regression::v1::Equation> EquationOf(const std::string& text) {
  regression::v1::Equation equation;
  const std::size_t sign = text.find('=');
  const std::size_t tilde = text.find('~');
  if (sign == std::string::npos || sign == 0 || tilde == std::string::npos || tilde < sign) {
    return InvalidArgument("COMPARE_INVALID",
                           "the equation '" + text + "' cannot be read: write NAME='y ~ x' or NAME='y ~ x @ WHERE'");
  }
  const std::size_t at = text.find('@', sign);
  equation.set_name(Trimmed(text.substr(0, sign)));
  equation.set_formula(Trimmed(text.substr(sign + 1, at == std::string::npos ? at : at - sign - 1)));
  if (at != std::string::npos) equation.set_where(Trimmed(text.substr(at + 1)));
  return equation;
}

Result<regression::v1::CompareRequest> RequestOf(const CompareFlags& flags) {
  regression::v1::CompareRequest request;
  FARRELL_ASSIGN_OR_RETURN(const auto estimator, notation::ParseEstimator(flags.estimator));
  FARRELL_ASSIGN_OR_RETURN(const auto interact, notation::ParseInteract(flags.interact));
  InferenceFlags inference = flags.inference;
  inference.vcov.insert(inference.vcov.end(), flags.inferences.begin(), flags.inferences.end());
  FARRELL_ASSIGN_OR_RETURN(const auto inferences, InferencesOf(inference));
  if (flags.equations.empty() && (flags.by.empty() || flags.formula.empty())) {
    return InvalidArgument("COMPARE_INVALID", "give a FORMULA and --by COLUMN, or two and more --equation");
  }
  request.set_formula(flags.formula);
  request.set_by(flags.by);
  for (const std::string& text : flags.equations) {
    FARRELL_ASSIGN_OR_RETURN(*request.add_equations(), EquationOf(text));
  }
  for (const std::string& ordering : flags.orderings) request.add_orderings(ordering);
  request.set_family(flags.family);
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
  std::string inference{};
  std::string ssc{};
  std::string equation{};
  std::string versus_equation{};
};

const std::vector<std::string> kHeader{"section",    "group",     "versus",    "term",     "estimate",
                                       "std_error",  "statistic", "df",        "df2",      "p_value",
                                       "p_adjusted", "conf_low",  "conf_high", "inference"};

// One inference stands there under several small-sample corrections.
bool HasSeveralCorrections(const CompareResult& result) {
  std::set<std::string> labels;
  std::set<std::pair<std::string, std::string>> corrected;
  for (const regression::v1::GroupFit& group : result.groups()) {
    for (const regression::v1::InferenceResult& inference : group.fit().inferences()) {
      labels.insert(inference.label());
      corrected.emplace(inference.label(), inference.ssc());
    }
  }
  return corrected.size() > labels.size();
}

// The columns, with the correction where there are several of one inference, and the equations where there are several.
std::vector<std::string> HeaderOf(const CompareResult& result) {
  std::vector<std::string> header = kHeader;
  if (HasSeveralCorrections(result)) header.emplace_back("ssc");
  if (result.equations_size() > 0) header.insert(header.end(), {"equation", "versus_equation"});
  return header;
}

void AddLine(Rows& rows, const CompareResult& result, const Line& line) {
  std::vector<RowCell> cells{Text(line.section), Text(line.group),    Text(line.versus), Text(line.term),
                             line.estimate,      line.std_error,      line.statistic,    line.df,
                             line.df2,           line.p_value,        line.p_adjusted,   line.conf_low,
                             line.conf_high,     Text(line.inference)};
  if (HasSeveralCorrections(result)) cells.push_back(Text(line.ssc));
  if (result.equations_size() > 0) cells.insert(cells.end(), {Text(line.equation), Text(line.versus_equation)});
  rows.Add(std::move(cells));
}

// "a | b" names the term of every equation.
std::string TermOfEquation(const CompareResult& result, const std::string& term, const std::string& equation) {
  std::string rest = term;
  for (const std::string& name : result.equations()) {
    const std::size_t bar = rest.find(" | ");
    if (name == equation || bar == std::string::npos) return rest.substr(0, bar);
    rest = rest.substr(bar + 3);
  }
  return term;
}

void AddGroup(Rows& rows, const CompareResult& result, Line line, const regression::v1::TermInference& inference,
              const regression::v1::InferenceResult& source) {
  line.inference = source.label();
  line.ssc = source.ssc();
  if (inference.has_std_error()) line.std_error = Number(inference.std_error());
  if (inference.has_statistic()) line.statistic = Number(inference.statistic());
  if (inference.has_df()) line.df = Number(inference.df());
  if (inference.has_p_value()) line.p_value = Number(inference.p_value());
  if (inference.has_conf_low()) line.conf_low = Number(inference.conf_low());
  if (inference.has_conf_high()) line.conf_high = Number(inference.conf_high());
  AddLine(rows, result, line);
}

// Under the first inference; where the groups are fits by themselves, under every correction of it.
void AddGroups(Rows& rows, const CompareResult& result) {
  const bool every =
      HasSeveralCorrections(result) && result.interact() != regression::v1::CompareRequest::INTERACT_X_ONLY;
  for (const regression::v1::GroupFit& group : result.groups()) {
    const regression::v1::FitResult& fit = group.fit();
    for (int i = 0; i < result.terms_size(); ++i) {
      Line line{.section = "group", .group = group.group(), .versus = {}, .term = result.terms(i)};
      line.equation = group.equation();
      if (i < group.estimates_size() && group.estimated(i)) line.estimate = Number(group.estimates(i));
      AddGroup(rows, result, line, i < group.compared_size() ? group.compared(i) : regression::v1::TermInference(),
               fit.inferences_size() > 0 ? fit.inferences(0) : regression::v1::InferenceResult());
      const std::string name = TermOfEquation(result, result.terms(i), group.equation());
      for (int k = 1; every && k < fit.inferences_size(); ++k) {
        if (fit.inferences(k).label() != fit.inferences(0).label()) continue;
        for (int t = 0; t < std::min(fit.terms_size(), fit.inferences(k).terms_size()); ++t) {
          if (fit.terms(t).name() != name) continue;
          AddGroup(rows, result, line, fit.inferences(k).terms(t), fit.inferences(k));
        }
      }
    }
  }
}

// One line an inference.
void AddDifferences(Rows& rows, const CompareResult& result) {
  for (const regression::v1::Difference& difference : result.differences()) {
    for (const regression::v1::DifferenceInference& inference : difference.inferences()) {
      Line line{.section = "difference",
                .group = difference.group(),
                .versus = difference.versus(),
                .term = difference.term(),
                .estimate = Number(difference.estimate())};
      if (inference.has_std_error()) line.std_error = Number(inference.std_error());
      if (inference.has_statistic()) line.statistic = Number(inference.statistic());
      if (inference.has_df()) line.df = Number(inference.df());
      if (inference.has_p_value()) line.p_value = Number(inference.p_value());
      if (inference.has_p_adjusted()) line.p_adjusted = Number(inference.p_adjusted());
      if (inference.has_conf_low()) line.conf_low = Number(inference.conf_low());
      if (inference.has_conf_high()) line.conf_high = Number(inference.conf_high());
      line.inference = inference.label();
      line.ssc = inference.ssc();
      line.equation = difference.equation();
      line.versus_equation = difference.versus_equation();
      AddLine(rows, result, line);
    }
  }
}

// One line a test of equality.
void AddJoints(Rows& rows, const CompareResult& result) {
  for (const regression::v1::JointEquality& joint : result.joints()) {
    for (const regression::v1::EqualityTest& test : joint.tests()) {
      Line line{.section = "joint", .group = {}, .versus = {}, .term = joint.term()};
      if (test.has_statistic()) line.statistic = Number(test.statistic());
      if (test.has_df1()) line.df = Number(test.df1());
      if (test.has_df2()) line.df2 = Number(test.df2());
      if (test.has_p_value()) line.p_value = Number(test.p_value());
      line.inference = test.label();
      line.ssc = test.ssc();
      line.equation = joint.equation();
      AddLine(rows, result, line);
    }
  }
}

// What the pooled slope is made of: weights and slopes by group, their sum, and what the groups' own slopes leave.
void AddPooledSlopes(Rows& rows, const CompareResult& result) {
  for (const regression::v1::PooledSlope& slope : result.pooled_slopes()) {
    const auto add = [&](const char* section, const std::string& group, double value) {
      Line line{.section = section, .group = group, .versus = {}, .term = slope.term()};
      line.estimate = Number(value);
      AddLine(rows, result, line);
    };
    for (const regression::v1::PooledSlopeShare& share : slope.shares()) {
      add("pooled-weight", share.group(), share.weight());
      add("pooled-residual-slope", share.group(), share.residual_slope());
    }
    add("pooled-slope", {}, slope.estimate());
    add("pooled-own-slopes", {}, slope.weighted_mean());
    add("pooled-remainder", {}, slope.remainder());
  }
}

void AddOrders(Rows& rows, const CompareResult& result) {
  for (const regression::v1::Ordering& ordering : result.orderings()) {
    const auto add = [&](const char* section, const RowCell& statistic, const RowCell& p_value, const char* name) {
      Line line{.section = section, .group = ordering.text(), .versus = {}, .term = ordering.term()};
      line.statistic = statistic;
      line.p_value = p_value;
      line.inference = name;
      AddLine(rows, result, line);
    };
    if (ordering.has_violation_statistic()) {
      add("order", Number(ordering.violation_statistic()), Number(ordering.violation_p_value()), "order violated");
      Line line{.section = "order", .group = ordering.text(), .versus = {}, .term = ordering.term()};
      line.estimate = Number(ordering.probability());
      line.inference = "probability";
      AddLine(rows, result, line);
    }
    if (ordering.has_strict_p_value()) add("order", {}, Number(ordering.strict_p_value()), "strict order");
  }
  for (const regression::v1::RankProbability& rank : result.rank_probabilities()) {
    Line line{.section = "rank", .group = rank.group(), .versus = {}, .term = rank.term()};
    line.estimate = Number(rank.probability());
    line.inference = fmt::format("rank {}", rank.rank());
    AddLine(rows, result, line);
  }
}

void NoteComparison(const CompareResult& result) {
  const std::string adjusted = result.adjustment() == "none" ? "unadjusted" : result.adjustment() + "-adjusted";
  std::string note = fmt::format(
      "{}: {} fits, {} interacted; {} p-values over {} {}", result.by().empty() ? "equations" : "by " + result.by(),
      result.groups_size(),
      result.interact() == regression::v1::CompareRequest::INTERACT_X_ONLY ? "only the compared terms" : "everything",
      adjusted, result.differences_size(), result.differences_size() == 1 ? "difference" : "differences");
  if (result.pooled().inferences_size() > 0) note += "; " + result.pooled().inferences(0).label();
  PrintNote(note + "; " + DescribeOrigin(result.origin()));
}

void ClearOrigins(CompareResult& result) {
  result.clear_origin();
  result.mutable_pooled()->clear_origin();
  for (regression::v1::GroupFit& group : *result.mutable_groups()) group.mutable_fit()->clear_origin();
}

// The comparison's own warnings, then those of the pooled fit, then those of the groups; one that several groups share
// is said once, with all their names.
std::vector<common::v1::Warning> AllWarnings(const CompareResult& result) {
  std::vector<common::v1::Warning> warnings;
  const auto find = [&](std::vector<common::v1::Warning>& among, const common::v1::Warning& warning) {
    return std::find_if(among.begin(), among.end(), [&](const common::v1::Warning& other) {
      return other.code() == warning.code() && other.text() == warning.text();
    });
  };
  const auto add = [&](const auto& told) {
    for (const common::v1::Warning& warning : told) {
      if (find(warnings, warning) == warnings.end()) warnings.push_back(warning);
    }
  };
  add(result.warnings());
  add(result.pooled().warnings());
  std::vector<common::v1::Warning> of_groups;
  std::vector<std::string> names;
  for (const regression::v1::GroupFit& group : result.groups()) {
    const std::string name = group.equation().empty() ? group.group() : Trimmed(group.equation() + " " + group.group());
    for (const common::v1::Warning& warning : group.fit().warnings()) {
      if (find(warnings, warning) != warnings.end()) continue;
      const auto known = find(of_groups, warning);
      if (known == of_groups.end()) {
        of_groups.push_back(warning);
        names.push_back(name);
      } else {
        names[static_cast<std::size_t>(known - of_groups.begin())] += ", " + name;
      }
    }
  }
  for (std::size_t k = 0; k < of_groups.size(); ++k) {
    of_groups[k].set_text(names[k] + ": " + of_groups[k].text());
    warnings.push_back(std::move(of_groups[k]));
  }
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
    const auto reader = connection->regression()->Compare(call.context(), request);
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
  Rows rows(options.output_format(), HeaderOf(result), result.provenance().synthetic());
  AddGroups(rows, result);
  AddDifferences(rows, result);
  AddJoints(rows, result);
  AddOrders(rows, result);
  AddPooledSlopes(rows, result);
  return Print(rows.Take());
}

}  // namespace

void AddCompareCommand(CLI::App& app, Program& program) {
  auto flags = std::make_shared<CompareFlags>();
  CLI::App* verb = app.add_subcommand("compare", "Fit one regression by group and test whether the groups differ");
  AddTableFlags(verb, flags->table);
  verb->add_option("FORMULA", flags->formula, "As for `farrell regress`; left out where there are equations")
      ->type_name("");
  verb->add_option("--by", flags->by, "Column that defines the groups; may be left out where there are equations")
      ->type_name("COLUMN");
  AddRepeated(
      verb, "--terms", flags->terms,
      "Terms whose coefficients are compared; default: the first after the constant. 'a | b' names one an equation")
      ->type_name("x,...");
  verb->add_option(
          "--interact", flags->interact,
          "everything (default): regressors and all effects, equal to the group fits; x-only: the compared terms")
      ->type_name("everything|x-only");
  AddRepeated(verb, "--equation", flags->equations,
              "NAME='FORMULA' or NAME='FORMULA @ WHERE' (rows): models of the same units side by side, correlated by "
              "their clusters; repeated")
      ->type_name("NAME=FORMULA");
  AddRepeated(verb, "--order", flags->orderings,
              "Order tested as one: 'central > east > west', or 'TERM: central > east'; may be repeated")
      ->type_name("A > B");
  verb->add_option("--adjust", flags->adjustment,
                   "p-values over a family of differences: holm (default), bh, romano-wolf (shared draws) or none")
      ->type_name("holm|bh|romano-wolf|none")
      ->check(Silent(CLI::IsMember({"holm", "bh", "romano-wolf", "none"})));
  verb->add_option("--family", flags->family, "What is adjusted together: all (default), term or equation")
      ->type_name("all|term|equation")
      ->check(Silent(CLI::IsMember({"all", "term", "equation"})));
  AddRepeated(verb, "--inference", flags->inferences,
              "The same as --vcov; here also permutation[:COLUMN[:DRAWS]] (studentised) and permutation-raw: whole "
              "clusters change groups")
      ->type_name("KIND");
  verb->add_option("--estimator", flags->estimator, "Default: within when the formula has effects after |, else ols")
      ->type_name("NAME[:OPTION]");
  AddInferenceFlags(verb, flags->inference);
  verb->add_flag("--recompute", flags->recompute, "Fit again even if the result is at hand");
  AddFormatFlag(verb, program.options, {"table", "csv", "json"});
  AddServiceFlags(verb, program.options);
  AddExamples(verb, {"farrell compare panel.csv 'log(score) ~ log(ai) + urban | province + year' --by region \\",
                     "    --terms 'log(ai)' --unit province --time year --vcov cr3:province --format csv",
                     "farrell compare panel.csv 'y ~ x | unit' --by region --inference cr1,cr2,cr3,wild,permutation \\",
                     "    --adjust romano-wolf --order 'central > east > west' --unit unit",
                     "farrell compare panel.csv --equation gov='y ~ x @ actor == \"gov\"' \\",
                     "    --equation firm='y ~ x @ actor == \"firm\"' --inference cr1:province"});
  SetRun(verb, program, [flags](Session& session) { return RunCompare(session, *flags); });
}

}  // namespace farrell::cli
