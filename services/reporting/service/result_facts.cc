// Results of the regression and data services → facts.
#include <algorithm>

#include "common/notation/dea_notation.h"
#include "common/notation/regression_notation.h"
#include "common/notation/second_stage_notation.h"
#include "services/reporting/service/expression_names.h"
#include "services/reporting/service/facts.h"
#include "services/reporting/service/result_fields.h"

namespace farrell::reporting {
namespace {

InferenceType TypeOf(regression::v1::Inference::Type type) {
  switch (type) {
    case regression::v1::Inference::TYPE_IID: return InferenceType::kIid;
    case regression::v1::Inference::TYPE_HC0: return InferenceType::kHc0;
    case regression::v1::Inference::TYPE_HC1: return InferenceType::kHc1;
    case regression::v1::Inference::TYPE_HC2: return InferenceType::kHc2;
    case regression::v1::Inference::TYPE_HC4: return InferenceType::kHc4;
    case regression::v1::Inference::TYPE_CR0: return InferenceType::kCr0;
    case regression::v1::Inference::TYPE_CR2: return InferenceType::kCr2;
    case regression::v1::Inference::TYPE_DRISCOLL_KRAAY: return InferenceType::kDriscollKraay;
    case regression::v1::Inference::TYPE_NEWEY_WEST: return InferenceType::kNeweyWest;
    case regression::v1::Inference::TYPE_PCSE: return InferenceType::kPcse;
    case regression::v1::Inference::TYPE_HC3: return InferenceType::kHc3;
    case regression::v1::Inference::TYPE_CR1: return InferenceType::kCr1;
    case regression::v1::Inference::TYPE_WILD: return InferenceType::kWild;
    default: return InferenceType::kCr3;
  }
}

TermInferenceFacts TermInferenceOf(const regression::v1::TermInference& term) {
  return {.std_error = FARRELL_OPTIONAL(term, std_error),
          .statistic = FARRELL_OPTIONAL(term, statistic),
          .p_value = FARRELL_OPTIONAL(term, p_value),
          .conf_low = FARRELL_OPTIONAL(term, conf_low),
          .conf_high = FARRELL_OPTIONAL(term, conf_high),
          .df = FARRELL_OPTIONAL(term, df)};
}

InferenceFacts InferenceOf(const regression::v1::InferenceResult& result) {
  InferenceFacts inference;
  inference.type = TypeOf(result.type());
  inference.label = result.label();
  inference.cluster = result.cluster();
  inference.cluster_count = result.cluster_count();
  inference.normal = result.distribution() == "normal";
  for (int k = 0; k < result.further_clusters_size(); ++k) {
    inference.cluster += " and " + result.further_clusters(k);
    inference.cluster_count = std::min(inference.cluster_count, result.further_cluster_counts(k));
  }
  inference.ssc = result.ssc();
  inference.ssc_value = result.ssc_value();
  for (const regression::v1::TermInference& term : result.terms()) inference.terms.push_back(TermInferenceOf(term));
  inference.draws = result.draws();
  if (result.type() == regression::v1::Inference::TYPE_WILD)
    inference.weights = notation::FormatWeights(result.weights());
  inference.enumerated = result.enumerated();
  inference.seed = FARRELL_OPTIONAL(result, seed);
  return inference;
}

}  // namespace

namespace {

const google::protobuf::Message* FieldOf(const google::protobuf::Message& message, const std::string& name) {
  const google::protobuf::FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr || !message.GetReflection()->HasField(message, field)) return nullptr;
  return &message.GetReflection()->GetMessage(message, field);
}

}  // namespace

common::v1::Provenance ProvenanceOf(const v1::StoredStep& stored) {
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  stored.GetReflection()->ListFields(stored, &fields);
  common::v1::Provenance provenance;
  if (fields.empty()) return provenance;
  const google::protobuf::Message* result = &stored.GetReflection()->GetMessage(stored, fields.front());
  if (const google::protobuf::Message* summary = FieldOf(*result, "summary")) result = summary;
  if (const google::protobuf::Message* found = FieldOf(*result, "provenance")) provenance.CopyFrom(*found);
  return provenance;
}

