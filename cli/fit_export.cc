#include "cli/fit_export.h"

#include <fmt/core.h>

#include <algorithm>

#include "cli/fit_sections.h"
#include "cli/output.h"
#include "cli/rows.h"

namespace farrell::cli {
namespace {

using regression::v1::FitResult;

std::string ObservationFile(const FitResult& fit, const std::string& name) {
  const regression::v1::Observations& observations = fit.observations();
  const auto& values = name == "residuals" ? observations.residuals() : observations.fitted();
  Rows rows(Format::kCsv, {"unit", "time", name}, fit.provenance().synthetic());
  for (int i = 0; i < values.size(); ++i) {
    const bool has_time = i < observations.periods_size();
    rows.Add({Text(i < observations.units_size() ? observations.units(i) : std::string()),
              has_time ? Whole(observations.periods(i)) : RowCell(), Number(values[i])});
  }
  return rows.Take();
}

std::string EffectFile(const FitResult& fit) {
  Rows rows(Format::kCsv, {"effect", "level", "value"}, fit.provenance().synthetic());
  for (const regression::v1::EffectLevel& level : fit.observations().effect_levels()) {
    rows.Add({Text(level.effect()), Text(level.level()), Number(level.value())});
  }
  return rows.Take();
}

std::string VcovFile(const FitResult& fit) {
  std::vector<std::string> terms;
  for (const regression::v1::Term& term : fit.terms()) {
    if (!term.collinear()) terms.push_back(term.name());
  }
  std::vector<std::string> header{"term"};
  header.insert(header.end(), terms.begin(), terms.end());
  Rows rows(Format::kCsv, header, fit.provenance().synthetic());
  const auto& vcov = fit.inferences(0).vcov();
  for (std::size_t i = 0; i < terms.size(); ++i) {
    std::vector<RowCell> cells{Text(terms[i])};
    for (std::size_t j = 0; j < terms.size(); ++j) {
      const std::size_t at = i * terms.size() + j;
      cells.push_back(at < static_cast<std::size_t>(vcov.size()) ? Number(vcov[static_cast<int>(at)]) : RowCell());
    }
    rows.Add(std::move(cells));
  }
  return rows.Take();
}

std::string FileOf(const FitResult& fit, const std::string& name) {
  if (const auto& names = FitSectionNames(); std::find(names.begin(), names.end(), name) != names.end()) {
    return SectionOf(fit, name, Format::kCsv).rows;
  }
  if (name == "effects") return EffectFile(fit);
  if (name == "vcov") return VcovFile(fit);
  return ObservationFile(fit, name);
}

}  // namespace

const std::vector<std::string>& FitExports() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list{"residuals", "fitted", "effects", "vcov"};
    list.insert(list.end(), FitSectionNames().begin(), FitSectionNames().end());
    return list;
  }();
  return names;
}

Status ExportFit(const FitResult& fit, const std::vector<std::string>& names, const std::string& folder) {
  for (const std::string& name : names) {
    const std::string text = FileOf(fit, name);
    if (text.empty()) {
      PrintNote("nothing to export as " + name + ": the fit has none");
      continue;
    }
    FARRELL_RETURN_IF_ERROR(WriteFile(fmt::format("{}/{}.csv", folder, name), text));
  }
  return {};
}

}  // namespace farrell::cli
