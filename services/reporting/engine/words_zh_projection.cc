// The Chinese sentences of projections, by the file that writes the English ones.
#include "services/reporting/engine/words.h"

namespace farrell::reporting {

std::vector<WordsEntry> ChineseProjectionWords() {
  return {
      // table_projection.cc
      {"As observed", "观测值"},
      {"Projected", "推算值"},
      {"Low end of b", "b 的下限"},
      {"High end of b", "b 的上限"},
      {"{1}: inputs follow", "{1}：投入随之变动"},
      {"{1}: inputs held", "{1}：投入不变"},
      {"Score, inputs held: frontier as it was", "得分（投入不变）：前沿不变"},
      {"Score, inputs held: frontier estimated again", "得分（投入不变）：重新估计前沿"},
      {"Slope b of {1}", "{1}的斜率 b"},
      {"{1}: slope b of {2}", "{1}：{2}的斜率 b"},
      {"Total association (inputs follow)", "总关联（投入随之变动）"},
      {"Efficiency channel (inputs held)", "效率渠道（投入不变）"},
      {"Change in per cent, inputs follow", "变化百分比（投入随之变动）"},
      {"Change in per cent, inputs held", "变化百分比（投入不变）"},
      {"Sum", "合计"},
      {"Rows that were not changed, frontier estimated again", "未变动的观测（重新估计前沿）"},
      {"Scores that fall", "得分下降的个数"},
      {"Largest fall", "最大降幅"},
      {"A conditional projection of an association: no forecast and no causal effect.",
       "这是对关联的条件推算，不是预测，也不是因果效应。"},
      {"{1} {2} in {3} for {4}. Outputs are multiplied by (1 + change)^b: with the slope of log output inputs follow "
       "as "
       "they did in the sample, with that of the log score they are held.",
       "{3} 年{4}的{1}变动 {2}。产出乘以 (1 + 变动率)^b：b 取对数产出的斜率时，投入按样本中的方式随之变动；取对数得分的"
       "斜率时，投入不变。"},
      {"all units", "所有单元"},
      {"the units with {1}", "满足 {1} 的单元"},
      {"Low and high are at the ends of the {1} % interval of b: {2}. They hold the uncertainty of b alone, not that "
       "of "
       "the scores, of the frontier or of what else would change.",
       "下限与上限取自 b 的 {1} % 置信区间两端：{2}。其中只含 b 的不确定性，不含得分、前沿及其他可能变动的不确定性。"},
      {"With the frontier as it was a score is multiplied like its output, exactly (one output, output orientation); "
       "above 1 it lies beyond that frontier. Estimated again, the frontier ({1}) is that of the changed outputs: "
       "scores "
       "are relative, so units that move it lower others.",
       "前沿不变时，得分与产出乘以同一系数，严格成立（单一产出、产出导向）；大于 1 "
       "表示超出原前沿。重新估计时，前沿（{1}）"
       "由变动后的产出构成：得分是相对的，推动前沿的单元会压低其他单元。"},
      {"Of {1} rows that were not changed, that of {2} falls most.", "在 {1} 个未变动的观测中，{2} 降幅最大。"},
      {"Not projected, since {1} minus its mean would leave the range [{2}, {3}] in which the units of the sample have "
       "moved: {4}.",
       "未推算：{1}减去单元均值后将超出样本单元的变动范围 [{2}, {3}]：{4}。"},
      {"Not projected, since the regressions have no row of them in {1}: {2}.",
       "未推算：回归样本中没有其 {1} 年的观测：{2}。"},
  };
}

}  // namespace farrell::reporting
