// How many entries a page has.
#pragma once

#include <string>

#include "common/status/status.h"

namespace farrell {

// `page_size` of a request that lists: range [1, 1000]; 0: `usual`.
inline int PageSize(int asked, int usual, Violations& violations) {
  if (asked < 0 || asked > 1000) violations.Add("page_size", "range [1, 1000]; 0: " + std::to_string(usual));
  return asked == 0 ? usual : asked;
}

}  // namespace farrell
