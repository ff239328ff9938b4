// One question to the reporting service.
#pragma once

#include "cli/session.h"
#include "farrell/reporting/v1/reporting.grpc.pb.h"

namespace farrell::cli {

template <typename Method, typename Request, typename Response>
Status AskReporting(Session& session, Method method, const Request& request, Response& response) {
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  Call call(session);
  return FromGrpc(((*connection->reporting()).*method)(call.context(), request, &response));
}

}  // namespace farrell::cli
