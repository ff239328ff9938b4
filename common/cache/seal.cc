#include "common/cache/seal.h"

#include "common/canonical/canonical.h"

namespace farrell {

std::string Seal(std::string_view kind, std::initializer_list<std::string_view> fields) {
  std::string sealed(kind);
  for (const std::string_view field : fields) {
    sealed += '\0';
    sealed += field;
  }
  return canonical::Sha256(sealed);
}

}  // namespace farrell
