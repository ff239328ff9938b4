#include "services/reporting/service/entry_columns.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "common/text/number.h"
#include "services/reporting/service/study_validator.h"

namespace farrell::reporting {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Texts that are a column, an expression or a formula as a whole.
constexpr std::array<std::string_view, 22> kWhole = {
    "inputs", "outputs",    "bad_outputs", "intermediates", "non_discretionary", "metafrontier",  "formula",
    "where",  "by",         "weights",     "terms",         "outcomes",          "controls",      "effects",
    "event",  "predictors", "variables",   "variable",      "instruments",       "leave_one_out", "joint_cluster",
    "term"};

// Behind the first `mark`, up to `end`.
ColumnText Behind(const std::string& field, const std::string& text, std::string_view mark, char end) {
  const std::size_t found = text.find(mark);
  if (found == std::string::npos) return {field, {}, 0};
  const std::size_t begin = found + mark.size();
  return {field, text.substr(begin, text.find(end, begin) - begin), static_cast<int>(begin)};
}

// What the notation of one text field says about columns.
ColumnText Named(const std::string& name, const std::string& field, const std::string& text) {
  // "region::west" is a coefficient.
  if (text.find("::") != std::string::npos) return {field, {}, 0};
  if (std::find(kWhole.begin(), kWhole.end(), name) != kWhole.end()) return {field, text, 0};
  if (name == "inference") return Behind(field, text, ":", ':');
  if (name == "frontier") return Behind(field, text, "group:", '\0');
  if (name == "margins") return Behind(field, text, " by ", '\0');
  if (name == "reference_only") return {field, text.substr(0, text.find('=')), 0};
  if (name == "direction" && text != "own" && text != "mean") return {field, text, 0};
  return {field, {}, 0};
}

void Collect(const Message& message, const std::string& path, std::vector<ColumnText>& texts) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->is_map() || field->name() == "published" || field->name() == "references" || field->name() == "each") {
      continue;
    }
    const int size = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < size; ++i) {
      const std::string at = path + "." + (field->is_repeated() ? Element(field->name(), i) : field->name());
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        Collect(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                     : reflection.GetMessage(message, field),
                at, texts);
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        ColumnText named = Named(field->name(), at,
                                 field->is_repeated() ? reflection.GetRepeatedString(message, field, i)
                                                      : reflection.GetString(message, field));
        if (!named.text.empty()) texts.push_back(std::move(named));
      }
    }
  }
}

}  // namespace

std::vector<ColumnText> ColumnTexts(const Message& entry, const std::string& field) {
  std::vector<ColumnText> texts;
  Collect(entry, field, texts);
  return texts;
}

const Message* EntryAt(const v1::Study& study, const std::string& field) {
  const std::size_t bracket = field.find('[');
  if (bracket == std::string::npos || !field.ends_with(']')) return nullptr;
  const FieldDescriptor* list = v1::Study::descriptor()->FindFieldByName(field.substr(0, bracket));
  const std::optional<long long> index = text::ParseInteger(field.substr(bracket + 1, field.size() - bracket - 2));
  const bool entries = list != nullptr && list->is_repeated() && !list->is_map() && list->message_type() != nullptr;
  if (!entries || !index || *index < 0 || *index >= v1::Study::GetReflection()->FieldSize(study, list)) return nullptr;
  return &v1::Study::GetReflection()->GetRepeatedMessage(study, list, static_cast<int>(*index));
}

}  // namespace farrell::reporting
