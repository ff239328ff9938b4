// farrell regress: one or several regressions on one table.

#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "cli/commands.h"
#include "cli/fit_export.h"
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

using regression::v1::FitResult;

struct RegressFlags {
  TableFlags table;
  std::vector<std::string> formulas;
  std::string estimator;
  InferenceFlags inference;
  std::vector<std::string> hypotheses;
  std::vector<std::string> exports;
  std::string out;
  std::string stars;
  std::string title;
  bool recompute = false;
};

Result<regression::v1::FitRequest> RequestOf(const RegressFlags& flags) {
  regression::v1::FitRequest request;
  FARRELL_ASSIGN_OR_RETURN(const auto estimator, notation::ParseEstimator(flags.estimator));
  FARRELL_ASSIGN_OR_RETURN(const auto inferences, InferencesOf(flags.inference));
  request.set_estimator(estimator);
  request.mutable_inferences()->Assign(inferences.begin(), inferences.end());
  for (const std::string& hypothesis : flags.hypotheses) request.add_hypotheses(hypothesis);
  if (flags.inference.level > 0.0) request.set_confidence_level(flags.inference.level);
  request.set_skip_cache_lookup(flags.recompute);
  return request;
}

Result<std::vector<std::string>> ExportsOf(const RegressFlags& flags) {
  const std::vector<std::string> names = SplitLists(flags.exports);
  for (const std::string& name : names) {
    if (std::find(kFitExports.begin(), kFitExports.end(), name) == kFitExports.end()) {
      return InvalidArgument("USAGE", "cannot export '" + name + "': choose from residuals, fitted, effects, vcov");
    }
  }
  if (!names.empty() && flags.out.empty()) return InvalidArgument("USAGE", "--export needs --out DIR");
  if (names.empty() && !flags.out.empty()) {
    return InvalidArgument("USAGE", "--out needs --export, e.g. --export residuals,vcov");
  }
  return names;
}

Result<FitResult> Fit(Session& session, Connection& connection, const regression::v1::FitRequest& request) {
  FitResult result;
  ProgressDisplay progress(ProgressDisplay::ChooseMode(session.options().quiet));
  Call call(session);
  const auto reader = connection.regression().Fit(call.context(), request);
  FARRELL_RETURN_IF_ERROR(
      ReadStream<regression::v1::FitResponse>(call, *reader, [&](regression::v1::FitResponse& reply) {
        if (reply.has_progress()) progress.Update(reply.progress());
        if (reply.has_result()) result = std::move(*reply.mutable_result());
        return Status();
      }));
  return result;
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

std::vector<RowCell> HypothesisRow(const regression::v1::Hypothesis& hypothesis) {
  return {Text(hypothesis.text()),
          Number(hypothesis.estimate()),
          Number(hypothesis.std_error()),
          Number(hypothesis.statistic()),
          Number(hypothesis.p_value()),
          RowCell(),
          RowCell(),
          Number(hypothesis.df())};
}

// One block of rows a formula and inference; with several of either, the columns in front say which.
std::string CsvOf(const std::vector<FitResult>& fits) {
  const bool several_formulas = fits.size() > 1;
  const bool several_inferences = fits.front().inferences_size() > 1;
  std::vector<std::string> header;
  if (several_formulas) header.emplace_back("formula");
  if (several_inferences) header.emplace_back("vcov");
  header.insert(header.end(), {"term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "df"});
  const bool synthetic =
      std::any_of(fits.begin(), fits.end(), [](const FitResult& fit) { return fit.provenance().synthetic(); });
  Rows rows(Format::kCsv, header, synthetic);
  for (const FitResult& fit : fits) {
    const auto add = [&](const std::string& label, std::vector<RowCell> cells) {
      if (several_inferences) cells.insert(cells.begin(), Text(label));
      if (several_formulas) cells.insert(cells.begin(), Text(fit.formula()));
      rows.Add(std::move(cells));
    };
    for (const regression::v1::InferenceResult& inference : fit.inferences()) {
      for (int i = 0; i < fit.terms_size(); ++i) {
        add(inference.label(),
            TermRow(fit.terms(i), i < inference.terms_size() ? inference.terms(i) : regression::v1::TermInference()));
      }
    }
    for (const regression::v1::Hypothesis& hypothesis : fit.hypotheses()) {
      add(fit.inferences(0).label(), HypothesisRow(hypothesis));
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
  FARRELL_RETURN_IF_ERROR(FromGrpc(connection.reporting().RenderTable(call.context(), request, &response)));
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
    FARRELL_ASSIGN_OR_RETURN(FitResult fit, Fit(session, *connection, request));
    PrintWarnings(fit.warnings());
    if (!session.options().quiet) NoteFit(fit);
    const std::string folder = flags.formulas.size() == 1 ? flags.out : fmt::format("{}/model{}", flags.out, i + 1);
    FARRELL_RETURN_IF_ERROR(ExportFit(fit, exports, folder));
    fits.push_back(std::move(fit));
  }

  switch (session.options().output_format()) {
    case Format::kCsv: return Print(CsvOf(fits));
    case Format::kJson: return Print(JsonOf(std::move(fits)));
    default: break;
  }
  FARRELL_ASSIGN_OR_RETURN(const std::string text, RenderTable(session, *connection, flags, fits));
  return Print(text);
}

}  // namespace

void AddRegressCommand(CLI::App& app, Program& program) {
  auto flags = std::make_shared<RegressFlags>();
  CLI::App* verb = app.add_subcommand("regress", "Fit one regression, or several side by side");
  AddTableFlags(verb, flags->table);
  verb->add_option("FORMULA", flags->formulas,
                   "y ~ x1 + log(x2) + lag(x3) + i(region):x1 | unit + time; several formulas make one table")
      ->required()
      ->type_name("");
  verb->add_option("--estimator", flags->estimator, "Default: within when the formula has effects after |, else ols")
      ->type_name("ols|within");
  AddInferenceFlags(verb, flags->inference);
  AddRepeated(verb, "--hypothesis", flags->hypotheses, "Linear hypothesis to test, e.g. 'x1 = x2'; may be repeated")
      ->type_name("TEXT");
  AddRepeated(verb, "--export", flags->exports, "Also write residuals, fitted, effects, vcov as CSV files into --out")
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
