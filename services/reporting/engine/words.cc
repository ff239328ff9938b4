#include "services/reporting/engine/words.h"

#include <unordered_map>

#include "common/text/number.h"

namespace farrell::reporting {
namespace {

std::string_view Translated(std::string_view english) {
  static const std::unordered_map<std::string_view, std::string_view> chinese = [] {
    std::unordered_map<std::string_view, std::string_view> map;
    for (const WordsEntry& entry : ChineseWords()) map.emplace(entry.english, entry.chinese);
    return map;
  }();
  const auto found = chinese.find(english);
  return found == chinese.end() ? english : found->second;
}

std::string Joined(const std::vector<std::string>& items, std::string_view separator) {
  std::string out;
  for (const std::string& item : items) {
    if (!out.empty()) out += separator;
    out += item;
  }
  return out;
}

}  // namespace

const std::vector<WordsEntry>& ChineseWords() {
  static const std::vector<WordsEntry> all = [] {
    std::vector<WordsEntry> entries = ChineseTableWords();
    for (const WordsEntry& entry : ChineseFrameWords()) entries.push_back(entry);
    for (const WordsEntry& entry : ChineseRuleWords()) entries.push_back(entry);
    for (const WordsEntry& entry : ChineseProjectionWords()) entries.push_back(entry);
    for (const WordsEntry& entry : ChineseOutlookWords()) entries.push_back(entry);
    return entries;
  }();
  return all;
}

std::string Words::operator()(std::string_view english, std::initializer_list<std::string> arguments) const {
  const std::string_view sentence = chinese() ? Translated(english) : english;
  std::string out;
  for (std::size_t i = 0; i < sentence.size(); ++i) {
    const bool place = sentence[i] == '{' && i + 2 < sentence.size() && sentence[i + 2] == '}' &&
                       sentence[i + 1] >= '1' && static_cast<std::size_t>(sentence[i + 1] - '1') < arguments.size();
    if (!place) {
      out += sentence[i];
      continue;
    }
    out += arguments.begin()[sentence[i + 1] - '1'];
    i += 2;
  }
  return out;
}

std::string Words::Study(const std::string& text) const {
  const auto found = study_texts_.find(text);
  return found == study_texts_.end() ? text : found->second;
}

std::string Words::Listed(const std::vector<std::string>& items) const {
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += i + 1 == items.size() ? (chinese() ? "和" : " and ") : (chinese() ? "、" : ", ");
    out += items[i];
  }
  return out;
}

std::string Words::Counted(std::int64_t count, std::string_view one, std::string_view many) const {
  return (*this)(count == 1 ? one : many, {text::FormatCount(count)});
}

std::string Words::Names(const std::vector<std::string>& items) const { return Joined(items, chinese() ? "、" : ", "); }

std::string Words::Clauses(const std::vector<std::string>& items) const {
  return Joined(items, chinese() ? "，" : ", ");
}

std::string Words::Parts(const std::vector<std::string>& items) const { return Joined(items, chinese() ? "；" : "; "); }

std::string Words::Sentences(const std::vector<std::string>& sentences) const {
  std::string out;
  for (const std::string& sentence : sentences) {
    if (!out.empty() && !sentence.empty() && !chinese()) out += ' ';
    out += sentence;
  }
  return out;
}

}  // namespace farrell::reporting
