#include "services/reporting/service/study_reader.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <vector>

#include "services/reporting/service/did_you_mean.h"
#include "services/reporting/service/entry_lists.h"
#include "services/reporting/service/study_expansion.h"
#include "services/reporting/service/study_validator.h"
#include "services/reporting/service/yaml_message.h"

namespace farrell::reporting {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr std::size_t kMostLevels = 16;

bool IsEntryList(const FieldDescriptor& field) {
  return field.is_repeated() && !field.is_map() && field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
}

const v1::StudyFile* FindFile(const v1::StudySource& source, const std::string& path) {
  const std::string wanted = ResolvePath("", path);
  for (const v1::StudyFile& file : source.files()) {
    if (ResolvePath("", file.path()) == wanted) return &file;
  }
  return nullptr;
}

// Position of the entry with this id, or -1.
int FindEntry(const Message& study, const FieldDescriptor& field, const std::string& id) {
  const Reflection& reflection = *study.GetReflection();
  for (int i = 0; i < reflection.FieldSize(study, &field); ++i) {
    if (!id.empty() && EntryId(reflection.GetRepeatedMessage(study, &field, i)) == id) return i;
  }
  return -1;
}

void MergeEntries(const FieldDescriptor& field, const ReadStudy& child, ReadStudy& merged) {
  const Reflection& reflection = *v1::Study::GetReflection();
  const int inherited = reflection.FieldSize(merged.study, &field);
  for (int i = 0; i < reflection.FieldSize(child.study, &field); ++i) {
    const Message& entry = reflection.GetRepeatedMessage(child.study, &field, i);
    int at = FindEntry(merged.study, field, EntryId(entry));
    // Two entries of one file with the same id stay two: the validator points at the second.
    if (at < 0 || at >= inherited) {
      at = reflection.FieldSize(merged.study, &field);
      reflection.AddMessage(&merged.study, &field);
    }
    reflection.MutableRepeatedMessage(&merged.study, &field, at)->CopyFrom(entry);
    merged.places.Erase(Element(field.name(), at));
    merged.places.CopyFrom(child.places, Element(field.name(), i), Element(field.name(), at));
  }
}

// Texts by name: those written here go before those inherited.
void MergeTexts(const FieldDescriptor& field, const ReadStudy& child, ReadStudy& merged) {
  const auto merge = [](const auto& from, auto& to) {
    for (const auto& [name, text] : from) to[name] = text;
  };
  if (field.name() == "define") merge(child.study.define(), *merged.study.mutable_define());
  if (field.name() == "translations") merge(child.study.translations(), *merged.study.mutable_translations());
  merged.places.CopyFrom(child.places, field.name(), field.name());
}

void ReplaceField(const FieldDescriptor& field, const ReadStudy& child, ReadStudy& merged) {
  const Reflection& reflection = *v1::Study::GetReflection();
  reflection.ClearField(&merged.study, &field);
  merged.places.Erase(field.name());
  merged.places.CopyFrom(child.places, field.name(), field.name());
  if (field.is_repeated()) {
    for (int i = 0; i < reflection.FieldSize(child.study, &field); ++i) {
      reflection.AddString(&merged.study, &field, reflection.GetRepeatedString(child.study, &field, i));
    }
  } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    reflection.MutableMessage(&merged.study, &field)->CopyFrom(reflection.GetMessage(child.study, &field));
  } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_INT64) {
    reflection.SetInt64(&merged.study, &field, reflection.GetInt64(child.study, &field));
  } else {
    reflection.SetString(&merged.study, &field, reflection.GetString(child.study, &field));
  }
}

// Takes the entries called `wanted` ("t1" or "tables:t1") out of every list; their ids are added to `known`.
bool RemoveEntries(const std::string& wanted, ReadStudy& base, std::vector<std::string>& known) {
  const Descriptor& descriptor = *v1::Study::descriptor();
  bool removed = false;
  for (int f = 0; f < descriptor.field_count(); ++f) {
    const FieldDescriptor& field = *descriptor.field(f);
    if (!IsEntryList(field)) continue;
    KeepEntries(base, field, [&](const Message& entry) {
      const std::string id = EntryId(entry);
      if (!id.empty()) known.push_back(id);
      const bool wants = !id.empty() && (wanted == id || wanted == field.name() + ":" + id);
      removed = removed || wants;
      return !wants;
    });
  }
  return removed;
}

