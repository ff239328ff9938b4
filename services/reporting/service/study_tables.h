// The tables of a study, all in the data service: as imported, with the study's variables, with the scores.
#pragma once

#include <map>
#include <stop_token>
#include <string>

#include "common/status/status.h"
#include "farrell/data/v1/data.pb.h"
#include "farrell/dea/v1/dea.pb.h"
#include "farrell/reporting/v1/reporting.pb.h"
#include "services/reporting/service/services.h"
#include "services/reporting/service/study_reader.h"

namespace farrell::reporting {

// Data that a study names: its own, or a vintage of them.
struct NamedData {
  // Where it stands: "data", "vintages[0]".
  std::string field;
  // As written; one of them is empty.
  std::string file;
  std::string dataset;

  // The field that names them: "data.file", "vintages[0].dataset".
  std::string named_at() const { return field + (file.empty() ? ".dataset" : ".file"); }
};
NamedData OwnData(const ReadStudy& read);
NamedData VintageData(const ReadStudy& read, int index);

// What the data are called among the uploads: the path of the file as StudyMissingFile names it, or the dataset.
std::string UploadPath(const ReadStudy& read, const NamedData& data);

// The upload of the data, or null.
const v1::StudyUpload* FindUpload(const ReadStudy& read, const NamedData& data, const v1::StudySource& source);

// The snapshot of the data. Errors: NOT_FOUND (DATA_MISSING when the file was not uploaded, and what the data service
// says of a dataset).
Result<data::v1::Snapshot> FindSnapshot(Services& services, const ReadStudy& read, const NamedData& data,
                                        const v1::StudySource& source, const std::stop_token& stop);

// Units of the snapshot in the file's row order.
Result<std::vector<std::string>> ReadUnits(Services& services, const data::v1::Snapshot& snapshot,
                                           const std::stop_token& stop);

// With the classifications as text columns; the snapshot itself when there are none.
Result<data::v1::Snapshot> AddClassifications(Services& services, const v1::Study& study,
                                              const data::v1::Snapshot& snapshot, const std::vector<std::string>& units,
                                              const std::stop_token& stop);

// With the variables that need no score, and the study's synthetic stamp.
Result<data::v1::Snapshot> AddVariables(Services& services, const v1::Study& study, const data::v1::Snapshot& snapshot,
                                        const std::stop_token& stop);

// With the columns of every scoring step in `results` (study_scores.h) and the variables that need one.
Result<data::v1::Snapshot> AddScores(Services& services, const v1::Study& study, const data::v1::Snapshot& base,
                                     const std::map<std::string, v1::StoredStep>& results, const std::stop_token& stop);

// The column of that name, or null.
const data::v1::Column* FindColumn(const data::v1::Snapshot& snapshot, const std::string& name);

}  // namespace farrell::reporting
