// Wild cluster bootstrap of Grunfeld's (1958) panel: published counts over all draws.
#include <map>
#include <stdexcept>
#include <string>

#include "services/regression/engine/wild_bootstrap.h"
#include "tests/published/panel/engine_rows.h"
#include "tests/published/panel/published_files.h"

namespace farrell::regression::testing {
namespace {

// The counts without projecting crossed effects out again are in the file to show by how much they are wrong. They come
// from the within transformed panel without effects, which is what such programs compute.
Fitted WithoutProjection(Fitted fitted) {
  fitted.within = Within();
  fitted.design.effects.clear();
  return fitted;
}

}  // namespace

Matches MatchWildBootstrap() {
  const Table expected = Expected("grunfeld_wild_cluster_bootstrap_enumerated");
  const std::map<std::string, std::string> formulas = {{"pooled", "inv ~ value + capital"},
                                                       {"within firm", "inv ~ value + capital | firm"},
                                                       {"within firm+year", "inv ~ value + capital | firm + year"}};
  const Panel panel = GrunfeldPanel();
  Matches matches;
  for (std::size_t row = 0; row < expected.rows.size(); ++row) {
    const std::string& type = expected.At(row, "type");
    const std::string& published = expected.At(row, "term");
    Fitted fitted = EstimateRecipe(panel, {formulas.at(expected.At(row, "model")), Cluster("firm", "none")});
    const Eigen::Index term = TermPosition(fitted, published.substr(0, published.find(' ')));
    WildBootstrapSpec spec;
    spec.weights = BootstrapWeights::kRademacher;
    spec.unrestricted = type.starts_with("WCU");
    spec.columns = {term};
    if (const std::size_t null = published.find("H0:"); null != std::string::npos) {
      spec.null_value = std::stod(published.substr(null + 3));
    }
    if (type.find("no re-projection") != std::string::npos) fitted = WithoutProjection(std::move(fitted));
    const auto bootstrap = RunWildBootstrap(fitted, fitted.design.classifications.at("firm"), spec, {});
    if (!bootstrap.ok()) throw std::runtime_error(bootstrap.status().ToString());
    if (!bootstrap->enumerated) throw std::runtime_error("not enumerated");
    const WildTest& test = bootstrap->tests[static_cast<std::size_t>(term)];
    const auto add = [&](const std::string& statistic, const std::string& column, double ours, Tolerance tolerance) {
      matches.push_back({row, statistic + ", " + type, expected.At(row, column), ours, tolerance});
    };
    const Tolerance exact = Tolerance::Exact();
    add("draws", "draws", static_cast<double>(bootstrap->draws), exact);
    add("draws beyond |t|", "count_strictly_greater", static_cast<double>(test.greater), exact);
    add("draws at or beyond |t|", "count_greater_or_equal", static_cast<double>(test.greater_or_equal), exact);
    add("|t|", "abs_t_no_ssc", test.abs_t, Tolerance::Relative(1e-10));
  }
  return matches;
}

}  // namespace farrell::regression::testing
