#include "cli/json.h"

#include <fmt/core.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "common/text/number.h"

namespace farrell::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::string Base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k) {
      group = (group << 8U) | (k < count ? static_cast<std::uint8_t>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) text += k <= count ? kDigits[(group >> (18U - 6U * k)) & 63U] : '=';
  }
  return text;
}

class Writer {
 public:
  explicit Writer(int depth) : depth_(depth) {}

  void WriteMessage(const Message& message) {
    Open('{');
    const Reflection* reflection = message.GetReflection();
    const google::protobuf::Descriptor* descriptor = message.GetDescriptor();
    for (int i = 0; i < descriptor->field_count(); ++i) {
      const FieldDescriptor* field = descriptor->field(i);
      // Of a oneof only the member that was chosen is there.
      if (field->real_containing_oneof() != nullptr && !reflection->HasField(message, field)) continue;
      Next();
      out_ += JsonText(field->name()) + ": ";
      WriteField(message, *reflection, field);
    }
    Close('}');
  }

  std::string Take() { return std::move(out_); }

 private:
  void WriteField(const Message& message, const Reflection& reflection, const FieldDescriptor* field) {
    if (field->is_map()) {
      WriteMap(message, reflection, field);
    } else if (field->is_repeated()) {
      Open('[');
      for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
        Next();
        WriteElement(message, reflection, field, i);
      }
      Close(']');
    } else if (field->has_presence() && !reflection.HasField(message, field)) {
      out_ += "null";
    } else {
      WriteSingle(message, reflection, field);
    }
  }

  // Entries in order of their keys as text: maps have no order of their own.
  void WriteMap(const Message& message, const Reflection& reflection, const FieldDescriptor* field) {
    std::vector<std::pair<std::string, const Message*>> entries;
    const FieldDescriptor* key = field->message_type()->map_key();
    const FieldDescriptor* value = field->message_type()->map_value();
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      const Message& entry = reflection.GetRepeatedMessage(message, field, i);
      Writer text(0);
      text.WriteSingle(entry, *entry.GetReflection(), key);
      std::string name = text.Take();
      if (name.front() != '"') name.insert(0, 1, '"').append(1, '"');
      entries.emplace_back(std::move(name), &entry);
    }
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    Open('{');
    for (const auto& [name, entry] : entries) {
      Next();
      out_ += name + ": ";
      WriteSingle(*entry, *entry->GetReflection(), value);
    }
    Close('}');
  }

  void WriteSingle(const Message& message, const Reflection& reflection, const FieldDescriptor* field) {
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32: out_ += std::to_string(reflection.GetInt32(message, field)); break;
      case FieldDescriptor::CPPTYPE_UINT32: out_ += std::to_string(reflection.GetUInt32(message, field)); break;
      case FieldDescriptor::CPPTYPE_INT64: WriteInt64(reflection.GetInt64(message, field)); break;
      case FieldDescriptor::CPPTYPE_UINT64: WriteInt64(reflection.GetUInt64(message, field)); break;
      case FieldDescriptor::CPPTYPE_DOUBLE: WriteReal(reflection.GetDouble(message, field)); break;
      case FieldDescriptor::CPPTYPE_FLOAT: WriteReal(static_cast<double>(reflection.GetFloat(message, field))); break;
      case FieldDescriptor::CPPTYPE_BOOL: out_ += reflection.GetBool(message, field) ? "true" : "false"; break;
      case FieldDescriptor::CPPTYPE_ENUM: WriteEnum(field, reflection.GetEnumValue(message, field)); break;
      case FieldDescriptor::CPPTYPE_STRING: WriteText(field, reflection.GetString(message, field)); break;
      case FieldDescriptor::CPPTYPE_MESSAGE: WriteMessage(reflection.GetMessage(message, field)); break;
    }
  }

  void WriteElement(const Message& message, const Reflection& reflection, const FieldDescriptor* field, int i) {
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        out_ += std::to_string(reflection.GetRepeatedInt32(message, field, i));
        break;
      case FieldDescriptor::CPPTYPE_UINT32:
        out_ += std::to_string(reflection.GetRepeatedUInt32(message, field, i));
        break;
      case FieldDescriptor::CPPTYPE_INT64: WriteInt64(reflection.GetRepeatedInt64(message, field, i)); break;
      case FieldDescriptor::CPPTYPE_UINT64: WriteInt64(reflection.GetRepeatedUInt64(message, field, i)); break;
      case FieldDescriptor::CPPTYPE_DOUBLE: WriteReal(reflection.GetRepeatedDouble(message, field, i)); break;
      case FieldDescriptor::CPPTYPE_FLOAT:
        WriteReal(static_cast<double>(reflection.GetRepeatedFloat(message, field, i)));
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        out_ += reflection.GetRepeatedBool(message, field, i) ? "true" : "false";
        break;
      case FieldDescriptor::CPPTYPE_ENUM: WriteEnum(field, reflection.GetRepeatedEnumValue(message, field, i)); break;
      case FieldDescriptor::CPPTYPE_STRING: WriteText(field, reflection.GetRepeatedString(message, field, i)); break;
      case FieldDescriptor::CPPTYPE_MESSAGE: WriteMessage(reflection.GetRepeatedMessage(message, field, i)); break;
    }
  }

  template <typename Integer>
  void WriteInt64(Integer value) {
    out_ += '"' + std::to_string(value) + '"';
  }
  void WriteReal(double value) { out_ += std::isfinite(value) ? text::FormatReal(value) : "null"; }
  void WriteEnum(const FieldDescriptor* field, int number) {
    const google::protobuf::EnumValueDescriptor* value = field->enum_type()->FindValueByNumber(number);
    out_ += value == nullptr ? std::to_string(number) : JsonText(value->name());
  }
  void WriteText(const FieldDescriptor* field, const std::string& value) {
    out_ += field->type() == FieldDescriptor::TYPE_BYTES ? JsonText(Base64(value)) : JsonText(value);
  }

  void Open(char bracket) {
    out_ += bracket;
    ++depth_;
    empty_ = true;
  }
  void Next() {
    out_ += empty_ ? "\n" : ",\n";
    Indent();
    empty_ = false;
  }
  void Close(char bracket) {
    --depth_;
    if (!empty_) {
      out_ += '\n';
      Indent();
    }
    out_ += bracket;
    empty_ = false;
  }
  void Indent() { out_.append(2 * static_cast<std::size_t>(depth_), ' '); }

  std::string out_;
  int depth_;
  bool empty_ = true;
};

}  // namespace

std::string ToJsonValue(const Message& message, int depth) {
  Writer writer(depth);
  writer.WriteMessage(message);
  return writer.Take();
}

std::string ToJson(const Message& message) { return ToJsonValue(message, 0) + "\n"; }

Status FromJson(std::string_view json, const std::string& source, google::protobuf::Message& message) {
  const auto status = google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, &message);
  if (status.ok()) return {};
  return InvalidArgument("RESULT_INVALID",
                         source + " is not a result as --format json prints it: " + status.ToString());
}

std::string JsonText(std::string_view utf8) {
  // Bytes that are not UTF-8 become U+FFFD, so that the document stays valid.
  return nlohmann::json(utf8).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace farrell::cli
