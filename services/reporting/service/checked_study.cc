#include "services/reporting/service/checked_study.h"

#include <set>

#include "services/reporting/service/layout_reader.h"
#include "services/reporting/service/study_data_check.h"
#include "services/reporting/service/study_tables.h"
#include "services/reporting/service/study_validator.h"

namespace farrell::reporting {
namespace {

void AddMissing(v1::StudyMissingFile::Kind kind, const std::string& path, CheckedStudy& checked) {
  for (const v1::StudyMissingFile& known : checked.missing_files) {
    if (known.path() == path) return;
  }
  v1::StudyMissingFile& missing = checked.missing_files.emplace_back();
  missing.set_kind(kind);
  missing.set_path(path);
}

void CheckLayouts(const v1::StudySource& source, CheckedStudy& checked) {
  for (int i = 0; i < checked.read.study.figures_size(); ++i) {
    const std::string& layout = checked.read.study.figures(i).layout();
    if (layout.empty()) continue;
    const std::string field = Element("figures", i) + ".layout";
    const std::string path = ResolvePath(checked.read.places.Find(field).file, layout);
    const v1::StudyFile* file = FindFile(source, path);
    if (file == nullptr) {
      AddMissing(v1::StudyMissingFile::KIND_LAYOUT, path, checked);
      continue;
    }
    checked.layouts[layout] = file->text();
    const Status read = ReadLayout(file->text()).status();
    for (const FieldViolation& violation : read.violations()) {
      AddProblem(checked.read, field, path + ", " + violation.field + ": " + violation.description,
                 checked.read.problems);
    }
  }
}

// What the data say of a field that is wrong already says nothing new.
void AddDataProblems(const Problems& found, CheckedStudy& checked) {
  std::set<std::string> known;
  for (const v1::StudyProblem& problem : checked.read.problems.Sorted()) known.insert(problem.field());
  for (const v1::StudyProblem& problem : found.Sorted()) {
    if (known.contains(problem.field())) continue;
    checked.read.problems.Add({problem.file(), problem.line(), problem.column()}, problem.field(), problem.message());
  }
}

// The snapshot of the data; nothing where they are not named or not at hand, which is told in `checked`.
Result<std::optional<data::v1::Snapshot>> SnapshotOf(Services& services, const NamedData& data,
                                                     const v1::StudySource& source, CheckedStudy& checked,
                                                     const std::stop_token& stop) {
  if (data.file.empty() == data.dataset.empty()) return std::optional<data::v1::Snapshot>();
  if (!data.file.empty() && FindUpload(checked.read, data, source) == nullptr) {
    AddMissing(v1::StudyMissingFile::KIND_DATA, UploadPath(checked.read, data), checked);
    return std::optional<data::v1::Snapshot>();
  }
  Result<data::v1::Snapshot> snapshot = FindSnapshot(services, checked.read, data, source, stop);
  if (!snapshot.ok() && snapshot.status().code() == Code::kNotFound) {
    AddProblem(checked.read, data.named_at(), snapshot.status().message(), checked.read.problems);
    checked.data_not_found = snapshot.status();
    return std::optional<data::v1::Snapshot>();
  }
  if (!snapshot.ok()) return snapshot.status();
  return std::optional(std::move(snapshot).value());
}

Status CheckOnData(Services& services, const v1::StudySource& source, CheckedStudy& checked,
                   const std::stop_token& stop) {
  FARRELL_ASSIGN_OR_RETURN(checked.snapshot, SnapshotOf(services, OwnData(checked.read), source, checked, stop));
  if (checked.snapshot) {
    checked.withheld = WithholdUnavailable(checked.read, *checked.snapshot);
    Problems found;
    FARRELL_ASSIGN_OR_RETURN(checked.base, CheckData(services, checked.read, *checked.snapshot, found, stop));
    AddDataProblems(found, checked);
  }
  Problems found;
  for (int i = 0; i < checked.read.study.vintages_size(); ++i) {
    FARRELL_ASSIGN_OR_RETURN(const std::optional<data::v1::Snapshot> snapshot,
                             SnapshotOf(services, VintageData(checked.read, i), source, checked, stop));
    if (!snapshot || !checked.snapshot) continue;
    FARRELL_ASSIGN_OR_RETURN(StudyOnVintage vintage,
                             CheckVintage(services, checked.read, i, *checked.snapshot, *snapshot, found, stop));
    checked.vintages.push_back(std::move(vintage));
  }
  AddDataProblems(found, checked);
  return Status::Ok();
}

}  // namespace

Result<CheckedStudy> CheckStudy(Services& services, const v1::StudySource& source, const std::stop_token& stop) {
  CheckedStudy checked{.read = ReadStudySource(source),
                       .missing_files = {},
                       .snapshot = {},
                       .base = {},
                       .withheld = {},
                       .vintages = {},
                       .layouts = {},
                       .data_not_found = {}};
  for (const std::string& path : checked.read.missing_files) {
    AddMissing(v1::StudyMissingFile::KIND_STUDY, path, checked);
  }
  // Half a study would be blamed for what its other half says.
  if (!checked.missing_files.empty() || !checked.read.readable) return checked;
  ValidateStudy(checked.read, checked.read.problems);
  CheckLayouts(source, checked);
  FARRELL_RETURN_IF_ERROR(CheckOnData(services, source, checked, stop));
  return checked;
}

Status Runnable(const CheckedStudy& checked) {
  if (!checked.data_not_found.ok() && checked.read.problems.size() == 1) return checked.data_not_found;
  Violations violations;
  for (const v1::StudyProblem& problem : checked.read.problems.Sorted()) {
    v1::StudyProblem placed = problem;
    placed.clear_field();
    violations.Add(problem.field(), FormatProblem(placed));
  }
  const std::size_t count = violations.size();
  FARRELL_RETURN_IF_ERROR(
      std::move(violations)
          .Finish("STUDY_INVALID", "the study has " + std::to_string(count) + (count == 1 ? " problem" : " problems")));
  for (const v1::StudyMissingFile& missing : checked.missing_files) {
    const bool data = missing.kind() == v1::StudyMissingFile::KIND_DATA;
    return NotFound(data ? "DATA_MISSING" : "LAYOUT_MISSING", "the file " + missing.path() + " was not sent")
        .With("path", missing.path());
  }
  return Status::Ok();
}

}  // namespace farrell::reporting
