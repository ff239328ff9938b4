// farrell test: specification tests of one model.

#include <fmt/core.h>

#include <memory>
#include <utility>

#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "cli/result_call.h"
#include "cli/rows.h"
#include "common/text/number.h"
#include "farrell/regression/v1/regression.grpc.pb.h"

namespace farrell::cli {
namespace {

using regression::v1::SpecificationResult;

struct TestFlags {
  TableFlags table;
  std::string formula;
  std::vector<std::string> tests;
  int order = 0;
  bool recompute = false;
};

RowCell Degrees(double df) { return df > 0.0 ? Number(df) : RowCell(); }

// test,statistic,distribution,df1,df2,p_value,null_hypothesis,note: one row a test; the inflation factors of `vif` are
// rows `vif: TERM`, the condition number the row `condition-number`.
std::string TestsRows(const SpecificationResult& result, Format format) {
  Rows rows(format, {"test", "statistic", "distribution", "df1", "df2", "p_value", "null_hypothesis", "note"},
            result.provenance().synthetic());
  for (const regression::v1::SpecificationTest& test : result.tests()) {
    rows.Add({Text(test.name()), test.has_statistic() ? Number(test.statistic()) : RowCell(), Text(test.distribution()),
              Degrees(test.df1()), Degrees(test.df2()), test.has_p_value() ? Number(test.p_value()) : RowCell(),
              Text(test.null_hypothesis()), Text(test.undefined())});
  }
  for (const regression::v1::VarianceInflation& inflation : result.inflation()) {
    const bool has = inflation.has_factor();
    rows.Add({Text("vif: " + inflation.term()), has ? Number(inflation.factor()) : RowCell(), Text(""), RowCell(),
              RowCell(), RowCell(), Text(""), Text(has ? "" : "collinear with the other terms")});
  }
  if (result.has_condition_number()) {
    rows.Add({Text("condition-number"), Number(result.condition_number()), Text(""), RowCell(), RowCell(), RowCell(),
              Text(""), Text("")});
  }
  return rows.Take();
}

void PrintTests(const SpecificationResult& result) {
  PrintNote(fmt::format("{}: {} observations, {} units, {} periods{}; {}", result.formula(),
                        text::FormatCount(result.observation_count()), text::FormatCount(result.unit_count()),
                        text::FormatCount(result.period_count()), result.balanced() ? ", balanced" : "",
                        DescribeOrigin(result.origin())));
}

Status RunTest(Session& session, const TestFlags& flags) {
  regression::v1::TestSpecificationRequest request;
  request.set_formula(flags.formula);
  for (const std::string& test : SplitLists(flags.tests)) request.add_tests(test);
  request.set_order(flags.order);
  request.set_skip_cache_lookup(flags.recompute);
  return PrintResult<regression::v1::TestSpecificationResponse>(
      session, flags.table, std::move(request),
      [](Connection& connection, grpc::ClientContext* context, const auto& asked) {
        return connection.regression()->TestSpecification(context, asked);
      },
      PrintTests, TestsRows);
}

}  // namespace

void AddTestCommand(CLI::App& app, Program& program) {
  auto flags = std::make_shared<TestFlags>();
  CLI::App* verb = app.add_subcommand("test", "Specification tests: effects, Hausman, serial correlation, dependence");
  AddTableFlags(verb, flags->table);
  verb->add_option("FORMULA", flags->formula, "y ~ x1 + x2 | unit + time")->required()->type_name("");
  AddRepeated(verb, "--test", flags->tests,
              "f, poolability, hausman, hausman-sigma, hausman-robust, mundlak, bp-lm, bp-lm-time, honda, honda-time, "
              "king-wu, ghm, bsy-joint, bsy-ar, bsy-re, breusch-pagan, modified-wald, wooldridge, wooldridge-within, "
              "wooldridge-fd, wooldridge-fe, wooldridge-effects, breusch-godfrey, cd, cd-individual, cd-lm, "
              "cd-scaled-lm, vif; may be repeated. Default: all. docs/specification-tests.md says what each asks")
      ->type_name("a,b,...");
  verb->add_option("--order", flags->order, "Lags of breusch-godfrey; default: periods of the shortest unit")
      ->type_name("N")
      ->check(Silent(CLI::Range(1, 1000)));
  verb->add_flag("--recompute", flags->recompute, "Test again even if the result is at hand");
  AddFormatFlag(verb, program.options, {"table", "csv", "json"});
  AddServiceFlags(verb, program.options);
  AddExamples(verb, {"farrell test panel.csv 'log(patents) ~ log(ai) + urban | province + year' \\",
                     "    --unit province --time year --test f,hausman-robust,wooldridge,cd"});
  SetRun(verb, program, [flags](Session& session) { return RunTest(session, *flags); });
}

}  // namespace farrell::cli
