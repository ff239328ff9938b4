// A verb that asks one question about one table: the call, its warnings, a summary for people, the rows.
#pragma once

#include <utility>

#include "cli/json.h"
#include "cli/long_call.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/table_source.h"

namespace farrell::cli {

// `open` starts the call of `request`, whose table is then set, at a connection; replies are progress and one result.
// `summarise` writes notes unless --quiet; `rows_of` makes what is printed unless --format json.
template <typename Reply, typename Request, typename Open, typename Summarise, typename RowsOf>
Status PrintResult(Session& session, const TableFlags& flags, Request request, const Open& open,
                   const Summarise& summarise, const RowsOf& rows_of) {
  FARRELL_ASSIGN_OR_RETURN(const SourceTable table, OpenTable(session, flags));
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  *request.mutable_table() = table.spec;
  auto result = std::move(*Reply().mutable_result());
  FARRELL_RETURN_IF_ERROR(RunLongCall<Reply>(
      session, [&](grpc::ClientContext* context) { return open(*connection, context, request); },
      [&](Reply& reply) {
        result = std::move(*reply.mutable_result());
        return Status();
      }));
  PrintWarnings(result.warnings());
  if (!session.options().quiet) summarise(result);
  result.clear_origin();
  const Format format = session.options().output_format();
  return Print(format == Format::kJson ? ToJson(result) : rows_of(result, format));
}

}  // namespace farrell::cli
