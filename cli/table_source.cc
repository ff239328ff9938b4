#include "cli/table_source.h"

#include <filesystem>
#include <string_view>

#include "cli/byte_source.h"
#include "cli/flags.h"
#include "cli/presence.h"
#include "common/rpc/ask_again.h"
#include "common/rpc/error_mapping.h"
#include "common/text/number.h"
#include "farrell/data/v1/data.grpc.pb.h"

namespace farrell::cli {
namespace {

constexpr std::string_view kDataset = "dataset:";
constexpr std::string_view kSnapshot = "snapshot:";
constexpr std::size_t kShortestDigest = 8;
constexpr std::size_t kDigestLength = 64;
constexpr std::size_t kChunkBytes = std::size_t{1} << 20U;

// Sends the options and then the file; a server that has heard enough ends the sending, not the call.
template <typename Request, typename Writer>
Status SendTable(Session& session, Writer& writer, ByteSource& source, const data::v1::ImportOptions& options) {
  Request request;
  *request.mutable_options() = options;
  bool open = writer.Write(request);
  while (open) {
    FARRELL_ASSIGN_OR_RETURN(std::string chunk, source.Read(kChunkBytes, session.interrupt()));
    if (chunk.empty()) break;
    request.set_chunk(std::move(chunk));
    open = writer.Write(request);
  }
  writer.WritesDone();
  return {};
}

template <typename Request, typename Writer>
Status Transfer(Session& session, Call& call, Writer& writer, const std::string& path,
                const data::v1::ImportOptions& options) {
  Result<ByteSource> source = ByteSource::Open(path);
  const Status sent = source.ok() ? SendTable<Request>(session, writer, *source, options) : source.status();
  if (!sent.ok()) call.context()->TryCancel();
  const Status status = FromGrpc(writer.Finish());
  return sent.ok() ? status : sent;
}

data::v1::ImportOptions OptionsOf(const TableFlags& flags) {
  data::v1::ImportOptions options;
  options.set_unit_key(flags.unit);
  options.set_time_key(flags.time);
  for (const std::string& marker : SplitLists(flags.missing)) options.add_missing_markers(marker);
  options.set_synthetic(flags.synthetic);
  options.set_file_name(flags.source == "-" ? "standard input"
                                            : std::filesystem::path(flags.source).filename().string());
  return options;
}

// An error carries 16 problems at most; a file can be checked again for the others.
Status WithAllProblems(Session& session, const Status& status, const std::string& path,
                       const data::v1::ImportOptions& options) {
  const auto total = status.metadata().find(std::string(kViolationCountKey));
  if (status.reason() != "TABLE_INVALID" || path == "-" || total == status.metadata().end()) return status;
  if (text::ParseInteger(total->second).value_or(0) <= static_cast<long long>(status.violations().size()))
    return status;
  const Result<data::v1::ValidateTableResponse> checked = CheckTable(session, path, options);
  if (!checked.ok()) return status;
  std::vector<FieldViolation> violations;
  for (const data::v1::TableProblem& problem : checked->problems()) violations.push_back(DescribeProblem(problem));
  Status all(status.code(), status.reason(), status.message());
  all.WithViolations(std::move(violations)).With(std::string(kViolationCountKey), total->second);
  return all;
}

}  // namespace

FieldViolation DescribeProblem(const data::v1::TableProblem& problem) {
  std::string place = problem.row() > 0 ? "row " + std::to_string(problem.row()) : "file";
  if (!problem.column().empty()) place += ", column " + problem.column();
  std::string text = problem.message();
  if (!problem.value().empty()) text += " ('" + problem.value() + "')";
  return {.field = std::move(place), .description = std::move(text)};
}

void AddTableFlags(CLI::App* verb, TableFlags& flags) {
  verb->add_option("FILE", flags.source, "CSV path, - for standard input, dataset:NAME[@RELEASE] or snapshot:DIGEST")
      ->required()
      ->type_name("");
  verb->add_option("--unit", flags.unit, "Column that names the unit")->type_name("COLUMN");
  verb->add_option("--time", flags.time, "Column that names the period, whole numbers; without it one cross-section")
      ->type_name("COLUMN");
  verb->add_option("--where", flags.where, "Use only rows for which this is true, e.g. \"role == 'sample'\"")
      ->type_name("EXPR");
  AddRepeated(verb, "--missing", flags.missing, "Texts that mean missing beside the empty cell, e.g. NA,.")
      ->type_name("TEXT,...");
  verb->add_flag("--synthetic", flags.synthetic, "The data were made up; everything derived from them says so");
}

bool IsReference(const std::string& source) { return source.starts_with(kDataset) || source.starts_with(kSnapshot); }

Result<data::v1::ResolveSnapshotResponse> ResolveReference(Session& session, const std::string& reference) {
  std::string_view name = reference;
  if (name.starts_with(kDataset)) name.remove_prefix(kDataset.size());
  if (name.starts_with(kSnapshot)) name.remove_prefix(kSnapshot.size());
  if (name.empty()) {
    return InvalidArgument(
        "REFERENCE_INVALID",
        "'" + reference + "' names nothing: write dataset:NAME, dataset:NAME@RELEASE or snapshot:DIGEST");
  }
  // The service takes names and digests alike; here the prefix says which is meant.
  const bool is_digest = name.size() >= kShortestDigest && name.size() <= kDigestLength &&
                         name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (reference.starts_with(kSnapshot) && !is_digest) {
    return InvalidArgument("REFERENCE_INVALID",
                           "'" + reference +
                               "' names no snapshot: a digest has 64 digits of 0-9 and a-f, and its "
                               "first 8 or more will do");
  }
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  Call call(session);
  data::v1::ResolveSnapshotRequest request;
  request.set_reference(std::string(name));
  data::v1::ResolveSnapshotResponse response;
  FARRELL_RETURN_IF_ERROR(FromGrpc(connection->data()->ResolveSnapshot(call.context(), request, &response)));
  return response;
}

Result<data::v1::ImportTableResponse> UploadTable(Session& session, const std::string& path,
                                                  const data::v1::ImportOptions& options) {
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  data::v1::ImportTableResponse response;
  const auto attempt = [&] {
    Call call(session);
    const auto writer = connection->data()->ImportTable(call.context(), &response);
    return Transfer<data::v1::ImportTableRequest>(session, call, *writer, path, options);
  };
  const auto upload = [&] {
    if (path == "-") return attempt();  // standard input is read once
    const bool there = DataIsThere(session);
    return AskAgain(session.interrupt().token(), attempt, [&](const Status&) { return there; });
  };
  const Status status = upload();
  if (!status.ok()) return WithAllProblems(session, status, path, options);
  return response;
}

Result<data::v1::ValidateTableResponse> CheckTable(Session& session, const std::string& path,
                                                   const data::v1::ImportOptions& options) {
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  Call call(session);
  data::v1::ValidateTableResponse response;
  const auto writer = connection->data()->ValidateTable(call.context(), &response);
  FARRELL_RETURN_IF_ERROR(Transfer<data::v1::ValidateTableRequest>(session, call, *writer, path, options));
  return response;
}

Result<SourceTable> OpenTable(Session& session, const TableFlags& flags) {
  SourceTable table;
  table.spec.set_where(flags.where);
  if (IsReference(flags.source)) {
    if (flags.synthetic || !flags.missing.empty()) {
      return InvalidArgument("USAGE", "--synthetic and --missing say how to read a file; '" + flags.source +
                                          "' has been read already: give them to `farrell data import`");
    }
    FARRELL_ASSIGN_OR_RETURN(data::v1::ResolveSnapshotResponse resolved, ResolveReference(session, flags.source));
    table.snapshot = std::move(*resolved.mutable_snapshot());
    table.spec.set_unit_key(flags.unit);
    table.spec.set_time_key(flags.time);
  } else {
    Result<data::v1::ImportTableResponse> imported = UploadTable(session, flags.source, OptionsOf(flags));
    if (imported.status().reason() == "FILE_NOT_FOUND") {
      return NotFound("FILE_NOT_FOUND",
                      imported.status().message() + "; a stored dataset is written dataset:" + flags.source);
    }
    FARRELL_RETURN_IF_ERROR(imported.status());
    table.snapshot = std::move(*imported->mutable_snapshot());
  }
  table.spec.set_snapshot_digest(table.snapshot.digest());
  return table;
}

}  // namespace farrell::cli
