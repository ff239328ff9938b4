#include "services/reporting/service/study_expansion.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "services/reporting/service/did_you_mean.h"
#include "services/reporting/service/entry_lists.h"
#include "services/reporting/service/study_scores.h"
#include "services/reporting/service/study_validator.h"

namespace farrell::reporting {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Map;
using google::protobuf::Message;
using google::protobuf::Reflection;
using Texts = std::map<std::string, std::string>;

constexpr int kDeepest = 16;
// A text that doubles with every level must not fill the memory.
constexpr std::size_t kLongestText = std::size_t{1} << 16;

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

// The next `{NAME}` at or after `from`: position and name.
std::optional<std::pair<std::size_t, std::string>> NextPlaceholder(const std::string& text, std::size_t from) {
  for (std::size_t at = text.find('{', from); at != std::string::npos; at = text.find('{', at + 1)) {
    std::size_t end = at + 1;
    while (end < text.size() && IsNameCharacter(text[end])) ++end;
    if (end > at + 1 && end < text.size() && text[end] == '}') {
      return std::make_pair(at, text.substr(at + 1, end - at - 1));
    }
  }
  return std::nullopt;
}

std::string AsIdPart(std::string value) {
  for (char& c : value) {
    if (!IsNameCharacter(c)) c = '_';
  }
  return value;
}

class Expander {
 public:
  explicit Expander(ReadStudy& read) : read_(read), define_(read.study.define().begin(), read.study.define().end()) {}

  void Expand() {
    for (const FieldDescriptor* list : ModelLists()) ExpandList(*list);
    AddChannelRegressions();
    for (int i = 0; i < read_.study.tables_size(); ++i) {
      WriteOutNames(Element("tables", i) + ".columns", *read_.study.mutable_tables(i)->mutable_columns());
    }
    for (int i = 0; i < read_.study.figures_size(); ++i) {
      WriteOutNames(Element("figures", i) + ".of", *read_.study.mutable_figures(i)->mutable_of());
    }
    for (int i = 0; i < read_.study.vintages_size(); ++i) {
      WriteOutNames(Element("vintages", i) + ".regressions", *read_.study.mutable_vintages(i)->mutable_regressions());
    }
    read_.study.clear_define();
  }

 private:
  struct Loop {
    std::string name;
    std::vector<std::string> values;
  };

  void Complain(const std::string& field, const std::string& message) {
    read_.problems.Add(read_.places.Find(field), field, message);
  }

  // The three regressions of every split into channels (study_scores.h has their names).
  void AddChannelRegressions() {
    for (int i = 0; i < read_.study.channels_size(); ++i) {
      const v1::StudyChannels& channels = read_.study.channels(i);
      const v1::StudyDea* dea = nullptr;
      for (const v1::StudyDea& entry : read_.study.dea()) {
        if (entry.id() == channels.dea()) dea = &entry;
      }
      if (dea == nullptr || dea->outputs_size() != 1) continue;  // the validator says so
      const std::string score = "score." + dea->id();
      const std::string outcomes[] = {"log(" + dea->outputs(0) + ")", "log(" + score + ")",
                                      "log((" + dea->outputs(0) + ") / " + score + ")"};
      for (std::size_t part = 0; part < kChannelParts.size(); ++part) {
        const std::string at = Element("regressions", read_.study.regressions_size());
        v1::StudyRegression& regression = *read_.study.add_regressions();
        regression.set_id(ChannelRegression(channels.id(), kChannelParts[part]));
        regression.set_label(channels.label());
        regression.set_formula(outcomes[part] + " " + channels.formula());
        *regression.mutable_inference() = channels.inference();
        regression.set_ssc(channels.ssc());
        regression.set_where(channels.where());
        read_.places.CopyFrom(read_.places, Element("channels", i), at);
        Place place = read_.places.Find(at + ".formula");
        place.text_offset = -1;
        read_.places.Set(at + ".formula", place);
      }
    }
  }

