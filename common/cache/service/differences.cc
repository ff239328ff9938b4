#include "common/cache/service/differences.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "common/text/hexadecimal.h"

namespace farrell {
namespace {

using nlohmann::json;

// Descriptions name descriptions, these name data.
constexpr int kDeepestExpansion = 3;

json Parse(const std::string& text) {
  json value = json::parse(text, nullptr, false);
  return value.is_discarded() ? json::object() : value;
}

bool IsDigest(const json& value) {
  const auto* text = value.get_ptr<const std::string*>();
  return text != nullptr && text->size() == 64 && text::IsHexadecimal(*text);
}

// Reals as numbers instead of their bits. A seed is a text of decimal digits.
json Readable(const json& value, const std::string& name) {
  if (value.is_array()) {
    json list = json::array();
    for (const json& element : value) list.push_back(Readable(element, name));
    return list;
  }
  if (value.is_object()) {
    json object = json::object();
    for (const auto& [key, member] : value.items()) object[key] = Readable(member, key);
    return object;
  }
  const auto* text = value.get_ptr<const std::string*>();
  if (text == nullptr || text->size() != 16 || !text::IsHexadecimal(*text) || name == "seed") return value;
  std::uint64_t bits = 0;
  std::from_chars(text->data(), text->data() + text->size(), bits, 16);
  const auto real = std::bit_cast<double>(bits);
  return std::isfinite(real) ? json(real) : value;
}

class Walk {
 public:
  explicit Walk(const Expansion& expand) : expand_(expand) {}

  // Null: there is no such field.
  void Visit(const std::string& path, const std::string& name, const json* value, const json* against, int depth) {
    const bool objects = value != nullptr && against != nullptr && value->is_object() && against->is_object();
    if (objects) return VisitObjects(path, *value, *against, depth);
    if (value != nullptr && against != nullptr) {
      if (*value == *against) {
        ++comparison_.equal_count;
        return;
      }
      if (HoldObjects(*value) && HoldObjects(*against)) return VisitLists(path, name, *value, *against, depth);
      if (Expand(path, *value, *against, depth)) return;
    }
    comparison_.differences.push_back({path, Show(value, name), Show(against, name)});
  }

  Comparison Take() { return std::move(comparison_); }

 private:
  static bool HoldObjects(const json& value) {
    return value.is_array() && std::any_of(value.begin(), value.end(), [](const json& one) { return one.is_object(); });
  }

  static std::string Show(const json* value, const std::string& name) {
    return value == nullptr ? std::string()
                            : Readable(*value, name).dump(-1, ' ', false, json::error_handler_t::replace);
  }

  void VisitObjects(const std::string& path, const json& value, const json& against, int depth) {
    std::set<std::string> names;
    for (const json* object : {&value, &against}) {
      for (const auto& [name, member] : object->items()) names.insert(name);
    }
    for (const std::string& name : names) {
      const auto find = [&](const json& object) {
        const auto found = object.find(name);
        return found == object.end() ? nullptr : &*found;
      };
      Visit(path.empty() ? name : path + "." + name, name, find(value), find(against), depth);
    }
  }

  void VisitLists(const std::string& path, const std::string& name, const json& value, const json& against, int depth) {
    for (std::size_t at = 0; at < std::max(value.size(), against.size()); ++at) {
      Visit(path + "[" + std::to_string(at) + "]", name, at < value.size() ? &value[at] : nullptr,
            at < against.size() ? &against[at] : nullptr, depth);
    }
  }

  bool Expand(const std::string& path, const json& value, const json& against, int depth) {
    if (!expand_ || depth == kDeepestExpansion || !IsDigest(value) || !IsDigest(against)) return false;
    const std::optional<std::string> action = expand_(value.get<std::string>());
    const std::optional<std::string> other = action ? expand_(against.get<std::string>()) : std::nullopt;
    if (!other) return false;
    const json left = Parse(*action);
    const json right = Parse(*other);
    VisitObjects(path, left, right, depth + 1);
    return true;
  }

  const Expansion& expand_;
  Comparison comparison_;
};

}  // namespace

Comparison Compare(const std::string& action, const std::string& against, const Expansion& expand) {
  const json left = Parse(action);
  const json right = Parse(against);
  Walk walk(expand);
  walk.Visit("", "", &left, &right, 0);
  return walk.Take();
}

}  // namespace farrell
