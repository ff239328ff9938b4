// Specification tests against plm's vignette and numbers recomputed for it.
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/numeric/elementary.h"
#include "services/regression/engine/specification/specification_tests.h"
#include "tests/published/panel/published_files.h"

namespace farrell::regression::testing {
namespace {

Panel Load(const std::string& dataset) {
  if (dataset == "Grunfeld") return GrunfeldPanel();
  if (dataset == "Produc") return ProducPanel();
  Panel panel = MakePanel(ReadCsv(SourcePath("tests/published/panel/data/empluk.csv")), "firm", "year",
                          {"emp", "wage", "capital"});
  for (const char* name : {"emp", "wage", "capital"}) {
    const std::vector<double> levels = Numbers(panel, name);
    AddColumn(panel, "log(" + std::string(name) + ")", [&](std::size_t row) { return numeric::Log(levels[row]); });
  }
  return panel;
}

std::string Terms(const std::string& dataset) {
  if (dataset == "Grunfeld") return "inv ~ value + capital";
  if (dataset == "Produc") return "log(gsp) ~ log(pcap) + log(pc) + log(emp) + unemp";
  return "log(emp) ~ log(wage) + log(capital)";
}

// How a row of the file is asked for. `part`: which of several values separated by `;`.
struct Question {
  std::string effects;
  std::string test;
  int order = 0;
  std::size_t part = 0;
};

const std::map<std::string, std::vector<Question>>& Questions() {
  static const std::map<std::string, std::vector<Question>> questions = {
      {"Grunfeld: pooltest(within vs pvcm within)", {{" | firm", "poolability"}}},
      {"Grunfeld: plmtest two-ways GHM", {{"", "ghm"}}},
      {"Grunfeld: pFtest two-ways", {{" | firm + year", "f"}}},
      {"Grunfeld: phtest within vs random (Swamy-Arora)", {{"", "hausman"}}},
      {"Grunfeld: phtest aux, vcovHC", {{"", "hausman-robust"}}},
      {"Grunfeld: pbgtest within order 2", {{" | firm", "breusch-godfrey", 2}}},
      {"Grunfeld: pcdtest (individual regressions)", {{"", "cd-individual"}}},
      {"Grunfeld: pcdtest within", {{" | firm", "cd"}}},
      {"Grunfeld: BP LM individual", {{"", "bp-lm"}}},
      {"Grunfeld: BP LM time", {{"", "bp-lm-time"}}},
      {"Grunfeld: Honda individual", {{"", "honda"}}},
      {"Grunfeld: F one-way effects", {{" | firm", "f"}}},
      {"Grunfeld: Breusch-Pagan LM xs-dependence within / individual", {{" | firm", "cd-lm"}}},
      {"Grunfeld: modified Wald groupwise heteroskedasticity (Greene/xttest3) within", {{" | firm", "modified-wald"}}},
      {"Grunfeld: Wooldridge/Drukker xtserial", {{"", "wooldridge"}}},
      {"Produc: pwtest (Wooldridge unobserved effect)", {{"", "wooldridge-effects"}}},
      {"Produc: pbsytest joint (Baltagi-Li AR-RE)", {{"", "bsy-joint"}}},
      {"Produc: pbsytest AR sub RE (Bera-Sosa-Yoon)", {{"", "bsy-ar"}}},
      {"Produc: pbsytest RE sub AR one-sided", {{"", "bsy-re"}}},
      {"Produc: F one-way effects", {{" | state", "f"}}},
      {"Produc: Hausman FE vs RE (Swamy-Arora)", {{"", "hausman"}}},
      {"Produc: BP LM", {{"", "bp-lm"}}},
      {"Produc: xtserial", {{"", "wooldridge"}}},
      {"Produc: Pesaran CD within / LM", {{" | state", "cd", 0, 0}, {" | state", "cd-lm", 0, 1}}},
      {"Produc: modified Wald groupwise", {{" | state", "modified-wald"}}},
      {"EmplUK: pwartest", {{"", "wooldridge-within"}}},
      {"EmplUK: pwfdtest h0=fd", {{"", "wooldridge-fd"}}},
      {"EmplUK: pwfdtest h0=fe", {{"", "wooldridge-fe"}}},
  };
  return questions;
}

SpecificationResult Run(const Panel& panel, const std::string& formula, const Question& question) {
  SpecificationSpec spec;
  spec.formula = MakeSpec(formula).formula;
  spec.tests = {question.test};
  spec.order = question.order;
  auto result = RunSpecificationTests(panel, spec, {});
  if (!result.ok()) throw std::runtime_error(question.test + ": " + result.status().ToString());
  return std::move(result).value();
}

void MatchInflation(std::size_t row, const std::string& cell, Matches& matches) {
  const SpecificationResult result = Run(Load("Produc"), Terms("Produc"), {"", "vif"});
  const std::vector<std::string> values = SplitParts(cell);
  for (std::size_t k = 0; k < values.size(); ++k) {
    matches.push_back({row, "Produc: variance inflation factors", values[k], result.inflation.at(k).factor.value(),
                       Tolerance::Relative(1e-9)});
  }
}

}  // namespace

Matches MatchSpecificationTests() {
  const Table table = Expected("panel_tests_reference");
  Matches matches;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const std::string& dataset = table.At(row, "dataset");
    const std::string name = dataset + ": " + table.At(row, "test");
    if (name == "Produc: VIF lpcap,lpc,lemp,unemp") MatchInflation(row, table.At(row, "value"), matches);
    const auto found = Questions().find(name);
    if (found == Questions().end()) continue;
    const Panel panel = Load(dataset);
    for (const Question& question : found->second) {
      const SpecificationTest test = Run(panel, Terms(dataset) + question.effects, question).tests.front();
      // Recomputed rows are certain to nine digits.
      const bool recomputed = table.At(row, "origin").starts_with("recomputed");
      matches.push_back({row, name, SplitParts(table.At(row, "value"))[question.part], test.statistic.value(),
                         recomputed ? Tolerance::Relative(1e-9) : Tolerance::HalfUnit()});
      const std::vector<std::string> df = SplitParts(table.At(row, "df"));
      if (test.distribution == "F" && df.size() == 2) {
        matches.push_back({row, "degrees of freedom", df[0], test.df1, Tolerance::Exact()});
        matches.push_back({row, "degrees of freedom", df[1], test.df2, Tolerance::Exact()});
      }
      const std::string& p = table.At(row, "p_value");
      if (!p.empty() && p[0] != '<') {
        matches.push_back({row, "p-values", p, test.p_value.value(), Tolerance::HalfUnit()});
      }
    }
  }
  return matches;
}

}  // namespace farrell::regression::testing
