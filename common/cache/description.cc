#include "common/cache/description.h"

#include <nlohmann/json.hpp>

namespace farrell {

std::string OperationOf(const std::string& action) {
  const nlohmann::json value = nlohmann::json::parse(action, nullptr, false);
  const auto found = value.find("op");
  return value.is_object() && found != value.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace farrell
