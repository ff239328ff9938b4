#include "tests/studies/study_panel.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "common/numeric/elementary.h"
#include "common/text/number.h"

namespace farrell::studies {
namespace {

using reporting::SyntheticRegion;
using reporting::SyntheticRow;

std::vector<std::string> Split(const std::string& line) {
  std::vector<std::string> cells(1);
  for (const char c : line) {
    if (c == ',') {
      cells.emplace_back();
    } else {
      cells.back().push_back(c);
    }
  }
  return cells;
}

std::optional<SyntheticRegion> RegionOf(const std::string& letter) {
  if (letter == "E") return SyntheticRegion::kEast;
  if (letter == "C") return SyntheticRegion::kCentral;
  if (letter == "W") return SyntheticRegion::kWest;
  return std::nullopt;
}

std::string LetterOf(const std::optional<SyntheticRegion>& region) {
  if (!region) return "";
  static const char* const kLetters[] = {"E", "C", "W"};
  return kLetters[static_cast<std::size_t>(*region)];
}

}  // namespace

std::vector<SyntheticRow> ReadGoldenPanel() {
  std::ifstream file(std::string(FARRELL_SOURCE_DIR) + "/examples/ai-innovation/golden_panel.csv");
  std::string line;
  if (!std::getline(file, line)) throw std::runtime_error("examples/ai-innovation/golden_panel.csv cannot be read");
  const std::vector<std::string> header = Split(line);
  std::vector<SyntheticRow> rows;
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = Split(line);
    std::map<std::string, std::string> by_name;
    for (std::size_t k = 0; k < header.size(); ++k) by_name[header[k]] = cells.at(k);
    const auto number = [&](const char* name) { return text::ParseReal(by_name.at(name)); };
    SyntheticRow row;
    row.province = by_name.at("province");
    row.reference_only = by_name.at("role") == "reference_only";
    row.region = RegionOf(by_name.at("region3"));
    row.region4 = by_name.at("region4");
    row.year = static_cast<std::int64_t>(number("year").value());
    row.gdp = number("gdp_1e8yuan");
    row.population = number("pop_1e4");
    row.urban = number("urban_pop_1e4");
    row.trade = number("trade_1e8usd");
    row.exchange = number("cny_per_usd");
    row.investment = number("fai_ict_1e8yuan");
    row.personnel = number("rd_fte_personyear").value();
    row.spending = number("rd_exp_nominal_1e8yuan").value();
    row.price = number("rd_price_index_2010").value();
    row.patents = number("patent_grants").value();
    row.applications_university = number("app_university");
    row.applications_institute = number("app_institute");
    row.applications_enterprise = number("app_enterprise");
    row.applications_other = number("app_other");
    row.papers = number("papers");
    row.tech_market = number("tech_market_1e8yuan");
    row.log_productivity = number("planted_ln_productivity").value();
    row.stock = row.year == 2010 ? row.spending / row.price / (0.10 + 0.15)
                                 : (1 - 0.15) * rows.back().stock + row.spending / row.price;
    rows.push_back(std::move(row));
  }
  return rows;
}

