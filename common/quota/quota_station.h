// The station that keeps principals within their quotas: before a call that computes begins, and by what it cost.
#pragma once

#include <memory>
#include <vector>

#include "common/quota/ledger.h"
#include "common/rpc/call.h"
#include "common/rpc/server.h"

namespace farrell::quota {

// Behind the station that says who calls (access::MakeAccessStation). Methods that do not compute
// (common/admission/method_class.h) pass; so do callers without a grant. Errors of Ledger::Begin.
std::shared_ptr<CallStation> MakeQuotaStation(std::shared_ptr<Ledger> ledger);

// What the principal of a call with a grant has used: in_flight, compute_seconds_per_day.
std::vector<QuotaUse> UsesOf(Ledger& ledger, const CallInfo& call);

}  // namespace farrell::quota
