#include "services/reporting/service/entry_lists.h"

#include "services/reporting/service/study_validator.h"

namespace farrell::reporting {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// The places of a list become those of what was kept of it.
void ReplacePlaces(ReadStudy& read, const std::string& list, const Places& kept, int count) {
  const bool written = read.places.Has(list);
  const Place whole = read.places.Find(list);
  read.places.Erase(list);
  if (written) read.places.Set(list, whole);
  for (int i = 0; i < count; ++i) read.places.CopyFrom(kept, Element(list, i), Element(list, i));
}

void AddTexts(const Message& message, std::string& texts) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string& name = field->name();
    if (name == "id" || name == "name" || name == "label" || name == "published" || name == "source") continue;
    const int size = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < size; ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        texts += " " + (field->is_repeated() ? reflection.GetRepeatedString(message, field, i)
                                             : reflection.GetString(message, field));
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        AddTexts(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                      : reflection.GetMessage(message, field),
                 texts);
      }
    }
  }
}

}  // namespace

std::vector<const FieldDescriptor*> ModelLists() {
  const auto& descriptor = *v1::Study::descriptor();
  std::vector<const FieldDescriptor*> lists;
  for (int f = 0; f < descriptor.field_count(); ++f) {
    const FieldDescriptor& field = *descriptor.field(f);
    const bool entries = field.is_repeated() && !field.is_map() && field.message_type() != nullptr;
    if (entries && field.message_type()->FindFieldByName("each") != nullptr) lists.push_back(&field);
  }
  return lists;
}

std::string TextsOf(const Message& entry) {
  std::string texts;
  AddTexts(entry, texts);
  return texts;
}

void KeepEntries(ReadStudy& read, const FieldDescriptor& list, const std::function<bool(const Message&)>& keep) {
  const Reflection& reflection = *v1::Study::GetReflection();
  v1::Study kept;
  Places places;
  for (int i = 0; i < reflection.FieldSize(read.study, &list); ++i) {
    const Message& entry = reflection.GetRepeatedMessage(read.study, &list, i);
    if (!keep(entry)) continue;
    places.CopyFrom(read.places, Element(list.name(), i), Element(list.name(), reflection.FieldSize(kept, &list)));
    reflection.AddMessage(&kept, &list)->CopyFrom(entry);
  }
  ReplacePlaces(read, list.name(), places, reflection.FieldSize(kept, &list));
  reflection.SwapFields(&read.study, &kept, {&list});
}

void KeepTexts(ReadStudy& read, const std::string& field, google::protobuf::RepeatedPtrField<std::string>& texts,
               const std::function<bool(const std::string&)>& keep) {
  google::protobuf::RepeatedPtrField<std::string> kept;
  Places places;
  for (int i = 0; i < texts.size(); ++i) {
    if (!keep(texts[i])) continue;
    places.CopyFrom(read.places, Element(field, i), Element(field, kept.size()));
    kept.Add(std::string(texts[i]));
  }
  ReplacePlaces(read, field, places, kept.size());
  texts.Swap(&kept);
}

}  // namespace farrell::reporting
