// The service's messages filled at random: numbers of enums that do not exist, negative counts, empty messages, text in
// the wrong places. Every call ends in a result of numbers or in an error that names what is wrong.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "common/numeric/random.h"
#include "tests/regression/hostile_dice.h"
#include "tests/regression/panels.h"
#include "tests/regression/service_fixture.h"

namespace farrell::regression {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using testing::Dice;

// Fills messages by their descriptors.
class Filler {
 public:
  Filler(Dice& dice, double nonsense) : dice_(dice), nonsense_(nonsense) {}

  void Fill(Message& message, int depth = 0) {
    const Reflection& reflection = *message.GetReflection();
    for (int k = 0; k < message.GetDescriptor()->field_count(); ++k) {
      const FieldDescriptor& field = *message.GetDescriptor()->field(k);
      if (field.is_map() || field.name() == "snapshot_digest") continue;
      const bool wanted = field.name() == "formula" || field.name() == "table" || field.name() == "term";
      if (!dice_.Chance(wanted ? 0.98 : 0.25)) continue;
      if (field.is_repeated()) {
        for (std::size_t n = 1 + dice_.Below(2); n > 0; --n) Add(message, reflection, field, depth);
      } else {
        Set(message, reflection, field, depth);
      }
    }
  }

 private:
  bool Nonsense() { return dice_.Chance(nonsense_); }

  std::int64_t Whole() {
    if (!Nonsense()) return static_cast<std::int64_t>(99 + dice_.Below(100));
    return dice_.Pick(std::vector<std::int64_t>{0, 1, -1, std::numeric_limits<std::int32_t>::min(),
                                                std::numeric_limits<std::int32_t>::max()});
  }
  double Real() {
    if (!Nonsense()) return dice_.Pick(std::vector<double>{0.5, 0.05, 0.9, 0.95});
    return dice_.Pick(std::vector<double>{0.0, -1.0, 2.0, 1e300, -1e-300, std::numeric_limits<double>::infinity(),
                                          std::numeric_limits<double>::quiet_NaN()});
  }
  int EnumNumber(const FieldDescriptor& field) {
    if (Nonsense()) return dice_.Pick(std::vector<int>{-1, 99, std::numeric_limits<int>::max()});
    return field.enum_type()
        ->value(static_cast<int>(dice_.Below(static_cast<std::size_t>(field.enum_type()->value_count()))))
        ->number();
  }
  std::string Text(const std::string& field) {
    if (Nonsense()) {
      return dice_.Pick(std::vector<std::string>{"", " ", "~", "nothing", "y", "x by", std::string("x\0y", 3), "(((((",
                                                 "\xe6\xb5\x99\xe6\xb1\x9f", std::string(100000, '('), "1 / 0", "x ~",
                                                 "a > b > a", "`", "unit;time"});
    }
    if (field == "formula" || field == "where") {
      if (field == "where") return dice_.Pick(std::vector<std::string>{"x > 2.2", "time > 2001", ""});
      return dice_.Pick(std::vector<std::string>{"y ~ x", "log(y) ~ x | unit", "y ~ x + z | unit + time", "~ z",
                                                 "y ~ z | x ~ lag(x)", "y ~ i(region) + x", "share ~ x", "y ~ 1"});
    }
    if (field == "terms" || field == "term") return "x";
    if (field == "outcomes" || field == "outputs") return "y";
    if (field == "controls") return dice_.Pick(std::vector<std::string>{"1", "z"});
    if (field == "effects") return dice_.Pick(std::vector<std::string>{"0", "unit"});
    if (field == "weights") return dice_.Pick(std::vector<std::string>{"z", "1", ""});
    if (field == "cluster" || field == "further_clusters" || field == "joint_cluster" || field == "leave_one_out") {
      return dice_.Pick(std::vector<std::string>{"unit", "time", "region"});
    }
    if (field == "by") return "region";
    if (field == "hypotheses") return dice_.Pick(std::vector<std::string>{"x = 0", "x = z", "1 / x = 0"});
    if (field == "margins") return dice_.Pick(std::vector<std::string>{"x", "x by region"});
    if (field == "ssc") return dice_.Pick(std::vector<std::string>{"fixest", "stata", "plm", "all", "none"});
    if (field == "variant") return dice_.Pick(std::vector<std::string>{"11", "33"});
    if (field == "orderings") return "east > west";
    if (field == "inputs") return "x";
    return dice_.Pick(std::vector<std::string>{"x", "unit", "holm", "all", ""});
  }

