#include "services/reporting/service/claim_references.h"

#include <algorithm>
#include <array>
#include <span>

#include "common/text/utf8.h"

namespace farrell::reporting {
namespace {

constexpr std::array<std::string_view, 8> kTermStats = {"estimate", "std_error", "statistic", "p_value",
                                                        "conf_low", "conf_high", "df",        "wild_p"};
constexpr std::array<std::string_view, 4> kFitStats = {"n", "r2", "r2_within", "units"};
constexpr std::array<std::string_view, 2> kJointStats = {"joint_p", "joint_statistic"};
constexpr std::array<std::string_view, 5> kGroupStats = {"estimate", "std_error", "p_value", "conf_low", "conf_high"};
constexpr std::array<std::string_view, 5> kDeaStats = {"mean", "min", "max", "share_at_one", "n"};
constexpr std::array<std::string_view, 3> kDataStats = {"rows", "units", "periods"};

bool Holds(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string List(std::span<const std::string_view> names) {
  std::string list;
  for (const std::string_view name : names) list += (list.empty() ? "" : ", ") + std::string(name);
  return list;
}

std::string Cut(std::string_view& rest, bool from_end) {
  const std::size_t colon = from_end ? rest.rfind(':') : rest.find(':');
  if (colon == std::string_view::npos) {
    std::string all(rest);
    rest = {};
    return all;
  }
  std::string piece(from_end ? rest.substr(colon + 1) : rest.substr(0, colon));
  rest = from_end ? rest.substr(0, colon) : rest.substr(colon + 1);
  return piece;
}

void Expect(std::span<const std::string_view> stats, const char* form, ClaimReference& reference) {
  if (Holds(stats, reference.stat)) return;
  reference.problem = "write {" + std::string(form) + "} with STAT one of " + List(stats);
}

ClaimReference ParseReference(std::string_view text) {
  ClaimReference reference;
  std::string_view rest = text;
  reference.kind = Cut(rest, false);
  if (reference.kind == "data") {
    reference.stat = rest;
    Expect(kDataStats, "data:STAT", reference);
    return reference;
  }
  if (reference.kind != "regression" && reference.kind != "comparison" && reference.kind != "dea") {
    reference.problem = "a reference begins with regression:, comparison:, dea: or data:";
    return reference;
  }
  reference.id = Cut(rest, false);
  reference.stat = Cut(rest, true);
  reference.term = rest;
  if (reference.kind == "dea") {
    Expect(kDeaStats, "dea:ID:STAT", reference);
    if (!reference.term.empty()) reference.problem = "write {dea:ID:STAT}";
  } else if (reference.kind == "regression" && reference.term.empty()) {
    Expect(kFitStats, "regression:ID:TERM:STAT} or {regression:ID:STAT", reference);
  } else if (reference.kind == "regression") {
    Expect(kTermStats, "regression:ID:TERM:STAT", reference);
  } else if (!Holds(kJointStats, reference.stat)) {
    reference.group = Cut(rest, true);
    reference.term = rest;
    Expect(kGroupStats, "comparison:ID:TERM:joint_p} or {comparison:ID:TERM:GROUP:STAT", reference);
    if (reference.problem.empty() && reference.term.empty()) {
      reference.problem = "write {comparison:ID:TERM:GROUP:" + reference.stat + "}";
    }
  } else if (reference.term.empty()) {
    reference.problem = "write {comparison:ID:TERM:" + reference.stat + "}";
  }
  return reference;
}

}  // namespace

std::vector<ClaimPart> ParseClaim(std::string_view text) {
  std::vector<ClaimPart> parts;
  for (std::size_t at = 0; at < text.size();) {
    ClaimPart part;
    part.position = text::CharacterCount(text.substr(0, at));
    if (text[at] != '{') {
      const std::size_t end = std::min(text.find('{', at), text.size());
      part.text = text.substr(at, end - at);
      at = end;
    } else {
      const std::size_t end = text.find('}', at);
      part.is_reference = true;
      part.text = text.substr(at + 1, end == std::string_view::npos ? end : end - at - 1);
      part.reference = ParseReference(part.text);
      if (end == std::string_view::npos) part.reference.problem = "the brace is not closed";
      at = end == std::string_view::npos ? text.size() : end + 1;
    }
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace farrell::reporting
