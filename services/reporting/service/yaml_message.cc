#include "services/reporting/service/yaml_message.h"

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <set>
#include <sstream>
#include <vector>

#include "common/text/utf8.h"
#include "services/reporting/service/did_you_mean.h"

namespace farrell::reporting {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Where documents begin, and where what they hold does.
class DocumentStarts final : public YAML::EventHandler {
 public:
  std::vector<YAML::Mark> begins;
  std::vector<YAML::Mark> contents;
  // The last one holds nothing.
  bool empty = false;

  void OnDocumentStart(const YAML::Mark& mark) override {
    begins.push_back(mark);
    empty = false;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    empty = contents.size() < begins.size();
    Content(mark);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { Content(mark); }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t, const std::string&) override {
    Content(mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    Content(mark);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    Content(mark);
  }
  void OnMapEnd() override {}

 private:
  void Content(const YAML::Mark& mark) {
    if (contents.size() < begins.size()) contents.push_back(mark);
  }
};

// Bytes of the UTF-8 sequence that starts at `at`; 0 when it is malformed.
std::size_t Utf8Length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
  }
  // Overlong forms, surrogates and code points above U+10FFFF.
  const unsigned char second = byte(at + 1);
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) || (first == 0xF0 && second < 0x90) ||
      (first == 0xF4 && second > 0x8F)) {
    return 0;
  }
  return length;
}

// "RETURNS_TO_SCALE_CRS" of enum ReturnsToScale → "crs".
std::string ShortName(const EnumValueDescriptor& value) {
  std::string prefix;
  for (const char c : value.type()->name()) {
    if (c >= 'A' && c <= 'Z' && !prefix.empty()) prefix += '_';
    prefix += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  }
  prefix += '_';
  std::string name = value.name();
  if (name.starts_with(prefix)) name = name.substr(prefix.size());
  for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return name;
}

std::string KindOf(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Map: return "a map";
    case YAML::NodeType::Sequence: return "a list";
    case YAML::NodeType::Scalar: {
      // Cut between characters: a message is text.
      const std::string begin = node.Scalar().substr(0, 40);
      return "`" + begin.substr(0, text::ValidUtf8Length(begin)) + "`";
    }
    default: return "nothing";
  }
}

