// The Chinese sentences of projections and forecasts, by the file that writes the English ones.
#include "services/reporting/engine/words.h"

namespace farrell::reporting {

std::vector<WordsEntry> ChineseOutlookWords() {
  return {
      // report_sections.cc
      {"Projections and forecasts", "情景与预测"},
      // table_nowcast.cc
      {"{1}–{2}", "{1}–{2}"},
      {"Backtest {1}, every period predicted from its past alone: root mean square error {2}, of the last value {3} "
       "({4} "
       "cells).",
       "回测 {1}，每期仅由其过去预测：均方根误差 {2}，上一期值的误差 {3}（{4} 个单元格）。"},
      {"Last value", "上一期值"},
      {"Nowcast", "即时预测"},
      {"Observed", "实际值"},
      {"Model: {1}, fitted on the periods before.", "模型：{1}，由此前各期估计。"},
      {"The logarithm is predicted; its exponential, a median, is shown.", "预测的是对数，表中为其指数，即中位数。"},
      {"Intervals are as wide as the errors of the backtest (split conformal; Lei et al. 2018).",
       "区间宽度取自回测误差（分割保形预测；Lei et al. 2018）。"},
      {"Made from the past alone, intervals held {1} % of {2} cells; {3} % were wanted.",
       "仅由过去构造的区间覆盖了 {2} 个单元格中的 {1} %，目标为 {3} %。"},
      {"Scores: {1}, inputs of the period against the frontier of the periods before, which stands still; a score "
       "above "
       "one lies beyond it. Intervals are those of the prediction.",
       "得分：{1}，以本期投入对照此前各期的固定前沿；大于一的得分位于前沿之外。区间即预测区间。"},
      {"The outcome observed was not used for the prediction of its period.", "实际值未用于预测其所在时期。"},
      {"Not predicted, a regressor or a past is missing: {1}.", "因缺少解释变量或历史而未预测：{1}。"},
      // table_early_warning.cc
      {"clear", "无虞"},
      {"undecided", "不确定"},
      {"flagged", "预警"},
      {"{1} {2}", "{1} {2}"},
      {"Logit with a ridge penalty of {1} (le Cessie & van Houwelingen 1992) on {2} transitions; slopes of "
       "standardised "
       "predictors, taken the period before: {3}.",
       "岭惩罚为 {1} 的 Logit 模型（le Cessie & van Houwelingen 1992），{2} "
       "次转移；预测变量取自前一期并已标准化，斜率为：{3}。"},
      {"Out of sample, one period left out after the other: Brier score {1}, of the base rate {2}.",
       "样本外（逐期留出）：Brier 得分 {1}，基准比例的 Brier 得分 {2}。"},
      {"Calibration: intercept {1}, slope {2}; perfect: 0 and 1 (Cox 1958).",
       "校准：截距 {1}，斜率 {2}；完美校准为 0 与 1（Cox 1958）。"},
      {"Predicted and seen, out of sample, by fifths", "样本外预测与实际，按五分位"},
      {"Fifth {1}", "第 {1} 个五分位"},
      {"seen: {1} % of {2}", "实际：{2} 次中的 {1} %"},
      {"Probability", "概率"},
      {"Verdict", "判断"},
      {"Event in the period after {1}: {2}. It happened in {3} of {4} transitions, {5} %.",
       "{1} 之后一期的事件：{2}。{4} 次转移中发生 {3} 次，占 {5} %。"},
      {"Flagged: the interval lies above {1} %; clear: below it; else nothing is said.",
       "预警：区间高于 {1} %；无虞：区间低于该值；其余不作判断。"},
      {"Intervals: percentiles over {1} draws of whole units, seed {2}.",
       "区间：整单元重抽样 {1} 次的百分位数，种子 {2}。"},
  };
}

}  // namespace farrell::reporting
