#include "services/dea/service/verification.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/numeric/abi.h"
#include "common/text/number.h"
#include "services/dea/engine/certificate.h"
#include "services/dea/engine/evaluate.h"
#include "services/dea/engine/unit_scorer.h"
#include "services/dea/service/action_key.h"
#include "services/dea/service/model_conversion.h"
#include "services/dea/service/plain_certificate.h"
#include "services/dea/service/result_conversion.h"

namespace farrell::dea {
namespace {

constexpr int kMostFindings = 100;
// What two routes of the same number may differ by, relative to its size.
constexpr double kRecomputedWithin = 1e-9;
// Rows taken by a thread at a time.
constexpr std::size_t kChecksAtOnce = 64;

bool Near(double a, double b) {
  return std::abs(a - b) <= kRecomputedWithin * std::max({1.0, std::abs(a), std::abs(b)});
}

// Whether all reals of a message and of what it holds are finite.
bool AllFinite(const google::protobuf::Message& message) {
  using google::protobuf::FieldDescriptor;
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
        const double value = field->is_repeated() ? reflection.GetRepeatedDouble(message, field, i)
                                                  : reflection.GetDouble(message, field);
        if (!std::isfinite(value)) return false;
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        const google::protobuf::Message& inner = field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                                                      : reflection.GetMessage(message, field);
        if (!AllFinite(inner)) return false;
      }
    }
  }
  return true;
}

// Findings in the order of rows.
class Findings {
 public:
  explicit Findings(v1::VerifyEvaluationResponse& response) : response_(response) {}
  void Add(const v1::UnitResult* unit, const std::string& text) {
    any_ = true;
    if (response_.findings_size() == kMostFindings) return;
    v1::Finding& finding = *response_.add_findings();
    if (unit != nullptr) {
      finding.set_unit(unit->unit());
      if (unit->has_time()) finding.set_time(unit->time());
    }
    finding.set_text(text);
  }
  bool any() const { return any_; }

 private:
  v1::VerifyEvaluationResponse& response_;
  bool any_ = false;
};

using UnitKey = std::pair<std::string_view, std::optional<std::int64_t>>;
template <typename Message>
UnitKey KeyOf(const Message& message) {
  return {message.unit(), message.has_time() ? std::optional<std::int64_t>(message.time()) : std::nullopt};
}

bool IsProven(v1::Status status) {
  return status == v1::STATUS_OPTIMAL || status == v1::STATUS_INFEASIBLE || status == v1::STATUS_UNBOUNDED;
}

// What a unit's result says that cannot all be true; empty when nothing.
class InnerCheck {
 public:
  InnerCheck(const Model& model, const std::set<UnitKey>& scored) : model_(model), scored_(scored) {}

  std::vector<std::string> Find(const v1::UnitResult& unit) {
    problems_.clear();
    if (!AllFinite(unit)) return {"holds a number that is not finite"};
    if (!v1::Status_IsValid(unit.status()) || unit.status() == v1::STATUS_UNSPECIFIED) return {"has no known status"};
    const bool optimal = unit.status() == v1::STATUS_OPTIMAL;
    Require(unit.has_score() == optimal, "has a score if and only if it is optimal");
    if (!IsProven(unit.status())) {
      Require(!unit.has_certificate() && unit.peers().empty(), "is not scored, yet has a certificate or peers");
      return problems_;
    }
    Certificate(unit);
    if (optimal) Score(unit);
    if (optimal) Vectors(unit);
    if (optimal || unit.status() == v1::STATUS_UNBOUNDED) Peers(unit);
    Additions(unit);
    return problems_;
  }

 private:
  void Require(bool holds, const char* problem) {
    if (!holds) problems_.emplace_back(problem);
  }

  void Certificate(const v1::UnitResult& unit) {
    const v1::Certificate& told = unit.certificate();
    if (unit.status() == v1::STATUS_OPTIMAL && !unit.has_certificate()) {
      problems_.emplace_back("is optimal without a certificate");
    }
    if (!unit.has_certificate()) return;
    const double gap = std::abs(told.primal() - told.dual()) / std::max(1.0, std::abs(told.primal()));
    Require(told.kind() == v1::Certificate::KIND_INFEASIBLE || Near(gap, told.gap()),
            "the certificate's gap is not that of its primal and dual value");
    // The gap is weighed against the terms of both values, which only the data tell.
    Require(told.gap() <= 1e-6, "the certificate leaves a gap between primal and dual value");
    Require(told.max_violation() <= kCertified, "the certificate violates a constraint");
    const bool fits = unit.status() == v1::STATUS_INFEASIBLE ? told.kind() == v1::Certificate::KIND_INFEASIBLE ||
                                                                   told.kind() == v1::Certificate::KIND_DOMINANCE
                                                             : told.kind() != v1::Certificate::KIND_INFEASIBLE;
    Require(fits && (unit.status() != v1::STATUS_OPTIMAL || told.kind() != v1::Certificate::KIND_UNBOUNDED),
            "the certificate is of another kind than the status");
    Require((told.kind() == v1::Certificate::KIND_DOMINANCE) == (model_.kind == ModelKind::kFdh),
            "the certificate is of another kind than the model");
  }

