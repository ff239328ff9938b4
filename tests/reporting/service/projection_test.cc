// Projections of a small study against what is worked out here: the powers by the C library, the range from the panel,
// the frontier estimated again from a panel whose outputs were changed before it was imported.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "common/text/number.h"
#include "farrell/dea/v1/dea.grpc.pb.h"
#include "tests/reporting/service/study_fixture.h"

namespace farrell::reporting {
namespace {

using common::v1::ResultOrigin;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kWhatIf = R"yaml(id: what-if
unit_word: state
data: {file: panel.csv, unit: state, time: year}
variables:
  - {name: ln_rate, expression: log(rate), label: ln rate}
  - {name: school, column: school_years, optional: true}
classifications:
  - name: region
    groups:
      - {name: north, members: [A, B, C, D, E, F]}
dea:
  - {id: main, inputs: [capital, labour], outputs: [output], rts: vrs, orientation: output, frontier: global}
inference: cr3:state
channels:
  - {id: split, dea: main, formula: "~ ln_rate + share | state + year"}
  - {id: lagged, dea: main, formula: "~ ln_rate + lag(ln_rate) | state"}
  - {id: schooled, dea: main, formula: "~ ln_rate + log(school) | state + year"}
projections:
  - {id: more, channels: split, term: ln_rate, variable: rate, change: 0.25, where: "region == 'north'"}
  - {id: less, channels: split, term: ln_rate, variable: rate, change: -0.1, where: "state == '{s}'", period: 2003, each: {name: s, in: [A, B]}}
  - {id: lost, channels: schooled, term: ln_rate, variable: rate, change: 0.1}
tables:
  - {id: more, kind: projection, columns: more}
  - {id: lost, kind: projection, columns: lost}
)yaml";

// Row id → observed, estimate, low, high of a table in report.json.
using Cells = std::map<std::string, std::vector<std::optional<double>>>;

Cells CellsOf(const std::string& report, const std::string& table_id) {
  Cells cells;
  const nlohmann::json parsed = nlohmann::json::parse(report);
  for (const nlohmann::json& table : parsed.at("tables")) {
    if (table.at("id") != table_id) continue;
    for (const nlohmann::json& panel : table.at("panels")) {
      for (const nlohmann::json& row : panel.at("rows")) {
        for (const nlohmann::json& cell : row.at("cells")) {
          cells[row.at("id").get<std::string>()].push_back(
              cell.is_null() ? std::nullopt : std::optional(cell.at("value").get<double>()));
        }
      }
    }
  }
  return cells;
}

// The small panel as numbers: state, year, capital, labour, output, rate, share.
std::vector<std::vector<std::string>> Lines(const std::string& csv) {
  std::vector<std::vector<std::string>> lines;
  std::istringstream in(csv);
  for (std::string line; std::getline(in, line);) {
    lines.emplace_back();
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, ',');) lines.back().push_back(cell);
  }
  return lines;
}

// Scores by unit and year of the study's model on a panel.
std::map<std::pair<std::string, std::int64_t>, double> Scores(RunningServices& services, const std::string& csv) {
  dea::v1::EvaluateRequest request;
  request.mutable_table()->set_snapshot_digest(services.Import(csv).value());
  dea::v1::Model& model = *request.mutable_model();
  model.add_inputs("capital");
  model.add_inputs("labour");
  model.add_outputs("output");
  model.set_rts(dea::v1::RETURNS_TO_SCALE_VRS);
  model.set_orientation(dea::v1::ORIENTATION_OUTPUT);
  model.mutable_frontier()->set_scheme(dea::v1::Frontier::SCHEME_GLOBAL);
  grpc::ClientContext context;
  const auto stub = dea::v1::DeaService::NewStub(services.channel());
  const auto stream = stub->Evaluate(&context, request);
  std::map<std::pair<std::string, std::int64_t>, double> scores;
  for (dea::v1::EvaluateResponse part; stream->Read(&part);) {
    for (const dea::v1::UnitResult& unit : part.block().units()) scores[{unit.unit(), unit.time()}] = unit.score();
  }
  EXPECT_TRUE(stream->Finish().ok());
  return scores;
}

struct Expected {
  // Of 2005: units of the filter that stay in the range, and those that leave it.
  std::vector<std::string> projected;
  std::vector<std::string> refused;
};

