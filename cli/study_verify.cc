#include "cli/study_verify.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "cli/bundle.h"
#include "cli/bundle_comparison.h"
#include "cli/byte_source.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/rows.h"
#include "common/text/number.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "farrell/reporting/v1/reporting.grpc.pb.h"

namespace farrell::cli {
namespace {

constexpr std::size_t kFileBytesAtOnce = std::size_t{1} << 20;
constexpr std::uintmax_t kLargestBundle = std::uintmax_t{512} << 20;

Result<std::string> ReadArchiveFile(Session& session, const std::string& path) {
  std::error_code unreadable;
  const std::uintmax_t size = std::filesystem::file_size(path, unreadable);
  if (!unreadable && size > kLargestBundle) {
    return InvalidArgument("ZIP_INVALID",
                           fmt::format("{} has {} bytes; at most {} are read", path, size, kLargestBundle));
  }
  return ReadFile(path, session.interrupt());
}

// The bytes of the bundle. A run can have no name that is there as a path: paths come first.
Result<std::string> ReadArchive(Session& session, const std::string& named) {
  std::error_code unreadable;
  if (std::filesystem::exists(named, unreadable)) return ReadArchiveFile(session, named);
  Result<std::string> fetched = FetchBundle(session, named);
  const std::string& reason = fetched.status().reason();
  if (reason != "RUN_NOT_FOUND" && reason != "RUN_ID_INVALID") return fetched;
  return NotFound("BUNDLE_NOT_FOUND",
                  fmt::format("{} is neither a file nor a run: {}", named, fetched.status().message()))
      .With("bundle", named);
}

// One table of the bundle in the fresh state. BUNDLE_INVALID when it is not what the bundle speaks of.
Status UploadTable(Session& session, const BundleTable& table, Bundle& bundle) {
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  Call call(session);
  data::v1::ImportTableResponse response;
  const auto writer = connection->data()->ImportTable(call.context(), &response);
  data::v1::ImportTableRequest request;
  *request.mutable_options() = table.options;
  bool open = writer->Write(request);
  const std::string& bytes = bundle.members.at(table.file);
  for (std::size_t at = 0; open && at < bytes.size(); at += kFileBytesAtOnce) {
    request.set_chunk(bytes.substr(at, kFileBytesAtOnce));
    open = writer->Write(request);
  }
  writer->WritesDone();
  FARRELL_RETURN_IF_ERROR(FromGrpc(writer->Finish()));
  const std::string& digest = response.snapshot().digest();
  if (digest != table.snapshot_digest) {
    return InvalidArgument("BUNDLE_INVALID", "the data of the bundle are not those it speaks of")
        .WithViolations({{table.file, "gives the snapshot " + digest + ", not " + table.snapshot_digest}});
  }
  reporting::v1::StudyUpload& upload = *bundle.source.add_uploads();
  upload.set_path(table.upload_path);
  upload.set_snapshot_digest(digest);
  return Status();
}

Result<reporting::v1::Run> Replay(Session& session, const Bundle& bundle) {
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  reporting::v1::RunStudyRequest request;
  *request.mutable_source() = bundle.source;
  request.set_skip_cache_lookup(true);
  reporting::v1::Run run;
  ProgressDisplay progress(ProgressDisplay::ChooseMode(session.options().quiet));
  Call call(session);
  const auto reader = connection->reporting()->RunStudy(call.context(), request);
  FARRELL_RETURN_IF_ERROR(
      ReadStream<reporting::v1::RunStudyResponse>(call, *reader, [&](reporting::v1::RunStudyResponse& reply) {
        if (reply.has_progress()) progress.Update(reply.progress());
        if (reply.has_run()) run = std::move(*reply.mutable_run());
        return Status();
      }));
  return run;
}

// A difference that is expected: another revision of an engine.
void NoteRevisions(const Bundle& bundle, const Bundle& replayed) {
  for (const BundleEntry& entry : bundle.results) {
    for (const BundleEntry& other : replayed.results) {
      if (other.step != entry.step || other.algo_rev == entry.algo_rev) continue;
      PrintNote(fmt::format("note: {} was computed by revision {} of the {} engine; this program has revision {}",
                            entry.step, entry.algo_rev, entry.engine, other.algo_rev));
      return;
    }
  }
}

Status PrintParts(const Session& session, const reporting::v1::Run& run, const std::vector<ComparedPart>& parts,
                  std::int64_t different) {
  const Format format = session.options().output_format();
  if (format == Format::kJson) {
    nlohmann::ordered_json json = {{"study_id", run.study_id()},
                                   {"study_digest", run.study_digest()},
                                   {"report_digest", run.report_digest()},
                                   {"same", different == 0},
                                   {"different_count", different}};
    json["parts"] = nlohmann::ordered_json::array();
    for (const ComparedPart& part : parts) {
      json["parts"].push_back({{"kind", part.kind},
                               {"name", part.name},
                               {"same", part.same},
                               {"compared", part.compared},
                               {"place", part.place},
                               {"bundle", part.bundle},
                               {"replay", part.replay}});
    }
    return Print(json.dump(2) + "\n");
  }
  Rows rows(format, {"part", "result", "compared", "first_difference", "bundle", "replay"}, false);
  for (const ComparedPart& part : parts) {
    rows.Add({Text(part.name), Text(part.same ? "same" : "different"), Whole(part.compared), Text(part.place),
              Text(part.bundle), Text(part.replay)});
  }
  FARRELL_RETURN_IF_ERROR(Print(rows.Take()));
  if (format != Format::kTable) return Status();
  const auto steps =
      std::count_if(parts.begin(), parts.end(), [](const ComparedPart& part) { return part.kind == "step"; });
  return Print(fmt::format("{}: {} and {} compared, {} different\n", run.study_id(),
                           text::FormatCounted(steps, "result"),
                           text::FormatCounted(static_cast<std::int64_t>(parts.size()) - steps, "file"), different));
}

}  // namespace

Result<std::string> FetchBundle(Session& session, const std::string& run_id) {
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  reporting::v1::BundleRunRequest request;
  request.set_run_id(run_id);
  std::string bytes;
  Call call(session);
  const auto reader = connection->reporting()->BundleRun(call.context(), request);
  FARRELL_RETURN_IF_ERROR(
      ReadStream<reporting::v1::BundleRunResponse>(call, *reader, [&](reporting::v1::BundleRunResponse& reply) {
        bytes += reply.chunk();
        return Status();
      }));
  return bytes;
}

Status VerifyStudy(Session& session, const std::string& named) {
  FARRELL_ASSIGN_OR_RETURN(const std::string archive, ReadArchive(session, named));
  FARRELL_ASSIGN_OR_RETURN(Bundle bundle, ReadBundle(archive, session.interrupt().token()));
  for (const std::string& member : bundle.edited) {
    PrintNote("note: " + member + " is not what the manifest says: it was changed");
  }
  session.UseFreshState();
  for (const BundleTable& table : bundle.data) FARRELL_RETURN_IF_ERROR(UploadTable(session, table, bundle));
  FARRELL_ASSIGN_OR_RETURN(const reporting::v1::Run run, Replay(session, bundle));
  FARRELL_ASSIGN_OR_RETURN(const std::string bytes, FetchBundle(session, run.id()));
  FARRELL_ASSIGN_OR_RETURN(const Bundle replayed, ReadBundle(bytes, session.interrupt().token()));
  const std::vector<ComparedPart> parts = CompareBundles(bundle, replayed);
  const auto different = std::count_if(parts.begin(), parts.end(), [](const ComparedPart& part) { return !part.same; });
  NoteRevisions(bundle, replayed);
  FARRELL_RETURN_IF_ERROR(PrintParts(session, run, parts, different));
  if (different == 0 && bundle.edited.empty()) return Status();
  if (different == 0) {
    return FailedPrecondition("VERIFICATION_FAILED",
                              "every digit is the same, but the bundle was changed: " + bundle.edited.front());
  }
  const auto first = std::find_if(parts.begin(), parts.end(), [](const ComparedPart& part) { return !part.same; });
  return FailedPrecondition("VERIFICATION_FAILED",
                            fmt::format("{} of {} differ from the bundle, the first in {}{}", different,
                                        text::FormatCounted(static_cast<std::int64_t>(parts.size()), "part"),
                                        first->name, first->place.empty() ? "" : " at " + first->place));
}

}  // namespace farrell::cli
