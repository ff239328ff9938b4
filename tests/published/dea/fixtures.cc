#include "tests/published/dea/fixtures.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace farrell::dea::testing {
namespace {

const std::string kFolder = std::string(FARRELL_SOURCE_DIR) + "/tests/published/dea/";

std::vector<std::string> Split(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"') {
      if (quoted && i + 1 < line.size() && line[i + 1] == '"')
        fields.back() += line[++i];
      else
        quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else if (c != '\r') {
      fields.back() += c;
    }
  }
  return fields;
}

// A measure is a sum of columns, "+a+b", or a constant minus a column, "1500-a".
struct Layout {
  std::string unit;
  std::string time;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<std::string> bad_outputs = {};
};

Layout LayoutOf(const std::string& id, const std::string& variant) {
  if (id == "P01" || id == "P19") return {id == "P01" ? "firm" : "dmu", "", {"x1", "x2"}, {"y"}};
  if (id == "P02") return {"firm", "", {"x"}, {"y"}};
  if (id == "P36") return {"dmu", "", {"x"}, {"y1", "y2"}};
  if (id == "P21" || id == "P27") return {"dmu", "", {"x"}, {"y"}};
  if (id == "P03") return {"firm", "year", {"x"}, {"y"}};
  if (id == "P05a" || id == "P05b" || id == "P20" || id == "P28") return {"dmu", "", {"x1", "x2"}, {"y"}};
  if (id == "P06") return {"dmu", "", {"x1", "x2", "x3"}, {"y1", "y2"}};
  if (id == "P07") return {"dmu", "", {"x1", "x2", "nd"}, {"y1", "y2"}};
  if (id == "P08" || id == "P29") return {"dmu", "", {"x1", "x2"}, {"y1", "y2"}};
  if (id == "P09") return {"dmu", "", {"x1", "x2", "x3", "x4"}, {"y1", "y2"}};
  if (id == "P13") return {"plant", "", {"labor", "fuel", "capital"}, {"output"}};
  if (id == "P14") return {"dmu", "year", {"x"}, {"y"}};
  if (id == "P15") return {"province", "year", {"capital", "labor"}, {"giov"}};
  if (id == "P17") return {"dmu", "", {"doctors", "nurses"}, {"outpatients", "inpatients"}};
  if (id == "P18") {
    if (variant == "categorical")
      return {"dmu", "", {"area_in_pyDEA_file", "books", "staff"}, {"registered", "borrowed"}};
    return {"dmu", "", {"area", "books", "staff", "population"}, {"registered", "borrowed"}};
  }
  if (id == "P23") return {"dmu", "", {"x1", "x2"}, {"y1", "y2", "1500-ub1"}};
  if (id == "P25") {
    return {"dmu", "", {"x_salaries", "x_other"}, {"y_undergrad", "y_postgrad", "y_research_income", "y_pubs"}};
  }
  if (id == "P31") return {"dmu", "", {"x1", "x2_nondisc"}, {"y"}};
  if (id == "P32") return {"country", "year", {"K", "L"}, {"Y"}};
  if (id == "P33") {
    return {"dept",
            "",
            {"staff"},
            {"undergrad", "research_pg", "taught_pg", "+res_council_income+other_research_income+other_income"}};
  }
  if (id == "P34") return {"dmu", "", {"x"}, {"y"}, {"b"}};
  if (id == "P35") {
    if (variant == "network") return {"dmu", "", {"x1", "x2"}, {"z1", "z2", "y1", "y2"}};
    return {"dmu", "", {"x1", "x2"}, {"y1", "y2"}};
  }
  throw std::invalid_argument("no layout for " + id);
}

double Measure(const Record& record, const std::string& text) {
  if (text.front() == '+') {
    double sum = 0;
    std::stringstream parts(text.substr(1));
    for (std::string part; std::getline(parts, part, '+');) sum += std::stod(record.at(part));
    return sum;
  }
  if (const std::size_t minus = text.find('-'); minus != std::string::npos) {
    return std::stod(text.substr(0, minus)) - std::stod(record.at(text.substr(minus + 1)));
  }
  return std::stod(record.at(text));
}

std::string FileOf(const std::string& id) {
  for (const auto& entry : std::filesystem::directory_iterator(kFolder + "data")) {
    if (entry.path().filename().string().starts_with(id + "_")) return "data/" + entry.path().filename().string();
  }
  throw std::invalid_argument("no data file for " + id);
}

}  // namespace

std::vector<Record> ReadCsv(const std::string& path) {
  std::ifstream file(kFolder + path);
  EXPECT_TRUE(file.good()) << path;
  std::vector<Record> records;
  std::string line;
  std::getline(file, line);
  const std::vector<std::string> names = Split(line);
  while (std::getline(file, line)) {
    const std::vector<std::string> fields = Split(line);
    EXPECT_EQ(fields.size(), names.size()) << path << ": " << line;
    Record& record = records.emplace_back();
    for (std::size_t i = 0; i < names.size() && i < fields.size(); ++i) record[names[i]] = fields[i];
  }
  return records;
}

Fixture LoadFixture(const std::string& id, const std::string& variant) {
  const Layout layout = LayoutOf(id, variant);
  Fixture fixture;
  fixture.input_count = static_cast<int>(layout.inputs.size());
  fixture.output_count = static_cast<int>(layout.outputs.size());
  fixture.bad_count = static_cast<int>(layout.bad_outputs.size());
  std::vector<std::pair<std::string, std::string>> measures;
  for (std::size_t i = 0; i < layout.inputs.size(); ++i)
    measures.emplace_back("i" + std::to_string(i), layout.inputs[i]);
  for (std::size_t i = 0; i < layout.outputs.size(); ++i)
    measures.emplace_back("o" + std::to_string(i), layout.outputs[i]);
  for (std::size_t i = 0; i < layout.bad_outputs.size(); ++i)
    measures.emplace_back("b" + std::to_string(i), layout.bad_outputs[i]);
  for (const auto& [name, text] : measures) {
    PanelColumn& column = fixture.panel.columns.emplace_back();
    column.name = name;
  }
  const std::vector<Record> records = ReadCsv(FileOf(id));
  const bool categories = !records.empty() && records[0].contains("category");
  if (categories) fixture.panel.columns.emplace_back().name = "category";
  for (const Record& record : records) {
    fixture.panel.units.push_back(record.at(layout.unit));
    if (!layout.time.empty()) fixture.panel.times.push_back(std::stoll(record.at(layout.time)));
    fixture.panel.rows.push_back(static_cast<std::int64_t>(fixture.panel.rows.size()));
    for (std::size_t c = 0; c < measures.size(); ++c) {
      fixture.panel.columns[c].numbers.push_back(Measure(record, measures[c].second));
    }
    if (categories) fixture.panel.columns.back().numbers.push_back(std::stod(record.at("category")));
  }
  SortPanel(fixture.panel);
  return fixture;
}

}  // namespace farrell::dea::testing
