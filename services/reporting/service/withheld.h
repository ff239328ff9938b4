// Entries of a study that use an optional variable which the data cannot make: they are left out before anything is
// planned, and the report says so where they would stand.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <google/protobuf/repeated_field.h>

#include "farrell/data/v1/data.pb.h"
#include "farrell/reporting/v1/reporting.pb.h"
#include "services/reporting/engine/facts.h"
#include "services/reporting/service/study_reader.h"

namespace farrell::reporting {

struct Withheld {
  // By list and id: "regressions:t2", "variables:hc", "variables:score.inventions".
  std::map<std::string, UnavailableFacts> entries;
  // Tables as the study asks for them; those of the study no longer name what was left out.
  google::protobuf::RepeatedPtrField<v1::StudyTable> tables;
  // Figures and sentences that would need what was left out.
  std::vector<NotAvailableFacts> lost;

  bool empty() const { return entries.empty(); }
};

// Takes the entries out of `read`, with their places.
Withheld WithholdUnavailable(ReadStudy& read, const data::v1::Snapshot& snapshot);

}  // namespace farrell::reporting