  void Score(const v1::UnitResult& unit) {
    const bool theta = unit.measure() == "theta";
    const bool phi = unit.measure() == "1/phi";
    if (theta) Require(Near(unit.score(), unit.farrell()), "theta differs between score and farrell");
    if (phi) Require(Near(unit.score() * unit.farrell(), 1), "the score is not 1/phi");
    if (theta || phi) {
      Require(Near(unit.certificate().primal(), unit.farrell()), "the certificate proves another value than the score");
    }
    const bool one_sided = model_.kind == ModelKind::kRadial || model_.kind == ModelKind::kFdh;
    Require(!one_sided || (model_.orientation == Orientation::kInput ? theta : phi),
            "the measure is not that of the model");
    if (unit.measure() == "slack_sum") Require(unit.score() >= 0, "a sum of slacks is negative");
    if (unit.has_group_score() && unit.has_gap_ratio()) {
      const double ratio =
          unit.measure() == "beta" ? (1 + unit.group_score()) / (1 + unit.score()) : unit.score() / unit.group_score();
      Require(Near(ratio, unit.gap_ratio()), "the gap ratio is not that of the two scores");
    }
  }

  void Vectors(const v1::UnitResult& unit) {
    const auto sized = [](int size, const std::vector<std::string>& names) {
      return size == static_cast<int>(names.size());
    };
    const bool fits =
        sized(unit.input_slacks_size(), model_.inputs) && sized(unit.input_targets_size(), model_.inputs) &&
        sized(unit.output_slacks_size(), model_.outputs) && sized(unit.output_targets_size(), model_.outputs) &&
        sized(unit.bad_output_slacks_size(), model_.bad_outputs) &&
        sized(unit.bad_output_targets_size(), model_.bad_outputs);
    Require(fits, "slacks or targets do not fit the model's inputs and outputs");
    for (const auto* slacks : {&unit.input_slacks(), &unit.output_slacks(), &unit.bad_output_slacks()}) {
      Require(std::all_of(slacks->begin(), slacks->end(), [](double slack) { return slack >= 0; }),
              "a slack is negative");
    }
  }

  void Peers(const v1::UnitResult& unit) {
    for (const auto* peers : {&unit.peers(), &unit.abated_peers()}) {
      for (const v1::Peer& peer : *peers) {
        const std::string name =
            "peer " + peer.unit() + (peer.has_time() ? " at " + std::to_string(peer.time()) : std::string());
        if (!scored_.contains(KeyOf(peer))) problems_.push_back(name + " is not a row that spans a frontier");
        if (!(peer.weight() > 0)) problems_.push_back(name + " has no positive weight");
        if (model_.super && KeyOf(peer) == KeyOf(unit)) problems_.push_back(name + " is the unit itself");
      }
    }
  }

  void Additions(const v1::UnitResult& unit) {
    if (unit.has_remedy_score()) {
      Require(unit.status() == v1::STATUS_INFEASIBLE && model_.super_remedy != SuperRemedy::kNone,
              "has a remedy that was not called for");
    }
    if (!unit.has_interval()) return;
    Require(unit.interval().conf_low() <= unit.interval().conf_high(), "the interval's ends are the wrong way round");
    Require(Near(unit.interval().corrected(), unit.score() - unit.interval().bias()),
            "the corrected score is not the score less the bias");
  }

  const Model& model_;
  const std::set<UnitKey>& scored_;
  std::vector<std::string> problems_;
};

// Names of the fields that some row has and no certificate covers.
void AddUnprovenFields(const v1::StoredEvaluation& evaluation, v1::VerifyEvaluationResponse& response) {
  constexpr std::array kFields = {"scale_efficiency", "interval",        "group_score", "gap_ratio", "cross_score",
                                  "elasticity_low",   "elasticity_high", "mpss_low",    "mpss_high", "influence"};
  const google::protobuf::Descriptor& descriptor = *v1::UnitResult::descriptor();
  const google::protobuf::Reflection& reflection = *v1::UnitResult::GetReflection();
  for (const char* name : kFields) {
    const google::protobuf::FieldDescriptor* field = descriptor.FindFieldByName(name);
    const bool present = std::any_of(evaluation.units().begin(), evaluation.units().end(),
                                     [&](const v1::UnitResult& unit) { return reflection.HasField(unit, field); });
    if (present) response.add_unproven_fields(name);
  }
}

