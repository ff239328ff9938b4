// The lists of entries of a study, by reflection: an entry knows its place in the file when it moves.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <google/protobuf/descriptor.h>

#include "services/reporting/service/study_reader.h"

namespace farrell::reporting {

// Lists of models and variables: entries that `define` and loops may write (study_expansion.h).
std::vector<const google::protobuf::FieldDescriptor*> ModelLists();

// Every text of an entry, or of a request made from it, that can name a variable; a space between two.
std::string TextsOf(const google::protobuf::Message& entry);

// Keeps the entries of a list for which `keep` is true, with their places.
void KeepEntries(ReadStudy& read, const google::protobuf::FieldDescriptor& list,
                 const std::function<bool(const google::protobuf::Message& entry)>& keep);

// As KeepEntries, for a list of texts: "tables[2].columns".
void KeepTexts(ReadStudy& read, const std::string& field, google::protobuf::RepeatedPtrField<std::string>& texts,
               const std::function<bool(const std::string& text)>& keep);

}  // namespace farrell::reporting
