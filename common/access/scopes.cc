#include "common/access/scopes.h"

#include <algorithm>
#include <array>

namespace farrell::access {
namespace {

constexpr std::array kRules = {
    // Version and clock of a server: for farrell doctor.
    MethodRule{"farrell.common.v1.ServerService/GetServer", "server.read", false},
    // Tells a caller of themselves: no scope is needed. Of others for the scope `admin`.
    MethodRule{"farrell.common.v1.ServerService/GetQuota", "", false},

    MethodRule{"farrell.common.v1.CacheService/ExplainKey", "cache.read", false},
    MethodRule{"farrell.common.v1.CacheService/GetCacheStats", "cache.read", false},
    MethodRule{"farrell.common.v1.CacheService/VerifyCache", "cache.read", false},
    MethodRule{"farrell.common.v1.CacheService/PinEntry", "cache.write", true},
    MethodRule{"farrell.common.v1.CacheService/UnpinEntry", "cache.write", true},
    MethodRule{"farrell.common.v1.CacheService/QuarantineEntry", "cache.write", true},

    MethodRule{"farrell.data.v1.DataService/ImportTable", "data.write", true},
    MethodRule{"farrell.data.v1.DataService/DeleteDataset", "data.write", true},
    // Stores what is computed from data that may be read.
    MethodRule{"farrell.data.v1.DataService/DeriveSnapshot", "data.derive", true},
    MethodRule{"farrell.data.v1.DataService/ValidateTable", "data.read", false},
    MethodRule{"farrell.data.v1.DataService/SetEmbargo", "data.write", true},
    // So does this, what is open to them.
    MethodRule{"farrell.data.v1.DataService/CheckSnapshots", "", false},
    MethodRule{"farrell.data.v1.DataService/ReadTable", "data.read", false},
    MethodRule{"farrell.data.v1.DataService/GetSnapshot", "data.read", false},
    MethodRule{"farrell.data.v1.DataService/ResolveSnapshot", "data.read", false},
    MethodRule{"farrell.data.v1.DataService/ListDatasets", "data.read", false},
    MethodRule{"farrell.data.v1.DataService/DescribeTable", "data.read", false},
    MethodRule{"farrell.data.v1.DataService/WatchDataset", "data.read", false},
    MethodRule{"farrell.data.v1.DataService/DiffSnapshots", "data.read", false},
    MethodRule{"farrell.data.v1.DataService/GetDatasetStatus", "data.read", false},
    MethodRule{"farrell.data.v1.DataService/GetCellHistory", "data.read", false},
    MethodRule{"farrell.data.v1.DataService/DeclareDataset", "data.write", true},
    MethodRule{"farrell.data.v1.DataService/FreezePeriods", "data.write", true},
    MethodRule{"farrell.data.v1.DataService/PushCells", "data.write", true},

    MethodRule{"farrell.dea.v1.DeaService/Evaluate", "dea.run", false},
    MethodRule{"farrell.dea.v1.DeaService/PlanEvaluation", "dea.run", false},
    MethodRule{"farrell.dea.v1.DeaService/VerifyEvaluation", "dea.run", false},
    MethodRule{"farrell.dea.v1.DeaService/MeasureProductivity", "dea.run", false},
    MethodRule{"farrell.dea.v1.DeaService/EvaluateNetwork", "dea.run", false},
    MethodRule{"farrell.dea.v1.DeaService/TestReturnsToScale", "dea.run", false},
    MethodRule{"farrell.dea.v1.DeaService/CompareGroups", "dea.run", false},
    MethodRule{"farrell.dea.v1.DeaService/ScoreReplications", "dea.run", false},
    MethodRule{"farrell.dea.v1.DeaService/FindOutliers", "dea.run", false},
    MethodRule{"farrell.dea.v1.DeaService/GetCapabilities", "dea.run", false},

    MethodRule{"farrell.regression.v1.RegressionService/Fit", "regression.run", false},
    MethodRule{"farrell.regression.v1.RegressionService/Compare", "regression.run", false},
    MethodRule{"farrell.regression.v1.RegressionService/SecondStage", "regression.run", false},
    MethodRule{"farrell.regression.v1.RegressionService/TestSpecification", "regression.run", false},
    MethodRule{"farrell.regression.v1.RegressionService/FitSpecificationCurve", "regression.run", false},
    MethodRule{"farrell.regression.v1.RegressionService/Nowcast", "regression.run", false},
    MethodRule{"farrell.regression.v1.RegressionService/WarnEarly", "regression.run", false},
    MethodRule{"farrell.regression.v1.RegressionService/PlanFit", "regression.run", false},
    MethodRule{"farrell.regression.v1.RegressionService/GetCapabilities", "regression.run", false},

    MethodRule{"farrell.reporting.v1.ReportingService/RunStudy", "study.run", true},
    MethodRule{"farrell.reporting.v1.ReportingService/HoldRun", "study.keep", true},
    MethodRule{"farrell.reporting.v1.ReportingService/ReleaseRun", "study.keep", true},
    MethodRule{"farrell.reporting.v1.ReportingService/RemoveRun", "study.keep", true},
    MethodRule{"farrell.reporting.v1.ReportingService/ApplyRetention", "study.keep", true},
    MethodRule{"farrell.reporting.v1.ReportingService/CreateSchedule", "study.schedule", true},
    MethodRule{"farrell.reporting.v1.ReportingService/DeleteSchedule", "study.schedule", true},
    MethodRule{"farrell.reporting.v1.ReportingService/PauseSchedule", "study.schedule", true},
    MethodRule{"farrell.reporting.v1.ReportingService/TriggerSchedule", "study.schedule", true},
    MethodRule{"farrell.reporting.v1.ReportingService/BackfillSchedule", "study.schedule", true},
    // Begins what is due anyway.
    MethodRule{"farrell.reporting.v1.ReportingService/PokeSchedules", "schedule.poke", true},
    MethodRule{"farrell.reporting.v1.ReportingService/ListSchedules", "study.read", false},
    MethodRule{"farrell.reporting.v1.ReportingService/GetSchedule", "study.read", false},
    MethodRule{"farrell.reporting.v1.ReportingService/ListArrivals", "study.read", false},
    MethodRule{"farrell.reporting.v1.ReportingService/WatchRun", "study.read", false},
    MethodRule{"farrell.reporting.v1.ReportingService/WatchPublications", "study.read", false},
    MethodRule{"farrell.reporting.v1.ReportingService/ListPublications", "study.read", false},
    MethodRule{"farrell.reporting.v1.ReportingService/SynthesizePanel", "study.run", false},
    MethodRule{"farrell.reporting.v1.ReportingService/ValidateStudy", "study.read", false},
    MethodRule{"farrell.reporting.v1.ReportingService/PlanStudy", "study.read", false},
    MethodRule{"farrell.reporting.v1.ReportingService/ListRuns", "study.read", false},
    MethodRule{"farrell.reporting.v1.ReportingService/GetRun", "study.read", false},
    MethodRule{"farrell.reporting.v1.ReportingService/GetReport", "study.read", false},
    MethodRule{"farrell.reporting.v1.ReportingService/ExportReport", "study.read", false},
    MethodRule{"farrell.reporting.v1.ReportingService/DiffRuns", "study.read", false},
    MethodRule{"farrell.reporting.v1.ReportingService/BundleRun", "study.read", false},
    MethodRule{"farrell.reporting.v1.ReportingService/RenderTable", "study.read", false},
};

std::string AreaOf(std::string_view scope) { return std::string(scope.substr(0, scope.find('.'))) + ".*"; }

}  // namespace

const MethodRule* RuleOf(std::string_view method) {
  const auto* found =
      std::find_if(kRules.begin(), kRules.end(), [&](const auto& rule) { return rule.method == method; });
  return found == kRules.end() ? nullptr : found;
}

bool Allows(const std::vector<std::string>& granted, const MethodRule& rule) {
  return std::any_of(granted.begin(), granted.end(), [&](const std::string& scope) {
    return rule.scope.empty() || scope == rule.scope || scope == rule.method || scope == "*" ||
           scope == AreaOf(rule.scope);
  });
}

bool Holds(const std::vector<std::string>& granted, std::string_view scope) {
  return std::any_of(granted.begin(), granted.end(),
                     [&](const std::string& one) { return one == scope || one == "*"; });
}

std::vector<std::string> GrantableScopes() {
  std::vector<std::string> scopes = {"*", std::string(kEmbargoedScope), std::string(kForwardScope),
                                     std::string(kAdminScope)};
  for (const MethodRule& rule : kRules) {
    if (rule.scope.empty()) continue;
    scopes.emplace_back(rule.scope);
    scopes.push_back(AreaOf(rule.scope));
  }
  std::sort(scopes.begin(), scopes.end());
  scopes.erase(std::unique(scopes.begin(), scopes.end()), scopes.end());
  return scopes;
}

}  // namespace farrell::access
