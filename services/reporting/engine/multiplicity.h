// Adjustment of p-values for multiple tests.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace farrell::reporting {

// Holm's step-down adjustment (Holm 1979): p-values in [0, 1], in the order given; unset ones stay unset and are not
// counted.
std::vector<std::optional<double>> HolmAdjusted(const std::vector<std::optional<double>>& p_values);

// Benjamini & Hochberg's (1995) step-up adjustment, which bounds the false discovery rate; the same conventions.
std::vector<std::optional<double>> BenjaminiHochbergAdjusted(const std::vector<std::optional<double>>& p_values);

// "Holm", "Benjamini-Hochberg", "Romano-Wolf"; empty for "none".
std::string AdjustmentWord(const std::string& adjustment);

}  // namespace farrell::reporting
