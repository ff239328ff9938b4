// The words of a report in its language, from one source: code writes the English sentence, and the catalogue
// (words_zh.cc) holds the Chinese one under it.
//
//   words("Standard errors in parentheses: {1}.", {inference})
//
// A sentence is one template, never a sum of pieces: word order differs between languages. tests/reporting/engine
// finds every sentence of the code that the catalogue lacks, and every entry that no code uses.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace farrell::reporting {

class Words {
 public:
  // English, as written.
  Words() = default;
  // "en" or "zh". `study_texts`: a text of the study → the same in this language.
  explicit Words(std::string language, std::map<std::string, std::string> study_texts = {})
      : language_(std::move(language)), study_texts_(std::move(study_texts)) {}

  // The sentence in the language of the report, `{1}`, `{2}`, … replaced by the arguments. A sentence that the
  // catalogue lacks stays English.
  std::string operator()(std::string_view english, std::initializer_list<std::string> arguments = {}) const;

  // A text that the study wrote: its translation where the study gives one, else as written.
  std::string Study(const std::string& text) const;

  // "1 row", "3 rows": the template for one, and that for any other number, both with the number as {1}.
  std::string Counted(std::int64_t count, std::string_view one, std::string_view many) const;

  // "a", "a and b", "a, b and c"; "a、b和c".
  std::string Listed(const std::vector<std::string>& items) const;
  // "a, b, c"; "a、b、c".
  std::string Names(const std::vector<std::string>& items) const;
  // Descriptions of one thing: commas between them.
  std::string Clauses(const std::vector<std::string>& items) const;
  // Descriptions of several things: semicolons between them.
  std::string Parts(const std::vector<std::string>& items) const;
  // Sentences one after the other: with a space between them, or without.
  std::string Sentences(const std::vector<std::string>& sentences) const;

  const std::string& language() const { return language_; }
  bool chinese() const { return language_ == "zh"; }

 private:
  std::string language_ = "en";
  std::map<std::string, std::string> study_texts_;
};

// Marks a sentence that Words reads later, for the test of the catalogue.
constexpr std::string_view Said(std::string_view english) { return english; }

// English → Chinese, in the order of the catalogue.
struct WordsEntry {
  std::string_view english;
  std::string_view chinese;
};
const std::vector<WordsEntry>& ChineseWords();

// The parts of the catalogue: tables and the words for inference; figures and the frame of a report.
std::vector<WordsEntry> ChineseTableWords();
std::vector<WordsEntry> ChineseFrameWords();
// The referee rules.
std::vector<WordsEntry> ChineseRuleWords();
// Projections.
std::vector<WordsEntry> ChineseProjectionWords();
// The same of projections and forecasts (words_zh_outlook.cc).
std::vector<WordsEntry> ChineseOutlookWords();

}  // namespace farrell::reporting
