#include <cstddef>
#include <optional>

#include "common/text/csv.h"
#include "common/text/number.h"
#include "services/reporting/engine/synthesize.h"

namespace farrell::reporting {
namespace {

std::string_view RegionLetter(const std::optional<SyntheticRegion>& region) {
  if (!region) return "";
  switch (*region) {
    case SyntheticRegion::kEast: return "E";
    case SyntheticRegion::kCentral: return "C";
    case SyntheticRegion::kWest: break;
  }
  return "W";
}

void Optional(text::CsvWriter& writer, const std::optional<double>& value) {
  if (value) {
    writer.Cell(*value);
  } else {
    writer.Cell(std::string_view());
  }
}

}  // namespace

std::string SyntheticCsv(const SyntheticPanel& panel) {
  text::CsvWriter writer;
  for (const char* name : {"province",
                           "role",
                           "region3",
                           "region4",
                           "year",
                           "gdp_1e8yuan",
                           "pop_1e4",
                           "urban_pop_1e4",
                           "trade_1e8usd",
                           "cny_per_usd",
                           "fai_ict_1e8yuan",
                           "rd_fte_personyear",
                           "rd_exp_nominal_1e8yuan",
                           "rd_price_index_2010",
                           "patent_grants",
                           "app_university",
                           "app_institute",
                           "app_enterprise",
                           "app_other",
                           "papers",
                           "tech_market_1e8yuan",
                           "planted_ln_productivity"}) {
    writer.Cell(std::string_view(name));
  }
  writer.EndRow();
  for (const SyntheticRow& row : panel.rows) {
    writer.Cell(std::string_view(row.province))
        .Cell(std::string_view(row.reference_only ? "reference_only" : "sample"));
    writer.Cell(RegionLetter(row.region)).Cell(std::string_view(row.region4));
    writer.Cell(std::string_view(std::to_string(row.year)));
    for (const auto& value : {row.gdp, row.population, row.urban, row.trade, row.exchange, row.investment}) {
      Optional(writer, value);
    }
    for (const double value : {row.personnel, row.spending, row.price, row.patents}) writer.Cell(value);
    for (const auto& value : {row.applications_university, row.applications_institute, row.applications_enterprise,
                              row.applications_other, row.papers, row.tech_market}) {
      Optional(writer, value);
    }
    writer.Cell(row.log_productivity);
    writer.EndRow();
  }
  return "# SYNTHETIC\n" + writer.Take();
}

}  // namespace farrell::reporting