class Reader {
 public:
  Reader(std::string_view text, const std::string& file, Places& places, Problems& problems)
      : text_(text), file_(file), places_(places), problems_(problems) {
    line_starts_.push_back(0);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') line_starts_.push_back(i + 1);
    }
  }

  bool Read(Message& message) {
    if (text_.size() > kMaxYamlBytes) {
      Complain({file_, 1, 1}, "", "the file is larger than " + std::to_string(kMaxYamlBytes) + " bytes");
      return false;
    }
    if (!CheckEncoding()) return false;
    try {
      if (!CheckDocuments()) return false;
      const YAML::Node document = YAML::Load(std::string(text_));
      if (document.IsNull()) {
        Complain({file_, 1, 1}, "", "the file is empty");
        return false;
      }
      places_.Set("", {file_, 1, 1});
      ReadMessage(document, At(document.Mark()), "", message);
      return document.IsMap();
    } catch (const YAML::DeepRecursion& error) {
      Complain(At(error.mark), "", "lists and maps are nested too deeply here");
      return false;
    } catch (const YAML::Exception& error) {
      Complain(At(error.mark), "", "not valid YAML: " + error.msg);
      return false;
    }
  }

 private:
  void Complain(const Place& place, std::string field, std::string message) {
    problems_.Add(place, std::move(field), std::move(message));
  }

  // Two documents are looked for and no more: where nothing can stand, as at a comma that begins a file, yaml-cpp 0.7
  // finds empty ones without end (github.com/jbeder/yaml-cpp/issues/1040), and its LoadAll takes all memory there is.
  bool CheckDocuments() {
    std::istringstream stream{std::string(text_)};
    YAML::Parser parser(stream);
    DocumentStarts found;
    if (!parser.HandleNextDocument(found) || !parser.HandleNextDocument(found)) return true;
    const Place begin = At(found.begins[1]);
    const bool marked =
        begin.line > 0 && text_.substr(line_starts_[static_cast<std::size_t>(begin.line) - 1]).starts_with("---");
    if (found.empty && !marked) {
      Complain(begin, "", "not valid YAML: nothing can stand here");
      return false;
    }
    Complain(At(found.contents[1]), "", "a second YAML document starts here; a file holds one");
    return true;
  }

  bool CheckEncoding() {
    Place place{file_, 1, 1};
    for (std::size_t at = 0; at < text_.size();) {
      const std::size_t length = Utf8Length(text_, at);
      if (length == 0 || text_[at] == '\0') {
        Complain(place, "", "not UTF-8 text; save the file as UTF-8");
        return false;
      }
      ++place.column;
      if (text_[at] == '\n') place = {file_, place.line + 1, 1};
      at += length;
    }
    return true;
  }

  // yaml-cpp counts lines and columns from 0 and columns in bytes.
  Place At(const YAML::Mark& mark) const {
    if (mark.line < 0 || static_cast<std::size_t>(mark.line) >= line_starts_.size()) return {file_, 0, 0};
    const std::size_t start = line_starts_[static_cast<std::size_t>(mark.line)];
    const std::size_t end = std::min(start + static_cast<std::size_t>(std::max(mark.column, 0)), text_.size());
    int column = 1;
    for (std::size_t at = start; at < end; at += std::max<std::size_t>(1, Utf8Length(text_, at))) ++column;
    return {file_, mark.line + 1, column};
  }

  // The mark of an empty value is the next token, perhaps lines below: it is moved back to the last character before
  // it.
  YAML::Mark MarkOf(const YAML::Node& node) const {
    YAML::Mark mark = node.Mark();
    if (!node.IsNull() || mark.line < 0 || static_cast<std::size_t>(mark.line) >= line_starts_.size()) return mark;
    std::size_t at = line_starts_[static_cast<std::size_t>(mark.line)] + static_cast<std::size_t>(mark.column);
    at = std::min(at, text_.size());
    if (at < text_.size() && (text_[at] == '~' || text_[at] == 'n' || text_[at] == 'N')) return mark;
    while (at > 0 && (text_[at - 1] == ' ' || text_[at - 1] == '\n' || text_[at - 1] == '\r')) --at;
    if (at == 0) return mark;
    const auto line = std::upper_bound(line_starts_.begin(), line_starts_.end(), at - 1) - 1;
    mark.line = static_cast<int>(line - line_starts_.begin());
    mark.column = static_cast<int>(at - 1 - *line);
    return mark;
  }

  Place PlaceOf(const YAML::Node& node, const Place& fallback) const {
    Place place = At(MarkOf(node));
    if (place.line == 0) return fallback;
    if (node.IsScalar()) place.text_offset = TextOffset(node, place);
    return place;
  }

  // A scalar that stands in its line as it reads, perhaps in quotes, lets positions inside it be pointed at.
  int TextOffset(const YAML::Node& node, const Place& place) const {
    const std::size_t start = line_starts_[static_cast<std::size_t>(place.line - 1)];
    const std::size_t at = start + static_cast<std::size_t>(std::max(node.Mark().column, 0));
    const std::string& scalar = node.Scalar();
    if (text_.substr(std::min(at, text_.size()), scalar.size()) == scalar) return 0;
    if (text_.substr(std::min(at + 1, text_.size()), scalar.size()) == scalar) return 1;
    return -1;
  }

  bool Spend(const Place& place) {
    if (++visited_ <= kMaxYamlNodes) return true;
    if (visited_ == kMaxYamlNodes + 1) {
      Complain(place, "", "the file unfolds into more than " + std::to_string(kMaxYamlNodes) + " values");
    }
    return false;
  }

  void ReadMessage(const YAML::Node& node, const Place& place, const std::string& path, Message& message) {
    const Descriptor& descriptor = *message.GetDescriptor();
    if (!node.IsMap()) {
      return Complain(place, path, "expected a map with the keys " + KeyList(descriptor) + ", found " + KindOf(node));
    }
    std::set<std::string> seen;
    for (const auto& entry : node) {
      const Place key_place = PlaceOf(entry.first, place);
      if (!Spend(key_place)) return;
      if (!entry.first.IsScalar()) {
        Complain(key_place, path, "a key must be a word, found " + KindOf(entry.first));
        continue;
      }
      const std::string& key = entry.first.Scalar();
      const std::string field_path = path.empty() ? key : path + "." + key;
      const FieldDescriptor* field = descriptor.FindFieldByName(key);
      if (field == nullptr) {
        Complain(key_place, field_path, "unknown key `" + key + "`" + Suggestion(key, Keys(descriptor)));
      } else if (!seen.insert(key).second) {
        Complain(key_place, field_path, "the key `" + key + "` stands here a second time");
      } else {
        ReadField(entry.second, key_place, field_path, *field, message);
      }
    }
  }

  void ReadField(const YAML::Node& node, const Place& key_place, const std::string& path, const FieldDescriptor& field,
                 Message& message) {
    const Place place = PlaceOf(node, key_place);
    places_.Set(path, place);
    if (node.IsNull()) return;
    if (field.is_map()) return ReadMap(node, place, path, field, message);
    if (!field.is_repeated()) return ReadValue(node, place, path, field, message);
    if (!node.IsSequence()) {
      places_.Set(path + "[0]", place);
      return ReadValue(node, place, path + "[0]", field, message);
    }
    // The index counts what was accepted, so that paths agree with the message even after a problem.
    for (const auto& entry : node) {
      const YAML::Node& item = entry;
      const Place item_place = PlaceOf(item, place);
      if (!Spend(item_place)) return;
      const int index = message.GetReflection()->FieldSize(message, &field);
      const std::string item_path = path + "[" + std::to_string(index) + "]";
      places_.Set(item_path, item_place);
      if (item.IsNull()) {
        Complain(item_place, item_path, "the list has an empty entry");
      } else {
        ReadValue(item, item_place, item_path, field, message);
      }
    }
  }

  void ReadMap(const YAML::Node& node, const Place& place, const std::string& path, const FieldDescriptor& field,
               Message& message) {
    if (!node.IsMap()) return Complain(place, path, "expected a map, found " + KindOf(node));
    const Descriptor& entry_type = *field.message_type();
    std::set<std::string> seen;
    for (const auto& entry : node) {
      const Place entry_place = PlaceOf(entry.first, place);
      if (!Spend(entry_place)) return;
      if (entry.first.IsScalar() && !seen.insert(entry.first.Scalar()).second) {
        Complain(entry_place, path, "the key `" + entry.first.Scalar() + "` stands here a second time");
        continue;
      }
      Message& pair = *message.GetReflection()->AddMessage(&message, &field);
      const std::string entry_path = path + "." + (entry.first.IsScalar() ? entry.first.Scalar() : "?");
      ReadValue(entry.first, entry_place, entry_path, *entry_type.FindFieldByName("key"), pair);
      ReadField(entry.second, entry_place, entry_path, *entry_type.FindFieldByName("value"), pair);
    }
  }

  void ReadValue(const YAML::Node& node, const Place& place, const std::string& path, const FieldDescriptor& field,
                 Message& message) {
    const Reflection& reflection = *message.GetReflection();
    const bool many = field.is_repeated();
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      return ReadMessage(
          node, place, path,
          many ? *reflection.AddMessage(&message, &field) : *reflection.MutableMessage(&message, &field));
    }
    if (!node.IsScalar()) {
      return Complain(place, path, "expected " + Expected(field) + ", found " + KindOf(node));
    }
    const std::string& text = node.Scalar();
    const auto wrong = [&] { Complain(place, path, "expected " + Expected(field) + ", found " + KindOf(node)); };
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        many ? reflection.AddString(&message, &field, text) : reflection.SetString(&message, &field, text);
        return;
      case FieldDescriptor::CPPTYPE_BOOL: {
        const std::optional<bool> value = ParseBool(text);
        if (!value) return wrong();
        many ? reflection.AddBool(&message, &field, *value) : reflection.SetBool(&message, &field, *value);
        return;
      }
      case FieldDescriptor::CPPTYPE_INT32: {
        const std::optional<std::int64_t> value = ParseInteger(text);
        if (!value || *value < std::numeric_limits<std::int32_t>::min() ||
            *value > std::numeric_limits<std::int32_t>::max()) {
          return wrong();
        }
        const auto narrow = static_cast<std::int32_t>(*value);
        many ? reflection.AddInt32(&message, &field, narrow) : reflection.SetInt32(&message, &field, narrow);
        return;
      }
      case FieldDescriptor::CPPTYPE_INT64: {
        const std::optional<std::int64_t> value = ParseInteger(text);
        if (!value) return wrong();
        many ? reflection.AddInt64(&message, &field, *value) : reflection.SetInt64(&message, &field, *value);
        return;
      }
      case FieldDescriptor::CPPTYPE_DOUBLE: {
        const std::optional<double> value = ParseReal(text);
        if (!value) return wrong();
        many ? reflection.AddDouble(&message, &field, *value) : reflection.SetDouble(&message, &field, *value);
        return;
      }
      case FieldDescriptor::CPPTYPE_ENUM: {
        const EnumValueDescriptor* value = FindEnum(*field.enum_type(), text);
        if (value == nullptr) {
          return Complain(place, path,
                          "unknown value `" + text + "`" + Suggestion(text, ShortNames(*field.enum_type())));
        }
        many ? reflection.AddEnum(&message, &field, value) : reflection.SetEnum(&message, &field, value);
        return;
      }
      default: return Complain(place, path, "this field cannot be written in YAML");
    }
  }

  static std::string Expected(const FieldDescriptor& field) {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_BOOL: return "true or false";
      case FieldDescriptor::CPPTYPE_INT32:
      case FieldDescriptor::CPPTYPE_INT64: return "a whole number";
      case FieldDescriptor::CPPTYPE_DOUBLE: return "a number";
      default: return "a text";
    }
  }

  static std::optional<bool> ParseBool(const std::string& text) {
    if (text == "true" || text == "True" || text == "yes") return true;
    if (text == "false" || text == "False" || text == "no") return false;
    return std::nullopt;
  }

  static std::optional<std::int64_t> ParseInteger(const std::string& text) {
    std::int64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end) return std::nullopt;
    return value;
  }

  static std::optional<double> ParseReal(const std::string& text) {
    double value = 0;
    const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(begin, end, value);
    if (error != std::errc() || stop != end || !std::isfinite(value)) return std::nullopt;
    return value;
  }

  static const EnumValueDescriptor* FindEnum(const EnumDescriptor& type, const std::string& text) {
    for (int i = 0; i < type.value_count(); ++i) {
      if (type.value(i)->number() != 0 && ShortName(*type.value(i)) == text) return type.value(i);
    }
    return nullptr;
  }

  static std::vector<std::string> ShortNames(const EnumDescriptor& type) {
    std::vector<std::string> names;
    for (int i = 0; i < type.value_count(); ++i) {
      if (type.value(i)->number() != 0) names.push_back(ShortName(*type.value(i)));
    }
    return names;
  }

  static std::vector<std::string> Keys(const Descriptor& descriptor) {
    std::vector<std::string> keys;
    keys.reserve(static_cast<std::size_t>(descriptor.field_count()));
    for (int i = 0; i < descriptor.field_count(); ++i) keys.push_back(descriptor.field(i)->name());
    return keys;
  }

  static std::string KeyList(const Descriptor& descriptor) {
    constexpr std::size_t kMostListed = 6;
    const std::vector<std::string> keys = Keys(descriptor);
    std::string list;
    for (std::size_t i = 0; i < std::min(keys.size(), kMostListed); ++i) list += (i == 0 ? "" : ", ") + keys[i];
    return keys.size() > kMostListed ? list + ", …" : list;
  }

  std::string_view text_;
  const std::string& file_;
  Places& places_;
  Problems& problems_;
  std::vector<std::size_t> line_starts_;
  int visited_ = 0;
};

}  // namespace

bool ReadYamlMessage(std::string_view text, const std::string& file, Message& message, Places& places,
                     Problems& problems) {
  return Reader(text, file, places, problems).Read(message);
}

}  // namespace farrell::reporting