void CheckSummary(const v1::StoredEvaluation& evaluation, Findings& findings) {
  Tally tally;
  for (const v1::UnitResult& unit : evaluation.units()) tally.Add(unit);
  v1::EvaluationSummary counted;
  tally.Write(counted);
  const v1::EvaluationSummary& told = evaluation.summary();
  const auto count = [&](const char* what, std::int64_t is, std::int64_t says) {
    if (is == says) return;
    findings.Add(nullptr,
                 "the summary counts " + std::to_string(says) + " " + what + " units, there are " + std::to_string(is));
  };
  count("optimal", counted.optimal_count(), told.optimal_count());
  count("infeasible", counted.infeasible_count(), told.infeasible_count());
  count("excluded", counted.excluded_count(), told.excluded_count());
  const auto number = [&](const char* what, double is, double says) {
    if (Near(is, says)) return;
    findings.Add(nullptr, std::string("the summary gives the ") + what + " as " + text::FormatSignificant(says, 6) +
                              ", it is " + text::FormatSignificant(is, 6));
  };
  number("share at one", counted.share_at_one(), told.share_at_one());
  number("worst gap", counted.worst_gap(), told.worst_gap());
  number("worst violation", counted.worst_violation(), told.worst_violation());
}

void CountStatuses(const v1::StoredEvaluation& evaluation, v1::VerifyEvaluationResponse& response) {
  for (const v1::UnitResult& unit : evaluation.units()) {
    switch (unit.status()) {
      case v1::STATUS_OPTIMAL: response.set_optimal_count(response.optimal_count() + 1); break;
      case v1::STATUS_INFEASIBLE: response.set_infeasible_count(response.infeasible_count() + 1); break;
      case v1::STATUS_UNBOUNDED: response.set_unbounded_count(response.unbounded_count() + 1); break;
      default: response.set_unproven_count(response.unproven_count() + 1); break;
    }
  }
}

// Where a unit of the evaluation stands in the data, and what is wrong with that.
struct Place {
  std::int32_t row = -1;
  std::string problem;
};

Place FindPlace(const Dataset& dataset, const ReferenceSets& sets, const v1::UnitResult& unit) {
  Place place;
  place.row = FindRow(dataset.panel, unit.unit(), unit.has_time(), unit.time());
  if (place.row < 0) {
    place.problem = "is not in the table";
    return place;
  }
  const auto at = static_cast<std::size_t>(place.row);
  if (unit.row() != dataset.panel.rows[at]) {
    place.problem =
        "is row " + std::to_string(dataset.panel.rows[at]) + " of the table, not row " + std::to_string(unit.row());
  }
  const RowRole role = dataset.data.roles[at];
  const bool scored = sets.set_of_row[at] != ReferenceSets::kNone;
  const bool fits = unit.status() == v1::STATUS_EXCLUDED         ? role == RowRole::kExcluded
                    : unit.status() == v1::STATUS_REFERENCE_ONLY ? role == RowRole::kReferenceOnly
                                                                 : scored;
  if (!fits) place.problem = "has another status than its cells ask for";
  return place;
}

// One row against the data: its proof, and what is wrong with it.
struct RowCheck {
  std::string problem;
  double gap = 0;
  double violation = 0;
};

RowCheck CheckRow(const Dataset& dataset, const Evaluation& evaluation, const MeasureOrder& order,
                  const v1::UnitResult& told) {
  RowCheck check;
  const Place place = FindPlace(dataset, evaluation.reference_sets(), told);
  check.problem = place.problem;
  if (!check.problem.empty() || !IsProven(told.status())) return check;
  v1::UnitResult unit = told;
  order.FromRequest(unit);
  std::optional<UnitScore> score = UnitFromProto(dataset.panel, unit);
  if (!score || !AllFinite(told)) {
    check.problem = "cannot be read: a peer, a measure or a number is unknown";
    return check;
  }
  const auto set =
      static_cast<std::size_t>(evaluation.reference_sets().set_of_row[static_cast<std::size_t>(place.row)]);
  const ReferenceMatrix& reference = evaluation.reference(set);
  if (reference.size() == 0) {
    if (score->status != UnitStatus::kInfeasible) check.problem = "has no reference set, yet a score";
    return check;
  }
  const Model& model = dataset.spec.model;
  const Question question{dataset.data, place.row, reference};
  if (TellsItsSolution(model)) RestoreCertificate(model, *evaluation.formulation(), question, *score);
  const Proof proof = CheckUnit(model, evaluation.formulation(), question, *score);
  check.gap = proof.certificate.gap;
  check.violation = proof.certificate.max_violation;
  if (!proof.holds) {
    check.problem = "is not proven: against the data the certificate leaves a gap of " +
                    text::FormatSignificant(check.gap, 3) + " and a violation of " +
                    text::FormatSignificant(check.violation, 3) + ", or tells other numbers than the row";
  }
  return check;
}

}  // namespace

