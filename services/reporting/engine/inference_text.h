// The words for standard errors, the same in every table.
#pragma once

#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/reporting/engine/facts.h"

namespace farrell::reporting {

// FAILED_PRECONDITION INFERENCE_MISSING unless every inference of the fit is complete: one entry a term, a cluster
// variable with its count and a named correction where clustered, degrees of freedom where there is a t statistic.
Status CheckInference(const FitFacts& fit);

// "CR3 (leave-one-cluster-out jackknife), clustered by state, G = 48, small-sample correction fixest (factor 1.0000),
// t(47)".
std::string DescribeInference(const InferenceFacts& inference, const Words& words = {});

// "restricted wild cluster bootstrap by state (Webb weights, 9,999 draws, null imposed, seed 7)".
std::string DescribeWildBootstrap(const InferenceFacts& inference, const Words& words = {});

// What the engine calls an inference or a test under one: "CR3 by state", "Welch (CR3 by state)", "permutation of
// state, studentised", in the language of the report.
std::string InferenceLabel(const std::string& label, const Words& words);

// The first wild bootstrap among the inferences; null when there is none.
const InferenceFacts* WildInference(const FitFacts& fit);

// A warning of an engine in the language of the report: in Chinese what its code means, with the numbers of the English
// text (warning_text.cc).
std::string WarningText(const WarningFacts& warning, const Words& words);

// Column numbers as text: "1", "1 and 3", "1-3, 5".
std::string ColumnList(const std::vector<std::size_t>& columns);

// One sentence when all columns agree, else one part a group of columns. `texts` holds one entry a column; columns with
// an empty text are left out. Lead e.g. "Standard errors in parentheses".
std::string PerColumnNote(const std::string& lead, const std::vector<std::string>& texts, const Words& words = {});

// The word with an upper-case first letter (ASCII).
std::string Capitalized(std::string word);

// Decimals that show a standard error with two significant digits: 3 to 8.
int DecimalsFor(const std::optional<double>& std_error);
// The same for numbers that stand together, by the smallest standard error: 3 to 6.
int CommonDecimals(const std::vector<std::optional<double>>& std_errors);

}  // namespace farrell::reporting
