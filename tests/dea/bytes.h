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

// Everything told of a unit, proof included; what only later evaluations use is left out.
inline std::string AllBytes(const UnitScore& score) {
  std::string out = Bytes(score);
  out.push_back(static_cast<char>(score.measure));
  out.push_back(static_cast<char>(score.certificate.kind));
  out.push_back(score.prices_unique ? '1' : '0');
  AppendReal(out, score.certificate.slack_gap);
  for (const auto* values :
       {&score.bad_output_slacks, &score.bad_output_targets, &score.bad_output_prices, &score.betas,
        &score.certificate.variables, &score.certificate.prices, &score.certificate.slack_prices,
        &score.certificate.zero_slack_prices, &score.certificate.ray}) {
    out += std::to_string(values->size()) + ":";
    for (const double value : *values) AppendReal(out, value);
  }
  for (const Peer& peer : score.abated_peers) {
    out += std::to_string(peer.row) + ":";
    AppendReal(out, peer.weight);
  }
  for (const auto& value : {score.group_score, score.gap_ratio, score.cross_score, score.remedy_score,
                            score.elasticity_low, score.elasticity_high, score.mpss_low, score.mpss_high}) {
    out.push_back(value ? '1' : '0');
    AppendReal(out, value.value_or(0));
  }
  return out;
}

}  // namespace farrell::dea::testing
