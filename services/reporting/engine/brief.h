// One page for readers who decide: what was found, what it does not show, and how far it can be relied on.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "services/reporting/engine/evidence_light.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {

struct ReportContent;

struct BriefContent {
  std::string headline;
  // Empty: no comparison.
  std::string compared;
  std::string not_shown;
  std::string method;
  EvidenceLight evidence;
  // The first and the last units; without columns: no ranking.
  Table ranking;
  // Figure shown; empty: none.
  std::string figure;
};

// Of facts with a brief.
Result<BriefContent> BuildBrief(const ReportFacts& facts, const std::vector<FiredRule>& rules);

// "Evidence: red. …" in the language of the report, which says what the colour does.
std::string LightWords(Light light, const Words& words);
// A mark whose shape differs by light: a square, a triangle, a disc.
std::string_view LightMark(Light light);
// The rules that decide, with as much of their texts as the page has room for.
std::vector<std::string> DecidingWords(const EvidenceLight& evidence, const Words& words);

// brief.html and brief.md, of content with a brief.
std::string RenderBriefHtml(const ReportContent& content, const std::map<std::string, std::string>& svgs);
std::string RenderBriefMarkdown(const ReportContent& content);

}  // namespace farrell::reporting
