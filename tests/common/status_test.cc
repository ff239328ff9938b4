#include "common/status/status.h"

#include <gtest/gtest.h>

#include <memory>

namespace farrell {
namespace {

TEST(Status, DefaultIsOk) {
  EXPECT_TRUE(Status().ok());
  EXPECT_EQ(Status().ToString(), "OK");
}

TEST(Status, ToStringNamesEverything) {
  const Status status =
      InvalidArgument("MODEL_INVALID", "two problems").WithViolations({{"a", "first"}, {"b", "second"}});
  EXPECT_EQ(status.ToString(), "INVALID_ARGUMENT [MODEL_INVALID]: two problems\n  a: first\n  b: second");
}

TEST(Violations, CollectsAllAtOnce) {
  Violations none;
  EXPECT_TRUE(std::move(none).Finish("R", "m").ok());
  Violations two;
  two.Add("x", "must be positive");
  two.Add("y", "is required");
  const Status status = std::move(two).Finish("R", "m");
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_EQ(status.violations().size(), 2U);
}

Result<std::unique_ptr<int>> Make(bool good) {
  if (!good) return NotFound("NO_NUMBER", "none");
  return std::make_unique<int>(7);
}

Result<int> Twice(bool good) {
  FARRELL_ASSIGN_OR_RETURN(const std::unique_ptr<int> number, Make(good));
  return *number * 2;
}

Status Check(bool good) {
  FARRELL_RETURN_IF_ERROR(Make(good).status());
  return {};
}

TEST(Result, MacrosPassValuesAndErrors) {
  EXPECT_EQ(Twice(true).value(), 14);
  EXPECT_EQ(Twice(false).status().reason(), "NO_NUMBER");
  EXPECT_TRUE(Check(true).ok());
  EXPECT_EQ(Check(false).code(), Code::kNotFound);
}

TEST(CodeName, EveryCodeHasItsCanonicalName) {
  EXPECT_EQ(CodeName(Code::kOk), "OK");
  EXPECT_EQ(CodeName(Code::kInvalidArgument), "INVALID_ARGUMENT");
  EXPECT_EQ(CodeName(Code::kUnauthenticated), "UNAUTHENTICATED");
}

}  // namespace
}  // namespace farrell
