// The catalogue of Chinese sentences, by the file that writes the English ones.
#include "services/reporting/engine/words.h"

namespace farrell::reporting {

const std::vector<WordsEntry>& ChineseWords() {
  static const std::vector<WordsEntry> entries = {
      // report_sections.cc
      {"Data", "数据"},
      {"Efficiency", "效率"},
      {"Associations", "关联"},
      {"Differences between groups", "组间差异"},
      {"Beside published values", "与已发表结果对照"},
      {"Inference", "统计推断"},
      {"Appendix", "附录"},
      // report_json.cc
      {"Not available", "未提供"},
      // render_xlsx.cc
      {"Table {1}", "表{1}"},
      {"Figure {1}", "图{1}"},
      {"Contents", "目录"},
      {"Provenance", "结果溯源"},
      {"Question", "问题"},
      {"Answer", "结论"},
      {"What this does not show.", "本研究未能说明的问题。"},
      {"What a referee would say", "审稿人意见"},
      // table_kinds.cc
      {"Not computed in this version.", "本版本未计算。"},
      {"Not available: {1}.", "数据缺失:{1}。"},
      // table_regression.cc
      {"not available: {1}", "数据缺失:{1}"},
      // table_channels.cc
      {"Total", "总效应"},
      {"Efficiency channel", "效率渠道"},
      {"Input channel", "投入渠道"},
      {"Share of efficiency", "效率占比"},
      {"Log output = log score + log target, row by row: one output, output orientation, one frontier ({1}). The three "
       "regressions have the same right side and the same rows, so their coefficients add up exactly.",
       "逐行有:产出对数 = 得分对数 + "
       "目标对数(单一产出、产出导向、同一前沿:{1})。三个回归的右侧与样本相同,系数严格相加。"},
      {"Standard errors in parentheses: {1}.", "括号内为标准误:{1}。"},
      // table_clusters.cc
      {"Clusters", "聚类数"},
      {"Effective", "有效聚类数"},
      {"Largest partial leverage", "最大偏杠杆"},
      {"of", "所属"},
      {"Largest share of rows", "最大样本占比"},
      {"{1}: {2}", "{1}:{2}"},
      {"Effective number of clusters G*(0) of Carter, Schnepel & Steigerwald (2017); partial leverage as in MacKinnon, "
       "Nielsen & Webb (2023): with equal clusters it is one over their number.",
       "有效聚类数 G*(0) 见 Carter, Schnepel & Steigerwald (2017);偏杠杆见 MacKinnon, Nielsen & Webb "
       "(2023):各聚类相同时等于聚类数的倒数。"},
      // table_convergence.cc
      {"All units", "全部单元"},
      {"Change", "变化"},
      {"Change a period", "每期变化"},
      {"Standard deviation of log scores", "得分对数的标准差"},
      {"A falling spread is sigma convergence. The change a period is the slope of a straight line through the spreads "
       "of all periods; no inference is attached to it.",
       "离散程度下降即 σ 收敛。每期变化为各期离散程度的直线斜率,不附统计推断。"},
      // table_design.cc
      {"Reference", "参照值"},
      {"s.e.", "标准误"},
      {"Power", "检验功效"},
      {"Minimum detectable", "最小可检测效应"},
      {"Exaggeration", "夸大倍数"},
      {"Wrong sign", "符号错误概率"},
      {"Power of a two-sided test at {1} when the effect is the reference, which is not the estimate. Minimum "
       "detectable: the effect found with power {2}. Exaggeration: mean size of a significant estimate over the "
       "reference. Wrong sign: share of significant estimates (Gelman & Carlin 2014).",
       "检验功效:真实效应等于参照值(而非估计值)时,水平 {1} 双侧检验的功效。最小可检测效应:功效为 {2} "
       "时的效应。夸大倍数:显著估计的平均绝对值与参照值之比。符号错误概率:显著估计中符号相反的比例(Gelman & Carlin "
       "2014)。"},
      {"Standard errors: {1}.", "标准误:{1}。"},
      // table_frontiers.cc
      {"Model", "模型"},
      {"Share at one", "效率为1的比例"},
      {"Mean score", "平均得分"},
      {"Rank correlation", "秩相关"},
      {"Slope", "斜率"},
      {"p", "p"},
      {"Observations", "观测值"},
      {"Slope of {1}. Rank correlation (Spearman) with the scores of the first row, over the rows that both have.",
       "{1} 的斜率。秩相关(Spearman)为与第一行得分在共同样本上的相关。"},
      // table_influence.cc
      {"Estimate", "估计值"},
      {"Lowest", "最低"},
      {"without", "剔除"},
      {"Highest", "最高"},
      {"Largest change / s.e.", "最大变化/标准误"},
      {"Sign changes", "符号改变次数"},
      {"{1}, without one {2} at a time", "{1},逐一剔除 {2}"},
      {"The largest change is that of the level that moves the estimate farthest, in standard errors of the full "
       "sample: {1}.",
       "最大变化为使估计值移动最远的一次剔除,以全样本标准误为单位:{1}。"},
      // table_instruments.cc
      {"First stage of {1}", "{1} 的第一阶段"},
      {"F of the excluded instruments", "工具变量联合 F"},
      {"Partial R²", "偏 R²"},
      {"Effective F", "有效 F"},
      {"Critical value, bias of 10 %", "临界值(偏误 10 %)"},
      {"Strength and validity", "强度与有效性"},
      {"Kleibergen-Paap F", "Kleibergen-Paap F"},
      {"Cragg-Donald F", "Cragg-Donald F"},
      {"Anderson-Rubin p, no effect", "Anderson-Rubin p(零效应)"},
      {"Anderson-Rubin set", "Anderson-Rubin 置信集"},
      {"Overidentification p", "过度识别检验 p"},
      {"Exogeneity p (Durbin-Wu-Hausman)", "外生性检验 p(Durbin-Wu-Hausman)"},
      {"Effective F and its critical value at five per cent: Montiel Olea & Pflueger (2013). The Anderson-Rubin set "
       "holds whatever the strength of the instruments.",
       "有效 F 及其 5 % 临界值见 Montiel Olea & Pflueger (2013)。Anderson-Rubin 置信集不受工具变量强弱影响。"},
      // table_productivity.cc
      {"Productivity", "生产率"},
      {"Efficiency change", "效率变化"},
      {"Frontier shift", "前沿移动"},
      {"Share catching up", "追赶比例"},
      {"Changes", "变化次数"},
      {"Means of the changes from one period to the next; above zero is growth.", "相邻两期变化的均值;大于零为增长。"},
      {"Geometric means of the changes from one period to the next; above one is growth. Efficiency change above one "
       "is catching up with the frontier.",
       "相邻两期变化的几何平均;大于一为增长。效率变化大于一即追赶前沿。"},
      // diagnostics.cc
      {"empty", "空集"},
  };
  return entries;
}

}  // namespace farrell::reporting
