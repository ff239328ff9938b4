// Results as bytes, for tests that compare bit for bit.
#pragma once

#include <cstring>
#include <string>

#include "services/dea/engine/model.h"

namespace farrell::dea::testing {

inline void AppendReal(std::string& out, double value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

// Every number of a result, in order.
inline std::string Bytes(const UnitScore& score) {
  std::string out;
  out.push_back(static_cast<char>(score.status));
  out.push_back(static_cast<char>(score.scale_class));
  out.push_back(score.peers_unique ? '1' : '0');
  for (const double value :
       {score.score, score.farrell, score.scale_price, score.scale_efficiency, score.certificate.primal,
        score.certificate.dual, score.certificate.gap, score.certificate.max_violation}) {
    AppendReal(out, value);
  }
  for (const auto* values : {&score.input_slacks, &score.output_slacks, &score.input_targets, &score.output_targets,
                             &score.input_prices, &score.output_prices}) {
    for (const double value : *values) AppendReal(out, value);
  }
  for (const Peer& peer : score.peers) {
    out += std::to_string(peer.row) + ":";
    AppendReal(out, peer.weight);
  }
  return out;
}

}  // namespace farrell::dea::testing