Expected Divide(const std::vector<std::vector<std::string>>& lines, double change) {
  std::map<std::string, std::vector<double>> logs;
  for (std::size_t i = 1; i < lines.size(); ++i) logs[lines[i][0]].push_back(std::log(std::stod(lines[i][5])));
  std::map<std::string, double> after;
  double lowest = 0;
  double highest = 0;
  for (const auto& [unit, values] : logs) {
    double mean = 0;
    for (const double value : values) mean += value / static_cast<double>(values.size());
    for (const double value : values) {
      lowest = std::min(lowest, value - mean);
      highest = std::max(highest, value - mean);
    }
    after[unit] = values.back() + std::log1p(change) - mean;
  }
  Expected expected;
  for (const auto& [unit, deviation] : after) {
    if (unit > "F") continue;
    (deviation < lowest || deviation > highest ? expected.refused : expected.projected).push_back(unit);
  }
  return expected;
}

TEST_F(StudyRunTest, AProjectionIsWhatItSays) {
  RunningServices services(directory_);
  const v1::StudySource source = SourceOf(services, kWhatIf);
  const Outcome outcome = Run(services, source);
  ASSERT_TRUE(outcome.status.ok()) << FromGrpc(outcome.status).ToString();
  const std::map<std::string, std::string> files = Report(services, outcome.run.id());
  const Cells cells = CellsOf(files.at("report.json"), "more");
  const auto lines = Lines(SmallPanel());
  const Expected expected = Divide(lines, 0.25);
  ASSERT_FALSE(expected.projected.empty());
  ASSERT_FALSE(expected.refused.empty());
  for (const std::string& unit : expected.refused) {
    EXPECT_FALSE(cells.contains("held:" + unit)) << unit;
    EXPECT_THAT(files.at("report.md"), HasSubstr(unit + " (")) << unit;
  }
  const auto before = Scores(services, SmallPanel());
  const auto& total = cells.at("slope:total");
  const auto& efficiency = cells.at("slope:efficiency");
  std::size_t losers = 0;
  for (std::size_t point = 1; point <= 3; ++point) {
    ASSERT_TRUE(total[point] && efficiency[point]);
    const double follow = std::pow(1.25, *total[point]);
    const double held = std::pow(1.25, *efficiency[point]);
    std::string changed = "state,year,capital,labour,output,rate,share\n";
    double sum = 0;
    for (std::size_t i = 1; i < lines.size(); ++i) {
      std::vector<std::string> line = lines[i];
      const bool projected =
          line[1] == "2005" && std::count(expected.projected.begin(), expected.projected.end(), line[0]) > 0;
      if (projected) {
        const double output = std::stod(line[4]);
        sum += output * follow;
        EXPECT_NEAR(cells.at("total:" + line[0])[point].value() / (output * follow), 1, 1e-12);
        EXPECT_NEAR(cells.at("held:" + line[0])[point].value() / (output * held), 1, 1e-12);
        const double score = before.at({line[0], 2005});
        EXPECT_NEAR(cells.at("frozen:" + line[0])[0].value(), score, 1e-12);
        EXPECT_NEAR(cells.at("frozen:" + line[0])[point].value(), score * held, 1e-12);
        line[4] = text::FormatReal(output * held);
      }
      for (std::size_t c = 0; c < line.size(); ++c) changed += (c == 0 ? "" : ",") + line[c];
      changed += "\n";
    }
    EXPECT_NEAR(cells.at("total_sum")[point].value() / sum, 1, 1e-12);
    const auto after = Scores(services, changed);
    double largest = 0;
    double count = 0;
    for (const auto& [row, score] : before) {
      const bool projected =
          row.second == 2005 && std::count(expected.projected.begin(), expected.projected.end(), row.first) > 0;
      if (projected) {
        EXPECT_NEAR(cells.at("reestimated:" + row.first)[point].value(), after.at(row), 1e-12);
      } else if (score - after.at(row) > 1e-9) {
        ++count;
        largest = std::max(largest, score - after.at(row));
      }
    }
    EXPECT_EQ(cells.at("outside:count")[point].value(), count);
    EXPECT_NEAR(cells.at("outside:largest")[point].value_or(0), largest, 1e-12);
    losers += static_cast<std::size_t>(count);
  }
  // Otherwise nothing was shown of the frontier estimated again.
  EXPECT_GT(losers, 0U);
}

