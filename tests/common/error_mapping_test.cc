#include "common/rpc/error_mapping.h"

#include <gtest/gtest.h>

#include <string>

#include "farrell/common/v1/errors.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace farrell {
namespace {

google::rpc::Status Details(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  return details;
}

class EveryCode : public ::testing::TestWithParam<int> {};

TEST_P(EveryCode, RoundTrips) {
  const auto code = static_cast<Code>(GetParam());
  const Status status = Status(code, "SOME_REASON", "something happened").With("column", "gdp").With("position", "3");
  const grpc::Status wire = ToGrpc(status);
  EXPECT_EQ(static_cast<int>(wire.error_code()), GetParam());
  EXPECT_EQ(wire.error_message(), "something happened");
  EXPECT_EQ(FromGrpc(wire), status);
}
INSTANTIATE_TEST_SUITE_P(Codes, EveryCode, ::testing::Range(1, 17));

TEST(ErrorMapping, OkIsOk) {
  EXPECT_TRUE(ToGrpc({}).ok());
  EXPECT_TRUE(FromGrpc(grpc::Status::OK).ok());
}

// Read with the original messages of google.rpc.
TEST(ErrorMapping, DetailsAreGoogleRpc) {
  const auto details =
      Details(ToGrpc(InvalidArgument("MODEL_INVALID", "two fields are wrong")
                         .WithViolations({{"model.inputs[0]", "unknown column"}, {"model.rts", "required"}})));
  ASSERT_EQ(details.details_size(), 2);
  EXPECT_EQ(details.code(), 3);
  EXPECT_EQ(details.details(0).type_url(), "type.googleapis.com/google.rpc.ErrorInfo");
  common::v1::ErrorInfo info;
  ASSERT_TRUE(info.ParseFromString(details.details(0).value()));
  EXPECT_EQ(info.reason(), "MODEL_INVALID");
  EXPECT_EQ(info.domain(), "farrell");
  EXPECT_EQ(info.metadata().at("violation_count"), "2");
  google::rpc::BadRequest request;
  ASSERT_TRUE(details.details(1).UnpackTo(&request));
  ASSERT_EQ(request.field_violations_size(), 2);
  EXPECT_EQ(request.field_violations(0).field(), "model.inputs[0]");
  EXPECT_EQ(request.field_violations(1).description(), "required");
}

TEST(ErrorMapping, WhenToAskAgainIsRetryInfo) {
  const Status status =
      Status(Code::kResourceExhausted, "QUEUE_FULL", "too many calls").With(std::string(kRetryAfterKey), "1250");
  const auto details = Details(ToGrpc(status));
  ASSERT_EQ(details.details_size(), 2);
  google::rpc::RetryInfo retry;
  ASSERT_TRUE(details.details(1).UnpackTo(&retry));
  EXPECT_EQ(retry.retry_delay().seconds(), 1);
  EXPECT_EQ(retry.retry_delay().nanos(), 250'000'000);
  EXPECT_EQ(FromGrpc(ToGrpc(status)), status);
}

TEST(ErrorMapping, ViolationsRoundTrip) {
  const Status status =
      InvalidArgument("TABLE_INVALID", "bad").WithViolations({{"row 2, column 专利", "'abc' is not a number"}});
  EXPECT_EQ(FromGrpc(ToGrpc(status)), status);
}

Status WithManyViolations(int count, const std::string& description) {
  std::vector<FieldViolation> violations;
  for (int index = 0; index < count; ++index) violations.push_back({"row " + std::to_string(index), description});
  return InvalidArgument("TABLE_INVALID", "many cells are bad").WithViolations(violations);
}

TEST(ErrorMapping, SixteenViolationsAndTheCount) {
  const Status received = FromGrpc(ToGrpc(WithManyViolations(1000, "not a number")));
  ASSERT_EQ(received.violations().size(), 16U);
  EXPECT_EQ(received.violations()[15].field, "row 15");
  EXPECT_EQ(received.metadata().at("violation_count"), "1000");
  // Relayed by a second service, the count survives.
  EXPECT_EQ(FromGrpc(ToGrpc(received)).metadata().at("violation_count"), "1000");
}

TEST(ErrorMapping, NothingExceedsTheLimits) {
  const std::vector<Status> statuses = {
      WithManyViolations(16, std::string(5000, 'x')),
      WithManyViolations(1, std::string(5000, 'x')),
      Status(Code::kInternal, std::string(300, 'R'), std::string(100'000, 'm')),
      [] {
        Status status(Code::kNotFound, "X", "y");
        for (int index = 0; index < 100; ++index) status.With("key" + std::to_string(index), std::string(1000, 'v'));
        return status;
      }(),
      [] {
        std::string chinese;
        for (int index = 0; index < 3000; ++index) chinese += "研";
        Status status = WithManyViolations(40, chinese);
        for (int index = 0; index < 20; ++index) status.With(chinese + std::to_string(index), chinese);
        return Status(status.code(), status.reason(), chinese).WithViolations(status.violations());
      }(),
  };
  for (const Status& status : statuses) {
    const grpc::Status wire = ToGrpc(status);
    EXPECT_LE(wire.error_message().size(), kMaxMessageBytes);
    EXPECT_LE(wire.error_details().size(), kMaxDetailBytes);
    const Status received = FromGrpc(wire);
    EXPECT_EQ(received.code(), status.code());
    EXPECT_LE(received.message().size(), kMaxMessageBytes);
    EXPECT_EQ(status.violations().empty(), received.violations().empty());
  }
}

TEST(ErrorMapping, LongMessageIsCutAtACharacter) {
  std::string text(1022, 'a');
  text += "研究";
  const Status received = FromGrpc(ToGrpc(NotFound("X", text)));
  EXPECT_EQ(received.message(), std::string(1021, 'a') + "…");
  EXPECT_EQ(FromGrpc(ToGrpc(NotFound("X", std::string(1024, 'a')))).message(), std::string(1024, 'a'));
}

TEST(ErrorMapping, OtherEncodingsBecomeReplacementCharacters) {
  // "中" in GBK, a cut UTF-8 sequence, an overlong form, a surrogate.
  const Status received =
      FromGrpc(ToGrpc(InvalidArgument("X", "\xD6\xD0|\xE4\xB8|\xC0\x80|\xED\xA0\x80").WithViolations({{"f", "\xFF"}})));
  EXPECT_EQ(received.message(), "\uFFFD\uFFFD|\uFFFD\uFFFD|\uFFFD\uFFFD|\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(received.violations()[0].description, "\uFFFD");
}

TEST(ErrorMapping, ForeignStatusKeepsItsCodeAsReason) {
  const Status received = FromGrpc({grpc::StatusCode::UNAVAILABLE, "connection refused"});
  EXPECT_EQ(received.code(), Code::kUnavailable);
  EXPECT_EQ(received.reason(), "UNAVAILABLE");
  EXPECT_EQ(received.message(), "connection refused");
  EXPECT_EQ(FromGrpc({grpc::StatusCode::INTERNAL, "x", "not a protobuf \xFF"}).reason(), "INTERNAL");
}

}  // namespace
}  // namespace farrell
