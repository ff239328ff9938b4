// A study file with everything it names: files it extends, layouts of maps, data.
#pragma once

#include <string>
#include <vector>

#include "cli/session.h"
#include "common/status/status.h"
#include "farrell/reporting/v1/reporting.pb.h"

namespace farrell::cli {

// Reads the study file, the files it extends and the layouts it names, and uploads the data file it works on and those
// of its vintages. Paths are looked up beside the file that names them. A file that cannot be read is left out: the
// service reports it with its line. Only the study file itself must exist: NOT_FOUND, reason FILE_NOT_FOUND. A text
// file that is not UTF-8: INVALID_ARGUMENT, reason STUDY_INVALID.
//
// Data that cannot be imported end the reading, unless `data_problems` is given: then every problem of the file is
// added there, with the path of the data as `file`, and the source is returned without those data.
Result<reporting::v1::StudySource> ReadStudyFiles(Session& session, const std::string& path,
                                                  std::vector<reporting::v1::StudyProblem>* data_problems = nullptr);

}  // namespace farrell::cli
