#include "services/reporting/service/study_requests.h"

#include <algorithm>

#include "common/notation/dea_model_text.h"
#include "common/notation/dea_notation.h"
#include "common/notation/regression_notation.h"
#include "common/notation/second_stage_notation.h"
#include "services/reporting/service/did_you_mean.h"
#include "services/reporting/service/expression_names.h"

namespace farrell::reporting {
namespace {

constexpr const char* kStudyInvalid = "STUDY_INVALID";

// Stores the parsed value, or the parser's message under the field's name.
template <typename T, typename Sink>
void Take(const std::string& field, Result<T> parsed, Violations& violations, const Sink& sink) {
  if (parsed.ok()) {
    sink(std::move(parsed).value());
  } else {
    violations.Add(field, parsed.status().message());
  }
}

template <typename Entry, typename Request>
void TakeInferences(const v1::Study& study, const Entry& entry, Request& request, Violations& violations) {
  if (Result<std::string> ssc = notation::ParseSsc(entry.ssc()); !ssc.ok()) {
    violations.Add("ssc", ssc.status().message());
    return;
  }
  // Zero stands for the default in a request.
  if (entry.has_draws() && entry.draws() == 0) violations.Add("draws", "must lie in [99, 999999]");
  const bool own = entry.inference_size() > 0;
  const auto& texts = own ? entry.inference() : study.inference();
  for (int i = 0; i < texts.size(); ++i) {
    Take((own ? "inference[" : "study.inference[") + std::to_string(i) + "]",
         notation::ParseInference(texts[i], entry.ssc()), violations, [&](regression::v1::Inference inference) {
           if (notation::UsesDraws(inference.type())) {
             inference.set_seed(study.seed());
             if (entry.has_draws() && inference.draws() == 0) inference.set_draws(entry.draws());
           }
           *request.add_inferences() = std::move(inference);
         });
  }
}

// Estimator, weights and inferences.
template <typename Entry, typename Request>
void TakeModel(const v1::Study& study, const Entry& entry, Request& request, Violations& violations) {
  Take("estimator", notation::ParseEstimator(entry.estimator()), violations, [&](notation::EstimatorChoice choice) {
    request.set_estimator(choice.estimator);
    *request.mutable_options() = std::move(choice.options);
  });
  request.set_weights(entry.weights());
  TakeInferences(study, entry, request, violations);
}

// The model of a radial DEA of the study without what an evaluation adds to its scores. One that cannot be read itself
// is not blamed here.
void TakePlainModel(const v1::Study& study, const std::string& id, Violations& violations, dea::v1::Model& model) {
  const v1::StudyDea* dea = FindDeaEntry(study, id);
  if (dea == nullptr) return;
  if (!IsPlainRadial(*dea)) return violations.Add("dea", "`" + id + "` is not a radial model without `super`");
  if (Result<dea::v1::Model> read = PlainModelOf(*dea); read.ok()) model = std::move(read).value();
}

}  // namespace

Result<dea::v1::Model> ModelOf(const v1::StudyDea& entry, std::int64_t seed) {
  notation::DeaModelText text;
  text.inputs.assign(entry.inputs().begin(), entry.inputs().end());
  text.outputs.assign(entry.outputs().begin(), entry.outputs().end());
  text.model = entry.model();
  text.rts = entry.rts();
  text.orientation = entry.orientation();
  text.frontier = entry.frontier();
  text.reference_only = entry.reference_only();
  text.exclude_invalid = entry.exclude_invalid();
  text.scale = entry.scale();
  text.super = entry.super();
  text.super_remedy = entry.super_remedy();
  text.cross = entry.cross();
  text.bad_outputs.assign(entry.bad_outputs().begin(), entry.bad_outputs().end());
  text.disposability = entry.disposability();
  text.non_discretionary.assign(entry.non_discretionary().begin(), entry.non_discretionary().end());
  text.nd_rule = entry.nd_rule();
  text.weights.assign(entry.weights().begin(), entry.weights().end());
  text.direction = entry.direction();
  text.non_radial = entry.non_radial();
  text.metafrontier = entry.metafrontier();
  text.bootstrap = entry.bootstrap();
  text.ranks = entry.ranks();
  if (entry.has_reps()) text.reps = entry.reps();
  if (entry.has_reps() && entry.reps() == 0) {
    return InvalidArgument(kStudyInvalid, "the DEA " + entry.id() + " is not complete")
        .WithViolations({{"reps", "is 0: give a number in [2, 1000000], 2000 for most purposes"}});
  }
  if (!entry.bootstrap().empty() && entry.bootstrap() != "none") text.seed = seed;
  return notation::ParseDeaModel(text, [](std::string_view member) { return std::string(member); });
}

Result<dea::v1::Model> PlainModelOf(const v1::StudyDea& entry) {
  v1::StudyDea plain = entry;
  plain.clear_scale();
  plain.clear_cross();
  plain.clear_metafrontier();
  plain.clear_bootstrap();
  plain.clear_reps();
  plain.clear_ranks();
  return ModelOf(plain, 0);
}

bool IsPlainRadial(const v1::StudyDea& entry) {
  return (entry.model().empty() || entry.model() == "radial") && entry.intermediates().empty() && !entry.super();
}

void ReplaceOutput(dea::v1::Model& model, const std::string& expression) {
  const std::string before = model.outputs(0);
  const auto replace = [&](std::string& measure) {
    if (measure == before) measure = expression;
  };
  model.set_outputs(0, expression);
  for (dea::v1::WeightRestriction& restriction : *model.mutable_weight_restrictions()) {
    replace(*restriction.mutable_measure());
    replace(*restriction.mutable_over());
  }
}

Result<dea::v1::EvaluateNetworkRequest> NetworkRequestOf(const v1::StudyDea& entry) {
  dea::v1::EvaluateNetworkRequest request;
  Violations violations;
  *request.mutable_stage1_inputs() = entry.inputs();
  *request.mutable_intermediates() = entry.intermediates();
  *request.mutable_outputs() = entry.outputs();
  if (entry.inputs().empty()) violations.Add("inputs", "name at least one column");
  if (entry.outputs().empty()) violations.Add("outputs", "name at least one column");
  Take("decomposition", notation::ParseDecomposition(entry.decomposition()), violations,
       [&](dea::v1::Decomposition decomposition) { request.set_decomposition(decomposition); });
  Take("rts", notation::ParseRts(entry.rts()), violations, [&](dea::v1::ReturnsToScale rts) { request.set_rts(rts); });
  Take("frontier", notation::ParseFrontier(entry.frontier()), violations,
       [&](dea::v1::Frontier frontier) { *request.mutable_frontier() = std::move(frontier); });
  // What a two-stage system has no place for must not be passed over in silence.
  const google::protobuf::Reflection& reflection = *v1::StudyDea::GetReflection();
  for (const char* member : {"orientation", "reference_only", "scale", "model", "bad_outputs", "disposability",
                             "direction", "non_radial", "super", "super_remedy", "cross", "non_discretionary",
                             "nd_rule", "weights", "metafrontier", "bootstrap", "reps", "ranks"}) {
    const google::protobuf::FieldDescriptor* field = v1::StudyDea::descriptor()->FindFieldByName(member);
    const bool given =
        field->is_repeated() ? reflection.FieldSize(entry, field) > 0 : reflection.HasField(entry, field);
    if (given) violations.Add(member, "not with `intermediates`");
  }
  request.set_invalid_data(entry.exclude_invalid() ? dea::v1::INVALID_DATA_POLICY_EXCLUDE
                                                   : dea::v1::INVALID_DATA_POLICY_ERROR);
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish(kStudyInvalid, "the DEA " + entry.id() + " is not complete"));
  return request;
}