  void ExpandList(const FieldDescriptor& list) {
    const Reflection& reflection = *v1::Study::GetReflection();
    v1::Study expanded;
    Places places;
    ids_[list.name()];
    for (int i = 0; i < reflection.FieldSize(read_.study, &list); ++i) {
      const std::string from = Element(list.name(), i);
      const Message& entry = reflection.GetRepeatedMessage(read_.study, &list, i);
      for (const Texts& values : Combinations(from, entry, list.name())) {
        const int at = reflection.FieldSize(expanded, &list);
        Message& one = *reflection.AddMessage(&expanded, &list);
        one.CopyFrom(entry);
        const std::string to = Element(list.name(), at);
        places.CopyFrom(read_.places, from, to);
        WriteOut(from, to, values, one, places);
        ids_[list.name()].push_back(EntryId(one));
      }
    }
    const Place whole = read_.places.Find(list.name());
    const bool written = read_.places.Has(list.name());
    read_.places.Erase(list.name());
    if (written) read_.places.Set(list.name(), whole);
    read_.places.CopyFrom(places, list.name(), list.name());
    for (int i = 0; i < reflection.FieldSize(expanded, &list); ++i) {
      read_.places.CopyFrom(places, Element(list.name(), i), Element(list.name(), i));
    }
    reflection.SwapFields(&read_.study, &expanded, {&list});
  }

  // One map of loop values an entry to make; a single empty one without loops, none after a problem.
  std::vector<Texts> Combinations(const std::string& field, const Message& entry, const std::string& list) {
    const std::vector<Loop> loops = LoopsOf(field, entry, list);
    std::size_t count = 1;
    for (const Loop& loop : loops) count = std::min(count * loop.values.size(), kMostExpandedEntries + 1);
    made_ += count;
    if (made_ > kMostExpandedEntries) {
      Complain(field, "the loops of the study make more than " + std::to_string(kMostExpandedEntries) + " entries");
      made_ -= count;
      return {};
    }
    std::vector<Texts> combinations = {{}};
    for (const Loop& loop : loops) {
      std::vector<Texts> longer;
      for (const Texts& known : combinations) {
        for (const std::string& value : loop.values) {
          longer.push_back(known);
          longer.back()[loop.name] = value;
        }
      }
      combinations = std::move(longer);
    }
    return combinations;
  }

  std::vector<Loop> LoopsOf(const std::string& field, const Message& entry, const std::string& list) {
    const FieldDescriptor& each = *entry.GetDescriptor()->FindFieldByName("each");
    std::vector<Loop> loops;
    std::set<std::string> names;
    for (int i = 0; i < entry.GetReflection()->FieldSize(entry, &each); ++i) {
      const auto& loop = static_cast<const v1::StudyLoop&>(entry.GetReflection()->GetRepeatedMessage(entry, &each, i));
      const std::string at = Element(field + ".each", i);
      if (loop.name().empty() || !names.insert(loop.name()).second) {
        Complain(at, loop.name().empty() ? "a loop needs a `name`" : "two loops are called `" + loop.name() + "`");
      }
      loops.push_back({loop.name(), {loop.in().begin(), loop.in().end()}});
      if (loop.over().empty()) {
        if (loop.in().empty()) Complain(at, "a loop needs values: `in: [a, b]`, or `over: dea`");
        continue;
      }
      if (!loop.in().empty()) Complain(at, "give either `in` or `over`");
      const auto ids = ids_.find(loop.over());
      if (ids == ids_.end() || loop.over() == list) {
        std::vector<std::string> known;
        for (const auto& [name, unused] : ids_) {
          if (name != list) known.push_back(name);
        }
        Complain(at + ".over",
                 "`" + loop.over() + "` is no list of entries before this one" + Suggestion(loop.over(), known));
      } else {
        loops.back().values.insert(loops.back().values.end(), ids->second.begin(), ids->second.end());
      }
    }
    return loops;
  }

  // Turns the copy of an entry into the one that `values` make.
  void WriteOut(const std::string& from, const std::string& to, const Texts& values, Message& entry, Places& places) {
    const Reflection& reflection = *entry.GetReflection();
    const auto& descriptor = *entry.GetDescriptor();
    const FieldDescriptor* id = descriptor.FindFieldByName("id");
    if (id == nullptr) id = descriptor.FindFieldByName("name");
    const std::string name = reflection.GetString(entry, id);
    if (!values.empty() && !NextPlaceholder(name, 0)) {
      std::string longer = name;
      for (const FieldDescriptor* each = descriptor.FindFieldByName("each");
           const std::string& loop : NamesOf(entry, *each)) {
        longer += "_" + AsIdPart(values.at(loop));
      }
      groups_[name].push_back(longer);
      reflection.SetString(&entry, id, longer);
    }
    Texts texts = values;
    const FieldDescriptor* with = descriptor.FindFieldByName("with");
    for (int i = 0; i < reflection.FieldSize(entry, with); ++i) {
      const Message& pair = reflection.GetRepeatedMessage(entry, with, i);
      const auto& fields = *pair.GetDescriptor();
      texts.emplace(pair.GetReflection()->GetString(pair, fields.map_key()),
                    pair.GetReflection()->GetString(pair, fields.map_value()));
    }
    texts.insert(define_.begin(), define_.end());
    reflection.ClearField(&entry, with);
    reflection.ClearField(&entry, descriptor.FindFieldByName("each"));
    Substitute(from, to, texts, entry, places);
  }

