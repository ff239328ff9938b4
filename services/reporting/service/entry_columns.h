// Where an entry of a study names columns, by reflection: the texts that hold names, each with its place.
#pragma once

#include <string>
#include <vector>

#include <google/protobuf/message.h>

#include "farrell/reporting/v1/reporting.pb.h"

namespace farrell::reporting {

// The part of a text that names columns: "state" of the inference "cr3:state".
struct ColumnText {
  // "regressions[2].inference[0]"
  std::string field;
  std::string text;
  // Characters of the field's text before it.
  int offset = 0;
};

// Formulas, filters, lists of columns and notation that ends in a column, of `entry` and what it holds. `field`: where
// the entry stands.
std::vector<ColumnText> ColumnTexts(const google::protobuf::Message& entry, const std::string& field);

// The entry that stands at "regressions[2]"; null when there is none.
const google::protobuf::Message* EntryAt(const v1::Study& study, const std::string& field);

}  // namespace farrell::reporting