ResultProvenance FactsOfProvenance(const std::string& step, const common::v1::Provenance& provenance) {
  return {.step = step,
          .action_key = provenance.action_key(),
          .snapshot_digest = provenance.snapshot_digest(),
          .engine = provenance.engine(),
          .algo_rev = provenance.algo_rev(),
          .num_abi = provenance.num_abi(),
          .seed = FARRELL_OPTIONAL(provenance, seed)};
}

namespace {

void AddDiagnostics(const regression::v1::FitResult& result, FitFacts& facts) {
  for (const regression::v1::LeaveOneOutFit& without : result.leave_one_out()) {
    LeaveOneOutFacts& fact = facts.leave_one_out.emplace_back();
    fact.level = without.level();
    for (const regression::v1::PartialEffect& term : without.terms()) {
      fact.estimates.push_back(FARRELL_OPTIONAL(term, estimate));
    }
  }
  for (const regression::v1::Margin& margin : result.margins()) {
    facts.margins.push_back({.text = margin.text(),
                             .variable = margin.variable(),
                             .level = margin.level(),
                             .estimate = margin.estimate(),
                             .std_error = FARRELL_OPTIONAL(margin.inference(), std_error),
                             .conf_low = FARRELL_OPTIONAL(margin.inference(), conf_low),
                             .conf_high = FARRELL_OPTIONAL(margin.inference(), conf_high),
                             .observation_count = margin.observation_count()});
  }
  for (const regression::v1::DesignAnswer& answer : result.design()) {
    facts.design.push_back({.term = answer.term(),
                            .reference = answer.reference(),
                            .std_error = answer.std_error(),
                            .power = answer.power(),
                            .minimum_detectable = answer.minimum_detectable(),
                            .exaggeration = answer.exaggeration(),
                            .wrong_sign = answer.wrong_sign(),
                            .level = answer.level(),
                            .wanted_power = answer.wanted_power()});
  }
  if (result.has_cluster_diagnostics()) {
    const regression::v1::ClusterDiagnostics& diagnostics = result.cluster_diagnostics();
    ClusterDiagnosticsFacts& fact = facts.cluster_diagnostics.emplace();
    fact.cluster = diagnostics.cluster();
    fact.effective_clusters.assign(diagnostics.effective_clusters().begin(), diagnostics.effective_clusters().end());
    for (const regression::v1::ClusterDiagnostics::Cluster& cluster : diagnostics.clusters()) {
      fact.clusters.push_back(
          {.label = cluster.label(),
           .observation_count = cluster.observation_count(),
           .leverage = cluster.leverage(),
           .partial_leverage = {cluster.partial_leverage().begin(), cluster.partial_leverage().end()},
           .leave_out_estimates = {cluster.leave_out_estimates().begin(), cluster.leave_out_estimates().end()}});
    }
  }
}

InstrumentFacts::Test TestOf(const regression::v1::JointTest& test) {
  return {test.statistic(), test.df1(), test.df2(), test.p_value()};
}

InstrumentFacts InstrumentsOf(const regression::v1::InstrumentDiagnostics& diagnostics) {
  InstrumentFacts facts;
  for (const regression::v1::InstrumentDiagnostics::FirstStage& stage : diagnostics.first_stages()) {
    facts.first_stages.push_back({.term = stage.term(),
                                  .joint = TestOf(stage.joint()),
                                  .partial_r2 = stage.partial_r2(),
                                  .effective_f = FARRELL_OPTIONAL(stage, effective_f),
                                  .effective_f_critical = FARRELL_OPTIONAL(stage, effective_f_critical)});
  }
  facts.kleibergen_paap_f = FARRELL_OPTIONAL(diagnostics, kleibergen_paap_f);
  facts.cragg_donald_f = FARRELL_OPTIONAL(diagnostics, cragg_donald_f);
  if (diagnostics.has_anderson_rubin()) facts.anderson_rubin = TestOf(diagnostics.anderson_rubin());
  for (const regression::v1::InstrumentDiagnostics::Interval& interval : diagnostics.anderson_rubin_set()) {
    facts.anderson_rubin_set.push_back({FARRELL_OPTIONAL(interval, low), FARRELL_OPTIONAL(interval, high)});
  }
  facts.anderson_rubin_empty = diagnostics.anderson_rubin_empty();
  if (diagnostics.has_overidentification()) facts.overidentification = TestOf(diagnostics.overidentification());
  facts.overidentification_name = diagnostics.overidentification_name();
  if (diagnostics.has_endogeneity()) facts.endogeneity = TestOf(diagnostics.endogeneity());
  facts.kappa = diagnostics.kappa();
  return facts;
}

}  // namespace

