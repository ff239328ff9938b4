#include "services/regression/engine/compare/contrasts.h"

#include <utility>

namespace farrell::regression {

std::vector<Contrast> Contrasts(const Compared& compared) {
  std::vector<Contrast> contrasts;
  for (std::size_t e = 0; e < compared.equation_count; ++e) {
    for (std::size_t t = 0; t < compared.term_count; ++t) {
      for (std::size_t a = 0; a < compared.group_count; ++a) {
        for (std::size_t b = a + 1; b < compared.group_count; ++b) {
          contrasts.push_back({compared.Cell(e, a, t), compared.Cell(e, b, t)});
        }
      }
    }
  }
  for (std::size_t t = 0; t < compared.term_count; ++t) {
    for (std::size_t g = 0; g < compared.group_count; ++g) {
      for (std::size_t a = 0; a < compared.equation_count; ++a) {
        for (std::size_t b = a + 1; b < compared.equation_count; ++b) {
          contrasts.push_back({compared.Cell(a, g, t), compared.Cell(b, g, t)});
        }
      }
    }
  }
  return contrasts;
}

std::vector<Equality> Equalities(const Compared& compared, CompareResult& result) {
  const bool has_groups = !compared.spec->by.empty();
  std::vector<Equality> equalities;
  const std::size_t rounds = has_groups ? compared.equation_count : 1;
  const std::size_t sides = has_groups ? compared.group_count : compared.equation_count;
  for (std::size_t e = 0; e < rounds; ++e) {
    for (std::size_t t = 0; t < compared.term_count; ++t) {
      Equality equality{e, t, {}, {}};
      std::string left_out;
      for (std::size_t side = 0; side < sides; ++side) {
        const std::size_t cell = has_groups ? compared.Cell(e, side, t) : compared.Cell(side, 0, t);
        const GroupFit& group = result.groups[cell / compared.term_count];
        if (group.estimates[t] && group.compared[t].std_error && *group.compared[t].std_error > 0.0) {
          equality.cells.push_back(cell);
        } else {
          left_out += (left_out.empty() ? "" : ", ") + (has_groups ? group.group : group.equation);
        }
      }
      equality.result.term = result.terms[t];
      equality.result.equation = has_groups ? compared.NameOfEquation(e) : "";
      if (equality.cells.size() < 2) {
        result.warnings.push_back({"JOINT_TEST_UNDEFINED", "Fewer than two groups have an estimate of " +
                                                               result.terms[t] + " with a standard error."});
      } else if (!left_out.empty()) {
        result.warnings.push_back({"JOINT_TEST_PARTIAL", "The joint test of " + result.terms[t] + " leaves out " +
                                                             left_out + ": no estimate or no standard error there."});
      }
      equalities.push_back(std::move(equality));
    }
  }
  return equalities;
}

}  // namespace farrell::regression
