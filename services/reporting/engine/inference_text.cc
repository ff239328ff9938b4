#include "services/reporting/engine/inference_text.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "common/text/number.h"

namespace farrell::reporting {
namespace {

Status Missing(const FitFacts& fit, const std::string& what) {
  return FailedPrecondition("INFERENCE_MISSING", "regression '" + fit.id + "' cannot be printed: " + what +
                                                     "; a table of estimates always says how they were judged");
}

std::string TypeWords(InferenceType type) {
  switch (type) {
    case InferenceType::kIid: return "classical (iid)";
    case InferenceType::kHc0: return "heteroskedasticity-robust HC0";
    case InferenceType::kHc1: return "heteroskedasticity-robust HC1";
    case InferenceType::kHc2: return "heteroskedasticity-robust HC2";
    case InferenceType::kHc3: return "heteroskedasticity-robust HC3";
    case InferenceType::kHc4: return "heteroskedasticity-robust HC4";
    case InferenceType::kCr0: return "cluster-robust CR0";
    case InferenceType::kCr1: return "cluster-robust CR1";
    case InferenceType::kCr2: return "cluster-robust CR2 (bias-reduced)";
    case InferenceType::kDriscollKraay: return "Driscoll-Kraay, robust to serial and cross-section dependence";
    case InferenceType::kNeweyWest: return "Newey-West, robust to serial correlation";
    case InferenceType::kPcse: return "panel-corrected (Beck-Katz)";
    case InferenceType::kCr3: return "cluster-robust CR3 (leave-one-cluster-out jackknife)";
    case InferenceType::kWild: return "cluster-robust CR1, p-values from the restricted wild cluster bootstrap";
  }
  return {};
}

std::string DegreesOfFreedom(const InferenceFacts& inference) {
  if (inference.normal) return "normal distribution";
  std::set<double> distinct;
  for (const TermInferenceFacts& term : inference.terms) {
    if (term.df) distinct.insert(*term.df);
  }
  if (distinct.empty()) return {};
  const auto text = [](double df) {
    return df == std::floor(df) ? text::FormatFixed(df, 0) : text::FormatFixed(df, 2);
  };
  if (distinct.size() == 1) return "t(" + text(*distinct.begin()) + ")";
  return "t with " + text(*distinct.begin()) + " to " + text(*distinct.rbegin()) + " degrees of freedom";
}

}  // namespace

Status CheckInference(const FitFacts& fit) {
  if (fit.inferences.empty()) return Missing(fit, "it carries no standard errors");
  for (const InferenceFacts& inference : fit.inferences) {
    const std::string name = InferenceName(inference);
    if (inference.terms.size() != fit.terms.size()) return Missing(fit, name + " does not cover every term");
    if (IsClustered(inference.type)) {
      if (inference.cluster.empty()) return Missing(fit, name + " names no cluster variable");
      if (inference.cluster_count <= 0) return Missing(fit, name + " does not say how many clusters there are");
      if (inference.ssc.empty()) return Missing(fit, name + " names no small-sample correction");
    }
    if (inference.type == InferenceType::kWild || inference.normal) continue;
    for (std::size_t i = 0; i < inference.terms.size(); ++i) {
      if (inference.terms[i].statistic && !inference.terms[i].df) {
        return Missing(fit, name + " gives no degrees of freedom for '" + fit.terms[i].name + "'");
      }
    }
  }
  return Status::Ok();
}

std::string DescribeInference(const InferenceFacts& inference) {
  std::string text = TypeWords(inference.type);
  if (IsClustered(inference.type)) {
    text += ", clustered by " + inference.cluster + ", G = " + text::FormatCount(inference.cluster_count);
  }
  if (!inference.ssc.empty()) {
    text +=
        ", small-sample correction " + inference.ssc + " (factor " + text::FormatFixed(inference.ssc_value, 4) + ")";
  }
  if (const std::string df = DegreesOfFreedom(inference); !df.empty()) text += ", " + df;
  return text;
}

std::string DescribeWildBootstrap(const InferenceFacts& inference) {
  std::string text = "restricted wild cluster bootstrap by " + inference.cluster + " (";
  text += inference.weights == "webb" ? "Webb weights" : "Rademacher weights";
  if (inference.enumerated) {
    text += ", all " + text::FormatCount(inference.draws) + " sign vectors";
  } else {
    text += ", " + text::FormatCount(inference.draws) + " draws";
  }
  text += ", null imposed";
  if (inference.seed && !inference.enumerated) text += ", seed " + std::to_string(*inference.seed);
  return text + ", G = " + text::FormatCount(inference.cluster_count) + ")";
}

const InferenceFacts* WildInference(const FitFacts& fit) {
  const auto found = std::find_if(fit.inferences.begin(), fit.inferences.end(), [](const InferenceFacts& inference) {
    return inference.type == InferenceType::kWild;
  });
  return found == fit.inferences.end() ? nullptr : &*found;
}

std::string ColumnList(const std::vector<std::size_t>& columns) {
  std::string text;
  for (std::size_t i = 0; i < columns.size();) {
    std::size_t last = i;
    while (last + 1 < columns.size() && columns[last + 1] == columns[last] + 1) ++last;
    if (!text.empty()) text += ", ";
    text += std::to_string(columns[i]);
    if (last > i) text += (last == i + 1 ? ", " : "-") + std::to_string(columns[last]);
    i = last + 1;
  }
  return text;
}

std::string PerColumnNote(const std::string& lead, const std::vector<std::string>& texts) {
  std::vector<std::string> order;
  for (const std::string& text : texts) {
    if (!text.empty() && std::find(order.begin(), order.end(), text) == order.end()) order.push_back(text);
  }
  if (order.empty()) return {};
  const bool all = order.size() == 1 && std::find(texts.begin(), texts.end(), std::string()) == texts.end();
  if (all) return lead + ": " + order.front() + ".";
  std::string note = lead + ": ";
  for (std::size_t i = 0; i < order.size(); ++i) {
    std::vector<std::size_t> columns;
    for (std::size_t column = 0; column < texts.size(); ++column) {
      if (texts[column] == order[i]) columns.push_back(column + 1);
    }
    if (i > 0) note += "; ";
    note += (columns.size() == 1 ? "column " : "columns ") + ColumnList(columns) + ": " + order[i];
  }
  return note + ".";
}

std::string Capitalized(std::string word) {
  if (!word.empty() && word.front() >= 'a' && word.front() <= 'z') {
    word.front() = static_cast<char>(word.front() - 'a' + 'A');
  }
  return word;
}

int CommonDecimals(const std::vector<std::optional<double>>& std_errors) {
  int decimals = 3;
  for (const std::optional<double>& std_error : std_errors) decimals = std::max(decimals, DecimalsFor(std_error));
  return std::min(decimals, 6);
}

int DecimalsFor(const std::optional<double>& std_error) {
  int decimals = 3;
  if (!std_error || !(*std_error > 0)) return decimals;
  double scaled = *std_error * 1000;
  while (decimals < 8 && scaled < 9.5) {
    scaled *= 10;
    ++decimals;
  }
  return decimals;
}

}  // namespace farrell::reporting
