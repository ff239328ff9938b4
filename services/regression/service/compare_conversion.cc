#include "services/regression/service/compare_conversion.h"

#include <array>
#include <cmath>
#include <set>
#include <utility>

#include "services/regression/service/fit_conversion.h"
#include "services/regression/service/model_conversion.h"

namespace farrell::regression {

namespace {

template <typename Value>
struct Named {
  Value value;
  const char* name;
};

constexpr std::array kAdjustments = {
    Named<Adjustment>{Adjustment::kHolm, "holm"}, Named<Adjustment>{Adjustment::kBenjaminiHochberg, "bh"},
    Named<Adjustment>{Adjustment::kRomanoWolf, "romano-wolf"}, Named<Adjustment>{Adjustment::kNone, "none"}};
constexpr std::array kFamilies = {Named<Family>{Family::kAll, "all"}, Named<Family>{Family::kTerm, "term"},
                                  Named<Family>{Family::kEquation, "equation"}};

// The named value; the first for empty text.
template <typename Value, std::size_t count>
Value Choose(const std::string& text, const std::array<Named<Value>, count>& choices, const std::string& field,
             RequestErrors& errors) {
  std::string names;
  for (const Named<Value>& choice : choices) {
    if (text.empty() || text == choice.name) return choice.value;
    names += (names.empty() ? "" : ", ") + std::string(choice.name);
  }
  errors.Add(field, "'" + text + "' is not one of " + names);
  return choices.front().value;
}

template <typename Value, std::size_t count>
const char* NameOf(Value value, const std::array<Named<Value>, count>& choices) {
  for (const Named<Value>& choice : choices) {
    if (choice.value == value) return choice.name;
  }
  return "";
}

void EquationsFromProto(const v1::CompareRequest& request, CompareSpec& spec, RequestErrors& errors) {
  std::set<std::string> names;
  for (int k = 0; k < request.equations_size(); ++k) {
    const v1::Equation& message = request.equations(k);
    const std::string field = "equations[" + std::to_string(k) + "]";
    Equation equation{message.name(), {}, NormaliseSpace(message.where())};
    if (equation.name.empty()) errors.Add(field + ".name", "name the equation");
    if (!equation.name.empty() && !names.insert(equation.name).second) {
      errors.Add(field + ".name", "two equations are named '" + equation.name + "': give every one its own name");
    }
    auto formula = ParseFormula(message.formula());
    if (formula.ok()) {
      equation.formula = std::move(formula).value();
    } else {
      for (const FieldViolation& violation : formula.status().violations()) {
        errors.Add(field + "." + violation.field, violation.description);
      }
    }
    spec.equations.push_back(std::move(equation));
  }
  if (spec.equations.size() == 1)
    errors.Add("equations", "one equation has no other to compare with: give its formula");
  if (!request.formula().empty())
    errors.Add("formula", "a formula stands beside equations: leave it out, or name it as one of them");
}

}  // namespace

Result<CompareSpec> CompareSpecFromProto(const v1::CompareRequest& request, const std::string& prefix) {
  RequestErrors errors(prefix);
  CompareSpec spec;
  spec.fit = CommonFromProto(request, errors);
  if (request.equations_size() > 0) {
    EquationsFromProto(request, spec, errors);
  } else {
    spec.fit.formula = FormulaFromProto(request.formula(), errors);
  }
  spec.by = request.by();
  if (spec.by.empty() && request.equations_size() == 0) errors.Add("by", "name the column that defines the groups");
  spec.terms.assign(request.terms().begin(), request.terms().end());
  spec.orderings.assign(request.orderings().begin(), request.orderings().end());
  if (!v1::CompareRequest::Interact_IsValid(request.interact())) errors.Add("interact", "unknown way of interacting");
  if (request.interact() == v1::CompareRequest::INTERACT_X_ONLY) spec.interact = Interact::kTermsOnly;
  spec.adjustment = Choose(request.adjustment(), kAdjustments, "adjustment", errors);
  spec.family = Choose(request.family(), kFamilies, "family", errors);
  FARRELL_RETURN_IF_ERROR(std::move(errors).Finish());
  return spec;
}

const char* AdjustmentName(Adjustment adjustment) { return NameOf(adjustment, kAdjustments); }
const char* FamilyName(Family family) { return NameOf(family, kFamilies); }

std::vector<std::string> ColumnsOf(const CompareSpec& spec) {
  FitSpec shared = spec.fit;
  if (!spec.equations.empty()) shared.formula = spec.equations.front().formula;
  std::vector<std::string> columns = ColumnsOf(shared);
  for (const Equation& equation : spec.equations) {
    shared.formula = equation.formula;
    for (const std::string& column : ColumnsOf(shared)) AddColumn(columns, column);
    AddColumn(columns, equation.where);
  }
  AddColumn(columns, spec.by);
  return columns;
}

namespace {

void Set(const DifferenceInference& each, v1::DifferenceInference& message) {
  message.set_type(ToProto(each.type));
  message.set_label(each.label);
  const TermInference& inference = each.inference;
  if (inference.std_error) message.set_std_error(*inference.std_error);
  if (inference.statistic) message.set_statistic(*inference.statistic);
  if (inference.df && std::isfinite(*inference.df)) message.set_df(*inference.df);
  if (inference.p_value) message.set_p_value(*inference.p_value);
  if (each.p_adjusted) message.set_p_adjusted(*each.p_adjusted);
  if (inference.conf_low) message.set_conf_low(*inference.conf_low);
  if (inference.conf_high) message.set_conf_high(*inference.conf_high);
  if (inference.greater_or_equal_count) message.set_greater_or_equal_count(*inference.greater_or_equal_count);
  message.set_draws(each.draws);
  message.set_enumerated(each.enumerated);
  message.set_ssc(each.ssc);
  message.set_adjustment(AdjustmentName(each.adjustment));
}

void Set(const EqualityTest& test, v1::EqualityTest& message) {
  message.set_type(ToProto(test.type));
  message.set_label(test.label);
  if (test.statistic) message.set_statistic(*test.statistic);
  if (test.df1) message.set_df1(*test.df1);
  if (test.df2) message.set_df2(*test.df2);
  if (test.p_value) message.set_p_value(*test.p_value);
  if (test.greater_or_equal_count) message.set_greater_or_equal_count(*test.greater_or_equal_count);
  message.set_draws(test.draws);
  message.set_enumerated(test.enumerated);
  message.set_ssc(test.ssc);
}

}  // namespace

v1::CompareResult ToProto(const Panel& panel, const CompareSpec& spec, const CompareResult& result) {
  v1::CompareResult message;
  message.set_by(result.by);
  message.set_interact(result.interact == Interact::kEverything ? v1::CompareRequest::INTERACT_EVERYTHING
                                                                : v1::CompareRequest::INTERACT_X_ONLY);
  message.set_adjustment(AdjustmentName(result.adjustment));
  message.set_family(FamilyName(spec.family));
  for (const std::string& equation : result.equations) message.add_equations(equation);
  for (const std::string& term : result.terms) message.add_terms(term);
  for (const GroupFit& group : result.groups) {
    v1::GroupFit& added = *message.add_groups();
    added.set_group(group.group);
    added.set_equation(group.equation);
    *added.mutable_fit() = ToProto(panel, spec.fit, group.fit);
    for (const TermInference& inference : group.compared) Set(inference, *added.add_compared());
    for (const std::optional<double>& estimate : group.estimates) {
      added.add_estimates(estimate.value_or(0.0));
      added.add_estimated(estimate.has_value());
    }
  }
  *message.mutable_pooled() = ToProto(panel, spec.fit, result.pooled);
  for (const Difference& difference : result.differences) {
    if (!difference.estimate) continue;
    v1::Difference& added = *message.add_differences();
    added.set_term(difference.term);
    added.set_group(difference.group);
    added.set_versus(difference.versus);
    added.set_estimate(*difference.estimate);
    const TermInference& inference = difference.inference;
    if (inference.std_error) added.set_std_error(*inference.std_error);
    if (inference.statistic) added.set_statistic(*inference.statistic);
    if (inference.df && std::isfinite(*inference.df)) added.set_df(*inference.df);
    if (inference.p_value) added.set_p_value(*inference.p_value);
    if (difference.p_adjusted) added.set_p_adjusted(*difference.p_adjusted);
    if (inference.conf_low) added.set_conf_low(*inference.conf_low);
    if (inference.conf_high) added.set_conf_high(*inference.conf_high);
    added.set_equation(difference.equation);
    added.set_versus_equation(difference.versus_equation);
    added.set_stars_differ_only(difference.stars_differ_only);
    for (const DifferenceInference& each : difference.inferences) Set(each, *added.add_inferences());
  }
  for (const JointEquality& joint : result.joints) {
    v1::JointEquality& added = *message.add_joints();
    added.set_term(joint.term);
    added.set_equation(joint.equation);
    if (joint.cochran_q) added.set_cochran_q(*joint.cochran_q);
    for (const EqualityTest& test : joint.tests) Set(test, *added.add_tests());
    if (!joint.test) continue;
    added.set_statistic(joint.test->statistic);
    added.set_df1(joint.test->df1);
    if (std::isfinite(joint.test->df2)) added.set_df2(joint.test->df2);
    added.set_p_value(joint.test->p_value);
  }
  for (const AlternativeEstimate& alternative : result.alternatives) {
    v1::AlternativeEstimate& added = *message.add_alternatives();
    added.set_group(alternative.group);
    added.set_term(alternative.term);
    added.set_estimate(alternative.estimate);
  }
  for (const Ordering& ordering : result.orderings) {
    v1::Ordering& added = *message.add_orderings();
    added.set_text(ordering.text);
    added.set_term(ordering.term);
    if (ordering.violation_statistic) added.set_violation_statistic(*ordering.violation_statistic);
    if (ordering.violation_p_value) added.set_violation_p_value(*ordering.violation_p_value);
    if (ordering.strict_p_value) added.set_strict_p_value(*ordering.strict_p_value);
    added.set_probability(ordering.probability.value_or(0.0));
  }
  for (const PooledSlope& slope : result.pooled_slopes) {
    v1::PooledSlope& added = *message.add_pooled_slopes();
    added.set_term(slope.term);
    added.set_estimate(slope.estimate);
    for (const PooledSlopeShare& share : slope.shares) {
      v1::PooledSlopeShare& part = *added.add_shares();
      part.set_group(share.group);
      part.set_weight(share.weight);
      part.set_residual_slope(share.residual_slope);
      part.set_estimate(share.estimate);
    }
    added.set_weighted_mean(slope.weighted_mean);
    added.set_remainder(slope.remainder);
  }
  for (const RankProbability& rank : result.rank_probabilities) {
    v1::RankProbability& added = *message.add_rank_probabilities();
    added.set_term(rank.term);
    added.set_group(rank.group);
    added.set_rank(rank.rank);
    added.set_probability(rank.probability);
  }
  Set(result.warnings, *message.mutable_warnings());
  return message;
}

}  // namespace farrell::regression
