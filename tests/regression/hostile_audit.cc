#include "tests/regression/hostile_audit.h"

#include <gtest/gtest.h>
#include <cmath>

#include "tests/regression/threads.h"

namespace farrell::regression::testing {
namespace {

void AuditTerm(Audit& audit, const std::string& what, const std::optional<double>& estimate,
               const TermInference& term) {
  audit.Number(what, estimate);
  audit.Number(what + " std_error", term.std_error);
  audit.Number(what + " statistic", term.statistic);
  audit.Probability(what + " p", term.p_value);
  audit.Number(what + " low", term.conf_low);
  audit.Number(what + " high", term.conf_high);
  audit.Degrees(what + " df", term.df);
  // Of a perfect fit it is zero; there is no statistic then.
  if (term.std_error && (*term.std_error < 0.0 || (*term.std_error == 0.0 && term.statistic))) {
    audit.Fault(what + " has a standard error that is not positive");
  }
  if (term.std_error && !estimate) audit.Fault(what + " has a standard error and no estimate");
  if (term.conf_low && term.conf_high && *term.conf_low > *term.conf_high) audit.Fault(what + " interval is reversed");
}

void AuditJoint(Audit& audit, const std::string& what, const std::optional<JointTest>& joint) {
  if (!joint) return;
  audit.Number(what, joint->statistic);
  if (joint->statistic < 0.0) audit.Fault(what + " is negative");
  audit.Number(what + " df1", joint->df1);
  // Infinite: of the chi-squared distribution.
  if (!std::isinf(joint->df2)) audit.Number(what + " df2", joint->df2);
  audit.Probability(what + " p", joint->p_value);
}

void AuditInstruments(Audit& audit, const InstrumentDiagnostics& found) {
  for (const FirstStage& stage : found.first_stages) {
    AuditJoint(audit, "first stage", stage.joint);
    audit.Probability("partial R2", stage.partial_r2);
    audit.Number("effective F", stage.effective_f);
    audit.Number("effective F critical", stage.effective_f_critical);
  }
  audit.Number("Kleibergen-Paap", found.kleibergen_paap_f);
  audit.Number("Cragg-Donald", found.cragg_donald_f);
  AuditJoint(audit, "Anderson-Rubin", found.anderson_rubin);
  for (const ConfidenceInterval& piece : found.anderson_rubin_set) {
    audit.Number("Anderson-Rubin low", piece.low);
    audit.Number("Anderson-Rubin high", piece.high);
  }
  AuditJoint(audit, "overidentification", found.overidentification);
  AuditJoint(audit, "endogeneity", found.endogeneity);
  audit.Number("kappa", found.kappa);
}

void AuditExtras(Audit& audit, const FitResult& fit) {
  for (const HypothesisTest& test : fit.hypotheses) {
    AuditJoint(audit, "hypothesis " + test.text, test.joint);
    audit.Number("hypothesis " + test.text, test.estimate);
    audit.Number("hypothesis error", test.std_error);
    audit.Number("hypothesis statistic", test.statistic);
    audit.Probability("hypothesis p", test.p_value);
    audit.Number("hypothesis low", test.conf_low);
    audit.Number("hypothesis high", test.conf_high);
  }
  for (const PartialEffect& effect : fit.partial_effects) {
    AuditTerm(audit, "effect of " + effect.term, effect.estimate, effect.inference);
  }
  for (const Margin& margin : fit.margins) AuditTerm(audit, "margin " + margin.text, margin.estimate, margin.inference);
  for (const LeaveOneOutFit& other : fit.leave_one_out) {
    for (const PartialEffect& effect : other.terms) {
      AuditTerm(audit, "without " + other.level + " " + effect.term, effect.estimate, effect.inference);
    }
  }
  for (const DesignAnswer& answer : fit.design) {
    audit.Probability("power", answer.power);
    audit.Number("minimum detectable", answer.minimum_detectable);
    audit.Number("exaggeration", answer.exaggeration);
    audit.Probability("wrong sign", answer.wrong_sign);
  }
  if (fit.cluster_diagnostics) {
    for (const ClusterDiagnostics::Cluster& cluster : fit.cluster_diagnostics->clusters) {
      audit.Number("leverage", cluster.leverage);
      for (double value : cluster.partial_leverage) audit.Number("partial leverage", value);
      for (double value : cluster.leave_out) audit.Number("leave-out coefficient", value);
    }
    for (double value : fit.cluster_diagnostics->effective) audit.Number("effective clusters", value);
  }
  if (fit.instruments) AuditInstruments(audit, *fit.instruments);
}

void AuditRows(Audit& audit, const FitResult& fit) {
  // A row that lacks several values is listed under each.
  std::int64_t lost = fit.missing_row_count;
  for (const DroppedRows& dropped : fit.dropped) lost += dropped.reason == "missing" ? 0 : dropped.count;
  // Rows of several periods make one row of means or differences.
  const bool rows_are_rows =
      fit.estimator.kind != Estimator::kBetween && fit.estimator.kind != Estimator::kFirstDifference;
  if (rows_are_rows && fit.observation_count + lost != fit.row_count) {
    audit.Fault("rows: " + std::to_string(fit.row_count) + " but " + std::to_string(fit.observation_count) +
                " used and " + std::to_string(lost) + " dropped");
  }
}

void AuditBootstrap(Audit& audit, const std::string& what, const std::optional<BootstrapEstimate>& found) {
  if (!found) return;
  audit.Number(what, found->estimate);
  audit.Number(what + " std_error", found->std_error);
  audit.Number(what + " statistic", found->statistic);
  audit.Probability(what + " p", found->p_value);
  audit.Probability(what + " bootstrap p", found->bootstrap_p_value);
  audit.Number(what + " low", found->conf_low);
  audit.Number(what + " high", found->conf_high);
  audit.Number(what + " recentred low", found->recentred_low);
  audit.Number(what + " recentred high", found->recentred_high);
  audit.Number(what + " bias corrected", found->bias_corrected);
}

}  // namespace

void AuditFit(Audit& audit, const FitResult& fit) {
  for (const InferenceResult& inference : fit.inferences) {
    if (inference.label.empty()) audit.Fault("an inference has no label");
    for (std::size_t k = 0; k < inference.terms.size() && k < fit.terms.size(); ++k) {
      AuditTerm(audit, inference.label + " " + fit.terms[k].name, fit.terms[k].estimate, inference.terms[k]);
    }
    for (double value : inference.vcov.reshaped()) audit.Number(inference.label + " vcov", value);
  }
  for (const TermEstimate& term : fit.terms) audit.Number(term.name, term.estimate);
  audit.Number("residual sum of squares", fit.residual_sum_of_squares);
  audit.Number("sigma", fit.sigma);
  audit.Number("R2", fit.r2);
  audit.Number("adjusted R2", fit.adjusted_r2);
  audit.Number("R2 within", fit.r2_within);
  audit.Number("log likelihood", fit.log_likelihood);
  AuditJoint(audit, "joint", fit.joint);
  if (fit.components) {
    audit.Number("idiosyncratic", fit.components->idiosyncratic);
    audit.Number("unit component", fit.components->unit);
    for (double value : fit.components->theta) audit.Number("theta", value);
  }
  if (fit.observations) {
    for (double value : fit.observations->residuals) audit.Number("residual", value);
    for (double value : fit.observations->fitted) audit.Number("fitted", value);
    for (const EffectLevel& level : fit.observations->effect_levels) audit.Number("level", level.value);
  }
  audit.Warnings(fit.warnings);
  AuditRows(audit, fit);
  AuditExtras(audit, fit);
}

void AuditComparison(Audit& audit, const CompareResult& result) {
  for (const GroupFit& group : result.groups) {
    AuditFit(audit, group.fit);
    for (std::size_t k = 0; k < group.compared.size(); ++k) {
      AuditTerm(audit, "group " + group.group, group.estimates[k], group.compared[k]);
    }
  }
  AuditFit(audit, result.pooled);
  for (const Difference& difference : result.differences) {
    const std::string name = difference.group + " - " + difference.versus + " " + difference.term;
    AuditTerm(audit, name, difference.estimate, difference.inference);
    audit.Probability(name + " adjusted p", difference.p_adjusted);
    for (const DifferenceInference& inference : difference.inferences) {
      AuditTerm(audit, name + " " + inference.label, difference.estimate, inference.inference);
      audit.Probability(name + " adjusted p", inference.p_adjusted);
    }
  }
  for (const JointEquality& joint : result.joints) {
    AuditJoint(audit, "equality of " + joint.term, joint.test);
    audit.Number("Cochran's Q", joint.cochran_q);
    for (const EqualityTest& test : joint.tests) {
      audit.Number("equality " + test.label, test.statistic);
      audit.Degrees("equality df1", test.df1);
      // Zero: of the normal distribution.
      audit.Number("equality df2", test.df2);
      audit.Probability("equality p", test.p_value);
    }
  }
  for (const AlternativeEstimate& other : result.alternatives) audit.Number("alternative", other.estimate);
  for (const Ordering& ordering : result.orderings) {
    audit.Number("violation", ordering.violation_statistic);
    audit.Probability("violation p", ordering.violation_p_value);
    audit.Probability("strict p", ordering.strict_p_value);
    audit.Probability("probability of order", ordering.probability);
  }
  audit.Warnings(result.warnings);
  for (const RankProbability& rank : result.rank_probabilities) audit.Probability("rank", rank.probability);
}

void AuditSpecification(Audit& audit, const SpecificationResult& result) {
  for (const SpecificationTest& test : result.tests) {
    audit.Number(test.name, test.statistic);
    audit.Probability(test.name + " p", test.p_value);
    audit.Number(test.name + " df1", test.df1);
    audit.Number(test.name + " df2", test.df2);
    if (!test.statistic && test.undefined.empty() && test.name != "vif") audit.Fault(test.name + ": no reason");
  }
  for (const VarianceInflation& inflation : result.inflation) audit.Number("vif", inflation.factor);
  audit.Number("condition number", result.condition_number);
  audit.Warnings(result.warnings);
}

void AuditCurve(Audit& audit, const CurveResult& result) {
  for (const CurveEntry& entry : result.entries) {
    AuditTerm(audit, "entry " + entry.inference, entry.estimate, entry.term_inference);
    if (!entry.term_inference.std_error && entry.undefined.empty()) audit.Fault("an entry is empty without a reason");
  }
  const CurveSummary& summary = result.summary;
  audit.Probability("positive share", summary.positive_share);
  audit.Probability("significant share", summary.significant_share);
  audit.Probability("share with the sign of the median", summary.significant_with_median_sign_share);
  audit.Number("min", summary.min);
  audit.Number("median", summary.median);
  audit.Number("max", summary.max);
  if (result.joint_test) {
    for (const CurveStatistic& statistic : result.joint_test->statistics) {
      audit.Number(statistic.name, statistic.observed);
      audit.Probability(statistic.name, statistic.p_value);
    }
    if (result.joint_test->statistics.empty() && result.joint_test->undefined.empty()) {
      audit.Fault("no joint test and no reason");
    }
  }
  audit.Warnings(result.warnings);
}

void AuditSecondStage(Audit& audit, const SecondStageResult& result) {
  for (const SecondStageTerm& term : result.terms) {
    AuditBootstrap(audit, term.name, term.coefficient);
    AuditBootstrap(audit, "effect of " + term.name, term.marginal_effect);
  }
  audit.Number("log likelihood", result.log_likelihood);
  audit.Number("mean bias", result.mean_bias);
  for (const DistanceRow& row : result.distances) {
    audit.Number("distance", row.distance);
    audit.Number("corrected distance", row.corrected);
  }
  if (result.fit) AuditFit(audit, *result.fit);
  audit.Warnings(result.warnings);
}

void ExpectHonest(const Status& status) {
  EXPECT_NE(status.code(), Code::kInternal) << status.ToString();
  EXPECT_FALSE(status.reason().empty()) << status.ToString();
  EXPECT_GT(status.message().size(), 10U) << status.ToString();
  EXPECT_TRUE(status.code() != Code::kInvalidArgument || !status.violations().empty()) << status.ToString();
  for (const FieldViolation& violation : status.violations()) {
    EXPECT_FALSE(violation.field.empty()) << status.ToString();
    EXPECT_FALSE(violation.description.empty()) << status.ToString();
  }
}

std::string Describe(const FitSpec& spec) {
  std::string text = spec.formula.text + ", estimator " + std::to_string(static_cast<int>(spec.estimator.kind));
  for (const InferenceSpec& inference : spec.inferences) text += ", " + InferenceLabel(inference) + " " + inference.ssc;
  if (!spec.weights.empty()) text += ", weights " + spec.weights;
  return text;
}

void ExpectHonestAnswer(const std::string& what, const std::function<Status(const Environment&, Audit&)>& answer) {
  SCOPED_TRACE(what);
  Audit one;
  const Status status = answer({}, one);
  EXPECT_EQ(one.faults(), "");
  if (!status.ok()) ExpectHonest(status);
  Audit many;
  EXPECT_EQ(answer(InThreads(3), many).ToString(), status.ToString());
  EXPECT_TRUE(one.SameBits(many)) << "other bits in three threads";
}

}  // namespace farrell::regression::testing