FitFacts FactsOfFit(const regression::v1::FitResult& result) {
  FitFacts facts;
  facts.formula = result.formula();
  facts.outcome = FormulaOutcome(result.formula());
  facts.estimator = notation::FormatEstimator({result.estimator(), result.options()});
  facts.where = result.where();
  for (const regression::v1::Term& term : result.terms()) {
    TermFacts fact;
    fact.name = term.name();
    fact.estimate = FARRELL_OPTIONAL(term, estimate);
    fact.collinear = term.collinear();
    facts.terms.push_back(std::move(fact));
  }
  for (const regression::v1::InferenceResult& inference : result.inferences()) {
    facts.inferences.push_back(InferenceOf(inference));
  }
  for (const regression::v1::Hypothesis& hypothesis : result.hypotheses()) {
    facts.hypotheses.push_back({hypothesis.text(), hypothesis.estimate(), hypothesis.std_error(),
                                hypothesis.statistic(), hypothesis.df(), hypothesis.p_value()});
  }
  for (const regression::v1::Effect& effect : result.effects()) {
    facts.effects.push_back({.name = effect.name(), .level_count = effect.level_count()});
  }
  facts.observation_count = result.observation_count();
  facts.row_count = result.row_count();
  facts.missing_row_count = result.missing_row_count();
  facts.singleton_count = result.singleton_count();
  facts.residual_df = result.residual_df();
  facts.r2 = FARRELL_OPTIONAL(result, r2);
  facts.adjusted_r2 = FARRELL_OPTIONAL(result, adjusted_r2);
  facts.r2_within = FARRELL_OPTIONAL(result, r2_within);
  if (result.has_joint()) {
    facts.joint = JointTestFacts{result.joint().statistic(), result.joint().df1(), result.joint().df2(),
                                 result.joint().p_value()};
  }
  AddDiagnostics(result, facts);
  if (result.has_instruments()) facts.instruments = InstrumentsOf(result.instruments());
  facts.warnings = WarningsOf(result.warnings());
  facts.provenance = FactsOfProvenance("", result.provenance());
  return facts;
}

namespace {

// The equation, the group, or both.
std::string SideOf(const std::string& equation, const std::string& group) {
  return equation.empty() || group.empty() ? equation + group : equation + ", " + group;
}

DifferenceInferenceFacts DifferenceInferenceOf(const regression::v1::DifferenceInference& result) {
  return {.label = result.label(),
          .inference = {.std_error = FARRELL_OPTIONAL(result, std_error),
                        .statistic = FARRELL_OPTIONAL(result, statistic),
                        .p_value = FARRELL_OPTIONAL(result, p_value),
                        .conf_low = FARRELL_OPTIONAL(result, conf_low),
                        .conf_high = FARRELL_OPTIONAL(result, conf_high),
                        .df = FARRELL_OPTIONAL(result, df)},
          .p_adjusted = FARRELL_OPTIONAL(result, p_adjusted),
          .draws = result.draws(),
          .enumerated = result.enumerated()};
}

JointEqualityFacts JointOf(const regression::v1::JointEquality& joint) {
  JointEqualityFacts facts{joint.term(),
                           FARRELL_OPTIONAL(joint, statistic),
                           FARRELL_OPTIONAL(joint, df1),
                           FARRELL_OPTIONAL(joint, df2),
                           FARRELL_OPTIONAL(joint, p_value),
                           {},
                           joint.equation()};
  for (const regression::v1::EqualityTest& test : joint.tests()) {
    facts.tests.push_back({.label = test.label(),
                           .statistic = FARRELL_OPTIONAL(test, statistic),
                           .df1 = FARRELL_OPTIONAL(test, df1),
                           .df2 = FARRELL_OPTIONAL(test, df2),
                           .p_value = FARRELL_OPTIONAL(test, p_value),
                           .draws = test.draws(),
                           .enumerated = test.enumerated()});
  }
  return facts;
}

// Romano & Wolf's where any inference has it: permutations beside it have Holm's, which the notes say.
std::string AdjustmentUsed(const regression::v1::CompareResult& result) {
  for (const regression::v1::Difference& difference : result.differences()) {
    for (const regression::v1::DifferenceInference& each : difference.inferences()) {
      if (each.adjustment() == "romano-wolf") return each.adjustment();
    }
  }
  return result.adjustment();
}

}  // namespace

