#include "services/reporting/engine/inference_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string_view>

#include "common/text/number.h"

namespace farrell::reporting {
namespace {

Status Missing(const FitFacts& fit, const std::string& what) {
  return FailedPrecondition("INFERENCE_MISSING", "regression '" + fit.id + "' cannot be printed: " + what +
                                                     "; a table of estimates always says how they were judged");
}

std::string TypeWords(InferenceType type, const Words& words) {
  switch (type) {
    case InferenceType::kIid: return words("classical (iid)");
    case InferenceType::kHc0: return words("heteroskedasticity-robust HC0");
    case InferenceType::kHc1: return words("heteroskedasticity-robust HC1");
    case InferenceType::kHc2: return words("heteroskedasticity-robust HC2");
    case InferenceType::kHc3: return words("heteroskedasticity-robust HC3");
    case InferenceType::kHc4: return words("heteroskedasticity-robust HC4");
    case InferenceType::kCr0: return words("cluster-robust CR0");
    case InferenceType::kCr1: return words("cluster-robust CR1");
    case InferenceType::kCr2: return words("cluster-robust CR2 (bias-reduced)");
    case InferenceType::kDriscollKraay: return words("Driscoll-Kraay, robust to serial and cross-section dependence");
    case InferenceType::kNeweyWest: return words("Newey-West, robust to serial correlation");
    case InferenceType::kPcse: return words("panel-corrected (Beck-Katz)");
    case InferenceType::kCr3: return words("cluster-robust CR3 (leave-one-cluster-out jackknife)");
    case InferenceType::kWild: return words("cluster-robust CR1, p-values from the restricted wild cluster bootstrap");
  }
  return {};
}

std::string DegreesOfFreedom(const InferenceFacts& inference, const Words& words) {
  if (inference.normal) return words("normal distribution");
  std::set<double> distinct;
  for (const TermInferenceFacts& term : inference.terms) {
    if (term.df) distinct.insert(*term.df);
  }
  if (distinct.empty()) return {};
  const auto text = [](double df) {
    return df == std::floor(df) ? text::FormatFixed(df, 0) : text::FormatFixed(df, 2);
  };
  if (distinct.size() == 1) return "t(" + text(*distinct.begin()) + ")";
  return words("t with {1} to {2} degrees of freedom", {text(*distinct.begin()), text(*distinct.rbegin())});
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

std::string DescribeInference(const InferenceFacts& inference, const Words& words) {
  std::vector<std::string> clauses = {TypeWords(inference.type, words)};
  if (IsClustered(inference.type)) {
    clauses.push_back(
        words("clustered by {1}, G = {2}", {inference.cluster, text::FormatCount(inference.cluster_count)}));
  }
  if (!inference.ssc.empty()) {
    clauses.push_back(
        words("small-sample correction {1} (factor {2})", {inference.ssc, text::FormatFixed(inference.ssc_value, 4)}));
  }
  if (std::string df = DegreesOfFreedom(inference, words); !df.empty()) clauses.push_back(std::move(df));
  return words.Clauses(clauses);
}

std::string DescribeWildBootstrap(const InferenceFacts& inference, const Words& words) {
  const std::string draws = text::FormatCount(inference.draws);
  std::vector<std::string> how = {
      inference.weights == "webb" ? words("Webb weights") : words("Rademacher weights"),
      inference.enumerated ? words("all {1} sign vectors", {draws}) : words("{1} draws", {draws}),
      words("null imposed")};
  if (inference.seed && !inference.enumerated) how.push_back(words("seed {1}", {std::to_string(*inference.seed)}));
  how.push_back("G = " + text::FormatCount(inference.cluster_count));
  return words("restricted wild cluster bootstrap by {1} ({2})", {inference.cluster, words.Clauses(how)});
}

std::string InferenceLabel(const std::string& label, const Words& words) {
  if (!words.chinese()) return label;
  if (const std::size_t open = label.find(" ("); open != std::string::npos && label.back() == ')') {
    return words("{1} ({2})", {InferenceLabel(label.substr(0, open), words),
                               InferenceLabel(label.substr(open + 2, label.size() - open - 3), words)});
  }
  constexpr std::string_view kPermutation = "permutation of ";
  if (label.starts_with(kPermutation)) {
    const std::size_t comma = label.rfind(", ");
    const std::string cluster = label.substr(kPermutation.size(), comma - kPermutation.size());
    return label.ends_with("raw") ? words("permutation of {1}, raw", {cluster})
                                  : words("permutation of {1}, studentised", {cluster});
  }
  if (const std::size_t by = label.rfind(" by "); by != std::string::npos) {
    return words("{1} by {2}", {InferenceLabel(label.substr(0, by), words), label.substr(by + 4)});
  }
  // Names that stand for themselves (CR3, Welch) are in no catalogue.
  static constexpr std::array kNames = {Said("wild bootstrap"), Said("unrestricted wild bootstrap"),
                                        Said("Chow of all slopes")};
  const auto* const name = std::find(kNames.begin(), kNames.end(), label);
  return name == kNames.end() ? label : words(*name);
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

std::string PerColumnNote(const std::string& lead, const std::vector<std::string>& texts, const Words& words) {
  std::vector<std::string> order;
  for (const std::string& text : texts) {
    if (!text.empty() && std::find(order.begin(), order.end(), text) == order.end()) order.push_back(text);
  }
  if (order.empty()) return {};
  const bool all = order.size() == 1 && std::find(texts.begin(), texts.end(), std::string()) == texts.end();
  if (all) return words("{1}: {2}.", {lead, order.front()});
  std::vector<std::string> parts;
  for (const std::string& text : order) {
    std::vector<std::size_t> columns;
    for (std::size_t column = 0; column < texts.size(); ++column) {
      if (texts[column] == text) columns.push_back(column + 1);
    }
    parts.push_back(columns.size() == 1 ? words("column {1}: {2}", {ColumnList(columns), text})
                                        : words("columns {1}: {2}", {ColumnList(columns), text}));
  }
  return words("{1}: {2}.", {lead, words.Parts(parts)});
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
