// Holds the wire contract: what clients in the field rely on is never removed, renumbered or retyped.
//
// wire.golden has one line for every field, enum value and method. Adding to the contract adds lines (run
// tests/contract/update and review the difference); no line may ever change or go.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

namespace farrell {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::FileDescriptorSet;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

const std::string kGolden = std::string(FARRELL_SOURCE_DIR) + "/tests/contract/wire.golden";

FileDescriptorSet ReadProtoset() {
  FileDescriptorSet set;
  std::ifstream file(FARRELL_PROTOSET, std::ios::binary);
  EXPECT_TRUE(set.ParseFromIstream(&file)) << "cannot read " << FARRELL_PROTOSET;
  return set;
}

std::string Line(const FieldDescriptor& field) {
  std::ostringstream line;
  line << field.full_name() << " = " << field.number() << ' ' << field.type_name();
  if (field.message_type() != nullptr) line << ' ' << field.message_type()->full_name();
  if (field.enum_type() != nullptr) line << ' ' << field.enum_type()->full_name();
  line << (field.is_repeated() ? " repeated" : field.has_presence() ? " presence" : " singular");
  if (field.real_containing_oneof() != nullptr) line << " oneof " << field.real_containing_oneof()->name();
  return line.str();
}

void AddEnum(const EnumDescriptor& descriptor, std::set<std::string>& lines) {
  for (int index = 0; index < descriptor.value_count(); ++index) {
    const auto& value = *descriptor.value(index);
    lines.insert(descriptor.full_name() + "." + value.name() + " = " + std::to_string(value.number()));
  }
}

void AddMessage(const Descriptor& descriptor, std::set<std::string>& lines) {
  for (int index = 0; index < descriptor.field_count(); ++index) lines.insert(Line(*descriptor.field(index)));
  for (int index = 0; index < descriptor.enum_type_count(); ++index) AddEnum(*descriptor.enum_type(index), lines);
  for (int index = 0; index < descriptor.nested_type_count(); ++index)
    AddMessage(*descriptor.nested_type(index), lines);
}

void AddService(const ServiceDescriptor& descriptor, std::set<std::string>& lines) {
  for (int index = 0; index < descriptor.method_count(); ++index) {
    const MethodDescriptor& method = *descriptor.method(index);
    lines.insert(method.full_name() + "(" + (method.client_streaming() ? "stream " : "") +
                 method.input_type()->full_name() + ") returns (" + (method.server_streaming() ? "stream " : "") +
                 method.output_type()->full_name() + ")");
  }
}

std::set<std::string> ContractLines(const FileDescriptorSet& set) {
  google::protobuf::DescriptorPool pool;
  std::set<std::string> lines;
  for (const auto& file : set.file()) {
    const FileDescriptor* descriptor = pool.BuildFile(file);
    EXPECT_NE(descriptor, nullptr) << file.name();
    if (descriptor == nullptr || !descriptor->package().starts_with("farrell.")) continue;
    for (int index = 0; index < descriptor->message_type_count(); ++index) {
      AddMessage(*descriptor->message_type(index), lines);
    }
    for (int index = 0; index < descriptor->enum_type_count(); ++index) AddEnum(*descriptor->enum_type(index), lines);
    for (int index = 0; index < descriptor->service_count(); ++index) AddService(*descriptor->service(index), lines);
  }
  return lines;
}

std::set<std::string> GoldenLines() {
  std::ifstream file(kGolden);
  std::set<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line[0] != '#') lines.insert(line);
  }
  return lines;
}

std::string Missing(const std::set<std::string>& wanted, const std::set<std::string>& present) {
  std::string missing;
  for (const std::string& line : wanted) {
    if (!present.contains(line)) missing += "  " + line + "\n";
  }
  return missing;
}

void WriteGolden(const std::set<std::string>& lines) {
  std::ofstream file(kGolden, std::ios::trunc);
  file << "# The wire contract, one line a field, enum value and method. Made by tests/contract/update; lines may only "
          "be "
          "added.\n";
  for (const std::string& line : lines) file << line << '\n';
}