CompareFacts FactsOfComparison(const regression::v1::CompareResult& result) {
  CompareFacts facts;
  facts.by = result.by();
  facts.interact = notation::FormatInteract(result.interact());
  for (const regression::v1::GroupFit& group : result.groups()) {
    GroupFacts fact;
    fact.group = SideOf(group.equation(), group.group());
    fact.fit = FactsOfFit(group.fit());
    for (int t = 0; t < group.estimates_size(); ++t) {
      const bool known = t >= group.estimated_size() || group.estimated(t);
      fact.estimates.push_back(known ? std::optional(group.estimates(t)) : std::nullopt);
    }
    for (const regression::v1::TermInference& term : group.compared()) fact.compared.push_back(TermInferenceOf(term));
    facts.groups.push_back(std::move(fact));
  }
  for (const std::string& name : result.terms()) {
    TermFacts term;
    term.name = name;
    facts.terms.push_back(std::move(term));
  }
  facts.pooled = FactsOfFit(result.pooled());
  for (const regression::v1::Difference& difference : result.differences()) {
    DifferenceFacts fact{.term = difference.term(),
                         .group = SideOf(difference.equation(), difference.group()),
                         .versus = SideOf(difference.versus_equation(), difference.versus()),
                         .estimate = difference.estimate(),
                         .std_error = FARRELL_OPTIONAL(difference, std_error),
                         .statistic = FARRELL_OPTIONAL(difference, statistic),
                         .df = FARRELL_OPTIONAL(difference, df),
                         .p_value = FARRELL_OPTIONAL(difference, p_value),
                         .p_adjusted = FARRELL_OPTIONAL(difference, p_adjusted),
                         .conf_low = FARRELL_OPTIONAL(difference, conf_low),
                         .conf_high = FARRELL_OPTIONAL(difference, conf_high),
                         .inferences = {},
                         .stars_differ_only = difference.stars_differ_only()};
    for (const regression::v1::DifferenceInference& inference : difference.inferences()) {
      fact.inferences.push_back(DifferenceInferenceOf(inference));
    }
    facts.differences.push_back(std::move(fact));
  }
  for (const regression::v1::JointEquality& joint : result.joints()) facts.joints.push_back(JointOf(joint));
  for (const regression::v1::AlternativeEstimate& alternative : result.alternatives()) {
    facts.alternatives.push_back({alternative.group(), alternative.term(), alternative.estimate()});
  }
  facts.adjustment = AdjustmentUsed(result);
  if (!result.family().empty()) facts.family = result.family();
  facts.equations.assign(result.equations().begin(), result.equations().end());
  const bool drawn = result.rank_probabilities_size() > 0;
  for (const regression::v1::Ordering& ordering : result.orderings()) {
    facts.orderings.push_back({.text = ordering.text(),
                               .term = ordering.term(),
                               .violation_statistic = FARRELL_OPTIONAL(ordering, violation_statistic),
                               .violation_p_value = FARRELL_OPTIONAL(ordering, violation_p_value),
                               .strict_p_value = FARRELL_OPTIONAL(ordering, strict_p_value),
                               .probability = drawn ? std::optional(ordering.probability()) : std::nullopt});
  }
  for (const regression::v1::RankProbability& rank : result.rank_probabilities()) {
    facts.ranks.push_back({rank.term(), rank.group(), rank.rank(), rank.probability()});
  }
  for (const regression::v1::PooledSlope& slope : result.pooled_slopes()) {
    PooledSlopeFacts& added = facts.pooled_slopes.emplace_back();
    added.term = slope.term();
    added.estimate = slope.estimate();
    for (const regression::v1::PooledSlopeShare& share : slope.shares()) {
      added.weights.push_back(share.weight());
      added.residual_slopes.push_back(share.residual_slope());
    }
    added.weighted_mean = slope.weighted_mean();
    added.remainder = slope.remainder();
  }
  facts.warnings = WarningsOf(result.warnings());
  facts.provenance = FactsOfProvenance("", result.provenance());
  return facts;
}

