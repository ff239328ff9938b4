// The client stream of ImportTable and ValidateTable: options first, then the bytes of the file.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/sync_stream.h>

#include <optional>
#include <stop_token>

#include "common/status/status.h"
#include "farrell/data/v1/data.pb.h"
#include "services/data/engine/import.h"
#include "services/data/service/convert.h"

namespace farrell::data {

struct Upload {
  v1::ImportOptions options;
  ImportOutcome outcome;
};

// Reads the whole stream. Errors: INVALID_ARGUMENT, reason UPLOAD_INVALID, when options are not the first message or
// come twice; IMPORT_OPTIONS_INVALID; CANCELLED.
template <typename Request>
Result<Upload> ReadUpload(grpc::ServerContext& context, grpc::ServerReader<Request>& reader,
                          const std::stop_token& stop) {
  Upload upload;
  std::optional<TableImporter> importer;
  Request request;
  while (reader.Read(&request)) {
    if (stop.stop_requested()) return Cancelled();
    if (request.has_options()) {
      if (importer) return InvalidArgument("UPLOAD_INVALID", "the import options were sent twice");
      upload.options = request.options();
      FARRELL_ASSIGN_OR_RETURN(ImportSettings settings, ToSettings(upload.options));
      importer.emplace(std::move(settings));
    } else if (!importer) {
      return InvalidArgument("UPLOAD_INVALID", "the first message must carry the import options");
    } else {
      importer->Feed(request.chunk());
    }
  }
  // A stream that breaks looks like one that ends, and the stop token follows a moment later: a file cut short must not
  // pass for a whole one.
  if (stop.stop_requested() || context.IsCancelled()) return Cancelled();
  if (!importer) return InvalidArgument("UPLOAD_INVALID", "the stream carried no import options");
  FARRELL_ASSIGN_OR_RETURN(upload.outcome, importer->Finish(stop));
  return upload;
}

}  // namespace farrell::data
