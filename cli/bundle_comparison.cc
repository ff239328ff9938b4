#include "cli/bundle_comparison.h"

#include <algorithm>
#include <set>
#include <sstream>

namespace farrell::cli {
namespace {

using Json = nlohmann::json;

constexpr const char* kAbsent = "absent";

std::string Shown(const Json& value) {
  constexpr std::size_t kMostShown = 60;
  std::string text = value.is_structured()
                         ? (value.is_array() ? "a list of " + std::to_string(value.size()) : std::string("an object"))
                         : value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > kMostShown) text = text.substr(0, kMostShown) + "...";
  return text;
}

// Walks both values at once to the first place where they differ.
class Walk {
 public:
  explicit Walk(ComparedPart& part) : part_(part) {}

  // False at the first difference.
  bool Same(const Json& a, const Json& b, const std::string& path) {
    if (a.is_object() && b.is_object()) return SameObjects(a, b, path);
    if (a.is_array() && b.is_array()) return SameLists(a, b, path);
    ++part_.compared;
    // 1 and 1.0 are one number; a difference of type of anything else is a difference.
    if (a == b) return true;
    return Differ(path, Shown(a), Shown(b));
  }

 private:
  bool SameObjects(const Json& a, const Json& b, const std::string& path) {
    std::set<std::string> names;
    for (const auto& [name, value] : a.items()) names.insert(name);
    for (const auto& [name, value] : b.items()) names.insert(name);
    for (const std::string& name : names) {
      const std::string inner = path.empty() ? name : path + "." + name;
      const auto left = a.find(name), right = b.find(name);
      if (left == a.end()) return Differ(inner, kAbsent, Shown(*right));
      if (right == b.end()) return Differ(inner, Shown(*left), kAbsent);
      if (!Same(*left, *right, inner)) return false;
    }
    return true;
  }

  bool SameLists(const Json& a, const Json& b, const std::string& path) {
    for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
      const std::string inner = path + "[" + std::to_string(i) + "]";
      if (i >= a.size()) return Differ(inner, kAbsent, Shown(b[i]));
      if (i >= b.size()) return Differ(inner, Shown(a[i]), kAbsent);
      if (!Same(a[i], b[i], inner)) return false;
    }
    return true;
  }

  bool Differ(const std::string& place, const std::string& bundle, const std::string& replay) {
    part_.same = false;
    part_.place = place;
    part_.bundle = bundle;
    part_.replay = replay;
    return false;
  }

  ComparedPart& part_;
};

void CompareTexts(const std::string& bundle, const std::string& replay, ComparedPart& part) {
  std::istringstream left(bundle), right(replay);
  std::string a, b;
  for (;;) {
    const bool more_left = static_cast<bool>(std::getline(left, a));
    const bool more_right = static_cast<bool>(std::getline(right, b));
    if (!more_left && !more_right) break;
    ++part.compared;
    if (more_left && more_right && a == b) continue;
    part.same = false;
    part.place = "line " + std::to_string(part.compared);
    // From a little before the first character that differs.
    constexpr std::size_t kBefore = 20;
    const auto at = static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
    const std::size_t from = at > kBefore ? at - kBefore : 0;
    part.bundle = more_left ? Shown(Json(a.substr(std::min(from, a.size())))) : kAbsent;
    part.replay = more_right ? Shown(Json(b.substr(std::min(from, b.size())))) : kAbsent;
    return;
  }
  if (bundle == replay) return;
  part.same = false;
  part.place = "the end of the file";
}

// Documents that other programs make of the report differ between machines, and are no part of its digest.
bool IsDocument(const std::string& name) {
  return name.ends_with(".pdf") || name.ends_with(".docx") || name.ends_with(".xlsx");
}

void CompareStep(const Bundle& bundle, const BundleEntry& entry, const Bundle& replayed, ComparedPart& part) {
  const auto found = std::find_if(replayed.results.begin(), replayed.results.end(),
                                  [&](const BundleEntry& other) { return other.step == entry.step; });
  const std::optional<Json> left = ParseJson(bundle.members.at(entry.file));
  if (found == replayed.results.end() || !left) {
    part.same = false;
    part.bundle = left ? "a result" : "not JSON";
    part.replay = found == replayed.results.end() ? kAbsent : "a result";
    return;
  }
  const Json right = ParseJson(replayed.members.at(found->file)).value_or(Json());
  if (!Walk(part).Same(*left, right, "")) return;
  // The same digits under another key: something that decides the result is not the same.
  if (entry.action_key == found->action_key) return;
  part.same = false;
  part.place = "action_key";
  part.bundle = entry.action_key;
  part.replay = found->action_key;
}

}  // namespace

std::vector<ComparedPart> CompareBundles(const Bundle& bundle, const Bundle& replayed) {
  std::vector<ComparedPart> parts;
  std::set<std::string> seen;
  for (const BundleEntry& entry : bundle.results) {
    ComparedPart& part = parts.emplace_back(ComparedPart{.kind = "step", .name = entry.step});
    seen.insert(entry.step);
    CompareStep(bundle, entry, replayed, part);
  }
  for (const BundleEntry& entry : replayed.results) {
    if (seen.contains(entry.step)) continue;
    parts.push_back({.kind = "step", .name = entry.step, .same = false, .bundle = kAbsent, .replay = "a result"});
  }
  std::set<std::string> files;
  for (const Bundle* one : {&bundle, &replayed}) {
    for (const auto& [name, bytes] : one->members) {
      if (name.starts_with("report/") && !IsDocument(name)) files.insert(name);
    }
  }
  for (const std::string& name : files) {
    ComparedPart& part = parts.emplace_back(ComparedPart{.kind = "file", .name = name});
    const auto left = bundle.members.find(name), right = replayed.members.find(name);
    if (left != bundle.members.end() && right != replayed.members.end()) {
      CompareTexts(left->second, right->second, part);
      continue;
    }
    part.same = false;
    part.bundle = left == bundle.members.end() ? kAbsent : "a file";
    part.replay = right == replayed.members.end() ? kAbsent : "a file";
  }
  return parts;
}

}  // namespace farrell::cli