Result<dea::v1::MeasureProductivityRequest> ProductivityRequestOf(const v1::StudyProductivity& entry) {
  v1::StudyDea model;
  *model.mutable_inputs() = entry.inputs();
  *model.mutable_outputs() = entry.outputs();
  *model.mutable_bad_outputs() = entry.bad_outputs();
  model.set_rts(entry.rts());
  model.set_orientation(entry.orientation());
  model.set_disposability(entry.disposability());
  model.set_direction(entry.direction());
  model.set_exclude_invalid(entry.exclude_invalid());
  dea::v1::MeasureProductivityRequest request;
  FARRELL_ASSIGN_OR_RETURN(*request.mutable_model(), ModelOf(model, 0));
  request.mutable_model()->clear_kind();  // the index knows what distance it takes
  Violations violations;
  Take("index", notation::ParseProductivityIndex(entry.index()), violations,
       [&](dea::v1::ProductivityIndex index) { request.set_index(index); });
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish(kStudyInvalid, "the index " + entry.id() + " is not complete"));
  return request;
}

Result<regression::v1::FitRequest> FitRequestOf(const v1::Study& study, const v1::StudyRegression& entry) {
  regression::v1::FitRequest request;
  Violations violations;
  request.set_formula(entry.formula());
  *request.mutable_hypotheses() = entry.hypotheses();
  *request.mutable_margins() = entry.margins();
  request.set_leave_one_out(entry.leave_one_out());
  for (const v1::StudyReference& reference : entry.references()) {
    regression::v1::DesignQuestion& question = *request.add_design();
    question.set_term(reference.term());
    question.set_reference(reference.value());
  }
  request.set_cluster_diagnostics(entry.cluster_diagnostics());
  TakeModel(study, entry, request, violations);
  if (entry.has_lower()) request.mutable_options()->set_lower(entry.lower());
  if (entry.has_upper()) request.mutable_options()->set_upper(entry.upper());
  if (entry.mundlak()) request.mutable_options()->set_mundlak(true);
  FARRELL_RETURN_IF_ERROR(
      std::move(violations).Finish(kStudyInvalid, "the regression " + entry.id() + " is not complete"));
  return request;
}

