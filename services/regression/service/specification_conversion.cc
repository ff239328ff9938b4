#include "services/regression/service/specification_conversion.h"

#include <utility>

#include "services/regression/service/model_conversion.h"

namespace farrell::regression {

Result<SpecificationSpec> SpecificationSpecFromProto(const v1::TestSpecificationRequest& request) {
  RequestErrors errors("");
  SpecificationSpec spec;
  CheckTable(request.table(), errors);
  spec.formula = FormulaFromProto(request.formula(), errors);
  spec.tests.assign(request.tests().begin(), request.tests().end());
  spec.order = request.order();
  if (request.order() < 0) errors.Add("order", "must not be negative");
  FARRELL_RETURN_IF_ERROR(std::move(errors).Finish());
  return spec;
}

std::vector<std::string> ColumnsOf(const SpecificationSpec& spec) {
  std::vector<std::string> columns;
  AddColumns(columns, spec.formula);
  return columns;
}

v1::SpecificationResult ToProto(const SpecificationSpec& spec, const SpecificationResult& result) {
  v1::SpecificationResult message;
  message.set_formula(spec.formula.text);
  for (const SpecificationTest& test : result.tests) {
    v1::SpecificationTest& added = *message.add_tests();
    added.set_name(test.name);
    added.set_null_hypothesis(test.null_hypothesis);
    added.set_distribution(test.distribution);
    if (test.statistic) added.set_statistic(*test.statistic);
    added.set_df1(test.df1);
    added.set_df2(test.df2);
    if (test.p_value) added.set_p_value(*test.p_value);
    added.set_undefined(test.undefined);
  }
  for (const VarianceInflation& inflation : result.inflation) {
    v1::VarianceInflation& added = *message.add_inflation();
    added.set_term(inflation.term);
    if (inflation.factor) added.set_factor(*inflation.factor);
  }
  if (result.condition_number) message.set_condition_number(*result.condition_number);
  message.set_observation_count(result.observation_count);
  message.set_unit_count(result.unit_count);
  message.set_period_count(result.period_count);
  message.set_balanced(result.balanced);
  Set(result.dropped, *message.mutable_dropped());
  Set(result.warnings, *message.mutable_warnings());
  return message;
}

}  // namespace farrell::regression
