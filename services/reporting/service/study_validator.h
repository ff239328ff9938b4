// What is wrong with a study apart from the data: identifiers, notation, references, sentences. All at once.
#pragma once

#include "farrell/reporting/v1/reporting.pb.h"
#include "services/reporting/service/places.h"
#include "services/reporting/service/study_reader.h"

namespace farrell::reporting {

// Adds to `problems`, each with the place where it was written. Columns of the data are checked elsewhere
// (study_data_check.h). A study that could not be read is not blamed for what it lacks.
void ValidateStudy(const ReadStudy& read, Problems& problems);

// Tables, figures and sentences: the part of a study that shows results. Called by ValidateStudy.
void ValidateReport(const ReadStudy& read, Problems& problems);

// Projections; their filters apart. Called by ValidateStudy.
void ValidateProjections(const ReadStudy& read, Problems& problems);

// A problem at a field of the study.
void AddProblem(const ReadStudy& read, const std::string& field, const std::string& message, Problems& problems);
// The same, `position` characters into the text of the field.
void AddProblemAt(const ReadStudy& read, const std::string& field, int position, const std::string& message,
                  Problems& problems);

// "regressions[2]"
std::string Element(const std::string& list, int index);

}  // namespace farrell::reporting
