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

const ClassificationFacts* FindClassification(const ReportFacts& facts, const std::string& name) {
  return FindById(facts.classifications, name, &ClassificationFacts::name);
}

std::string InferenceName(const InferenceFacts& inference) {
  if (!inference.label.empty()) return inference.label;
  switch (inference.type) {
    case InferenceType::kIid: return "iid";
    case InferenceType::kHc1: return "HC1";
    case InferenceType::kHc3: return "HC3";
    case InferenceType::kCr1: return "CR1 by " + inference.cluster;
    case InferenceType::kCr3: return "CR3 by " + inference.cluster;
    case InferenceType::kWild: return "wild cluster bootstrap by " + inference.cluster;
  }
  return {};
}

std::vector<ResultProvenance> AllProvenance(const ReportFacts& facts) {
  std::vector<ResultProvenance> all;
  for (const DeaFacts& dea : facts.deas) all.push_back(dea.provenance);
  for (const FitFacts& fit : facts.fits) all.push_back(fit.provenance);
  for (const CompareFacts& comparison : facts.comparisons) all.push_back(comparison.provenance);
  all.insert(all.end(), facts.other_provenance.begin(), facts.other_provenance.end());
  return all;
}

}  // namespace farrell::reporting
