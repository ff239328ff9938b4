#include "services/reporting/service/figure_cache.h"

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "common/canonical/canonical.h"

namespace farrell::reporting {
namespace {

std::optional<std::string> ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) return std::nullopt;
  return std::move(text).str();
}

std::string FigureKey(const std::string& renderer, const std::string& spec) {
  return canonical::Digest("farrell.figure.v1", canonical::Value(canonical::Value::Object{
                                                    {"renderer", canonical::Value(renderer)},
                                                    {"spec", canonical::Value(canonical::Sha256(spec))}}));
}

}  // namespace

std::string RendererIdentity(const std::string& script) {
  const std::optional<std::string> code = ReadFile(script);
  const std::optional<std::string> packages =
      ReadFile(std::filesystem::path(script).parent_path() / "package-lock.json");
  if (!code || !packages) return {};
  return canonical::Sha256(canonical::Sha256(*code) + canonical::Sha256(*packages));
}

Result<std::map<std::string, std::string>> DrawFigures(StepStore& store, const std::vector<FigureSource>& figures,
                                                       const FigureProcessOptions& options, bool skip_lookup,
                                                       const std::stop_token& stop) {
  const std::string renderer = RendererIdentity(options.script);
  std::map<std::string, std::string> svgs;
  std::vector<FigureSource> wanted;
  for (const FigureSource& figure : figures) {
    std::optional<std::string> kept;
    if (!renderer.empty() && !skip_lookup) kept = store.FindStep(FigureKey(renderer, figure.spec));
    if (kept) {
      svgs[figure.id] = std::move(*kept);
    } else {
      wanted.push_back(figure);
    }
  }
  if (wanted.empty()) return svgs;
  using Svgs = std::map<std::string, std::string>;
  FARRELL_ASSIGN_OR_RETURN(Svgs drawn, RenderFigures(wanted, options, stop));
  for (const FigureSource& figure : wanted) {
    const auto svg = drawn.find(figure.id);
    if (svg == drawn.end() || renderer.empty()) continue;
    // A store that cannot be written costs the next run a second.
    const std::string key = FigureKey(renderer, figure.spec);
    (void)(skip_lookup ? store.KeepStepAgain(key, svg->second, {}, "figure " + figure.id)
                       : store.KeepStep(key, svg->second));
  }
  svgs.merge(drawn);
  return svgs;
}

}  // namespace farrell::reporting