class Resolver {
 public:
  explicit Resolver(const v1::StudySource& source) : source_(source) {}

  ReadStudy Resolve(const v1::StudyFile& file) {
    chain_.push_back(ResolvePath("", file.path()));
    ReadStudy here;
    here.readable = ReadYamlMessage(file.text(), file.path(), here.study, here.places, here.problems);
    if (here.study.extends().empty()) {
      for (int i = 0; i < here.study.remove_size(); ++i) {
        here.problems.Add(here.places.Find(Element("remove", i)), Element("remove", i),
                          "there is nothing to remove: the study extends no other");
      }
      here.study.clear_remove();
      return here;
    }
    const Place place = here.places.Find("extends");
    const std::string path = ResolvePath(file.path(), here.study.extends());
    const v1::StudyFile* base_file = FindFile(source_, path);
    if (std::find(chain_.begin(), chain_.end(), path) != chain_.end()) {
      here.problems.Add(place, "extends", "`" + here.study.extends() + "` extends this file in turn: a circle");
    } else if (chain_.size() >= kMostLevels) {
      here.problems.Add(place, "extends", "more than " + std::to_string(kMostLevels) + " files extend one another");
    } else if (base_file == nullptr) {
      here.problems.Add(place, "extends", "there is no file `" + path + "`");
      here.missing_files.push_back(path);
    } else {
      return Merge(Resolve(*base_file), here);
    }
    here.study.clear_extends();
    here.study.clear_remove();
    return here;
  }

 private:
  static ReadStudy Merge(ReadStudy merged, const ReadStudy& child) {
    for (const v1::StudyProblem& problem : child.problems.Sorted()) {
      merged.problems.Add({problem.file(), problem.line(), problem.column()}, problem.field(), problem.message());
    }
    for (int i = 0; i < child.study.remove_size(); ++i) {
      std::vector<std::string> known;
      if (RemoveEntries(child.study.remove(i), merged, known)) continue;
      merged.problems.Add(
          child.places.Find(Element("remove", i)), Element("remove", i),
          "nothing inherited is called `" + child.study.remove(i) + "`" + Suggestion(child.study.remove(i), known));
    }
    const Descriptor& descriptor = *v1::Study::descriptor();
    for (int f = 0; f < descriptor.field_count(); ++f) {
      const FieldDescriptor& field = *descriptor.field(f);
      if (!child.places.Has(field.name()) || field.name() == "extends" || field.name() == "remove") continue;
      if (IsEntryList(field)) {
        MergeEntries(field, child, merged);
      } else if (field.is_map()) {
        MergeTexts(field, child, merged);
      } else {
        ReplaceField(field, child, merged);
      }
    }
    merged.readable = merged.readable && child.readable;
    merged.missing_files.insert(merged.missing_files.end(), child.missing_files.begin(), child.missing_files.end());
    merged.places.Erase("");
    merged.places.Set("", child.places.Find(""));
    return merged;
  }

  const v1::StudySource& source_;
  std::vector<std::string> chain_;
};

}  // namespace

std::string ResolvePath(const std::string& file, const std::string& relative) {
  const std::filesystem::path path = std::filesystem::path(file).parent_path() / relative;
  return path.lexically_normal().generic_string();
}

const v1::StudyFile* FindFile(const v1::StudySource& source, const std::string& resolved) {
  for (const v1::StudyFile& file : source.files()) {
    if (ResolvePath("", file.path()) == resolved) return &file;
  }
  return nullptr;
}

std::string EntryId(const Message& entry) {
  for (const char* name : {"id", "name"}) {
    const FieldDescriptor* field = entry.GetDescriptor()->FindFieldByName(name);
    if (field != nullptr && field->cpp_type() == FieldDescriptor::CPPTYPE_STRING && !field->is_repeated()) {
      return entry.GetReflection()->GetString(entry, field);
    }
  }
  return {};
}

ReadStudy ReadStudySource(const v1::StudySource& source) {
  if (source.files().empty()) {
    ReadStudy nothing;
    nothing.problems.Add({source.path(), 0, 0}, "", "the request holds no study file");
    nothing.readable = false;
    return nothing;
  }
  ReadStudy read = Resolver(source).Resolve(source.files(0));
  ExpandStudy(read);
  return read;
}

}  // namespace farrell::reporting
