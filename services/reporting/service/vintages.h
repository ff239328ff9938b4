// Vintages: the part of a study that is done again on another release of its data.
//
// The steps of a vintage are those of the study with other data, called "vintage:ID:regression:main": same entries,
// same requests, same code. What the data of a vintage do not allow is told in its table; it is no failure of the
// study.
#pragma once

#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "farrell/data/v1/data.pb.h"
#include "farrell/reporting/v1/reporting.pb.h"
#include "services/reporting/engine/facts.h"
#include "services/reporting/service/places.h"
#include "services/reporting/service/planner.h"
#include "services/reporting/service/services.h"
#include "services/reporting/service/study_reader.h"

namespace farrell::reporting {

struct StudyOnVintage {
  std::string id;
  // The regressions asked for and what they need, on these data; without those in `unavailable`.
  v1::Study study;
  // The data as imported, and with the variables.
  data::v1::Snapshot snapshot;
  data::v1::Snapshot base;
  // Regressions that lack an optional variable here, by id.
  std::map<std::string, UnavailableFacts> unavailable;
};

// The regressions of the vintage with the variables, classifications, DEAs and indices behind them; the data named are
// those of the vintage.
v1::Study StudyOf(const v1::Study& study, const v1::StudyVintage& vintage);

// Columns of `snapshot` that the study's entries are made of, in its order, without the keys.
std::vector<std::string> ColumnsBehind(const v1::Study& study, const data::v1::Snapshot& snapshot);

// The study on the vintage at `index`, whose data are `snapshot`; `own` are the study's. Keys and columns that the
// vintage lacks are added to `problems`, as is a variable that cannot be computed; the result is then only as complete
// as they allow. Errors: a service that cannot be asked.
Result<StudyOnVintage> CheckVintage(Services& services, const ReadStudy& read, int index, const data::v1::Snapshot& own,
                                    const data::v1::Snapshot& snapshot, Problems& problems,
                                    const std::stop_token& stop);

// "vintage:ID:".
std::string VintagePrefix(const std::string& vintage_id);

// The steps of the study and, before its report, those on its vintages.
Result<std::vector<Step>> MakeSteps(const v1::Study& study, const data::v1::Snapshot& snapshot,
                                    const std::vector<StudyOnVintage>& vintages);

// Data and what is done on them: the study on its own, or its part on a vintage. The pointers are not owned.
struct StudyOnData {
  // Id; empty: the study's own data.
  std::string vintage;
  const v1::Study* study = nullptr;
  const data::v1::Snapshot* base = nullptr;

  bool Has(const Step& step) const { return step.vintage == vintage; }
};

// The study's own data first.
std::vector<StudyOnData> OnAllData(const v1::Study& study, const data::v1::Snapshot& base,
                                   const std::vector<StudyOnVintage>& vintages);

}  // namespace farrell::reporting
