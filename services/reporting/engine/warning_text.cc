// Warnings of the engines in Chinese, by code: what the English text says, with its numbers.
#include <algorithm>
#include <array>
#include <string_view>

#include "services/reporting/engine/inference_text.h"

namespace farrell::reporting {
namespace {

struct Meaning {
  std::string_view code;
  // {1} is the first number of the English text.
  std::string_view chinese;
};

constexpr std::array kMeanings = {
    Meaning{"ADJUSTMENT_HOLM", "Romano-Wolf 逐步调整不适用于此处，p 值按 Holm 法调整。"},
    Meaning{"BASE_RATE_NOT_BEATEN", "样本外预测并不优于基准比例：请勿据此名单行动。"},
    Meaning{
        "BIASED_SCORES",
        "单元会抬高自己所在的前沿：普通估计值因此移动超过半个标准误。请读经偏误修正的估计值，区间与 p 值均针对它。"},
    Meaning{"CLUSTERS_SPAN_GROUPS", "部分聚类的观测分属多个组：各组并不独立，差异的方差已计入共有的聚类。"},
    Meaning{"COLLINEAR_TERMS", "部分变量与前面的变量或固定效应共线，未予估计。"},
    Meaning{"DEFAULT_INFERENCE", "未指定标准误，采用默认设定。"},
    Meaning{"DESIGN_UNDEFINED", "没有标准误，无法计算检验功效。"},
    Meaning{"EFFECT_AT_FRONTIER", "{1} 行所属的效应水平全部位于前沿，其系数不可识别，已剔除。"},
    Meaning{"EIGENVALUES_TRUNCATED", "方差矩阵有负特征值，已按惯例置零。"},
    Meaning{"EXACT_FIT", "模型在舍入误差内完全拟合因变量，检验无定义。"},
    Meaning{"EXPERIMENTAL", "此推断方法处于试验阶段：其覆盖率仅由模拟得知。"},
    Meaning{"FEW_CLUSTERS", "仅有 {1} 个聚类：聚类稳健标准误可能偏小，请对照野聚类自助法。"},
    Meaning{"FEW_ERRORS", "回测误差太少，不足以给出该水平的区间。"},
    Meaning{"FEW_EVENTS", "较少见的结果只有 {1} 次转移，平均每个预测变量不到十次：斜率更多由惩罚项而非数据决定。"},
    Meaning{"FEW_PERIODS", "仅有 {1} 个时期：按时期求和的标准误偏小。"},
    Meaning{"FEW_UNITS", "回归仅有 {1} 个单元；少于 {2} 个单元时自助法区间过短。"},
    Meaning{"FULL_LEVERAGE", "部分观测完全决定自身的拟合值，相应标准误无定义。"},
    Meaning{"GROUP_EMPTY", "有的组没有观测。"},
    Meaning{"GROUP_MISSING", "部分观测没有组别，已剔除。"},
    Meaning{"HYPOTHESIS_UNDEFINED", "有假设未能检验。"},
    Meaning{"INCOMPLETE_CHANGES", "{2} 个变化中有 {1} 个不完整：距离无解，或单元改变了组别；均值不包含它们。"},
    Meaning{"INDEPENDENT_DRAWS", "每个单元有多行，而误差逐行独立抽取：误差持续时区间过短，请按单元重抽样。"},
    Meaning{"INTERACTION_CHOICE_MATTERS",
            "全部变量与组别交互、或仅比较项与组别交互，组间估计的符号或次序不同：组间差异的结论不应取决于这一选择。"},
    Meaning{"INTERACT_X_ONLY", "仅比较项与组别交互，其余斜率与时期效应为各组共有。"},
    Meaning{"JOINT_TEST_PARTIAL", "联合检验未包含没有估计值的组。"},
    Meaning{"JOINT_TEST_UNDEFINED", "联合检验无定义。"},
    Meaning{"LEAVE_OUT_NOT_IDENTIFIED", "剔除某个聚类后部分系数不可识别。"},
    Meaning{"MANY_PARAMETERS", "{1} 个虚拟变量代替被吸收的效应；参数如此之多时极大似然低估 σ，区间过短。"},
    Meaning{"MARGIN_UNDEFINED", "有边际效应无法识别。"},
    Meaning{"MISSING_ROWS_DROPPED", "{2} 行中有 {1} 行存在缺失值，已剔除。"},
    Meaning{"NEGATIVE_VARIANCE", "有系数的方差为负，其标准误无定义。"},
    Meaning{"NOT_SOLVED", "{1} 个单元未求解：达到迭代上限或证书未通过。"},
    Meaning{"NOT_TESTED", "有参照集未检验。"},
    Meaning{"NO_BACKTEST", "没有更早的时期可由其过去预测：误差无从得知。"},
    Meaning{"NO_CHANGES", "没有单元在两个时期均被观测，无法度量变化。"},
    Meaning{"NO_CLUSTER_DIAGNOSTICS", "聚类诊断需要最小二乘估计与聚类标准误。"},
    Meaning{"NO_REFERENCE_ONLY_ROWS", "没有仅作参照的行。"},
    Meaning{"NO_RESIDUAL_DF", "没有剩余自由度，标准误无定义。"},
    Meaning{"NO_ROWS_SCORED", "没有行得到得分。"},
    Meaning{"NO_VARIATION", "得分在聚类之间没有变异，标准误无定义。"},
    Meaning{"ORDER_NOT_DRAWN", "次序假设没有可用的自助抽样。"},
    Meaning{"OVERIDENTIFICATION_UNDEFINED", "过度识别检验无定义。"},
    Meaning{"PERIODS_POOLED", "多个时期的行被视为同一组前沿的独立单元。"},
    Meaning{"PERMUTATION_SECONDARY", "置换检验没有标准误，不作为首要推断。"},
    Meaning{"PERMUTATION_UNDEFINED", "置换检验无定义。"},
    Meaning{"POOLED_FRONTIER", "多个时期共用一个前沿：每个得分取决于所有行；回归若无时期效应，技术变化会被计为效率。"},
    Meaning{"RANDOM_WALK_NOT_BEATEN", "回测中模型并不优于上一期的值：请以上一期的值为准。"},
    Meaning{"REPLICATIONS_FAILED", "{1} 次重复没有估计值，所有数字均不包含它们。"},
    Meaning{"ROWS_EXCLUDED", "{1} 行含有无效数据，或没有正的投入或产出，已剔除。"},
    Meaning{"ROWS_WITHOUT_GROUP", "{1} 行没有组别，自成一组。"},
    Meaning{"SATURATED", "参数与观测同样多，无从估计误差。"},
    Meaning{"SCORES_AS_DATA", "标准误把得分视为数据，未计入得分本身是估计值。"},
    Meaning{"SCORES_AT_ONE", "{1} % 的得分等于一：前沿由少数比较构成，这些行只说明无人更好。"},
    Meaning{"SINGLETONS_DROPPED", "{1} 行在某一效应水平中仅此一行，已剔除。"},
    Meaning{"SSC_NOT_APPLICABLE", "所选小样本修正不适用于该标准误。"},
    Meaning{"SSC_UNDEFINED", "小样本修正无定义，标准误无定义。"},
    Meaning{
        "STARS_DIFFER_DIFFERENCE_NOT_REJECTED",
        "一个估计在 5 % 水平显著、另一个不显著，但不能拒绝二者相等。星号不同不是差异的证据（Gelman & Stern 2006）。"},
    Meaning{"TOO_FEW_CLUSTERS", "只有一个聚类，标准误无定义。"},
    Meaning{"TOO_FEW_PERIODS", "只有一个时期，标准误无定义。"},
    Meaning{"UNDOMINATED_DRAWS", "{1} 次抽样中没有重抽技术的点支配该行，其偏误不计入这些抽样。"},
    Meaning{"UNDOMINATED_ROWS", "{2} 行中有 {1} 行不被其他单元张成的点支配：计入普通估计，不计入修正估计及其区间。"},
    Meaning{
        "VRS_GROUPS_COMPARED",
        "以规模报酬可变的得分比较各组：若投入随解释变量变动，即使别无差异，各组得分也会不同；请与规模报酬不变对照。"},
    Meaning{"WEAK_INSTRUMENTS", "工具变量偏弱：请读 Anderson-Rubin 置信集。"},
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

// The numbers of a text in order; digits inside a name (CR3) are none.
std::vector<std::string> Numbers(std::string_view text) {
  std::vector<std::string> numbers;
  for (std::size_t at = 0; at < text.size();) {
    const bool starts = IsDigit(text[at]) && (at == 0 || !(IsLetter(text[at - 1]) || IsDigit(text[at - 1])));
    if (!starts) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && (IsDigit(text[end]) || text[end] == '.' || text[end] == ',')) ++end;
    while (!IsDigit(text[end - 1])) --end;
    numbers.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return numbers;
}

}  // namespace

std::string WarningText(const WarningFacts& warning, const Words& words) {
  if (!words.chinese()) return warning.text;
  const auto* const meaning = std::find_if(kMeanings.begin(), kMeanings.end(),
                                           [&](const Meaning& known) { return known.code == warning.code; });
  if (meaning == kMeanings.end()) return warning.text;
  std::vector<std::string> numbers = Numbers(warning.text);
  numbers.resize(2);
  // Sentences with numbers stand in no catalogue: the code alone chooses them.
  return words(meaning->chinese, {numbers[0], numbers[1]});
}

}  // namespace farrell::reporting
