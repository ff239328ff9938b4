// The Chinese sentences of the referee rules, by the file that writes the English ones.
#include "services/reporting/engine/words.h"

namespace farrell::reporting {

std::vector<WordsEntry> ChineseRuleWords() {
  return {
      // rules.cc
      {"regression '{1}'", "回归“{1}”"},
      {"all rows of comparison '{1}'", "比较“{1}”的全部样本"},
      {"{1} (comparison '{2}')", "{1}（比较“{2}”）"},
      // rules_dea.cc
      {"'{1}' ({2} scores)", "“{1}”（{2} 个得分）"},
      {"The dependent variable is itself estimated from the same sample: evaluation {1}. Scores share one frontier and "
       "are not independent observations.",
       "被解释变量是同一样本估计出的效率值：评价{1}。各得分共用同一前沿，观测并不独立。"},
      {"Separability (the regressors move efficiency but not the frontier) is assumed, not tested. If it fails, a "
       "regression of scores has no clear meaning.",
       "可分性（解释变量只影响效率，不影响前沿）是假定而未经检验。若不成立，对得分的回归没有明确含义。"},
      {"{1} in '{2}'", "“{2}”中为 {1}"},
      {"More than 10 % of scores equal 1: {1}. Those cells cannot rise; slopes are pulled to zero.",
       "效率值为 1 的比例超过 10 %：{1}。这些单元无法再提高，斜率被拉向零。"},
      {"Compare {1} in the table of models.", "可对照模型表中的{1}。"},
      {"'{1}' has {2} in its smallest reference set for {3} inputs and {4} outputs (at least {5} wanted)",
       "“{1}”有 {3} 个投入、{4} 个产出，最小参照集只有 {2} 个单元（至少应有 {5} 个）"},
      {"Too few units for the number of inputs and outputs: {1}. Discrimination is weak.",
       "相对于投入产出个数，决策单元数量不足：{1}。区分能力弱。"},
      {"{1} on {2} (t = {3}, regression '{4}')", "{1} 对 {2}（t = {3}，回归“{4}”）"},
      {"Inputs respond to a regressor: {1}. A slope on a VRS score then mixes efficiency with local scale effects; "
       "differences between groups can be artefacts of size.",
       "投入随解释变量变化：{1}。此时 VRS 得分的斜率混入局部规模效应，组间差异可能只是规模造成的假象。"},
      {"In {1} each period has its own frontier: scores of different periods are comparable only through period "
       "effects.",
       "{1}逐期建立前沿：不同时期的得分只能借助时间效应比较。"},
      {"{1} is {2} with '{3}' and {4} with '{5}'", "{1} 的斜率在“{3}”下为 {2}，在“{5}”下为 {4}"},
      {"The slope depends on the DEA model: {1}.", "结论依赖 DEA 模型的选择：{1}。"},
      {"The outcome is the logarithm of a score: a slope is an elasticity of efficiency, with inputs held fixed, not "
       "the total elasticity of the outputs.",
       "被解释变量是得分的对数：斜率是投入不变时的效率弹性，不是产出的总弹性。"},
      {"Tobit in {1} treats scores of 1 as censored; DEA scores are not produced by censoring. Use least squares with "
       "clustering, fractional response, or Simar-Wilson.",
       "{1}中的 Tobit 把等于 1 的得分当作删失值，而 DEA 得分并非删失产生。应使用聚类最小二乘、分数响应模型或 "
       "Simar-Wilson 方法。"},
      {"The Simar-Wilson bootstrap of {1} draws independent errors, but the rows of one unit are not independent: its "
       "intervals are too narrow. Redraw whole units.",
       "{1}的 Simar-Wilson 自助法假定误差独立，而同一单元的各期观测并不独立：区间过窄。应以整个单元为抽样对象。"},
      {"Some super-efficiency programs are infeasible ({1}); they are left missing, not set to 1.",
       "部分超效率规划无可行解（{1}）；结果留空，未设为 1。"},
      // rules_regression.cc
      {"{1} (R² {2})", "{1}（R² {2}）"},
      {"No period effects although regressors trend (R² on period dummies within units): {1}. The slope picks up "
       "common growth. No stars are printed there.",
       "解释变量存在趋势，却没有时间效应（单元内对时期虚拟变量的 R²）：{1}。斜率混入共同增长，此处不标星号。"},
      {"Standard errors ignore serial correlation within {1}: {2}. Nominal intervals are too narrow. No stars are "
       "printed there.",
       "标准误忽略了 {1} 内部的序列相关：{2}。名义区间过窄，此处不标星号。"},
      {"Few clusters ({1}): p-values are from the jackknife (CR3) and the wild cluster bootstrap; both are printed.",
       "聚类数少（{1} 个）：p 值来自刀切法（CR3）和野聚类自助法，二者均已列出。"},
      {"Few clusters ({1}): p-values are from the jackknife (CR3). The wild cluster bootstrap was not asked for "
       "everywhere; it is the second opinion to ask for.",
       "聚类数少（{1} 个）：p 值来自刀切法（CR3）。并非各处都要求了野聚类自助法，应以它作为对照。"},
      {"Few clusters ({1}): p-values are from the wild cluster bootstrap. The jackknife (CR3) was not asked for "
       "everywhere.",
       "聚类数少（{1} 个）：p 值来自野聚类自助法。并非各处都要求了刀切法（CR3）。"},
      {"Few clusters ({1}): p-values that rest on large-sample theory are too small; ask for the jackknife (CR3) and "
       "the wild cluster bootstrap.",
       "聚类数少（{1} 个）：依据大样本理论的 p 值偏小，应使用刀切法（CR3）和野聚类自助法。"},
      {"{1} in {2}", "{2}只有 {1} 个"},
      {"Very few clusters: only {1}. t(G - 1) is used, and Webb weights in the bootstrap; treat 10 % stars as weak.",
       "子样本聚类过少：{1}。使用 t(G - 1) 分布，自助法使用 Webb 权重；10 % 水平的星号应视为弱证据。"},
      {"Very few clusters: only {1}. t(G - 1) is used; treat 10 % stars as weak.",
       "子样本聚类过少：{1}。使用 t(G - 1) 分布；10 % 水平的星号应视为弱证据。"},
      {"{1} and {2} by {3} ({4})", "{1} 与 {2} 同除以 {3}（{4}）"},
      {"Both sides are divided by the same variable: {1}. Errors in it move both sides together and give a slope where "
       "there is no association.",
       "方程两侧同除以同一变量：{1}。该变量的误差使两侧同向变动，没有关联也会产生斜率。"},
      {"{1} with log({2}) as a control ({3})", "{1}，并以 log({2}) 为控制变量（{3}）"},
      {"A ratio restriction is imposed, not tested: {1}. The numerator and the denominator are forced to have opposite "
       "slopes.",
       "比率约束是强加而未经检验的：{1}。分子与分母的斜率被强制为相反数。"},
      // rules_claims.cc
      {"Significant in one group and not in another is not a difference. Sentence {1} says that groups differ without "
       "naming a comparison that tests it, and is not printed.",
       "一组显著而另一组不显著，并不等于有差异。句子{1}称各组不同，却没有指明检验这一差异的比较，故不予输出。"},
      {"{1} subgroup tests ({2} group coefficients, {3} differences)",
       "共 {1} 个子样本检验（{2} 个分组系数，{3} 个差异）"},
      {"{1}: adjusted p-values of the differences were switched off; read the raw ones with that in mind.",
       "{1}：差异的校正 p 值已关闭，阅读原始 p 值时须留意。"},
      {"{1}: {2}-adjusted p-values are printed beside the raw ones.", "{1}：原始 p 值旁列出 {2} 校正的 p 值。"},
      {"{1}: adjusted ({2}) p-values are printed beside the raw ones.", "{1}：原始 p 值旁列出校正的 p 值（{2}）。"},
      {"The slope of {1} over all rows of '{2}' is a variance-weighted mean of the group slopes. Weights: {3}.",
       "“{2}”中 {1} 的总体斜率是各组斜率按方差加权的平均。权重：{3}。"},
      {"{1} in '{2}' ({3} over all rows, {4} to {5} by group)", "“{2}”中的 {1}（全部样本 {3}，各组 {4} 至 {5}）"},
      {"The slope over all rows lies outside the range of the group slopes: {1}. It is no average of them, because the "
       "other slopes and the period effects differ between groups.",
       "总体斜率不在各组斜率之间：{1}。由于其他斜率和时间效应因组而异，它不是各组斜率的平均。"},
      {"A slope on the level of a score is not an elasticity. Sentence {1} calls it one and is not printed.",
       "得分水平值的斜率不是弹性。句子{1}称其为弹性，故不予输出。"},
      {"Elasticity at the means: {1}.", "均值处的弹性：{1}。"},
      {"Observational design: sentence {1} speaks of a cause and is not printed; write 'is associated with'.",
       "观察性设计：句子{1}使用了因果措辞，故不予输出；应写“与……相关”。"},
      // rules_design.cc
      {"{1} in {2} of '{3}'", "“{3}”中 {2} 的 {1}"},
      {"{1}: power {2} at {3}, exaggeration about {4} times", "{1}：效应为 {3} 时检验功效为 {2}，夸大约 {4} 倍"},
      {"The design is too weak for the reference or published value (two-sided test with the standard error printed "
       "here): {1}. A significant estimate would overstate the effect by the factor given.",
       "对参照值或已发表的数值而言，设计的检验功效不足（用本文标准误作双侧检验）：{1}"
       "。若估计显著，效应会被夸大至所示倍数。"},
      {"The controls {1} may themselves be results of the regressor. Read the slope as a partial effect.",
       "控制变量 {1} 本身可能是解释变量的结果（坏控制变量）。斜率应理解为偏效应。"},
      {"No model without them was run.", "未运行不含这些变量的模型。"},
      {"Without them: {1}.", "不含这些变量的模型：{1}。"},
      {"Step-wise mediation ({1}) does not identify a causal channel. Only the step from the regressor to the mediator "
       "is reported.",
       "逐步法中介分析（{1}）不能识别因果渠道。只报告解释变量到中介变量这一步。"},
      {"{1} instruments for {2} clusters in '{3}'", "“{3}”有 {1} 个工具变量，而聚类只有 {2} 个"},
      {"More instruments than clusters: {1}. The first stage is overfitted, and the test of overidentification is not "
       "informative. Use fewer instruments.",
       "工具变量多于聚类数：{1}。第一阶段过度拟合，过度识别检验没有信息量。应减少工具变量。"},
      {"effective F {1}", "有效 F 为 {1}"},
      {"Anderson-Rubin set {1}", "Anderson-Rubin 置信集为 {1}"},
      {"Weak instrument: {1}. Estimates and their standard errors are not to be trusted; read only the Anderson-Rubin "
       "set.",
       "弱工具变量：{1}。估计值及其标准误不可信，只应看 Anderson-Rubin 置信集。"},
      {"without {1} the slope of {2} in '{3}' goes from {4} to {5}", "剔除 {1} 后，“{3}”中 {2} 的斜率由 {4} 变为 {5}"},
      {"One level moves the slope by more than one standard error, or turns its sign: {1}.",
       "个别单元使斜率变动超过一个标准误或改变符号：{1}。"},
      {"'{1}' (p = {2})", "“{1}”（p = {2}）"},
      {"Units remain correlated after period effects, by Pesaran's CD test in {1}. Clustering by unit does not see it, "
       "and Driscoll-Kraay errors need many periods.",
       "加入时间效应后各单元仍然相关，见{1}的 Pesaran CD 检验。按单元聚类不能反映这种相关，而 Driscoll-Kraay "
       "标准误需要较多时期。"},
      {"{1} in '{2}' (p = {3})", "“{2}”中的 {1}（p = {3}）"},
      {"Future values of a regressor 'predict' the past outcome: {1}. This points to reverse causality or trends.",
       "解释变量的未来值“预测”了过去的结果：{1}。这提示反向因果或趋势。"},
      {"'{1}' starts in {2}", "“{1}”始于 {2} 年"},
      {"The treatment {1}: a sample that ends in {2} cannot identify its effect.",
       "处理变量{1}：截至 {2} 年的样本无法识别其效应。"},
      {"{1} specifications were run, {2} are shown in full.", "共运行 {1} 个模型设定，完整列出 {2} 个。"},
      {"The others stand in the specification curve {1}.", "其余见设定曲线{1}。"},
      // rules_data.cc
      {"Adding one before taking logarithms ({1}) changes the slope, the more so the smaller the counts: it is no "
       "elasticity.",
       "取对数前加一（{1}）会改变斜率，计数越小影响越大：它不是弹性。"},
      {"The logarithm of {1} leaves out its zeros: the rows that remain are chosen by their value.",
       "对 {1} 取对数会丢弃零值：剩余样本是按取值筛选的。"},
      {"Compare the Poisson (PPML) regression, which keeps zeros.", "请对照保留零值的泊松（PPML）回归。"},
      {"A Poisson (PPML) regression keeps zeros; none was run.", "泊松（PPML）回归可保留零值；本研究未运行。"},
      {"'{1}' from {2} ({3})", "“{1}”自 {2} 年起（{3}）"},
      {"A regressor changes its definition inside the sample: {1}. The longest window without a break is {2} to {3}.",
       "样本期内解释变量口径有断点：{1}。最长的无断点区间为 {2} 至 {3} 年。"},
      {"GDP, population and R&D figures are revised after censuses.", "GDP、人口和研发数据在普查后会修订。"},
      {"The vintages of the study differ: {1}.", "本研究混用了不同版本的数据：{1}。"},
      {"No vintage is stated for {1}.", "未注明 {1} 的数据版本。"},
      {"A table sets the estimates beside those on {1}.", "有表格将估计结果与{1}上的结果并列。"},
      {"{1} is a proxy, not the thing itself.", "{1}是代理变量，并非所指本身。"},
      {"{1} is a proxy for {2}, not a measure of it.", "{1}是{2}的代理变量，并非其直接度量。"},
      {"Patent counts ({1}) reacted to subsidies, which differ between places and years; compare outcomes weighted by "
       "quality.",
       "专利数量（{1}）受补贴影响，而补贴因地区和年份而异；请对照按质量加权的产出。"},
      {"SYNTHETIC DATA - effects were planted. Nothing here is evidence about real units. No stars are printed.",
       "合成数据：效应由人为设定，非实证结论，不能作为任何真实单元的证据。全文不标星号。"},
  };
}

}  // namespace farrell::reporting
