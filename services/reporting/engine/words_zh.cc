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
  };
  return entries;
}

}  // namespace farrell::reporting