SpecificationFacts FactsOfSpecification(const regression::v1::SpecificationResult& result) {
  SpecificationFacts facts;
  facts.formula = result.formula();
  for (const regression::v1::SpecificationTest& test : result.tests()) {
    facts.tests.push_back({.name = test.name(),
                           .null_hypothesis = test.null_hypothesis(),
                           .distribution = test.distribution(),
                           .statistic = FARRELL_OPTIONAL(test, statistic),
                           .df1 = test.df1(),
                           .df2 = test.df2(),
                           .p_value = FARRELL_OPTIONAL(test, p_value),
                           .undefined = test.undefined()});
  }
  for (const regression::v1::VarianceInflation& inflation : result.inflation()) {
    facts.inflation.push_back({.term = inflation.term(), .label = {}, .factor = FARRELL_OPTIONAL(inflation, factor)});
  }
  facts.condition_number = FARRELL_OPTIONAL(result, condition_number);
  facts.observation_count = result.observation_count();
  facts.unit_count = result.unit_count();
  facts.period_count = result.period_count();
  facts.balanced = result.balanced();
  facts.warnings = WarningsOf(result.warnings());
  facts.provenance = FactsOfProvenance("", result.provenance());
  return facts;
}

SecondStageFacts FactsOfSecondStage(const regression::v1::SecondStageResult& result) {
  SecondStageFacts facts;
  facts.formula = result.formula();
  facts.algorithm = notation::FormatAlgorithm(result.algorithm());
  facts.response = result.response();
  facts.resample = notation::FormatResample(result.resample());
  const auto bootstrap = [](const regression::v1::BootstrapEstimate& estimate) {
    return BootstrapFacts{.estimate = FARRELL_OPTIONAL(estimate, estimate),
                          .std_error = FARRELL_OPTIONAL(estimate, std_error),
                          .p_value = FARRELL_OPTIONAL(estimate, bootstrap_p_value),
                          .conf_low = FARRELL_OPTIONAL(estimate, conf_low),
                          .conf_high = FARRELL_OPTIONAL(estimate, conf_high)};
  };
  if (result.algorithm() == regression::v1::SecondStageRequest::ALGORITHM_LOG_WITHIN) {
    const FitFacts fit = FactsOfFit(result.fit());
    if (!fit.inferences.empty()) facts.inference = fit.inferences.front();
    for (std::size_t i = 0; i < fit.terms.size(); ++i) {
      SecondStageTermFacts term;
      term.name = fit.terms[i].name;
      term.collinear = fit.terms[i].collinear;
      term.coefficient.estimate = fit.terms[i].estimate;
      if (facts.inference && i < facts.inference->terms.size()) {
        const TermInferenceFacts& inference = facts.inference->terms[i];
        term.coefficient.std_error = inference.std_error;
        term.coefficient.p_value = inference.p_value;
        term.coefficient.conf_low = inference.conf_low;
        term.coefficient.conf_high = inference.conf_high;
      }
      facts.terms.push_back(std::move(term));
    }
  } else {
    for (const regression::v1::SecondStageTerm& term : result.terms()) {
      facts.terms.push_back({.name = term.name(),
                             .label = {},
                             .collinear = term.collinear(),
                             .coefficient = bootstrap(term.coefficient()),
                             .effect = bootstrap(term.marginal_effect()),
                             .bias_corrected = FARRELL_OPTIONAL(term.coefficient(), bias_corrected)});
    }
  }
  for (const regression::v1::Effect& effect : result.effects()) facts.effects.push_back(effect.name());
  facts.score_count = result.score_count();
  facts.frontier_count = result.frontier_count();
  facts.observation_count = result.observation_count();
  facts.unit_count = result.unit_count();
  facts.frontier_tolerance = result.frontier_tolerance();
  facts.replications = result.replications();
  facts.first_replications = result.first_replications();
  facts.failed_count = result.failed_count();
  facts.confidence_level = result.confidence_level();
  facts.mean_bias = FARRELL_OPTIONAL(result, mean_bias);
  facts.subsample_size = result.subsample_size();
  facts.frontier_unit_count = result.frontier_unit_count();
  facts.experimental = result.experimental();
  facts.warnings = WarningsOf(result.warnings());
  if (result.has_fit()) {
    for (const WarningFacts& warning : WarningsOf(result.fit().warnings())) facts.warnings.push_back(warning);
  }
  facts.provenance = FactsOfProvenance("", result.provenance());
  return facts;
}

