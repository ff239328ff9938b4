// The names of metrics are a promise: to dashboards, alerts, their runbook pages, and the operator's documentation.
//
// metrics.golden has one line a metric. FARRELL_UPDATE_METRICS=1 rewrites it and the table of
// docs/operations/observability.md; a line that changes or goes breaks somebody's dashboard.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string>

#include "common/observe/catalogue.h"
#include "tests/support/process.h"

namespace farrell {
namespace {

using ::testing::HasSubstr;
using testing::ReadFile;

const std::string kRoot = FARRELL_SOURCE_DIR;
const std::string kGolden = kRoot + "/tests/observe/metrics.golden";
const std::string kPage = kRoot + "/docs/operations/observability.md";
const std::string kAlerts = kRoot + "/deploy/prometheus/alerts.yml";
const std::string kRunbooks = kRoot + "/docs/runbooks";

bool Updates() { return std::getenv("FARRELL_UPDATE_METRICS") != nullptr; }

std::string Joined(const std::vector<std::string>& words, const std::string& quote = "") {
  std::string joined;
  for (const std::string& word : words) joined += (joined.empty() ? "" : ", ") + quote + word + quote;
  return joined;
}

std::string GoldenText() {
  const std::map<metrics::Type, std::string> types = {
      {metrics::Type::kCounter, "counter"}, {metrics::Type::kGauge, "gauge"}, {metrics::Type::kHistogram, "histogram"}};
  std::string text;
  for (const metrics::Metric* metric : metrics::All()) {
    const metrics::Description& one = metric->description();
    text += one.name + " " + types.at(one.type) + " {" + Joined(one.labels) + "}\n";
  }
  return text;
}

std::string TableText() {
  std::string table = "| metric | labels | |\n|---|---|---|\n";
  for (const metrics::Metric* metric : metrics::All()) {
    const metrics::Description& one = metric->description();
    table += "| `" + one.name + "` | " + Joined(one.labels, "`") + " | " + one.help + " |\n";
  }
  return table;
}

// What stands for a series in PromQL: a histogram is asked for by its parts.
std::set<std::string> SeriesNames() {
  std::set<std::string> names = {"up"};
  for (const metrics::Metric* metric : metrics::All()) {
    const metrics::Description& one = metric->description();
    if (one.type != metrics::Type::kHistogram) names.insert(one.name);
    if (one.type == metrics::Type::kHistogram) {
      for (const char* part : {"_bucket", "_sum", "_count"}) names.insert(one.name + part);
    }
  }
  return names;
}

// Metric and label names of an expression, apart from the texts in it.
void CheckExpression(const std::string& where, std::string expression) {
  static const std::set<std::string> series = SeriesNames();
  std::set<std::string> labels = {"job", "instance", "le"};
  for (const metrics::Metric* metric : metrics::All()) {
    labels.insert(metric->description().labels.begin(), metric->description().labels.end());
  }
  expression = std::regex_replace(expression, std::regex("\"[^\"]*\""), "\"\"");
  bool names_a_metric = false;
  const std::regex name("\\b(?:(?:farrell|process)_[a-z0-9_]+|up\\b)");
  for (std::sregex_iterator at(expression.begin(), expression.end(), name), end; at != end; ++at) {
    EXPECT_TRUE(series.contains(at->str())) << where << ": no such metric: " << at->str();
    names_a_metric = true;
  }
  EXPECT_TRUE(names_a_metric) << where << ": " << expression;
  const std::regex used("(?:\\bby \\(([a-z_, ]+)\\)|\\{([^}]*)\\})");
  const std::regex word("[a-z_]+");
  for (std::sregex_iterator at(expression.begin(), expression.end(), used), end; at != end; ++at) {
    const std::string list = (*at)[1].str() + (*at)[2].str();
    for (std::sregex_iterator label(list.begin(), list.end(), word); label != end; ++label) {
      EXPECT_TRUE(labels.contains(label->str())) << where << ": no such label: " << label->str();
    }
  }
}

TEST(Catalogue, NamesAndLabelsAreKept) {
  if (Updates()) testing::WriteFile(kGolden, GoldenText());
  EXPECT_EQ(GoldenText(), ReadFile(kGolden)) << "FARRELL_UPDATE_METRICS=1 rewrites it";
}

TEST(Catalogue, NamesFollowTheHabitsOfPrometheus) {
  const std::regex good("(farrell|process)_[a-z][a-z0-9_]*");
  for (const metrics::Metric* metric : metrics::All()) {
    const metrics::Description& one = metric->description();
    EXPECT_TRUE(std::regex_match(one.name, good)) << one.name;
    EXPECT_EQ(one.type == metrics::Type::kCounter, one.name.ends_with("_total")) << one.name;
    EXPECT_EQ(one.help.back(), '.') << one.name;
    EXPECT_TRUE(std::is_sorted(one.bounds.begin(), one.bounds.end())) << one.name;
  }
}

TEST(Catalogue, EveryMetricIsExplained) {
  std::string page = ReadFile(kPage);
  if (Updates()) {
    const std::size_t begin = page.find("| metric | labels |");
    page.replace(begin, page.find("\n\n", begin) + 1 - begin, TableText());
    testing::WriteFile(kPage, page);
  }
  EXPECT_THAT(page, HasSubstr("\n" + TableText() + "\n")) << "FARRELL_UPDATE_METRICS=1 rewrites it";
}

TEST(Dashboards, AskForMetricsThatExist) {
  int count = 0;
  for (const auto& file : std::filesystem::directory_iterator(kRoot + "/deploy/grafana")) {
    const std::string name = file.path().filename();
    const auto dashboard = nlohmann::json::parse(ReadFile(file.path()));
    EXPECT_EQ(dashboard.at("uid"), "farrell-" + file.path().stem().string());
    std::set<int> ids;
    for (const auto& panel : dashboard.at("panels")) {
      EXPECT_TRUE(ids.insert(panel.at("id").get<int>()).second) << name << ": a panel id twice";
      EXPECT_FALSE(panel.at("targets").empty());
      for (const auto& target : panel.at("targets")) {
        CheckExpression(name + ", " + panel.at("title").get<std::string>(), target.at("expr").get<std::string>());
      }
    }
    ++count;
  }
  EXPECT_GE(count, 2);
}

TEST(Alerts, AskForMetricsThatExistAndHaveAPage) {
  std::set<std::string> pages = {"README.md"};
  const std::string index = ReadFile(kRunbooks + "/README.md");
  for (const auto& group : YAML::LoadFile(kAlerts)["groups"]) {
    for (const auto& rule : group["rules"]) {
      const auto name = rule["alert"].as<std::string>();
      CheckExpression(name, rule["expr"].as<std::string>());
      const auto severity = rule["labels"]["severity"].as<std::string>();
      EXPECT_TRUE(severity == "page" || severity == "ticket" || severity == "info") << name;
      EXPECT_EQ(rule["annotations"]["runbook"].as<std::string>(), "docs/runbooks/" + name + ".md");
      const std::string page = ReadFile(kRunbooks + "/" + name + ".md");
      EXPECT_TRUE(page.starts_with("# " + name + "\n")) << name;
      for (const char* part : {"## What it means", "## What to look at", "## What to do"}) {
        EXPECT_THAT(page, HasSubstr(part)) << name;
      }
      EXPECT_THAT(page, HasSubstr(rule["expr"].as<std::string>())) << name << ": the page shows another rule";
      EXPECT_THAT(index, HasSubstr("[" + name + "](" + name + ".md)"));
      pages.insert(name + ".md");
    }
  }
  for (const auto& page : std::filesystem::directory_iterator(kRunbooks)) {
    EXPECT_TRUE(pages.contains(page.path().filename())) << page.path() << ": no alert leads here";
  }
}

// Prometheus reads the files, and the alerts fire when they should and only then.
TEST(Alerts, PrometheusAgrees) {
  if (testing::RunToEnd({"promtool", "--version"}).exit_code != 0) {
    GTEST_SKIP() << "promtool of Debian's package 'prometheus' is not installed";
  }
  for (const std::vector<std::string>& check :
       {std::vector<std::string>{"promtool", "check", "config", kRoot + "/deploy/prometheus/prometheus.yml"},
        std::vector<std::string>{"promtool", "check", "rules", "--lint-fatal", kAlerts},
        std::vector<std::string>{"promtool", "test", "rules", kRoot + "/tests/observe/alerts_test.yml"}}) {
    const testing::Finished finished = testing::RunToEnd(check);
    EXPECT_EQ(finished.exit_code, 0) << finished.output;
  }
}

}  // namespace
}  // namespace farrell