  static std::vector<std::string> NamesOf(const Message& entry, const FieldDescriptor& each) {
    std::vector<std::string> names;
    for (int i = 0; i < entry.GetReflection()->FieldSize(entry, &each); ++i) {
      names.push_back(
          static_cast<const v1::StudyLoop&>(entry.GetReflection()->GetRepeatedMessage(entry, &each, i)).name());
    }
    return names;
  }

  void Substitute(const std::string& from, const std::string& to, const Texts& texts, Message& message,
                  Places& places) {
    const Reflection& reflection = *message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      const bool text = field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
      const bool entry = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field->is_map();
      if (!text && !entry) continue;
      const int size = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
      for (int i = 0; i < size; ++i) {
        const std::string part = "." + (field->is_repeated() ? Element(field->name(), i) : field->name());
        if (entry) {
          Substitute(from + part, to + part, texts,
                     field->is_repeated() ? *reflection.MutableRepeatedMessage(&message, field, i)
                                          : *reflection.MutableMessage(&message, field),
                     places);
          continue;
        }
        const std::string written = field->is_repeated() ? reflection.GetRepeatedString(message, field, i)
                                                         : reflection.GetString(message, field);
        if (!NextPlaceholder(written, 0)) continue;
        const std::string whole = Whole(from + part, written, texts);
        field->is_repeated() ? reflection.SetRepeatedString(&message, field, i, whole)
                             : reflection.SetString(&message, field, whole);
        // Positions inside the text are no longer those of the file.
        Place place = places.Find(to + part);
        place.text_offset = -1;
        places.Set(to + part, place);
      }
    }
  }

  // `text` with every name written out. After a problem, the text as it is.
  std::string Whole(const std::string& field, const std::string& text, const Texts& texts) {
    std::string whole = text;
    for (int depth = 0;; ++depth) {
      if (!NextPlaceholder(whole, 0)) return whole;
      if (depth == kDeepest || whole.size() > kLongestText) {
        Complain(field, "the texts behind `" + text + "` stand for each other in a circle, or are too long");
        return text;
      }
      std::string next;
      std::size_t done = 0;
      for (auto found = NextPlaceholder(whole, 0); found; found = NextPlaceholder(whole, done)) {
        const auto value = texts.find(found->second);
        if (value == texts.end()) {
          std::vector<std::string> known;
          for (const auto& [name, unused] : texts) known.push_back(name);
          Complain(field, "`{" + found->second + "}` is not defined" + Suggestion(found->second, known));
          return text;
        }
        next += whole.substr(done, found->first - done) + value->second;
        done = found->first + found->second.size() + 2;
      }
      whole = next + whole.substr(done);
    }
  }

  // The name of a loop's entry becomes the ids it made.
  void WriteOutNames(const std::string& field, google::protobuf::RepeatedPtrField<std::string>& names) {
    if (std::none_of(names.begin(), names.end(), [&](const std::string& name) { return groups_.contains(name); })) {
      return;
    }
    const std::vector<std::string> written(names.begin(), names.end());
    Places moved;
    names.Clear();
    for (std::size_t i = 0; i < written.size(); ++i) {
      const auto group = groups_.find(written[i]);
      const std::vector<std::string> ids = group == groups_.end() ? std::vector{written[i]} : group->second;
      for (const std::string& id : ids) {
        moved.CopyFrom(read_.places, Element(field, static_cast<int>(i)), Element(field, names.size()));
        names.Add(std::string(id));
      }
    }
    for (int i = 0; i < names.size(); ++i) {
      read_.places.Erase(Element(field, i));
      read_.places.CopyFrom(moved, Element(field, i), Element(field, i));
    }
  }

  ReadStudy& read_;
  const Texts define_;
  std::size_t made_ = 0;
  // By list, the ids it holds once written out.
  std::map<std::string, std::vector<std::string>> ids_;
  // By the id of an entry with loops, the ids it made.
  std::map<std::string, std::vector<std::string>> groups_;
};

}  // namespace

void ExpandStudy(ReadStudy& read) { Expander(read).Expand(); }

}  // namespace farrell::reporting
