#include "common/admission/method_class.h"

#include <algorithm>

namespace farrell {

const std::vector<std::string_view>& HeavyMethods() {
  static const std::vector<std::string_view> heavy = {
      "farrell.common.v1.CacheService/VerifyCache",
      "farrell.data.v1.DataService/DeriveSnapshot",
      "farrell.data.v1.DataService/DiffSnapshots",
      "farrell.data.v1.DataService/ImportTable",
      "farrell.data.v1.DataService/PushCells",
      "farrell.data.v1.DataService/ValidateTable",
      "farrell.dea.v1.DeaService/CompareGroups",
      "farrell.dea.v1.DeaService/Evaluate",
      "farrell.dea.v1.DeaService/EvaluateNetwork",
      "farrell.dea.v1.DeaService/FindOutliers",
      "farrell.dea.v1.DeaService/MeasureProductivity",
      "farrell.dea.v1.DeaService/ScoreReplications",
      "farrell.dea.v1.DeaService/TestReturnsToScale",
      "farrell.dea.v1.DeaService/VerifyEvaluation",
      "farrell.regression.v1.RegressionService/Compare",
      "farrell.regression.v1.RegressionService/Fit",
      "farrell.regression.v1.RegressionService/FitSpecificationCurve",
      "farrell.regression.v1.RegressionService/Nowcast",
      "farrell.regression.v1.RegressionService/SecondStage",
      "farrell.regression.v1.RegressionService/TestSpecification",
      "farrell.regression.v1.RegressionService/WarnEarly",
      "farrell.reporting.v1.ReportingService/BackfillSchedule",
      "farrell.reporting.v1.ReportingService/BundleRun",
      "farrell.reporting.v1.ReportingService/ExportReport",
      "farrell.reporting.v1.ReportingService/HoldRun",
      "farrell.reporting.v1.ReportingService/RunStudy",
      "farrell.reporting.v1.ReportingService/SynthesizePanel",
  };
  return heavy;
}

MethodClass ClassOf(std::string_view method) {
  const std::vector<std::string_view>& heavy = HeavyMethods();
  return std::binary_search(heavy.begin(), heavy.end(), method) ? MethodClass::kHeavy : MethodClass::kLight;
}

std::string_view ClassName(MethodClass method_class) { return method_class == MethodClass::kHeavy ? "heavy" : "light"; }

}  // namespace farrell
