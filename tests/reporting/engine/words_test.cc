// The catalogue of Chinese sentences holds every sentence that the code says, and nothing else.
#include "services/reporting/engine/words.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace farrell::reporting {
namespace {

// Sentences passed to Words as literals, adjacent literals joined, with the file that says them.
std::map<std::string, std::string> SentencesOfCode() {
  std::map<std::string, std::string> sentences;
  // words("…"), options.words("…") and Said("…"), the literal possibly over several lines.
  const std::regex call(R"re(\b(?:words_?|Said)\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+))re");
  const std::regex literal(R"re("((?:[^"\\]|\\.)*)")re");
  const std::filesystem::path engine(FARRELL_REPORTING_ENGINE);
  std::vector<std::filesystem::directory_entry> files;
  for (const auto& folder : {engine, engine.parent_path() / "service"}) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry);
  }
  for (const auto& entry : files) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".cc") || name.starts_with("words")) continue;
    std::ifstream in(entry.path());
    std::stringstream bytes;
    bytes << in.rdbuf();
    const std::string text = bytes.str();
    for (std::sregex_iterator at(text.begin(), text.end(), call), end; at != end; ++at) {
      const std::string literals = (*at)[1];
      std::string sentence;
      for (std::sregex_iterator part(literals.begin(), literals.end(), literal); part != end; ++part) {
        sentence += (*part)[1];
      }
      sentences.emplace(std::regex_replace(sentence, std::regex(R"re(\\(.))re"), "$1"), name);
    }
  }
  return sentences;
}

std::multiset<std::string> Places(const std::string& sentence) {
  std::multiset<std::string> places;
  const std::regex place(R"(\{[0-9]\})");
  for (std::sregex_iterator at(sentence.begin(), sentence.end(), place), end; at != end; ++at) places.insert(at->str());
  return places;
}

TEST(Words, EverySentenceOfTheCodeHasItsChinese) {
  std::set<std::string> known;
  for (const WordsEntry& entry : ChineseWords()) known.emplace(entry.english);
  const std::map<std::string, std::string> said = SentencesOfCode();
  EXPECT_FALSE(said.empty());
  for (const auto& [sentence, file] : said) EXPECT_TRUE(known.contains(sentence)) << file << ": \"" << sentence << '"';
}

TEST(Words, TheCatalogueHoldsNothingThatNoCodeSays) {
  const std::map<std::string, std::string> said = SentencesOfCode();
  std::set<std::string> seen;
  for (const WordsEntry& entry : ChineseWords()) {
    const std::string sentence(entry.english);
    EXPECT_TRUE(said.contains(sentence)) << "nobody says \"" << sentence << '"';
    EXPECT_TRUE(seen.insert(sentence).second) << "twice: \"" << sentence << '"';
    EXPECT_EQ(Places(sentence), Places(std::string(entry.chinese))) << sentence;
  }
}

TEST(Words, PutsArgumentsWhereTheLanguageWantsThem) {
  const Words english;
  EXPECT_EQ(english("{2} of {1}", {"a", "b"}), "b of a");
  EXPECT_EQ(english("{1} {3} {x}", {"a"}), "a {3} {x}");
  EXPECT_EQ(english.Listed({"a", "b", "c"}), "a, b and c");
  EXPECT_EQ(english.Sentences({"One.", "", "Two."}), "One. Two.");
  const Words chinese("zh", {{"Baseline", "基准回归"}});
  EXPECT_EQ(chinese("Data"), "数据");
  EXPECT_EQ(chinese("not in any catalogue {1}", {"7"}), "not in any catalogue 7");
  EXPECT_EQ(chinese.Study("Baseline"), "基准回归");
  EXPECT_EQ(chinese.Study("other"), "other");
  EXPECT_EQ(chinese.Listed({"东部", "中部", "西部"}), "东部、中部和西部");
  EXPECT_EQ(chinese.Sentences({"一。", "二。"}), "一。二。");
}

}  // namespace
}  // namespace farrell::reporting
