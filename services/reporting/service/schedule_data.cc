#include "services/reporting/service/schedule_data.h"

#include <utility>

#include "farrell/data/v1/data.grpc.pb.h"
#include "services/reporting/engine/json_text.h"
#include "services/reporting/service/study_reader.h"

namespace farrell::reporting {
namespace {

bool NamesRelease(const std::string& dataset) { return dataset.find('@') != std::string::npos; }

}  // namespace

Result<ScheduledStudy> ReadScheduledStudy(const v1::StudySource& source) {
  const ReadStudy read = ReadStudySource(source);
  const v1::StudyData& data = read.study.data();
  if (data.dataset().empty()) {
    return InvalidArgument("SCHEDULE_INVALID", "the study cannot run by itself")
        .WithViolations({{"source",
                          "the study must work on a dataset by its name – `data: {dataset: NAME}` – so that new "
                          "releases of it are found"}});
  }
  return ScheduledStudy{read.study.id(), data.dataset()};
}

Result<DatedRelease> NewestRelease(Services& services, const std::string& dataset, const std::stop_token& stop) {
  data::v1::ResolveSnapshotRequest request;
  request.set_reference(dataset);
  FARRELL_ASSIGN_OR_RETURN(
      const auto resolved,
      Invoke(*services.data(), &data::v1::DataService::StubInterface::ResolveSnapshot, request, stop));
  const bool of_a_day = !resolved.newest_release().empty();
  return DatedRelease{of_a_day ? resolved.newest_release() : resolved.release(), resolved.snapshot().digest()};
}

Result<DatedRelease> ReleaseOnDay(Services& services, const std::string& dataset, const std::string& day,
                                  const std::stop_token& stop) {
  return NewestRelease(services, NamesRelease(dataset) ? dataset : dataset + "@known:" + day, stop);
}

v1::StudySource OnSnapshot(const v1::StudySource& source, const std::string& dataset, const std::string& snapshot,
                           const std::string& provisional) {
  v1::StudySource placed = source;
  placed.clear_uploads();
  v1::StudyUpload& upload = *placed.add_uploads();
  upload.set_path(dataset);
  upload.set_snapshot_digest(snapshot);
  if (provisional.empty() || source.files().empty()) return placed;
  // A study that extends the one that is scheduled and says so: the run can be repeated from what it was made from.
  const std::string limits = ReadStudySource(source).study.limits();
  const std::string& base = source.files(0).path();
  const std::string name = base.substr(base.rfind('/') + 1);
  v1::StudyFile stamped;
  stamped.set_path(base.substr(0, base.size() - name.size()) + "provisional-" + name);
  const std::string stamp = "Provisional: the data were not complete when this was run (" + provisional + ").";
  const auto quoted = [](const std::string& text) { return JsonText(nlohmann::ordered_json(text), true); };
  stamped.set_text("extends: " + quoted(name) + "\nlimits: " + quoted(limits + (limits.empty() ? "" : " ") + stamp) +
                   "\n");
  placed.set_path(stamped.path());
  v1::StudySource result = placed;
  result.clear_files();
  *result.add_files() = std::move(stamped);
  result.mutable_files()->MergeFrom(placed.files());
  return result;
}

}  // namespace farrell::reporting