  void Set(Message& message, const Reflection& reflection, const FieldDescriptor& field, int depth) {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return reflection.SetInt32(&message, &field, static_cast<std::int32_t>(Whole()));
      case FieldDescriptor::CPPTYPE_INT64: return reflection.SetInt64(&message, &field, Whole());
      case FieldDescriptor::CPPTYPE_UINT32:
        return reflection.SetUInt32(&message, &field, static_cast<std::uint32_t>(Whole()));
      case FieldDescriptor::CPPTYPE_UINT64:
        return reflection.SetUInt64(&message, &field, static_cast<std::uint64_t>(Whole()));
      case FieldDescriptor::CPPTYPE_DOUBLE: return reflection.SetDouble(&message, &field, Real());
      case FieldDescriptor::CPPTYPE_FLOAT: return reflection.SetFloat(&message, &field, static_cast<float>(Real()));
      case FieldDescriptor::CPPTYPE_BOOL: return reflection.SetBool(&message, &field, dice_.Chance(0.5));
      case FieldDescriptor::CPPTYPE_ENUM: return reflection.SetEnumValue(&message, &field, EnumNumber(field));
      case FieldDescriptor::CPPTYPE_STRING:
        return reflection.SetString(&message, &field, Text(std::string(field.name())));
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        Message& part = *reflection.MutableMessage(&message, &field);
        if (depth < 3 && !Nonsense()) Fill(part, depth + 1);
        return;
      }
    }
  }

  void Add(Message& message, const Reflection& reflection, const FieldDescriptor& field, int depth) {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_ENUM: return reflection.AddEnumValue(&message, &field, EnumNumber(field));
      case FieldDescriptor::CPPTYPE_STRING:
        return reflection.AddString(&message, &field, Text(std::string(field.name())));
      case FieldDescriptor::CPPTYPE_DOUBLE: return reflection.AddDouble(&message, &field, Real());
      case FieldDescriptor::CPPTYPE_INT64: return reflection.AddInt64(&message, &field, Whole());
      case FieldDescriptor::CPPTYPE_INT32:
        return reflection.AddInt32(&message, &field, static_cast<std::int32_t>(Whole()));
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        Message& part = *reflection.AddMessage(&message, &field);
        if (depth < 3 && !Nonsense()) Fill(part, depth + 1);
        return;
      }
      default: return;
    }
  }

  Dice& dice_;
  double nonsense_;
};

// Degrees of freedom of the normal distribution are the one number that is infinite.
void ExpectNumbers(const Message& message) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->is_map()) continue;
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int k = 0; k < count; ++k) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        ExpectNumbers(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, k)
                                           : reflection.GetMessage(message, field));
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
        const double value = field->is_repeated() ? reflection.GetRepeatedDouble(message, field, k)
                                                  : reflection.GetDouble(message, field);
        EXPECT_TRUE(std::isfinite(value)) << field->full_name() << " is " << value;
      }
    }
  }
}

class HostileServiceTest : public ServiceFixture {
 protected:
  void SetUp() override {
    ServiceFixture::SetUp();
    std::string csv = "unit,time,y,x,z,region,share\n";
    for (int cell = 0; cell < 40; ++cell) {
      const auto draw = [&](std::int64_t stream) {
        return std::to_string(1.0 + numeric::UniformDraw(1, stream, cell));
      };
      csv += "u" + std::to_string(cell / 5) + "," + std::to_string(2000 + cell % 5) + "," + draw(1) + "," +
             (cell == 7 ? "" : draw(2)) + "," + draw(3) + "," + (cell % 2 == 0 ? "east" : "west") + ",0." +
             std::to_string(1 + cell % 9) + "\n";
    }
    digest_ = MustImport(csv);
  }

  template <typename Request>
  Request Make(std::int64_t seed) {
    Dice dice(seed);
    const double nonsense = dice.Pick(std::vector<double>{0.0, 0.02, 0.2});
    Request request;
    Filler(dice, nonsense).Fill(request);
    Table(request, dice);
    return request;
  }

