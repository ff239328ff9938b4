// The fields in which two descriptions differ, named as a reader would name them.
#include "common/cache/service/differences.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "common/cache/description.h"
#include "common/canonical/canonical.h"

namespace farrell {
namespace {

using canonical::Value;

std::map<std::string, std::pair<std::string, std::string>> Fields(const Comparison& comparison) {
  std::map<std::string, std::pair<std::string, std::string>> fields;
  for (const Difference& one : comparison.differences) fields[one.field] = {one.value, one.against};
  return fields;
}

std::string Evaluation(const char* rts, double level, const std::string& slice, Value::Array inputs = {"k", "l"}) {
  return Value(Value::Object{
                   {"op", "dea.evaluate"},
                   {"spec", Value::Object{{"rts", rts},
                                          {"inputs", std::move(inputs)},
                                          {"bootstrap", Value::Object{{"confidence_level", canonical::Real(level)}}}}},
                   {"reference", Value::Object{{"slices", Value::Object{{"2018", "a"}, {"2019", slice}}}}}})
      .Encode();
}

TEST(Differences, NamesEveryFieldByItsPath) {
  const Comparison comparison = Compare(Evaluation("vrs", 0.95, "b"), Evaluation("crs", 0.9, "c", Value::Array{"k"}));
  const auto fields = Fields(comparison);
  ASSERT_EQ(fields.size(), 4U);
  EXPECT_EQ(fields.at("spec.rts"), std::pair(std::string("\"vrs\""), std::string("\"crs\"")));
  // Reals are told in decimal.
  EXPECT_EQ(fields.at("spec.bootstrap.confidence_level"), std::pair(std::string("0.95"), std::string("0.9")));
  EXPECT_EQ(fields.at("spec.inputs"), std::pair(std::string("[\"k\",\"l\"]"), std::string("[\"k\"]")));
  EXPECT_EQ(fields.at("reference.slices.2019"), std::pair(std::string("\"b\""), std::string("\"c\"")));
  // The operation and the cells of 2018.
  EXPECT_EQ(comparison.equal_count, 2);
}

TEST(Differences, AFieldThatOneLacksIsEmpty) {
  const auto fields = Fields(Compare(R"({"a":1,"b":{"c":null}})", R"({"a":1,"b":{"c":null,"d":"2019"}})"));
  ASSERT_EQ(fields.size(), 1U);
  EXPECT_EQ(fields.at("b.d"), std::pair(std::string(), std::string("\"2019\"")));
}

TEST(Differences, ElementsOfListsOfObjectsAreFields) {
  const auto fields = Fields(Compare(R"({"list":[{"n":1},{"n":2}]})", R"({"list":[{"n":1},{"n":3},{"n":4}]})"));
  ASSERT_EQ(fields.size(), 2U);
  EXPECT_EQ(fields.at("list[1].n"), std::pair(std::string("2"), std::string("3")));
  EXPECT_EQ(fields.at("list[2]"), std::pair(std::string(), std::string("{\"n\":4}")));
}

TEST(Differences, FollowsDigestsThatStandForDescriptions) {
  const std::string fit = canonical::Sha256("fit");
  const std::string other = canonical::Sha256("other");
  const std::string unknown = canonical::Sha256("unknown");
  const Expansion expand = [&](const std::string& digest) -> std::optional<std::string> {
    if (digest == fit) return R"({"formula":"y ~ x","level":"3fee666666666666"})";
    if (digest == other) return R"({"formula":"y ~ x + z","level":"3fee666666666666"})";
    return std::nullopt;
  };
  const auto fields = Fields(Compare(Value(Value::Object{{"fit", fit}, {"scores", fit}}).Encode(),
                                     Value(Value::Object{{"fit", other}, {"scores", unknown}}).Encode(), expand));
  ASSERT_EQ(fields.size(), 2U);
  EXPECT_EQ(fields.at("fit.formula"), std::pair(std::string("\"y ~ x\""), std::string("\"y ~ x + z\"")));
  EXPECT_EQ(fields.at("scores").second, "\"" + unknown + "\"");
}

TEST(Differences, ASeedOfSixteenDigitsIsNoReal) {
  const auto fields = Fields(Compare(R"({"seed":"1234567890123456"})", R"({"seed":"1234567890123457"})"));
  EXPECT_EQ(fields.at("seed").first, "\"1234567890123456\"");
}

TEST(Differences, KnowsTheOperation) {
  EXPECT_EQ(OperationOf(Evaluation("vrs", 0.95, "b")), "dea.evaluate");
  EXPECT_EQ(OperationOf(""), "");
  EXPECT_EQ(OperationOf("[1]"), "");
}

}  // namespace
}  // namespace farrell
