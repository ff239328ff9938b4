#include "services/reporting/engine/facts.h"

#include <algorithm>

namespace farrell::reporting {
namespace {

template <typename T>
const T* FindById(const std::vector<T>& entries, const std::string& id, std::string T::*key) {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const T& entry) { return entry.*key == id; });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace

const DeaFacts* FindDea(const ReportFacts& facts, const std::string& id) {
  return FindById(facts.deas, id, &DeaFacts::id);
}

const FitFacts* FindFit(const ReportFacts& facts, const std::string& id) {
  return FindById(facts.fits, id, &FitFacts::id);
}

const CompareFacts* FindComparison(const ReportFacts& facts, const std::string& id) {
  return FindById(facts.comparisons, id, &CompareFacts::id);
}

const SpecificationFacts* FindSpecification(const ReportFacts& facts, const std::string& id) {
  return FindById(facts.specifications, id, &SpecificationFacts::id);
}

const ReturnsToScaleFacts* FindReturnsToScale(const ReportFacts& facts, const std::string& id) {
  return FindById(facts.returns_to_scale, id, &ReturnsToScaleFacts::id);
}

const CurveFacts* FindCurve(const ReportFacts& facts, const std::string& id) {
  return FindById(facts.curves, id, &CurveFacts::id);
}

const SecondStageFacts* FindSecondStage(const ReportFacts& facts, const std::string& id) {
  return FindById(facts.second_stages, id, &SecondStageFacts::id);
}

const ProductivityFacts* FindProductivity(const ReportFacts& facts, const std::string& id) {
  return FindById(facts.productivity, id, &ProductivityFacts::id);
}

const NowcastFacts* FindNowcast(const ReportFacts& facts, const std::string& id) {
  return FindById(facts.nowcasts, id, &NowcastFacts::id);
}

const EarlyWarningFacts* FindEarlyWarning(const ReportFacts& facts, const std::string& id) {
  return FindById(facts.early_warnings, id, &EarlyWarningFacts::id);
}

const VintageFacts* FindVintage(const ReportFacts& facts, const std::string& id) {
  return FindById(facts.vintages, id, &VintageFacts::id);
}

const ChannelsFacts* FindChannels(const ReportFacts& facts, const std::string& id) {
  return FindById(facts.channels, id, &ChannelsFacts::id);
}

const ProjectionFacts* FindProjection(const ReportFacts& facts, const std::string& id) {
  return FindById(facts.projections, id, &ProjectionFacts::id);
}

const ClassificationFacts* FindClassification(const ReportFacts& facts, const std::string& name) {
  return FindById(facts.classifications, name, &ClassificationFacts::name);
}

std::string TypeName(InferenceType type, const Words& words) {
  switch (type) {
    case InferenceType::kIid: return "iid";
    case InferenceType::kHc0: return "HC0";
    case InferenceType::kHc1: return "HC1";
    case InferenceType::kHc2: return "HC2";
    case InferenceType::kHc3: return "HC3";
    case InferenceType::kHc4: return "HC4";
    case InferenceType::kCr0: return "CR0";
    case InferenceType::kCr1: return "CR1";
    case InferenceType::kCr2: return "CR2";
    case InferenceType::kCr3: return "CR3";
    case InferenceType::kWild: return words("wild cluster bootstrap");
    case InferenceType::kDriscollKraay: return "Driscoll-Kraay";
    case InferenceType::kNeweyWest: return "Newey-West";
    case InferenceType::kPcse: return "PCSE";
  }
  return {};
}

std::string InferenceName(const InferenceFacts& inference, const Words& words) {
  if (!inference.label.empty() && !words.chinese()) return inference.label;
  const std::string name = TypeName(inference.type, words);
  return IsClustered(inference.type) ? words("{1} by {2}", {name, inference.cluster}) : name;
}

std::vector<ResultProvenance> AllProvenance(const ReportFacts& facts) {
  std::vector<ResultProvenance> all;
  for (const DeaFacts& dea : facts.deas) all.push_back(dea.provenance);
  for (const ProductivityFacts& index : facts.productivity) all.push_back(index.provenance);
  for (const FitFacts& fit : facts.fits) all.push_back(fit.provenance);
  for (const CompareFacts& comparison : facts.comparisons) all.push_back(comparison.provenance);
  for (const SpecificationFacts& tests : facts.specifications) all.push_back(tests.provenance);
  for (const SecondStageFacts& second_stage : facts.second_stages) all.push_back(second_stage.provenance);
  for (const CurveFacts& curve : facts.curves) all.push_back(curve.provenance);
  for (const ReturnsToScaleFacts& tests : facts.returns_to_scale) all.push_back(tests.provenance);
  for (const ProjectionFacts& projection : facts.projections) {
    all.insert(all.end(), projection.provenance.begin(), projection.provenance.end());
  }
  for (const NowcastFacts& nowcast : facts.nowcasts) all.push_back(nowcast.provenance);
  for (const EarlyWarningFacts& warning : facts.early_warnings) all.push_back(warning.provenance);
  for (const VintageFacts& vintage : facts.vintages) {
    all.insert(all.end(), vintage.provenance.begin(), vintage.provenance.end());
  }
  all.insert(all.end(), facts.other_provenance.begin(), facts.other_provenance.end());
  return all;
}

}  // namespace farrell::reporting