TEST(WireContract, NothingIsRemovedRenumberedOrRetyped) {
  const std::set<std::string> lines = ContractLines(ReadProtoset());
  if (std::getenv("FARRELL_UPDATE_WIRE_GOLDEN") != nullptr) WriteGolden(lines);
  const std::set<std::string> golden = GoldenLines();
  ASSERT_FALSE(golden.empty());
  EXPECT_EQ(Missing(golden, lines), "") << "clients rely on these";
}

TEST(WireContract, AdditionsAreInTheGolden) {
  EXPECT_EQ(Missing(ContractLines(ReadProtoset()), GoldenLines()), "")
      << "new in the contract: run tests/contract/update and commit the golden";
}

// A change of each kind to the real descriptors must be seen.
class Breakage : public ::testing::Test {
 protected:
  // Applies `change` to the file of the data service and returns what the contract then misses.
  template <typename Change>
  static std::string After(Change change) {
    FileDescriptorSet set = ReadProtoset();
    for (auto& file : *set.mutable_file()) {
      if (file.name() == "farrell/data/v1/data.proto") change(file);
    }
    return Missing(GoldenLines(), ContractLines(set));
  }
  static google::protobuf::DescriptorProto& Message(google::protobuf::FileDescriptorProto& file,
                                                    const std::string& name) {
    for (auto& message : *file.mutable_message_type()) {
      if (message.name() == name) return message;
    }
    throw std::runtime_error("no message " + name);
  }
};

TEST_F(Breakage, NothingChangedNothingMissing) {
  EXPECT_EQ(After([](auto&) {}), "");
}

TEST_F(Breakage, RemovedField) {
  EXPECT_NE(After([](auto& file) { Message(file, "ImportOptions").mutable_field()->DeleteSubrange(0, 1); }), "");
}

TEST_F(Breakage, RenumberedField) {
  EXPECT_NE(After([](auto& file) { Message(file, "ImportOptions").mutable_field(0)->set_number(99); }), "");
}

TEST_F(Breakage, RenamedField) {
  EXPECT_NE(After([](auto& file) { Message(file, "ImportOptions").mutable_field(0)->set_name("other"); }), "");
}

TEST_F(Breakage, RetypedField) {
  EXPECT_NE(
      After([](auto& file) {
        Message(file, "ImportOptions").mutable_field(0)->set_type(google::protobuf::FieldDescriptorProto::TYPE_BYTES);
      }),
      "");
}

TEST_F(Breakage, SingularBecameRepeated) {
  EXPECT_NE(After([](auto& file) {
              Message(file, "ImportOptions")
                  .mutable_field(0)
                  ->set_label(google::protobuf::FieldDescriptorProto::LABEL_REPEATED);
            }),
            "");
}

TEST_F(Breakage, RenumberedEnumValue) {
  EXPECT_NE(After([](auto& file) { Message(file, "Column").mutable_enum_type(0)->mutable_value(1)->set_number(9); }),
            "");
}

TEST_F(Breakage, RemovedMethod) {
  EXPECT_NE(After([](auto& file) { file.mutable_service(0)->mutable_method()->DeleteSubrange(0, 1); }), "");
}

TEST_F(Breakage, StreamBecameUnary) {
  EXPECT_NE(After([](auto& file) { file.mutable_service(0)->mutable_method(0)->set_client_streaming(false); }), "");
}

// The comments are the manual: every method and message says what it is.
TEST(Documentation, EveryMethodAndMessageHasAComment) {
  const FileDescriptorSet set = ReadProtoset();
  std::string bare;
  for (const auto& file : set.file()) {
    if (!file.package().starts_with("farrell.")) continue;
    for (const auto& location : file.source_code_info().location()) {
      if (!location.leading_comments().empty()) continue;
      const auto& path = location.path();
      if (path.size() == 2 && path[0] == google::protobuf::FileDescriptorProto::kMessageTypeFieldNumber) {
        bare += "  " + file.package() + "." + file.message_type(path[1]).name() + "\n";
      } else if (path.size() == 4 && path[0] == google::protobuf::FileDescriptorProto::kServiceFieldNumber &&
                 path[2] == google::protobuf::ServiceDescriptorProto::kMethodFieldNumber) {
        bare += "  " + file.service(path[1]).name() + "." + file.service(path[1]).method(path[3]).name() + "\n";
      }
    }
  }
  EXPECT_EQ(bare, "");
}

}  // namespace
}  // namespace farrell
