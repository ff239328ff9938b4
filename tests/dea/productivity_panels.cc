#include "tests/dea/productivity_panels.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "common/numeric/elementary.h"
#include "common/status/status.h"
#include "tests/dea/problems.h"

namespace farrell::dea::testing {

TestPanel MakePanel(int input_count, int output_count, int bad_count, const std::vector<PanelRow>& rows) {
  TestPanel panel;
  panel.data.input_count = input_count;
  panel.data.output_count = output_count;
  panel.data.bad_count = bad_count;
  for (const PanelRow& row : rows) {
    panel.units.push_back(row.unit);
    panel.data.times.push_back(row.time);
    panel.data.roles.push_back(RowRole::kScored);
    panel.data.cells.insert(panel.data.cells.end(), row.cells.begin(), row.cells.end());
  }
  return panel;
}

TestPanel MakeRandomPanel(std::uint64_t number, int bad_count, bool balanced) {
  TestRandom random(number * 6007 + 29);
  const int m = 1 + random.Below(3);
  const int s = 1 + random.Below(2);
  const int d = m + s + bad_count;
  const int units = 3 + random.Below(8);
  const int periods = 2 + random.Below(4);
  const bool integers = random.Below(4) == 0;
  const bool repeats = random.Below(3) == 0;
  const bool wild = random.Below(2) == 0;
  const double missing = balanced || random.Below(2) == 0 ? 0 : 0.25;
  std::vector<double> shifts;
  for (int t = 0; t < periods; ++t) shifts.push_back(0.2 * random.Normal());

  std::vector<PanelRow> rows;
  for (int unit = 0; unit < units; ++unit) {
    for (int t = 0; t < periods; ++t) {
      PanelRow row{unit, 2001 + t, {}};
      double size = 0;
      for (int i = 0; i < m; ++i) {
        row.cells.push_back(numeric::Exp(random.Normal()));
        size += numeric::Log(row.cells.back()) / m;
      }
      for (int r = m; r < d; ++r) {
        const double shift = shifts[static_cast<std::size_t>(t)];
        row.cells.push_back(numeric::Exp(0.9 * size + shift + 0.3 * random.Normal() - 0.4 * random.Uniform()));
      }
      if (integers) {
        for (double& cell : row.cells) cell = 1 + random.Below(5);
      }
      if (repeats && !rows.empty() && random.Below(4) == 0) {
        row.cells = rows[static_cast<std::size_t>(random.Below(static_cast<int>(rows.size())))].cells;
      }
      if (random.Uniform() >= missing) rows.push_back(std::move(row));
    }
  }
  if (wild) {
    for (int i = 0; i < d; ++i) {
      double scale = 1e-6;
      for (int step = random.Below(16); step > 0; --step) scale *= 10;
      for (PanelRow& row : rows) row.cells[static_cast<std::size_t>(i)] *= scale;
    }
  }
  TestPanel panel = MakePanel(m, s, bad_count, rows);
  panel.description = "panel " + std::to_string(number) + ": " + std::to_string(units) + " units, " +
                      std::to_string(periods) + " periods, " + std::to_string(m) + "x" + std::to_string(s) + "x" +
                      std::to_string(bad_count) + (integers ? " integers" : "") + (repeats ? " repeats" : "") +
                      (wild ? " scales" : "") + (missing > 0 ? " gaps" : "");
  return panel;
}

ProductivityRequest MakeRequest(const TestPanel& panel, ProductivityIndex index, ReturnsToScale rts,
                                Orientation orientation) {
  ProductivityRequest request;
  request.index = index;
  request.model.rts = rts;
  request.model.orientation = orientation;
  for (int i = 0; i < panel.data.input_count; ++i) request.model.inputs.push_back("x" + std::to_string(i));
  for (int r = 0; r < panel.data.output_count; ++r) request.model.outputs.push_back("y" + std::to_string(r));
  for (int b = 0; b < panel.data.bad_count; ++b) request.model.bad_outputs.push_back("b" + std::to_string(b));
  return request;
}

std::vector<ProductivityChange> Measure(const TestPanel& panel, const ProductivityRequest& request) {
  Violations violations;
  CheckProductivity(request, "", violations);
  const Status status = std::move(violations).Finish("MODEL_INVALID", "the request cannot be answered");
  EXPECT_TRUE(status.ok()) << status.ToString();
  const Productivity productivity(panel.data, panel.units, request);
  std::vector<Productivity::Score> scores(productivity.program_count());
  EXPECT_TRUE(productivity.Solve(0, scores.size(), scores, {}, nullptr));
  return productivity.Changes(scores);
}

const char* Name(ProductivityIndex index) {
  switch (index) {
    case ProductivityIndex::kMalmquist: return "malmquist";
    case ProductivityIndex::kFgnz: return "fgnz";
    case ProductivityIndex::kRayDesli: return "ray-desli";
    case ProductivityIndex::kSequential: return "sequential";
    case ProductivityIndex::kBiennial: return "biennial";
    case ProductivityIndex::kGlobal: return "global";
    case ProductivityIndex::kMalmquistLuenberger: return "malmquist-luenberger";
    case ProductivityIndex::kGlobalMalmquistLuenberger: return "global-malmquist-luenberger";
    case ProductivityIndex::kLuenberger: return "luenberger";
  }
  return "";
}

}  // namespace farrell::dea::testing
