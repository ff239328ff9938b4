#include "services/dea/service/result_conversion.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "services/dea/engine/observations.h"
#include "services/dea/service/enum_conversion.h"
#include "services/dea/service/plain_certificate.h"
#include "services/dea/service/warnings.h"

namespace farrell::dea {
namespace {

using google::protobuf::RepeatedField;

constexpr auto kStatuses = std::to_array<EnumPair<v1::Status, UnitStatus>>(
    {{v1::STATUS_OPTIMAL, UnitStatus::kOptimal, "OPTIMAL"},
     {v1::STATUS_INFEASIBLE, UnitStatus::kInfeasible, "INFEASIBLE"},
     {v1::STATUS_UNBOUNDED, UnitStatus::kUnbounded, "UNBOUNDED"},
     {v1::STATUS_REFERENCE_ONLY, UnitStatus::kReferenceOnly, "REFERENCE_ONLY"},
     {v1::STATUS_EXCLUDED, UnitStatus::kExcluded, "EXCLUDED"},
     {v1::STATUS_NOT_SOLVED, UnitStatus::kNotSolved, "NOT_SOLVED"}});
constexpr auto kScaleClasses = std::to_array<EnumPair<v1::ScaleClass, ScaleClass>>(
    {{v1::SCALE_CLASS_INCREASING, ScaleClass::kIncreasing, "INCREASING"},
     {v1::SCALE_CLASS_CONSTANT, ScaleClass::kConstant, "CONSTANT"},
     {v1::SCALE_CLASS_DECREASING, ScaleClass::kDecreasing, "DECREASING"}});
constexpr auto kCertificateKinds = std::to_array<EnumPair<v1::Certificate::Kind, CertificateKind>>(
    {{v1::Certificate::KIND_OPTIMAL, CertificateKind::kOptimal, "OPTIMAL"},
     {v1::Certificate::KIND_INFEASIBLE, CertificateKind::kInfeasible, "INFEASIBLE"},
     {v1::Certificate::KIND_UNBOUNDED, CertificateKind::kUnbounded, "UNBOUNDED"},
     {v1::Certificate::KIND_DOMINANCE, CertificateKind::kDominance, "DOMINANCE"}});
constexpr std::array<std::pair<Measure, const char*>, 8> kMeasures = {{{Measure::kTheta, "theta"},
                                                                       {Measure::kOneOverPhi, "1/phi"},
                                                                       {Measure::kSlackSum, "slack_sum"},
                                                                       {Measure::kRam, "ram"},
                                                                       {Measure::kBam, "bam"},
                                                                       {Measure::kRho, "rho"},
                                                                       {Measure::kBeta, "beta"},
                                                                       {Measure::kOneMinusBeta, "1-beta"}}};
constexpr double kSame = 1e-9;

const char* NameOf(Measure measure) {
  for (const auto& [value, name] : kMeasures) {
    if (value == measure) return name;
  }
  return "";
}

void Write(const std::vector<double>& values, RepeatedField<double>* field) {
  field->Add(values.begin(), values.end());
}
std::vector<double> Read(const RepeatedField<double>& field) { return {field.begin(), field.end()}; }

void WritePeers(const Panel& panel, const std::vector<Peer>& peers,
                google::protobuf::RepeatedPtrField<v1::Peer>* messages) {
  for (const Peer& peer : peers) {
    v1::Peer* message = messages->Add();
    const std::size_t at = static_cast<std::size_t>(peer.row);
    message->set_unit(panel.units[at]);
    if (panel.has_time()) message->set_time(panel.times[at]);
    message->set_weight(peer.weight);
  }
}

bool ReadPeers(const Panel& panel, const google::protobuf::RepeatedPtrField<v1::Peer>& messages,
               std::vector<Peer>& peers) {
  for (const v1::Peer& message : messages) {
    const std::int32_t row = FindRow(panel, message.unit(), message.has_time(), message.time());
    if (row < 0) return false;
    peers.push_back({row, message.weight()});
  }
  return true;
}

}  // namespace

v1::Status ToProto(UnitStatus status) { return EnumToProto(status, kStatuses); }

void ToProto(const Certificate& certificate, v1::Certificate& message) {
  message.set_kind(EnumToProto(certificate.kind, kCertificateKinds));
  message.set_primal(certificate.primal);
  message.set_dual(certificate.dual);
  message.set_gap(certificate.gap);
  message.set_max_violation(certificate.max_violation);
  message.set_slack_gap(certificate.slack_gap);
  Write(certificate.variables, message.mutable_variables());
  Write(certificate.prices, message.mutable_prices());
  Write(certificate.slack_prices, message.mutable_slack_prices());
  Write(certificate.zero_slack_prices, message.mutable_zero_slack_prices());
  Write(certificate.ray, message.mutable_ray());
}

void ToProto(const BootstrapInterval& interval, bool ranks, v1::Interval& message) {
  message.set_bias(interval.bias);
  message.set_corrected(interval.corrected);
  message.set_conf_low(interval.conf_low);
  message.set_conf_high(interval.conf_high);
  message.set_distance_bias(interval.distance_bias);
  message.set_distance_bias_error(interval.distance_bias_error);
  message.set_corrected_outside(interval.corrected_outside);
  message.set_correction_noisy(interval.correction_noisy);
  message.set_undominated_count(interval.undominated_count);
  if (!ranks) return;
  message.set_rank_low(interval.rank_low);
  message.set_rank_high(interval.rank_high);
  message.set_best_share(interval.best_share);
}

void ToProto(const PeerInfluence& influence, v1::Influence& message) {
  message.set_peer_count(static_cast<std::int64_t>(influence.changes.size()));
  message.set_mean_change(influence.mean_change);
  message.set_largest_change(influence.largest_change);
  message.set_lost_count(influence.lost_count);
}

v1::UnitResult UnitToProto(const Panel& panel, const Model& model, std::size_t row, const UnitScore& score) {
  v1::UnitResult unit;
  unit.set_unit(panel.units[row]);
  if (panel.has_time()) unit.set_time(panel.times[row]);
  unit.set_status(ToProto(score.status));
  const bool optimal = score.status == UnitStatus::kOptimal;
  const bool proven = optimal || score.status == UnitStatus::kInfeasible || score.status == UnitStatus::kUnbounded;
  if (!proven) return unit;
  unit.set_measure(NameOf(score.measure));
  // A unit measured against nobody has nothing to prove.
  const Certificate& proof = score.certificate;
  if (optimal || !proof.ray.empty() || !proof.variables.empty() || proof.kind == CertificateKind::kDominance) {
    ToProto(proof, *unit.mutable_certificate());
    if (optimal && TellsItsSolution(model)) {
      unit.mutable_certificate()->clear_variables();
      unit.mutable_certificate()->clear_prices();
    }
  }
  WritePeers(panel, score.peers, unit.mutable_peers());
  WritePeers(panel, score.abated_peers, unit.mutable_abated_peers());
  if (score.group_score) unit.set_group_score(*score.group_score);
  if (score.remedy_score) unit.set_remedy_score(*score.remedy_score);
  if (score.cross_score) unit.set_cross_score(*score.cross_score);
  if (!optimal) return unit;
  unit.set_score(score.score);
  unit.set_farrell(score.farrell);
  Write(score.input_slacks, unit.mutable_input_slacks());
  Write(score.output_slacks, unit.mutable_output_slacks());
  Write(score.bad_output_slacks, unit.mutable_bad_output_slacks());
  Write(score.input_targets, unit.mutable_input_targets());
  Write(score.output_targets, unit.mutable_output_targets());
  Write(score.bad_output_targets, unit.mutable_bad_output_targets());
  Write(score.input_prices, unit.mutable_input_prices());
  Write(score.output_prices, unit.mutable_output_prices());
  Write(score.bad_output_prices, unit.mutable_bad_output_prices());
  Write(score.betas, unit.mutable_betas());
  unit.set_scale_price(score.scale_price);
  unit.set_peers_unique(score.peers_unique);
  unit.set_prices_unique(score.prices_unique);
  if (score.gap_ratio) unit.set_gap_ratio(*score.gap_ratio);
  if (score.scale_class != ScaleClass::kNotAsked) {
    unit.set_scale_efficiency(score.scale_efficiency);
    unit.set_scale_class(EnumToProto(score.scale_class, kScaleClasses));
  }
  if (score.elasticity_low) unit.set_elasticity_low(*score.elasticity_low);
  if (score.elasticity_high) unit.set_elasticity_high(*score.elasticity_high);
  if (score.mpss_low) unit.set_mpss_low(*score.mpss_low);
  if (score.mpss_high) unit.set_mpss_high(*score.mpss_high);
  return unit;
}

std::optional<UnitScore> UnitFromProto(const Panel& panel, const v1::UnitResult& unit) {
  UnitScore score;
  Violations unknown;
  score.status = EnumFromProto(unit.status(), UnitStatus::kNotSolved, kStatuses, "status", "status", unknown);
  score.certificate.kind = EnumFromProto(unit.certificate().kind(), CertificateKind::kOptimal, kCertificateKinds,
                                         "certificate.kind", "kind", unknown);
  if (!unknown.empty()) return std::nullopt;
  const bool has_measure = std::any_of(kMeasures.begin(), kMeasures.end(), [&](const auto& measure) {
    if (unit.measure() == measure.second) score.measure = measure.first;
    return unit.measure() == measure.second;
  });
  if (!has_measure && score.status == UnitStatus::kOptimal) return std::nullopt;
  if (!ReadPeers(panel, unit.peers(), score.peers) || !ReadPeers(panel, unit.abated_peers(), score.abated_peers)) {
    return std::nullopt;
  }
  score.score = unit.score();
  score.farrell = unit.farrell();
  score.input_slacks = Read(unit.input_slacks());
  score.output_slacks = Read(unit.output_slacks());
  score.bad_output_slacks = Read(unit.bad_output_slacks());
  score.input_targets = Read(unit.input_targets());
  score.output_targets = Read(unit.output_targets());
  score.bad_output_targets = Read(unit.bad_output_targets());
  score.input_prices = Read(unit.input_prices());
  score.output_prices = Read(unit.output_prices());
  score.bad_output_prices = Read(unit.bad_output_prices());
  score.betas = Read(unit.betas());
  score.scale_price = unit.scale_price();
  score.peers_unique = unit.peers_unique();
  score.prices_unique = unit.prices_unique();
  if (unit.has_remedy_score()) score.remedy_score = unit.remedy_score();
  score.certificate.primal = unit.certificate().primal();
  score.certificate.dual = unit.certificate().dual();
  score.certificate.gap = unit.certificate().gap();
  score.certificate.max_violation = unit.certificate().max_violation();
  score.certificate.slack_gap = unit.certificate().slack_gap();
  score.certificate.variables = Read(unit.certificate().variables());
  score.certificate.prices = Read(unit.certificate().prices());
  score.certificate.slack_prices = Read(unit.certificate().slack_prices());
  score.certificate.zero_slack_prices = Read(unit.certificate().zero_slack_prices());
  score.certificate.ray = Read(unit.certificate().ray());
  return score;
}

std::int32_t FindRow(const Panel& panel, const std::string& unit, bool has_time, std::int64_t time) {
  if (has_time != panel.has_time()) return -1;
  std::size_t first = 0;
  std::size_t last = panel.size();
  while (first < last) {
    const std::size_t middle = first + (last - first) / 2;
    const int order = panel.units[middle].compare(unit);
    if (order < 0 || (order == 0 && has_time && panel.times[middle] < time)) {
      first = middle + 1;
    } else {
      last = middle;
    }
  }
  const bool found = first < panel.size() && panel.units[first] == unit && (!has_time || panel.times[first] == time);
  return found ? static_cast<std::int32_t>(first) : -1;
}

bool IsEfficient(const v1::UnitResult& unit) {
  if (unit.status() != v1::STATUS_OPTIMAL) return false;
  const bool counts_from_zero = unit.measure() == "slack_sum" || unit.measure() == "beta";
  return counts_from_zero ? unit.score() <= kSame : unit.score() >= 1 - kSame;
}

void Tally::Add(const v1::UnitResult& unit) {
  switch (unit.status()) {
    case v1::STATUS_OPTIMAL: ++optimal_; break;
    case v1::STATUS_INFEASIBLE: ++infeasible_; break;
    case v1::STATUS_UNBOUNDED: ++unbounded_; break;
    case v1::STATUS_EXCLUDED: ++excluded_; break;
    case v1::STATUS_REFERENCE_ONLY: break;
    default: ++not_solved_; break;
  }
  if (IsEfficient(unit)) ++efficient_;
  worst_gap_ = std::max(worst_gap_, unit.certificate().gap());
  worst_violation_ = std::max(worst_violation_, unit.certificate().max_violation());
}

void Tally::Write(v1::EvaluationSummary& summary) const {
  summary.set_optimal_count(optimal_);
  summary.set_infeasible_count(infeasible_);
  summary.set_excluded_count(excluded_);
  summary.set_share_at_one(optimal_ > 0 ? static_cast<double>(efficient_) / static_cast<double>(optimal_) : 0);
  summary.set_worst_gap(worst_gap_);
  summary.set_worst_violation(worst_violation_);
}

v1::EvaluationSummary Summarise(const Model& model, const Evaluation& evaluation, const Tally& tally) {
  v1::EvaluationSummary summary;
  tally.Write(summary);
  const std::int64_t smallest = evaluation.reference_sets().smallest();
  summary.set_smallest_reference_count(smallest);

  // Rule W04: discrimination needs max(3 (m + s), 2 m s) units.
  const auto m = static_cast<std::int64_t>(model.inputs.size());
  const auto s = static_cast<std::int64_t>(model.outputs.size() + model.bad_outputs.size());
  const std::int64_t advised = std::max(3 * (m + s), 2 * m * s);
  if (evaluation.unit_count() > 0 && smallest < advised) {
    AddWarning(
        *summary.mutable_warnings(), "W04",
        "Too few units for the number of inputs and outputs; discrimination is weak. The smallest reference set has " +
            std::to_string(smallest) + " units, " + std::to_string(advised) + " are advised for " + std::to_string(m) +
            " inputs and " + std::to_string(s) + " outputs.");
  }
  if (tally.scored_count() == 0) {
    AddWarning(*summary.mutable_warnings(), "NO_ROWS_SCORED",
               "No row is scored: none is left, or all are reference-only or excluded.");
  }
  if (tally.not_solved_count() > 0) {
    AddWarning(*summary.mutable_warnings(), "NOT_SOLVED",
               std::to_string(tally.not_solved_count()) +
                   " units were not solved: the iteration limit was reached or the certificate failed.");
  }
  return summary;
}

}  // namespace farrell::dea
