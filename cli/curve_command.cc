// farrell curve: one term under every combination of declared choices.

#include <fmt/core.h>

#include <memory>
#include <utility>

#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/inference_flags.h"
#include "cli/output.h"
#include "cli/result_call.h"
#include "cli/rows.h"
#include "common/notation/regression_notation.h"
#include "common/text/number.h"
#include "farrell/regression/v1/regression.grpc.pb.h"

namespace farrell::cli {
namespace {

using regression::v1::CurveJointTest;
using regression::v1::CurveSpecification;
using regression::v1::CurveSummary;
using regression::v1::SpecificationCurveRequest;
using regression::v1::SpecificationCurveResult;

struct CurveFlags {
  TableFlags table;
  std::vector<std::string> terms;
  std::vector<std::string> outcomes;
  std::vector<std::string> controls;
  std::vector<std::string> effects;
  std::vector<std::string> instruments;
  std::vector<std::string> samples;
  std::vector<std::string> weights;
  std::string estimator;
  double lower = 0.0;
  double upper = 0.0;
  CLI::Option* lower_given = nullptr;
  CLI::Option* upper_given = nullptr;
  bool mundlak = false;
  InferenceFlags inference;
  int draws = 0;
  std::string joint_cluster;
  bool no_joint_test = false;
  bool recompute = false;
};

// "NAME=WHERE". A filter without a name is its own: the first `=` of `year == 2010` or `x >= 1` names nothing.
SpecificationCurveRequest::Sample SampleOf(const std::string& text) {
  SpecificationCurveRequest::Sample sample;
  const std::size_t equals = text.find('=');
  const bool names = equals != std::string::npos && equals > 0 && text.find_first_of("!<>'\"(") > equals &&
                     (equals + 1 == text.size() || text[equals + 1] != '=');
  if (names) {
    sample.set_name(text.substr(0, equals));
    sample.set_where(text.substr(equals + 1));
  } else if (text != "all") {
    sample.set_where(text);
  }
  return sample;
}

// One row a specification, in the order of the curve: increasing estimates, those without one last.
std::string CurveRows(const SpecificationCurveResult& result, Format format) {
  Rows rows(format,
            {"term", "outcome", "controls", "effects", "instruments", "sample", "weights", "vcov", "estimate",
             "std_error", "p_value", "conf_low", "conf_high", "n", "clusters", "note"},
            result.provenance().synthetic());
  const auto add = [&](const CurveSpecification& each) {
    const regression::v1::TermInference& inference = each.term_inference();
    rows.Add({Text(each.term()), Text(each.outcome()), Text(each.controls()), Text(each.effects()),
              Text(each.instruments()), Text(each.sample()), Text(each.weights()), Text(each.inference()),
              each.has_estimate() ? Number(each.estimate()) : RowCell(),
              inference.has_std_error() ? Number(inference.std_error()) : RowCell(),
              inference.has_p_value() ? Number(inference.p_value()) : RowCell(),
              inference.has_conf_low() ? Number(inference.conf_low()) : RowCell(),
              inference.has_conf_high() ? Number(inference.conf_high()) : RowCell(),
              Number(static_cast<double>(each.observation_count())),
              each.cluster_count() > 0 ? Number(static_cast<double>(each.cluster_count())) : RowCell(),
              Text(each.undefined())});
  };
  for (const int position : result.summary().order()) add(result.specifications(position));
  for (const CurveSpecification& each : result.specifications()) {
    if (!each.has_estimate()) add(each);
  }
  return rows.Take();
}

void PrintCurve(const SpecificationCurveResult& result) {
  const CurveSummary& summary = result.summary();
  PrintNote(fmt::format("{} specifications, {} estimated; {}", text::FormatCount(summary.specification_count()),
                        text::FormatCount(summary.estimated_count()), DescribeOrigin(result.origin())));
  if (summary.has_median()) {
    PrintNote(fmt::format("estimates {:.4g} to {:.4g}, median {:.4g}; positive {:.1f} %", summary.min(), summary.max(),
                          summary.median(), 100.0 * summary.positive_share()));
  }
  const CurveSpecification& main = result.specifications(0);
  if (main.has_estimate()) {
    PrintNote(fmt::format("main specification {}: {:.4g}{}", main.formula(), main.estimate(),
                          main.term_inference().has_p_value()
                              ? fmt::format(" (p = {:.4g})", main.term_inference().p_value())
                              : std::string()));
  }
  if (summary.has_significant_share()) {
    PrintNote(fmt::format("significant at {:.4g}: {:.1f} %, with the sign of the median {:.1f} %",
                          1.0 - result.confidence_level(), 100.0 * summary.significant_share(),
                          100.0 * summary.significant_with_median_sign_share()));
  }
  if (!result.has_joint_test()) return;
  const CurveJointTest& test = result.joint_test();
  if (!test.undefined().empty()) {
    PrintNote("no joint test: " + test.undefined());
    return;
  }
  std::string line;
  for (const CurveJointTest::Statistic& statistic : test.statistics()) {
    line += fmt::format("{}{} {:.4g} (p = {:.4g})", line.empty() ? "" : ", ", statistic.name(), statistic.observed(),
                        statistic.p_value());
  }
  PrintNote(fmt::format("no effect in any of {} models: {}; {}{} draws, {} clusters by {}",
                        text::FormatCount(test.model_count()), line, test.enumerated() ? "all " : "",
                        text::FormatCount(test.draws()), text::FormatCount(test.cluster_count()), test.cluster()));
}

Result<SpecificationCurveRequest> RequestOf(const CurveFlags& flags) {
  SpecificationCurveRequest request;
  FARRELL_ASSIGN_OR_RETURN(const std::vector<regression::v1::Inference> inferences, InferencesOf(flags.inference));
  for (const regression::v1::Inference& inference : inferences) *request.add_inferences() = inference;
  request.mutable_terms()->Add(flags.terms.begin(), flags.terms.end());
  request.mutable_outcomes()->Add(flags.outcomes.begin(), flags.outcomes.end());
  request.mutable_controls()->Add(flags.controls.begin(), flags.controls.end());
  request.mutable_effects()->Add(flags.effects.begin(), flags.effects.end());
  request.mutable_instruments()->Add(flags.instruments.begin(), flags.instruments.end());
  FARRELL_ASSIGN_OR_RETURN(const notation::EstimatorChoice estimator, notation::ParseEstimator(flags.estimator));
  request.set_estimator(estimator.estimator);
  *request.mutable_options() = estimator.options;
  if (flags.lower_given->count() > 0) request.mutable_options()->set_lower(flags.lower);
  if (flags.upper_given->count() > 0) request.mutable_options()->set_upper(flags.upper);
  if (flags.mundlak) request.mutable_options()->set_mundlak(true);
  request.mutable_weights()->Add(flags.weights.begin(), flags.weights.end());
  for (const std::string& sample : flags.samples) *request.add_samples() = SampleOf(sample);
  if (flags.inference.level > 0.0) request.set_confidence_level(flags.inference.level);
  request.set_draws(flags.draws);
  request.set_seed(flags.inference.seed);
  request.set_joint_cluster(flags.joint_cluster);
  request.set_skip_joint_test(flags.no_joint_test);
  request.set_skip_cache_lookup(flags.recompute);
  return request;
}

Status RunCurve(Session& session, const CurveFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(SpecificationCurveRequest request, RequestOf(flags));
  return PrintResult<regression::v1::SpecificationCurveResponse>(
      session, flags.table, std::move(request),
      [](Connection& connection, grpc::ClientContext* context, const auto& asked) {
        return connection.regression()->FitSpecificationCurve(context, asked);
      },
      PrintCurve, CurveRows);
}

void AddChoices(CLI::App* verb, CurveFlags& flags) {
  AddRepeated(verb, "--term", flags.terms, "Term of interest as printed; more are alternative measures of it")
      ->required()
      ->type_name("TERM");
  AddRepeated(verb, "--outcome", flags.outcomes, "Left side of the formula; may be repeated")
      ->required()
      ->type_name("Y");
  AddRepeated(verb, "--controls", flags.controls, "Right side beside the term; 1: none. May be repeated. Default: none")
      ->type_name("'C1 + C2'");
  AddRepeated(verb, "--effects", flags.effects, "Effects to absorb; 0: none. May be repeated. Default: none")
      ->type_name("'UNIT + TIME'");
  AddRepeated(verb, "--instruments", flags.instruments,
              "Instruments of the term, which is then endogenous (2sls, liml). May be repeated")
      ->type_name("'Z1 + Z2'");
  AddRepeated(verb, "--sample", flags.samples,
              "Rows where an expression is true; `all`: all rows. May be repeated. Default: all. Lags are taken before")
      ->type_name("'NAME=WHERE'");
  AddRepeated(verb, "--weights", flags.weights, "Column of row weights; 1: unweighted. May be repeated")
      ->type_name("COLUMN");
}

}  // namespace

void AddCurveCommand(CLI::App& app, Program& program) {
  auto flags = std::make_shared<CurveFlags>();
  CLI::App* verb = app.add_subcommand(
      "curve",
      "Specification curve: one term under every combination of declared choices. Repeat a flag for each choice; the "
      "fits are the product of all lists, at most 10 000. docs/specification-curve.md says what the joint test asks");
  AddTableFlags(verb, flags->table);
  AddChoices(verb, *flags);
  verb->add_option(
          "--estimator", flags->estimator,
          "Of every model: ols, within, 2sls, liml, ppml, tobit, truncated, fractional. Default: least squares, "
          "2sls with --instruments. The joint test is of least squares only")
      ->type_name("NAME");
  flags->lower_given =
      verb->add_option("--lower", flags->lower, "Lower bound of the outcome of tobit and truncated; without bounds 0")
          ->type_name("VALUE");
  flags->upper_given = verb->add_option("--upper", flags->upper, "Upper bound of the outcome of tobit and truncated")
                           ->type_name("VALUE");
  verb->add_flag("--mundlak", flags->mundlak, "Add the unit means of the regressors to tobit, truncated or fractional");
  AddRepeated(verb, "--vcov", flags->inference.vcov,
              "Standard errors, each a choice: iid, hc0..hc4, cr0:COLUMN..cr3:COLUMN, twoway:COLUMN,COLUMN, dk[:LAG], "
              "nw[:LAG], pcse, wild:COLUMN[:DRAWS]. Default: cr3 by unit, else hc3")
      ->type_name("KIND");
  verb->add_option("--ssc", flags->inference.ssc, "Small-sample correction of all of them; default fixest")
      ->type_name("PRESET");
  verb->add_option("--level", flags->inference.level, "Level of confidence intervals; default 0.95")
      ->type_name("P")
      ->check(Silent(CLI::Range(1e-9, 1.0 - 1e-9)));
  verb->add_option("--draws", flags->draws, "Draws of the joint test; default 999")
      ->type_name("N")
      ->check(Silent(CLI::Range(99, 99999)));
  verb->add_option("--seed", flags->inference.seed, "Seed of all draws; default 0")->type_name("N");
  verb->add_option("--joint-cluster", flags->joint_cluster,
                   "Cluster column of the joint test; default: that of the first clustered --vcov, else the unit")
      ->type_name("COLUMN");
  verb->add_flag("--no-joint-test", flags->no_joint_test, "Fit the specifications only");
  verb->add_flag("--recompute", flags->recompute, "Fit again even if the result is at hand");
  AddFormatFlag(verb, program.options, {"table", "csv", "json"});
  AddServiceFlags(verb, program.options);
  AddExamples(verb,
              {"farrell curve panel.csv --unit province --time year --term 'log(ai)' \\",
               "    --outcome 'log(patents)' --outcome 'log(papers)' --controls 1 --controls 'urban + log(gdp)' \\",
               "    --effects year --effects 'province + year' --sample all --sample 'recent=year >= 2015' \\",
               "    --vcov cr1:province --vcov cr3:province --draws 999 --format csv"});
  SetRun(verb, program, [flags](Session& session) { return RunCurve(session, *flags); });
}

}  // namespace farrell::cli
