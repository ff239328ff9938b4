// Tables between enumerations of the contract and of the engine.
#pragma once

#include <array>
#include <string>

#include "common/status/status.h"

namespace farrell::dea {

template <typename Proto, typename Engine>
struct EnumPair {
  Proto proto;
  Engine engine;
  const char* name;  // as the contract spells it, without its prefix
};

// The engine's value; 0 stands for `unset`. A value that the table lacks is a violation that names the choices.
template <typename Proto, typename Engine, std::size_t N>
Engine EnumFromProto(Proto value, Engine unset, const std::array<EnumPair<Proto, Engine>, N>& table,
                     const std::string& field, const char* what, Violations& violations) {
  if (value == Proto()) return unset;
  std::string names;
  for (std::size_t i = 0; i < N; ++i) {
    if (table[i].proto == value) return table[i].engine;
    names += (i == 0 ? "" : i + 1 == N ? " or " : ", ") + std::string(table[i].name);
  }
  violations.Add(field, std::string("unknown ") + what + "; choose " + names);
  return unset;
}

template <typename Proto, typename Engine, std::size_t N>
Proto EnumToProto(Engine value, const std::array<EnumPair<Proto, Engine>, N>& table) {
  for (const EnumPair<Proto, Engine>& pair : table) {
    if (pair.engine == value) return pair.proto;
  }
  return Proto();
}

}  // namespace farrell::dea
