// The order of a report and the words that frame it, the same in every format.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "services/reporting/engine/report.h"

namespace farrell::reporting {

enum class Section { kData, kEfficiency, kAssociations, kGroups, kPublished, kInference, kOutlook, kAppendix };
inline constexpr std::array<Section, 8> kSections = {Section::kData,    Section::kEfficiency, Section::kAssociations,
                                                     Section::kGroups,  Section::kPublished,  Section::kInference,
                                                     Section::kOutlook, Section::kAppendix};

std::string SectionTitle(Section section, const Words& words);
// "data", "efficiency", …: anchors.
std::string SectionAnchor(Section section);
Section SectionOfTable(const Table& table);
Section SectionOfFigure(const Figure& figure);

inline constexpr std::string_view kSyntheticStamp = "SYNTHETIC DATA - effects were planted; nothing here is evidence";
// The stamp in the language of the report, and the short one of tables and figures.
std::string SyntheticStamp(const Words& words);
std::string ShortStamp(const Words& words);

// "Table 3.", "Figure 2.": before a title.
std::string NumberedTable(const Table& table);
std::string NumberedFigure(const Figure& figure, const Words& words);

// "block", "warn", "note", in the language of the report.
std::string SeverityWord(Severity severity, const Words& words);
// The text of a rule in the language of the report.
std::string RuleText(const FiredRule& rule, const Words& words);

// The digests of data and study.
std::vector<std::string> IdentityLines(const ReportContent& content);

// "Snapshot …", "Known as of …", "Study …", "Seed …", "Numeric ABI …", "Engines …": what every artefact carries.
std::vector<std::string> ProvenanceLines(const ReportContent& content);

// How a reader makes the report again.
std::string RepeatParagraph(const ReportContent& content);

// The printed claims as one paragraph; empty when there are none.
std::string AnswerParagraph(const ReportContent& content);

// "n rows, u states, 1970 to 1986" and the like.
std::string DataWords(const ReportContent& content);

// What stands on the front page about the data: their class (real or synthetic), extent, date, snapshot by name and
// digest, and citation.
std::string FrontDataWords(const ReportContent& content);

// The provenance of every result as a table.
Table ProvenanceTable(const ReportContent& content);

// A page up to its body, with the report's style and `more_style`; the opening of the body with the stamp of synthetic
// data.
std::string HeadHtml(const ReportContent& content, std::string_view more_style = {});
std::string OpenBodyHtml(const ReportContent& content);

// The opening tag of a box that scrolls: keys move it too, so it takes the focus and has a name.
std::string ScrollHtml(std::string_view css_class, std::string_view label);

// A file name from an id: letters, digits, `-`, `_` and `.` stay, everything else becomes `_`.
std::string FileName(const std::string& id);

// The results a reader needs to see first: rules that block or warn, and notes apart.
std::vector<const FiredRule*> RulesOf(const ReportContent& content, bool notes);

}  // namespace farrell::reporting