  // Of a thousand calls some take the table away, some name another.
  template <typename Request>
  void Table(Request& request, Dice& dice) {
    if (dice.Chance(0.02)) return request.clear_table();
    request.mutable_table()->Clear();
    request.mutable_table()->set_snapshot_digest(dice.Chance(0.02) ? "nothing" : digest_);
  }

  void ExpectHonest(const grpc::Status& status) {
    if (status.ok()) {
      ++answered_;
      return;
    }
    const Status read = FromGrpc(status);
    EXPECT_NE(read.code(), Code::kInternal) << read.ToString();
    EXPECT_NE(read.code(), Code::kUnknown) << read.ToString();
    EXPECT_FALSE(read.reason().empty()) << read.ToString();
    EXPECT_GT(read.message().size(), 5U);
    EXPECT_TRUE(read.code() != Code::kInvalidArgument || !read.violations().empty()) << read.ToString();
  }

  template <typename Response, typename Request, typename Method>
  void TryAll(std::int64_t count, Method method) {
    const char* asked = std::getenv("FARRELL_CASE");
    const std::int64_t first = asked != nullptr ? std::atoll(asked) : 0;
    for (std::int64_t seed = first; seed < (asked != nullptr ? first + 1 : count); ++seed) {
      const Request request = Make<Request>(seed);
      SCOPED_TRACE(std::to_string(seed) + ": " + request.ShortDebugString().substr(0, 1000));
      grpc::ClientContext context;
      context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
      auto reader = (regression_stub_.get()->*method)(&context, request);
      for (Response response; reader->Read(&response);) ExpectNumbers(response);
      ExpectHonest(reader->Finish());
    }
    EXPECT_TRUE(asked != nullptr || answered_ > 0);
  }

  std::int64_t Cases() const { return testing::LongRun() ? 6000 : 300; }

  std::int64_t answered_ = 0;
  std::string digest_;
};

TEST_F(HostileServiceTest, FitsAnswerOrSayWhy) {
  TryAll<v1::FitResponse, v1::FitRequest>(Cases(), &v1::RegressionService::Stub::Fit);
}

TEST_F(HostileServiceTest, ComparisonsAnswerOrSayWhy) {
  TryAll<v1::CompareResponse, v1::CompareRequest>(Cases(), &v1::RegressionService::Stub::Compare);
}

TEST_F(HostileServiceTest, SpecificationTestsAnswerOrSayWhy) {
  TryAll<v1::TestSpecificationResponse, v1::TestSpecificationRequest>(Cases(),
                                                                      &v1::RegressionService::Stub::TestSpecification);
}

TEST_F(HostileServiceTest, CurvesAnswerOrSayWhy) {
  TryAll<v1::SpecificationCurveResponse, v1::SpecificationCurveRequest>(
      Cases(), &v1::RegressionService::Stub::FitSpecificationCurve);
}

// There is no DEA service here, so that none is answered.
TEST_F(HostileServiceTest, SecondStagesSayWhyNot) {
  answered_ = 1;
  TryAll<v1::SecondStageResponse, v1::SecondStageRequest>(Cases(), &v1::RegressionService::Stub::SecondStage);
}

TEST_F(HostileServiceTest, PlansAnswerOrSayWhy) {
  for (std::int64_t seed = 0; seed < Cases(); ++seed) {
    v1::PlanFitRequest request;
    Dice dice(seed);
    switch (dice.Below(4)) {
      case 0: *request.mutable_fit() = Make<v1::FitRequest>(seed); break;
      case 1: *request.mutable_compare() = Make<v1::CompareRequest>(seed); break;
      case 2: *request.mutable_second_stage() = Make<v1::SecondStageRequest>(seed); break;
      default: break;
    }
    SCOPED_TRACE(std::to_string(seed) + ": " + request.ShortDebugString().substr(0, 1000));
    grpc::ClientContext context;
    v1::PlanFitResponse response;
    ExpectHonest(regression_stub_->PlanFit(&context, request, &response));
  }
  EXPECT_GT(answered_, 0);
}

}  // namespace
}  // namespace farrell::regression
