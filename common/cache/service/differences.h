// In which fields two canonical descriptions differ.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace farrell {

// JSON, with reals in decimal; empty: there is no such field.
struct Difference {
  std::string field;  // "spec.rts", "reference.slices.2019", "equations[1].formula"
  std::string value;
  std::string against;
};

struct Comparison {
  std::vector<Difference> differences;  // by field, names in bytewise order, elements in theirs
  std::int32_t equal_count = 0;         // fields that the two share
};

// The description that a digest stands for; nothing: it stands for something else, or for what nobody may be told.
using Expansion = std::function<std::optional<std::string>(const std::string& digest)>;

// Fields are the values of objects and the elements of lists of objects; other lists are one field. Two different
// digests that both stand for descriptions are compared by these. A text that is no JSON counts as an empty object.
Comparison Compare(const std::string& action, const std::string& against, const Expansion& expand = {});

}  // namespace farrell
