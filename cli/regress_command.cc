// farrell regress: one or several regressions on one table.

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <set>
#include <utility>

#include "cli/commands.h"
#include "cli/fit_export.h"
#include "cli/fit_sections.h"
#include "cli/flags.h"
#include "cli/inference_flags.h"
#include "cli/json.h"
#include "cli/long_call.h"
#include "cli/output.h"
#include "cli/rows.h"
#include "cli/session.h"
#include "cli/table_source.h"
#include "common/notation/regression_notation.h"
#include "common/text/number.h"
#include "farrell/regression/v1/regression.grpc.pb.h"
#include "farrell/reporting/v1/reporting.grpc.pb.h"

namespace farrell::cli {
namespace {

using regression::v1::FitResult;

struct RegressFlags {
  TableFlags table;
  std::vector<std::string> formulas;
  std::string estimator;
  InferenceFlags inference;
  double lower = 0.0;
  double upper = 0.0;
  CLI::Option* lower_given = nullptr;
  CLI::Option* upper_given = nullptr;
  bool mundlak = false;
  int quadrature_points = 0;
  std::vector<std::string> hypotheses;
  std::vector<std::string> margins;
  std::vector<std::string> references;
  std::string leave_one_out;
  bool diagnostics = false;
  std::vector<std::string> exports;
  std::string out;
  std::string stars;
  std::string title;
  bool recompute = false;
};

// TERM=VALUE: the size of effect that would matter.
Result<std::vector<regression::v1::DesignQuestion>> QuestionsOf(const std::vector<std::string>& texts) {
  std::vector<regression::v1::DesignQuestion> questions;
  for (const std::string& text : texts) {
    const std::size_t equals = text.rfind('=');
    double value = 0.0;
    if (equals == std::string::npos || equals == 0 || !CLI::detail::lexical_cast(text.substr(equals + 1), value)) {
      return InvalidArgument("USAGE",
                             "--reference is TERM=VALUE, e.g. --reference 'log(ai)=0.045'; got '" + text + "'");
    }
    regression::v1::DesignQuestion& question = questions.emplace_back();
    question.set_term(text.substr(0, equals));
    question.set_reference(value);
  }
  return questions;
}

// The mistakes of several flags in one answer; that of a single one as it is.
Status AllOf(const std::vector<std::pair<std::string, Status>>& flags) {
  Violations violations;
  Status only;
  std::size_t wrong = 0;
  for (const auto& [flag, status] : flags) {
    if (status.ok()) continue;
    only = status;
    ++wrong;
    if (status.violations().empty()) violations.Add(flag, status.message());
    for (const FieldViolation& violation : status.violations()) violations.Add(violation.field, violation.description);
  }
  return wrong > 1 ? std::move(violations).Finish("REQUEST_INVALID", "several flags are not valid") : only;
}

Result<regression::v1::FitRequest> RequestOf(const RegressFlags& flags) {
  regression::v1::FitRequest request;
  const Result<notation::EstimatorChoice> estimator = notation::ParseEstimator(flags.estimator);
  const auto inferences = InferencesOf(flags.inference);
  const auto questions = QuestionsOf(flags.references);
  FARRELL_RETURN_IF_ERROR(AllOf(
      {{"--estimator", estimator.status()}, {"--vcov", inferences.status()}, {"--reference", questions.status()}}));
  request.set_estimator(estimator->estimator);
  regression::v1::EstimatorOptions& options = *request.mutable_options();
  options = estimator->options;
  if (flags.lower_given->count() > 0) options.set_lower(flags.lower);
  if (flags.upper_given->count() > 0) options.set_upper(flags.upper);
  options.set_mundlak(flags.mundlak);
  options.set_quadrature_points(flags.quadrature_points);
  request.set_weights(RowWeights(flags.inference));
  for (const std::string& margin : flags.margins) request.add_margins(margin);
  request.mutable_design()->Assign(questions->begin(), questions->end());
  request.set_leave_one_out(flags.leave_one_out);
  request.set_cluster_diagnostics(flags.diagnostics);
  request.mutable_inferences()->Assign(inferences->begin(), inferences->end());
  for (const std::string& hypothesis : flags.hypotheses) request.add_hypotheses(hypothesis);
  if (flags.inference.level > 0.0) request.set_confidence_level(flags.inference.level);
  request.set_skip_cache_lookup(flags.recompute);
  return request;
}

Result<std::vector<std::string>> ExportsOf(const RegressFlags& flags) {
  const std::vector<std::string> names = SplitLists(flags.exports);
  for (const std::string& name : names) {
    const std::vector<std::string>& known = FitExports();
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string choices;
    for (const std::string& choice : known) choices += (choices.empty() ? "" : ", ") + choice;
    return InvalidArgument("USAGE", "cannot export '" + name + "': choose from " + choices);
  }
  if (!names.empty() && flags.out.empty()) return InvalidArgument("USAGE", "--export needs --out DIR");
  if (names.empty() && !flags.out.empty()) {
    return InvalidArgument("USAGE", "--out needs --export, e.g. --export residuals,vcov");
  }
  return names;
}

// One fit; several for a stepwise formula.
Result<std::vector<FitResult>> Fit(Session& session, Connection& connection,
                                   const regression::v1::FitRequest& request) {
  std::vector<FitResult> results;
  const auto open = [&](grpc::ClientContext* context) { return connection.regression()->Fit(context, request); };
  FARRELL_RETURN_IF_ERROR(
      RunLongCall<regression::v1::FitResponse>(session, open, [&](regression::v1::FitResponse& reply) {
        if (reply.has_result()) results.push_back(std::move(*reply.mutable_result()));
        return Status();
      }));
  return results;
}

std::string InferenceNote(const regression::v1::InferenceResult& inference) {
  std::string text = inference.label();
  if (inference.cluster_count() > 0) text += fmt::format(", {} clusters", inference.cluster_count());
  if (!inference.ssc().empty()) text += ", correction " + inference.ssc();
  if (inference.draws() > 0) text += fmt::format(", {} draws", text::FormatCount(inference.draws()));
  return text;
}

// What a CSV without room for it leaves out: the inference is never implicit.
void NoteFit(const FitResult& fit) {
  std::string note = fmt::format("{}: {} observations", fit.formula(), text::FormatCount(fit.observation_count()));
  for (const regression::v1::InferenceResult& inference : fit.inferences()) note += "; " + InferenceNote(inference);
  PrintNote(note + "; " + DescribeOrigin(fit.origin()));
}

// term,estimate,std_error,statistic,p_value,conf_low,conf_high,df
std::vector<RowCell> TermRow(const regression::v1::Term& term, const regression::v1::TermInference& inference) {
  return {Text(term.name()),
          term.has_estimate() ? Number(term.estimate()) : RowCell(),
          inference.has_std_error() ? Number(inference.std_error()) : RowCell(),
          inference.has_statistic() ? Number(inference.statistic()) : RowCell(),
          inference.has_p_value() ? Number(inference.p_value()) : RowCell(),
          inference.has_conf_low() ? Number(inference.conf_low()) : RowCell(),
          inference.has_conf_high() ? Number(inference.conf_high()) : RowCell(),
          inference.has_df() ? Number(inference.df()) : RowCell()};
}

// A joint hypothesis has no estimate; its statistic is F (chi-squared without df) and df those of the denominator.
std::vector<RowCell> HypothesisRow(const regression::v1::Hypothesis& hypothesis) {
  if (hypothesis.has_joint()) {
    const regression::v1::JointTest& joint = hypothesis.joint();
    return {Text(hypothesis.text()), RowCell(), RowCell(), Number(joint.statistic()),
            Number(joint.p_value()), RowCell(), RowCell(), joint.df2() > 0.0 ? Number(joint.df2()) : RowCell()};
  }
  return {Text(hypothesis.text()),
          Number(hypothesis.estimate()),
          Number(hypothesis.std_error()),
          Number(hypothesis.statistic()),
          Number(hypothesis.p_value()),
          hypothesis.has_conf_low() ? Number(hypothesis.conf_low()) : RowCell(),
          hypothesis.has_conf_high() ? Number(hypothesis.conf_high()) : RowCell(),
          hypothesis.df() > 0.0 ? Number(hypothesis.df()) : RowCell()};
}

bool HasSeveralCorrections(const FitResult& fit) {
  std::set<std::pair<std::string, std::string>> seen;
  std::set<std::string> labels;
  for (const regression::v1::InferenceResult& inference : fit.inferences()) {
    seen.emplace(inference.label(), inference.ssc());
    labels.insert(inference.label());
  }
  return seen.size() > labels.size();
}

// One block of rows a formula and inference; with several of either, the columns in front say which.
std::string CsvOf(const std::vector<FitResult>& fits) {
  const bool several_formulas = fits.size() > 1;
  const bool several_inferences = fits.front().inferences_size() > 1;
  // The same inference under several corrections: the column `ssc` tells them apart.
  const bool several_corrections = HasSeveralCorrections(fits.front());
  std::vector<std::string> header;
  if (several_formulas) header.emplace_back("formula");
  if (several_inferences) header.emplace_back("vcov");
  if (several_corrections) header.emplace_back("ssc");
  header.insert(header.end(), {"term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "df"});
  const bool synthetic =
      std::any_of(fits.begin(), fits.end(), [](const FitResult& fit) { return fit.provenance().synthetic(); });
  Rows rows(Format::kCsv, header, synthetic);
  for (const FitResult& fit : fits) {
    const auto add = [&](const regression::v1::InferenceResult& inference, std::vector<RowCell> cells) {
      if (several_corrections) cells.insert(cells.begin(), Text(inference.ssc()));
      if (several_inferences) cells.insert(cells.begin(), Text(inference.label()));
      if (several_formulas) cells.insert(cells.begin(), Text(fit.formula()));
      rows.Add(std::move(cells));
    };
    for (const regression::v1::InferenceResult& inference : fit.inferences()) {
      for (int i = 0; i < fit.terms_size(); ++i) {
        add(inference,
            TermRow(fit.terms(i), i < inference.terms_size() ? inference.terms(i) : regression::v1::TermInference()));
      }
    }
    for (const regression::v1::Hypothesis& hypothesis : fit.hypotheses()) {
      add(fit.inferences(0), HypothesisRow(hypothesis));
    }
  }
  return rows.Take();
}

// One fit as it is; several as {"fits": [...]}.
std::string JsonOf(std::vector<FitResult> fits) {
  // Where a result came from belongs to this call, not to the result.
  for (FitResult& fit : fits) fit.clear_origin();
  if (fits.size() == 1) return ToJson(fits.front());
  std::string text = "{\n  \"fits\": [";
  for (std::size_t i = 0; i < fits.size(); ++i) {
    text += std::string(i == 0 ? "" : ",") + "\n    " + ToJsonValue(fits[i], 2);
  }
  return text + "\n  ]\n}\n";
}

Result<std::string> RenderTable(Session& session, Connection& connection, const RegressFlags& flags,
                                const std::vector<FitResult>& fits) {
  reporting::v1::RenderTableRequest request;
  request.mutable_fits()->Assign(fits.begin(), fits.end());
  const Format format = session.options().output_format();
  request.set_format(format == Format::kMarkdown ? "md" : format == Format::kLatex ? "tex" : "text");
  request.set_stars(flags.stars);
  request.set_title(flags.title);
  Call call(session);
  reporting::v1::RenderTableResponse response;
  FARRELL_RETURN_IF_ERROR(FromGrpc(connection.reporting()->RenderTable(call.context(), request, &response)));
  std::string text = std::move(*response.mutable_text());
  if (!text.empty() && text.back() != '\n') text += '\n';
  return text;
}

Status RunRegress(Session& session, const RegressFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(regression::v1::FitRequest request, RequestOf(flags));
  FARRELL_ASSIGN_OR_RETURN(const std::vector<std::string> exports, ExportsOf(flags));
  FARRELL_ASSIGN_OR_RETURN(const SourceTable table, OpenTable(session, flags.table));
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  *request.mutable_table() = table.spec;
  request.set_return_observations(!exports.empty());

  std::vector<FitResult> fits;
  for (std::size_t i = 0; i < flags.formulas.size(); ++i) {
    request.set_formula(flags.formulas[i]);
    FARRELL_ASSIGN_OR_RETURN(std::vector<FitResult> found, Fit(session, *connection, request));
    std::move(found.begin(), found.end(), std::back_inserter(fits));
  }
  for (std::size_t i = 0; i < fits.size(); ++i) {
    PrintWarnings(fits[i].warnings());
    if (!session.options().quiet) NoteFit(fits[i]);
    const std::string folder = fits.size() == 1 ? flags.out : fmt::format("{}/model{}", flags.out, i + 1);
    FARRELL_RETURN_IF_ERROR(ExportFit(fits[i], exports, folder));
  }

  switch (session.options().output_format()) {
    case Format::kCsv: return Print(CsvOf(fits));
    case Format::kJson: return Print(JsonOf(std::move(fits)));
    default: break;
  }
  FARRELL_ASSIGN_OR_RETURN(std::string text, RenderTable(session, *connection, flags, fits));
  if (session.options().output_format() == Format::kTable) {
    for (const FitResult& fit : fits) text += PrintedSections(fit);
  }
  return Print(text);
}

}  // namespace

void AddRegressCommand(CLI::App& app, Program& program) {
  auto flags = std::make_shared<RegressFlags>();
  CLI::App* verb = app.add_subcommand("regress", "Fit one regression, or several side by side");
  AddTableFlags(verb, flags->table);
  verb->add_option("FORMULA", flags->formulas,
                   "y ~ x1 + log(x2) + lag(x3, 1:2) + i(region, ref = west):x1 | unit + time | endogenous ~ z1 + z2; "
                   "sw() and csw() "
                   "stand for several; several formulas make one table")
      ->required()
      ->type_name("");
  verb->add_option("--estimator", flags->estimator,
                   notation::EstimatorNames() +
                       ". Default: 2sls when the formula has instruments, within when it has effects after |, else ols")
      ->type_name("NAME");
  flags->lower_given =
      verb->add_option("--lower", flags->lower, "Lower bound of the outcome of tobit and truncated; without bounds 0")
          ->type_name("VALUE");
  flags->upper_given = verb->add_option("--upper", flags->upper, "Upper bound of the outcome of tobit and truncated")
                           ->type_name("VALUE");
  verb->add_flag("--mundlak", flags->mundlak, "Add the unit means of the regressors to tobit, truncated or fractional");
  verb->add_option("--quadrature", flags->quadrature_points, "Nodes of the integral of tobit:re; default 24")
      ->type_name("N")
      ->check(Silent(CLI::Range(4, 64)));
  AddInferenceFlags(verb, flags->inference);
  AddRepeated(verb, "--hypothesis", flags->hypotheses,
              "Hypothesis to test, e.g. 'x1 = x2'; 'x1 = 0; x2 = 0' jointly; 'x1 / x2 = 2' by the delta method; may be "
              "repeated")
      ->type_name("TEXT");
  AddRepeated(verb, "--margin", flags->margins,
              "Average marginal effect through interactions: 'x1', or 'x1 by region'; may be repeated")
      ->type_name("TEXT");
  AddRepeated(verb, "--reference", flags->references,
              "Size of effect that would matter: power, minimum detectable effect and exaggeration; may be repeated")
      ->type_name("TERM=VALUE");
  verb->add_option("--leave-one-out", flags->leave_one_out, "Fit again without each level of this column")
      ->type_name("COLUMN");
  verb->add_flag("--diagnostics", flags->diagnostics,
                 "Leverage and influence of clusters, effective number of clusters");
  AddRepeated(
      verb, "--export", flags->exports,
      "Also write residuals, fitted, effects, vcov, or a section (partial-effects, margins, hypotheses, instruments, "
      "design, leave-one-out, clusters, dropped) as CSV files into --out")
      ->type_name("a,b,...");
  verb->add_option("--out", flags->out, "Folder of --export")->type_name("DIR");
  verb->add_option("--stars", flags->stars, "Stars of the table: cn (default), aer or none")->type_name("PRESET");
  verb->add_option("--title", flags->title, "Title of the table")->type_name("TEXT");
  verb->add_flag("--recompute", flags->recompute, "Fit again even if the result is at hand");
  AddFormatFlag(verb, program.options, {"table", "csv", "json", "md", "tex"});
  AddServiceFlags(verb, program.options);
  AddExamples(verb, {"farrell regress panel.csv 'log(patents) ~ log(ai) + urban | province + year' \\",
                     "    --unit province --time year --vcov cr3:province --vcov wild:province"});
  SetRun(verb, program, [flags](Session& session) { return RunRegress(session, *flags); });
}

}  // namespace farrell::cli
