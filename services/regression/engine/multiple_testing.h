// P-values adjusted for the number of hypotheses of a family.
//
// From p-values alone: Holm (1979) and Hochberg (1988) bound the chance of any false rejection (Hochberg's step-up
// under independence or positive dependence), Benjamini & Hochberg (1995) and Benjamini & Yekutieli (2001) the expected
// share of false rejections (the second under any dependence). From draws of all statistics under their nulls, made
// with the same random weights so that the dependence between the statistics is in them: Romano & Wolf (2005, 2016) and
// Westfall & Young (1993), which bound the chance of any false rejection and lose less power than Holm where statistics
// are correlated.
//
// All return one adjusted p-value in [0, 1] a hypothesis, in the order given. Ties in p keep that order.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

namespace farrell::regression {

// Step-down: max over the smaller ones of (m - rank + 1) p.
std::vector<double> HolmAdjusted(const std::vector<double>& p_values);
// Step-up: min over the larger ones of (m - rank + 1) p.
std::vector<double> HochbergAdjusted(const std::vector<double>& p_values);
// Step-up: min over the larger ones of m p / rank.
std::vector<double> BenjaminiHochbergAdjusted(const std::vector<double>& p_values);
// The same times sum_{k=1..m} 1/k.
std::vector<double> BenjaminiYekutieliAdjusted(const std::vector<double>& p_values);

// Statistics are studentised and large against the null: |t|, or Wald F of hypotheses with equally many restrictions.
// `draws`: one row a draw, one column a hypothesis, drawn under the nulls; the same weights along a row.
//
// Step-down of Romano & Wolf (2016): in decreasing order of the observed statistics, the share of draws whose
// largest statistic among the hypotheses not yet passed is at least the observed one (ties at relative 1e-10); p-values
// are then made monotone. `enumerated`: the draws are the whole distribution, the observed sample among them, and the
// share is count / draws; else (count + 1) / (draws + 1).
std::vector<double> RomanoWolfAdjusted(const Eigen::VectorXd& observed, const Eigen::MatrixXd& draws, bool enumerated);

// Step-down minP of Westfall & Young (1993, algorithm 2.8): the same with p-values in place of statistics, so that
// hypotheses whose statistics have different distributions count alike. P-values of the draws are their ranks in their
// own column.
std::vector<double> WestfallYoungAdjusted(const Eigen::VectorXd& observed, const Eigen::MatrixXd& draws,
                                          bool enumerated);

}  // namespace farrell::regression
