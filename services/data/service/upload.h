// The client stream of ImportTable and ValidateTable: options first, then the bytes of the file.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/sync_stream.h>

#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "common/canonical/canonical.h"
#include "common/status/status.h"
#include "farrell/data/v1/data.pb.h"
#include "services/data/engine/import.h"
#include "services/data/service/convert.h"
#include "services/data/service/sheet_upload.h"
#include "services/data/service/workbook_reader.h"

namespace farrell::data {

struct Upload {
  v1::ImportOptions options;
  ImportOutcome outcome;
  std::string source_digest;  // SHA-256 of the bytes
  // Of a workbook (sheet_upload.h).
  std::vector<std::string> assumptions;
  std::string preview;
};

// Reads the whole stream. Errors: INVALID_ARGUMENT, reason UPLOAD_INVALID, when options are not the first message or
// come twice; IMPORT_OPTIONS_INVALID; those of ImportWhole; CANCELLED.
template <typename Request>
Result<Upload> ReadUpload(grpc::ServerContext& context, grpc::ServerReader<Request>& reader,
                          const std::stop_token& stop) {
  Upload upload;
  std::optional<TableImporter> importer;
  ImportSettings settings;
  std::string whole;  // of what is no CSV
  canonical::Sha256Stream hash;
  Request request;
  while (reader.Read(&request)) {
    if (stop.stop_requested()) return Cancelled();
    if (request.has_options()) {
      if (importer) return InvalidArgument("UPLOAD_INVALID", "the import options were sent twice");
      upload.options = request.options();
      FARRELL_ASSIGN_OR_RETURN(settings, ToSettings(upload.options));
      importer.emplace(settings);
    } else if (!importer) {
      return InvalidArgument("UPLOAD_INVALID", "the first message must carry the import options");
    } else {
      hash.Update(request.chunk());
      if (IsCsv(upload.options)) {
        importer->Feed(request.chunk());
      } else if (whole.size() + request.chunk().size() <= kMostWorkbookBytes) {
        whole += request.chunk();
      } else {
        return Status(Code::kResourceExhausted, "UPLOAD_TOO_LARGE", "a file that is no CSV has at most 64 MiB");
      }
    }
  }
  // A stream that breaks looks like one that ends, and the stop token follows a moment later: a file cut short must not
  // pass for a whole one.
  if (stop.stop_requested() || context.IsCancelled()) return Cancelled();
  if (!importer) return InvalidArgument("UPLOAD_INVALID", "the stream carried no import options");
  if (!IsCsv(upload.options)) {
    FARRELL_ASSIGN_OR_RETURN(SheetUpload sheet, ImportWhole(whole, upload.options, std::move(settings), stop));
    upload.outcome = std::move(sheet.outcome);
    upload.assumptions = std::move(sheet.assumptions);
    upload.preview = std::move(sheet.preview);
  } else {
    FARRELL_ASSIGN_OR_RETURN(upload.outcome, importer->Finish(stop));
  }
  upload.source_digest = hash.Finish();
  return upload;
}

}  // namespace farrell::data