Status VerifyAlone(const v1::StoredEvaluation& evaluation, v1::VerifyEvaluationResponse& response) {
  Violations violations;
  const v1::EvaluationSummary& summary = evaluation.summary();
  if (!summary.has_model()) violations.Add("evaluation.summary.model", "is missing");
  if (summary.provenance().snapshot_digest().empty()) {
    violations.Add("evaluation.summary.provenance.snapshot_digest", "is missing");
  }
  Result<EvaluationSpec> spec = SpecFromProto(summary.model(), "evaluation.summary.model.");
  if (summary.has_model() && !spec.ok()) {
    for (const FieldViolation& violation : spec.status().violations()) {
      violations.Add(violation.field, violation.description);
    }
  }
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("RESULT_INVALID", "the evaluation cannot be read"));

  Findings findings(response);
  std::set<UnitKey> rows;
  std::set<UnitKey> spanning;
  for (const v1::UnitResult& unit : evaluation.units()) {
    if (!rows.insert(KeyOf(unit)).second) findings.Add(&unit, "appears twice");
    if (unit.status() != v1::STATUS_EXCLUDED) spanning.insert(KeyOf(unit));
  }
  InnerCheck check(spec->model, spanning);
  double gap = 0;
  double violation = 0;
  for (const v1::UnitResult& unit : evaluation.units()) {
    for (const std::string& problem : check.Find(unit)) findings.Add(&unit, problem);
    gap = std::max(gap, unit.certificate().gap());
    violation = std::max(violation, unit.certificate().max_violation());
  }
  CheckSummary(evaluation, findings);
  CountStatuses(evaluation, response);
  AddUnprovenFields(evaluation, response);
  response.set_worst_gap(gap);
  response.set_worst_violation(violation);
  response.set_valid(!findings.any());
  return Status::Ok();
}

Status VerifyAgainst(const Dataset& dataset, const v1::StoredEvaluation& stored, Job& job,
                     v1::VerifyEvaluationResponse& response) {
  Findings findings(response);
  const Evaluation evaluation(dataset.data, dataset.spec.model);
  const common::v1::Provenance& provenance = stored.summary().provenance();
  const ActionKeys keys(dataset.panel, dataset.spec, dataset.data, evaluation.reference_sets());
  const bool same_engine = provenance.algo_rev() == kAlgorithmRevision && provenance.num_abi() == numeric::kNumAbi;
  if (same_engine && provenance.action_key() != keys.whole()) {
    findings.Add(nullptr, "the content key is not that of these data and this model; was the table filtered?");
  }
  if (stored.units_size() != static_cast<int>(dataset.panel.size())) {
    findings.Add(nullptr, "the evaluation has " + std::to_string(stored.units_size()) + " rows, the table has " +
                              std::to_string(dataset.panel.size()));
  }

  const MeasureOrder order(stored.summary().model());
  std::vector<RowCheck> checks(static_cast<std::size_t>(stored.units_size()));
  job.Stage("verifying", stored.units_size());
  FARRELL_RETURN_IF_ERROR(
      job.Run(checks.size(), kChecksAtOnce, job.stop(), [&](std::size_t first, std::size_t last, const auto& done) {
        for (std::size_t i = first; i < last; ++i) {
          if (job.stop().stop_requested()) return false;
          checks[i] = CheckRow(dataset, evaluation, order, stored.units(static_cast<int>(i)));
          done(1);
        }
        return true;
      }));
  double gap = 0;
  double violation = 0;
  for (std::size_t i = 0; i < checks.size(); ++i) {
    if (!checks[i].problem.empty()) findings.Add(&stored.units(static_cast<int>(i)), checks[i].problem);
    gap = std::max(gap, checks[i].gap);
    violation = std::max(violation, checks[i].violation);
  }
  response.set_data_checked(true);
  response.set_worst_gap(gap);
  response.set_worst_violation(violation);
  response.set_valid(response.valid() && !findings.any());
  return Status::Ok();
}

}  // namespace farrell::dea
