#include "cli/report_files.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "cli/json.h"
#include "cli/output.h"
#include "common/rpc/ask_again.h"
#include "farrell/reporting/v1/reporting.grpc.pb.h"

namespace farrell::cli {
namespace {

// The server is not trusted with paths: none may be absolute or climb.
bool IsInside(const std::string& path) {
  const std::filesystem::path relative(path);
  return !path.empty() && relative.is_relative() &&
         std::none_of(relative.begin(), relative.end(), [](const std::filesystem::path& part) { return part == ".."; });
}

}  // namespace

Status MakeReportFolder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error && std::filesystem::is_directory(folder, error)) return Status::Ok();
  return InvalidArgument("USAGE", "--out " + folder + " cannot be made a folder: " +
                                      (error ? error.message() : "there is a file of that name"));
}

Result<std::vector<std::string>> WriteReport(Session& session, const std::string& run_id,
                                             const std::vector<std::string>& paths, const std::string& folder,
                                             bool there) {
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  reporting::v1::GetReportRequest request;
  request.set_run_id(run_id);
  request.mutable_paths()->Assign(paths.begin(), paths.end());

  std::vector<std::string> written;
  bool begun = there;
  // From the first file again when the server goes in between: it has the same bytes of all of them.
  const auto attempt = [&] {
    written.clear();
    std::string bytes;
    Call call(session);
    const auto reader = connection->reporting()->GetReport(call.context(), request);
    return ReadStream<reporting::v1::GetReportResponse>(call, *reader, [&](reporting::v1::GetReportResponse& reply) {
      begun = true;
      bytes += reply.chunk();
      if (!reply.last_chunk()) return Status();
      if (!IsInside(reply.path())) {
        return Internal("REPORT_PATH_INVALID", "the report names a file outside its folder: '" + reply.path() + "'");
      }
      FARRELL_RETURN_IF_ERROR(WriteFile(folder + "/" + reply.path(), std::exchange(bytes, {})));
      written.push_back(reply.path());
      return Status();
    });
  };
  FARRELL_RETURN_IF_ERROR(AskAgain(session.interrupt().token(), attempt, [&](const Status&) { return begun; }));
  return written;
}

Status WriteRun(const reporting::v1::Run& run, const std::string& folder) {
  return WriteFile(folder + "/run.json", ToJson(run));
}

}  // namespace farrell::cli