TEST_F(StudyRunTest, ProjectionsAreKeptAndPlanned) {
  RunningServices services(directory_);
  const v1::StudySource source = SourceOf(services, kWhatIf);
  const auto planned = [&] {
    v1::PlanStudyRequest request;
    *request.mutable_source() = source;
    v1::PlanStudyResponse plan;
    grpc::ClientContext context;
    EXPECT_TRUE(services.reporting().PlanStudy(&context, request, &plan).ok());
    std::map<std::string, v1::PlannedStep> steps;
    for (const v1::PlannedStep& step : plan.steps()) {
      if (step.kind() == "projection") steps[step.id()] = step;
    }
    return steps;
  };
  const auto cold_plan = planned();
  EXPECT_EQ(cold_plan.size(), 9U);  // more, and one a value of the loop
  EXPECT_THAT(cold_plan.at("projection:more:low").needs(), ElementsAre("dea:main", "regression:split_efficiency"));
  EXPECT_EQ(cold_plan.at("projection:more:low").action_key(), "");

  const Outcome cold = Run(services, source);
  ASSERT_TRUE(cold.status.ok()) << FromGrpc(cold.status).ToString();
  const auto warm_plan = planned();
  std::set<std::string> keys;
  for (const v1::FinishedStep& step : cold.run.steps()) {
    EXPECT_THAT(step.id(), Not(HasSubstr("lost")));
    if (!step.id().starts_with("projection:")) continue;
    EXPECT_EQ(warm_plan.at(step.id()).action_key(), step.action_key());
    EXPECT_EQ(warm_plan.at(step.id()).at_hand(), ResultOrigin::SOURCE_STORE);
    keys.insert(step.action_key());
  }
  EXPECT_EQ(keys.size(), 9U);

  const Outcome warm = Run(services, source);
  ASSERT_TRUE(warm.status.ok());
  EXPECT_EQ(warm.run.solved_count(), 0);
  EXPECT_EQ(warm.run.report_digest(), cold.run.report_digest());
  // What its split lacks, a projection lacks.
  EXPECT_THAT(Report(services, cold.run.id()).at("report.md"), HasSubstr("Not available: school."));
}

TEST_F(StudyRunTest, WrongProjectionsAreToldAtOnceWithTheirPlaces) {
  RunningServices services(directory_);
  std::string text = kWhatIf;
  text.replace(text.find("projections:"), std::string::npos, R"yaml(projections:
  - {id: a, channels: spilt, term: ln_rate, variable: rate, change: 0}
  - {id: b, channels: split, term: shar, variable: rate, change: -1}
  - {id: c, channels: split, term: ln_rate, variable: share, change: 0.1}
  - {id: d, channels: split, term: share, variable: share, change: 0.1}
  - {id: e, channels: split, term: ln_rate, variable: rate, change: 0.1, period: 2031}
  - {id: f, channels: split, term: ln_rate, variable: rate, change: 0.1, period: 2003, where: "year == 2004"}
  - {id: g, channels: split, term: ln_rate, variable: rate, change: .nan, where: "state == Q"}
  - {id: h}
  - {id: i, channels: lagged, term: ln_rate, variable: rate, change: 0.1}
tables:
  - {id: t, kind: projection, columns: z}
)yaml");
  v1::ValidateStudyRequest request;
  *request.mutable_source() = SourceOf(services, text);
  v1::ValidateStudyResponse response;
  grpc::ClientContext context;
  ASSERT_TRUE(services.reporting().ValidateStudy(&context, request, &response).ok());
  std::vector<std::string> problems;
  for (const v1::StudyProblem& problem : response.problems()) problems.push_back(FormatProblem(problem));
  for (const char* expected :
       {"study.yaml:19:23: projections[0].channels: there is no split into channels `spilt`; did you mean `split`?",
        "projections[0].change: `change` must lie above -1 and not be 0",
        "projections[1].term: the split `split` has no term `shar`; did you mean `share`?",
        "projections[1].change: `change` must lie above -1",
        "projections[2].variable: `ln_rate` is the log of `rate`, not of `share`",
        "projections[3].term: `share` is no log of a variable",
        "projections[8].term: the change would move the term `lag(ln_rate)` too",
        "study.yaml:23:82: projections[4].period: the regressions of `split` have no row in 2031: their periods are "
        "2001 to 2005",
        "projections[5].where: matches no row in 2003", "projections[6].change: ", "projections[6].where: ",
        "projections[7]: `channels` is missing", "projections[7]: `term` is missing",
        "projections[7]: `variable` is missing", "tables[0].columns[0]: there is no projection `z`"}) {
    EXPECT_THAT(problems, Contains(HasSubstr(expected)));
  }
  EXPECT_THAT(problems, Not(Contains(HasSubstr("projections[2].term"))));
}

}  // namespace
}  // namespace farrell::reporting