std::string FormulasOf(const v1::StudyComparison& entry) {
  std::string text = entry.formula();
  for (const v1::StudyEquation& equation : entry.equations()) text += " " + equation.formula() + " " + equation.where();
  return text;
}

std::string FormulaWith(const v1::StudyComparison& entry, const std::string& term) {
  if (entry.equations().empty()) return entry.formula();
  const std::string first = term.substr(0, term.find('|'));
  for (const v1::StudyEquation& equation : entry.equations()) {
    if (FormulaMayHold(equation.formula(), first)) return equation.formula();
  }
  return entry.equations(0).formula();
}

std::string FormulaWith(const v1::StudyRegression& entry, const std::string& /*term*/) { return entry.formula(); }

Result<regression::v1::CompareRequest> CompareRequestOf(const v1::Study& study, const v1::StudyComparison& entry) {
  regression::v1::CompareRequest request;
  Violations violations;
  request.set_formula(entry.formula());
  request.set_by(entry.by());
  *request.mutable_terms() = entry.terms();
  Take("interact", notation::ParseInteract(entry.interact()), violations,
       [&](regression::v1::CompareRequest::Interact interact) { request.set_interact(interact); });
  request.set_adjustment(entry.adjust());
  request.set_family(entry.family());
  *request.mutable_orderings() = entry.orderings();
  for (const v1::StudyEquation& equation : entry.equations()) {
    regression::v1::Equation& added = *request.add_equations();
    added.set_name(equation.name());
    added.set_formula(equation.formula());
    added.set_where(equation.where());
  }
  TakeModel(study, entry, request, violations);
  FARRELL_RETURN_IF_ERROR(
      std::move(violations).Finish(kStudyInvalid, "the comparison " + entry.id() + " is not complete"));
  return request;
}

Result<regression::v1::TestSpecificationRequest> SpecificationRequestOf(const v1::StudySpecificationTest& entry) {
  regression::v1::TestSpecificationRequest request;
  Violations violations;
  request.set_formula(entry.formula());
  *request.mutable_tests() = entry.tests();
  request.set_order(entry.order());
  const auto names = notation::SpecificationTestNames();
  for (int i = 0; i < entry.tests_size(); ++i) {
    if (std::find(names.begin(), names.end(), entry.tests(i)) != names.end()) continue;
    violations.Add("tests[" + std::to_string(i) + "]", "there is no test `" + entry.tests(i) + "`" +
                                                           Suggestion(entry.tests(i), {names.begin(), names.end()}));
  }
  if (entry.order() < 0) violations.Add("order", "must not be negative");
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish(kStudyInvalid, "the tests " + entry.id() + " are not complete"));
  return request;
}