CurveFacts FactsOfCurve(const regression::v1::SpecificationCurveResult& result) {
  CurveFacts facts;
  for (const regression::v1::CurveSpecification& each : result.specifications()) {
    CurveSpecificationFacts added{.term = each.term(),
                                  .outcome = each.outcome(),
                                  .controls = each.controls(),
                                  .effects = each.effects(),
                                  .instruments = each.instruments(),
                                  .sample = each.sample(),
                                  .weights = each.weights(),
                                  .inference = each.inference(),
                                  .formula = each.formula(),
                                  .estimate = FARRELL_OPTIONAL(each, estimate),
                                  .numbers = {},
                                  .observation_count = each.observation_count()};
    const regression::v1::TermInference& numbers = each.term_inference();
    added.numbers.std_error = FARRELL_OPTIONAL(numbers, std_error);
    added.numbers.statistic = FARRELL_OPTIONAL(numbers, statistic);
    added.numbers.p_value = FARRELL_OPTIONAL(numbers, p_value);
    added.numbers.conf_low = FARRELL_OPTIONAL(numbers, conf_low);
    added.numbers.conf_high = FARRELL_OPTIONAL(numbers, conf_high);
    added.numbers.df = FARRELL_OPTIONAL(numbers, df);
    facts.specifications.push_back(std::move(added));
  }
  const regression::v1::CurveSummary& summary = result.summary();
  for (const int position : summary.order()) facts.order.push_back(static_cast<std::size_t>(position));
  facts.positive_share = FARRELL_OPTIONAL(summary, positive_share);
  facts.significant_share = FARRELL_OPTIONAL(summary, significant_share);
  facts.significant_with_median_sign_share = FARRELL_OPTIONAL(summary, significant_with_median_sign_share);
  facts.min = FARRELL_OPTIONAL(summary, min);
  facts.median = FARRELL_OPTIONAL(summary, median);
  facts.max = FARRELL_OPTIONAL(summary, max);
  facts.confidence_level = result.confidence_level();
  facts.has_joint_test = result.has_joint_test();
  const regression::v1::CurveJointTest& test = result.joint_test();
  for (const regression::v1::CurveJointTest::Statistic& statistic : test.statistics()) {
    facts.statistics.push_back({statistic.name(), FARRELL_OPTIONAL(statistic, p_value)});
  }
  facts.undefined = test.undefined();
  facts.cluster = test.cluster();
  facts.cluster_count = test.cluster_count();
  facts.model_count = test.model_count();
  facts.draws = test.draws();
  facts.enumerated = test.enumerated();
  facts.warnings = WarningsOf(result.warnings());
  facts.provenance = FactsOfProvenance("", result.provenance());
  return facts;
}

DescriptiveFacts FactsOfDescription(const data::v1::ColumnDescription& description) {
  DescriptiveFacts facts;
  facts.variable = description.column();
  facts.count = description.count();
  facts.missing_count = description.missing_count();
  facts.mean = FARRELL_OPTIONAL(description, mean);
  facts.sd = FARRELL_OPTIONAL(description, sd);
  facts.sd_between = FARRELL_OPTIONAL(description, sd_between);
  facts.sd_within = FARRELL_OPTIONAL(description, sd_within);
  facts.min = FARRELL_OPTIONAL(description, min);
  facts.p25 = FARRELL_OPTIONAL(description, p25);
  facts.median = FARRELL_OPTIONAL(description, median);
  facts.p75 = FARRELL_OPTIONAL(description, p75);
  facts.max = FARRELL_OPTIONAL(description, max);
  return facts;
}

#undef FARRELL_OPTIONAL

}  // namespace farrell::reporting
