// Which calls are work and which are look-ups.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace farrell {

// Heavy: computes, imports or renders, for seconds or hours and with memory of its own. Light: answers from what is
// kept.
enum class MethodClass : std::uint8_t { kLight, kHeavy };

// `method` as in CallInfo, "farrell.dea.v1.DeaService/Evaluate". A method that is not known is light.
MethodClass ClassOf(std::string_view method);

// "light", "heavy".
std::string_view ClassName(MethodClass method_class);

// Every heavy method, sorted.
const std::vector<std::string_view>& HeavyMethods();

}  // namespace farrell