Result<regression::v1::SecondStageRequest> SecondStageRequestOf(const v1::Study& study,
                                                                const v1::StudySecondStage& entry) {
  regression::v1::SecondStageRequest request;
  Violations violations;
  request.set_formula(entry.formula());
  request.set_seed(study.seed());
  request.set_log(entry.log());
  Take("algorithm", notation::ParseAlgorithm(entry.algorithm()), violations,
       [&](regression::v1::SecondStageRequest::Algorithm algorithm) { request.set_algorithm(algorithm); });
  Take("resample", notation::ParseResample(entry.resample()), violations,
       [&](regression::v1::SecondStageRequest::Resample resample) { request.set_resample(resample); });
  // Zero stands for the default in a request.
  const auto take_count = [&](const char* field, int count, int low, int high, const auto& sink) {
    if (count < low || count > high) {
      violations.Add(field, "must lie in [" + std::to_string(low) + ", " + std::to_string(high) + "]");
    } else {
      sink(count);
    }
  };
  if (entry.has_reps()) {
    take_count("reps", entry.reps(), 99, 100'000, [&](int count) { request.set_replications(count); });
  }
  if (entry.has_first_reps()) {
    take_count("first_reps", entry.first_reps(), 10, 10'000, [&](int count) { request.set_first_replications(count); });
    if (request.algorithm() != regression::v1::SecondStageRequest::ALGORITHM_2) {
      violations.Add("first_reps", "only with algorithm 2");
    }
  }
  TakePlainModel(study, entry.dea(), violations, *request.mutable_model());
  FARRELL_RETURN_IF_ERROR(
      std::move(violations).Finish(kStudyInvalid, "the second stage " + entry.id() + " is not complete"));
  return request;
}

Result<dea::v1::TestReturnsToScaleRequest> ReturnsToScaleRequestOf(const v1::Study& study,
                                                                   const v1::StudyReturnsToScale& entry) {
  constexpr int kMost = 1'000'000;
  dea::v1::TestReturnsToScaleRequest request;
  Violations violations;
  request.set_seed(study.seed());
  request.set_by_unit(entry.by_unit());
  if (entry.has_reps() && (entry.reps() < 2 || entry.reps() > kMost)) {
    violations.Add("reps", "must lie in [2, " + std::to_string(kMost) + "]");
  }
  request.set_replication_count(entry.reps());
  TakePlainModel(study, entry.dea(), violations, *request.mutable_model());
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish(kStudyInvalid, "the test " + entry.id() + " is not complete"));
  return request;
}

std::string FormulasOf(const v1::StudyCurve& entry) {
  std::string text;
  const auto add = [&](const auto& list) {
    for (const std::string& part : list) text += " " + part;
  };
  add(entry.terms());
  add(entry.outcomes());
  add(entry.controls());
  add(entry.effects());
  add(entry.instruments());
  add(entry.weights());
  for (const v1::StudyCurve::Sample& sample : entry.samples()) text += " " + sample.where();
  return text;
}

Result<regression::v1::SpecificationCurveRequest> CurveRequestOf(const v1::Study& study, const v1::StudyCurve& entry) {
  regression::v1::SpecificationCurveRequest request;
  Violations violations;
  *request.mutable_terms() = entry.terms();
  *request.mutable_outcomes() = entry.outcomes();
  *request.mutable_controls() = entry.controls();
  *request.mutable_effects() = entry.effects();
  *request.mutable_instruments() = entry.instruments();
  *request.mutable_weights() = entry.weights();
  for (const v1::StudyCurve::Sample& sample : entry.samples()) {
    regression::v1::SpecificationCurveRequest::Sample& added = *request.add_samples();
    added.set_name(sample.name());
    added.set_where(sample.where());
  }
  Take("estimator", notation::ParseEstimator(entry.estimator()), violations, [&](notation::EstimatorChoice choice) {
    request.set_estimator(choice.estimator);
    *request.mutable_options() = std::move(choice.options);
  });
  if (entry.has_lower()) request.mutable_options()->set_lower(entry.lower());
  if (entry.has_upper()) request.mutable_options()->set_upper(entry.upper());
  if (entry.mundlak()) request.mutable_options()->set_mundlak(true);
  // Bootstrapped standard errors have draws of their own.
  v1::StudyCurve drawless = entry;
  drawless.clear_draws();
  TakeInferences(study, drawless, request, violations);
  if (entry.has_level()) {
    if (!(entry.level() > 0.0 && entry.level() < 1.0)) violations.Add("level", "must lie in (0, 1)");
    request.set_confidence_level(entry.level());
  }
  if (entry.has_draws()) {
    if (entry.draws() < 99 || entry.draws() > 99'999) violations.Add("draws", "must lie in [99, 99999]");
    request.set_draws(entry.draws());
  }
  request.set_seed(study.seed());
  request.set_joint_cluster(entry.joint_cluster());
  request.set_skip_joint_test(entry.no_joint_test());
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish(kStudyInvalid, "the curve " + entry.id() + " is not complete"));
  return request;
}

const v1::StudyDea* FindDeaEntry(const v1::Study& study, const std::string& id) {
  for (const v1::StudyDea& dea : study.dea()) {
    if (dea.id() == id) return &dea;
  }
  return nullptr;
}

regression::v1::FitRequest TrendRequestOf(const std::string& term, const std::string& unit_key,
                                          const std::string& time_key) {
  regression::v1::FitRequest request;
  request.set_formula(term + " ~ i(" + QuoteName(time_key) + ") | " + QuoteName(unit_key));
  // Only r2_within is used; the cheapest standard errors will do.
  request.add_inferences()->set_type(regression::v1::Inference::TYPE_IID);
  return request;
}

std::string WhereOf(const v1::Study& study, const std::string& entry_where) {
  return Both(study.data().where(), entry_where);
}

}  // namespace farrell::reporting