Panel PanelOf(const std::vector<SyntheticRow>& all, const PanelOptions& options) {
  std::vector<SyntheticRow> rows;
  for (const SyntheticRow& row : all) {
    if (options.reference_rows || !row.reference_only) rows.push_back(row);
  }
  Panel panel;
  panel.unit_key = "province";
  panel.time_key = "year";
  panel.synthetic = true;
  for (std::size_t k = 0; k < rows.size(); ++k) {
    panel.units.push_back(rows[k].province);
    panel.times.push_back(rows[k].year);
    panel.rows.push_back(static_cast<std::int64_t>(k));
  }
  const auto text = [&](const std::string& name, const std::function<std::string(const SyntheticRow&)>& cell) {
    PanelColumn column{name, true, {}, {}};
    for (const SyntheticRow& row : rows) column.texts.push_back(cell(row));
    panel.columns.push_back(std::move(column));
  };
  const auto number = [&](const std::string& name,
                          const std::function<std::optional<double>(const SyntheticRow&)>& cell) {
    std::vector<double> numbers;
    for (const SyntheticRow& row : rows) numbers.push_back(cell(row).value_or(kMissing));
    AddColumn(panel, name, std::move(numbers));
  };
  // Columns that only sample rows have.
  const auto sample = [&](const std::string& name, const std::function<double(const SyntheticRow&)>& cell) {
    number(name, [&](const SyntheticRow& row) {
      return row.reference_only ? std::optional<double>() : std::optional<double>(cell(row));
    });
  };
  const auto logged = [](double value) { return numeric::Log(value); };
  text("province", [](const SyntheticRow& row) { return row.province; });
  number("year", [](const SyntheticRow& row) { return static_cast<double>(row.year); });
  text("role", [](const SyntheticRow& row) { return row.reference_only ? "reference_only" : "sample"; });
  text("region", [](const SyntheticRow& row) { return LetterOf(row.region); });
  text("region4", [](const SyntheticRow& row) { return row.region4; });
  number("rd_fte", [](const SyntheticRow& row) { return row.personnel; });
  number("rd_exp", [](const SyntheticRow& row) { return row.spending / row.price; });
  number("rd_stock", [](const SyntheticRow& row) { return row.stock; });
  number("patents",
         [&](const SyntheticRow& row) { return options.unrounded_patents ? row.unrounded_patents : row.patents; });
  number("planted", [](const SyntheticRow& row) { return row.log_productivity; });
  sample("ln_ai", [&](const SyntheticRow& row) { return logged(*row.investment / *row.gdp); });
  sample("growth", [&](const SyntheticRow& row) { return logged(*row.gdp / *row.population); });
  sample("urban", [](const SyntheticRow& row) { return *row.urban / *row.population; });
  sample("open", [](const SyntheticRow& row) { return *row.trade * *row.exchange / *row.gdp; });
  sample("ln_university", [&](const SyntheticRow& row) { return logged(*row.applications_university); });
  sample("ln_institute", [&](const SyntheticRow& row) { return logged(*row.applications_institute); });
  sample("ln_enterprise", [&](const SyntheticRow& row) { return logged(*row.applications_enterprise); });
  sample("ln_total", [&](const SyntheticRow& row) {
    return logged(*row.applications_university + *row.applications_institute + *row.applications_enterprise +
                  *row.applications_other);
  });
  sample("ln_papers", [&](const SyntheticRow& row) { return logged(*row.papers); });
  sample("ln_market", [&](const SyntheticRow& row) { return logged(*row.tech_market / *row.gdp); });
  sample("ln_patents", [&](const SyntheticRow& row) { return logged(row.patents); });
  sample("ln_fte", [&](const SyntheticRow& row) { return logged(row.personnel); });
  sample("ln_stock", [&](const SyntheticRow& row) { return logged(row.stock); });
  SortPanel(panel);
  return panel;
}

Panel SampleOf(const Panel& panel) {
  const std::vector<std::string>& role = panel.Find("role")->texts;
  Panel sample;
  sample.unit_key = panel.unit_key;
  sample.time_key = panel.time_key;
  sample.synthetic = panel.synthetic;
  for (const PanelColumn& column : panel.columns) sample.columns.push_back({column.name, column.is_text, {}, {}});
  for (std::size_t k = 0; k < panel.size(); ++k) {
    if (role[k] != "sample") continue;
    sample.units.push_back(panel.units[k]);
    sample.times.push_back(panel.times[k]);
    sample.rows.push_back(panel.rows[k]);
    for (std::size_t c = 0; c < panel.columns.size(); ++c) {
      const PanelColumn& from = panel.columns[c];
      if (from.is_text) {
        sample.columns[c].texts.push_back(from.texts[k]);
      } else {
        sample.columns[c].numbers.push_back(from.numbers[k]);
      }
    }
  }
  return sample;
}

void AddColumn(Panel& panel, const std::string& name, std::vector<double> numbers) {
  panel.columns.push_back({name, false, std::move(numbers), {}});
}

}  // namespace farrell::studies
