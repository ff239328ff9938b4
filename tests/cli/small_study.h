// A study of a few seconds, for tests of what is done with its runs.
#pragma once

#include <string>

namespace farrell::testing {

// Two groups of five units over three years. `shift` is added to the outcome of the first unit.
inline std::string SmallPanel(int shift = 0) {
  std::string csv = "unit,year,group,x,y\n";
  for (int unit = 0; unit < 10; ++unit) {
    for (int period = 0; period < 3; ++period) {
      const int y = 1 + (unit * 3 + period * 2) % 5 + (unit == 0 ? shift : 0);
      csv += "u" + std::to_string(unit) + "," + std::to_string(2010 + period) + "," + (unit < 5 ? "north" : "south") +
             "," + std::to_string(2 + (unit * 5 + period * 3) % 7) + "," + std::to_string(y) + "\n";
    }
  }
  return csv;
}

// One evaluation, two regressions, a table of each kind a bundle has to explain. `formula` is that of the second.
inline std::string SmallStudy(const std::string& formula = "log(y) ~ log(x) | unit",
                              const std::string& data = "data.csv") {
  return "id: small\n"
         "title: \"A small study\"\n"
         "question: \"Does anything depend on anything?\"\n"
         "data: {file: " +
         data +
         ", unit: unit, time: year, source: \"Nobody\"}\n"
         "dea:\n"
         "  - {id: main, inputs: [x], outputs: [y], frontier: global}\n"
         "regressions:\n"
         "  - {id: level, formula: \"log(score.main) ~ log(x) | unit + year\", inference: [cr3:unit]}\n"
         "  - {id: plain, formula: \"" +
         formula +
         "\", inference: [cr3:unit]}\n"
         "tables:\n"
         "  - {id: t1, title: \"Level\", kind: regression, columns: [level, plain]}\n"
         "  - {id: t2, title: \"What there is\", kind: descriptives, columns: [x, y]}\n"
         "  - {id: t3, title: \"Ranking\", kind: efficiency, columns: [main]}\n";
}

}  // namespace farrell::testing
