#include "services/reporting/service/study_digest.h"

namespace farrell::reporting {
namespace {

using canonical::Value;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

Value Single(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32: return Value(static_cast<std::int64_t>(reflection.GetInt32(message, &field)));
    case FieldDescriptor::CPPTYPE_INT64:
      // As text: the canonical encoding refuses integers beyond 2^53, a seed may be any.
      return Value(std::to_string(reflection.GetInt64(message, &field)));
    case FieldDescriptor::CPPTYPE_DOUBLE: return Value(canonical::Real(reflection.GetDouble(message, &field)));
    case FieldDescriptor::CPPTYPE_BOOL: return Value(reflection.GetBool(message, &field));
    case FieldDescriptor::CPPTYPE_ENUM: return Value(reflection.GetEnum(message, &field)->name());
    case FieldDescriptor::CPPTYPE_STRING: return Value(reflection.GetString(message, &field));
    case FieldDescriptor::CPPTYPE_MESSAGE: return CanonicalMessage(reflection.GetMessage(message, &field));
    default: return Value(field.cpp_type_name());
  }
}

Value Repeated(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  Value::Array list;
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      list.push_back(CanonicalMessage(reflection.GetRepeatedMessage(message, &field, i)));
    } else {
      // A study repeats texts and entries only.
      list.emplace_back(reflection.GetRepeatedString(message, &field, i));
    }
  }
  return Value(std::move(list));
}

// A map has no order of its own.
Value ByKey(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  Value::Object object;
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    const Message& pair = reflection.GetRepeatedMessage(message, &field, i);
    const auto& entry = *pair.GetDescriptor();
    object.emplace(pair.GetReflection()->GetString(pair, entry.map_key()), Single(pair, *entry.map_value()));
  }
  return Value(std::move(object));
}

}  // namespace

Value CanonicalMessage(const Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  Value::Object object;
  for (const FieldDescriptor* field : fields) {
    Value value = field->is_map()        ? ByKey(message, *field)
                  : field->is_repeated() ? Repeated(message, *field)
                                         : Single(message, *field);
    object.emplace(field->name(), std::move(value));
  }
  return Value(std::move(object));
}

std::string StudyDigest(const v1::Study& study, const std::string& snapshot_digest,
                        const std::vector<std::pair<std::string, std::string>>& layouts,
                        const std::vector<std::pair<std::string, std::string>>& vintages) {
  Value::Object texts;
  for (const auto& [path, text] : layouts) texts.emplace(path, Value(canonical::Sha256(text)));
  Value::Object study_on_data{
      {"layouts", Value(std::move(texts))}, {"snapshot", Value(snapshot_digest)}, {"study", CanonicalMessage(study)}};
  // Left out where there are none, as in the digests of studies from before there were any.
  Value::Object snapshots;
  for (const auto& [id, digest] : vintages) snapshots.emplace(id, Value(digest));
  if (!snapshots.empty()) study_on_data.emplace("vintages", Value(std::move(snapshots)));
  return canonical::Digest("farrell.study.v1", Value(std::move(study_on_data)));
}

}  // namespace farrell::reporting
