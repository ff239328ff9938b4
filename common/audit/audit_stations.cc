#include "common/audit/audit_stations.h"

#include <utility>

#include "common/access/scopes.h"

namespace farrell::audit {
namespace {

bool ChangesState(const CallInfo& call) {
  const access::MethodRule* rule = access::RuleOf(call.method);
  // A method nobody has thought about is recorded.
  return rule == nullptr || rule->changes_state;
}

Record Describe(const CallInfo& call, std::string event) {
  return {.event = std::move(event),
          .principal = call.principal,
          .project = call.project,
          .peer = call.peer,
          .method = call.method,
          .request = call.request_digest,
          .decision = "allowed",
          .code = {},
          .reason = {},
          .request_id = call.request_id};
}

class OutcomeStation final : public CallStation {
 public:
  explicit OutcomeStation(std::shared_ptr<AuditLog> log) : log_(std::move(log)) {}

  Status Enter(CallInfo& /*call*/, grpc::ServerContext& /*context*/) override { return {}; }

  void Leave(const CallInfo& call, const Status& outcome, std::chrono::nanoseconds /*elapsed*/) noexcept override {
    if (!ChangesState(call) || outcome.reason() == "AUDIT_UNWRITABLE") return;
    const bool denied = outcome.code() == Code::kUnauthenticated || outcome.code() == Code::kPermissionDenied;
    // Strangers could fill the disk otherwise; the server's log has them.
    if (denied && call.principal.empty()) return;
    Record record = Describe(call, "end");
    if (denied) record.decision = "denied";
    record.code = CodeName(outcome.code());
    record.reason = outcome.reason();
    // AuditLog tells the server's log of a failure; room was set aside, so it takes a broken disk.
    [[maybe_unused]] const Status written = log_->Write(record);
  }

 private:
  std::shared_ptr<AuditLog> log_;
};

class AdmittedStation final : public CallStation {
 public:
  explicit AdmittedStation(std::shared_ptr<AuditLog> log) : log_(std::move(log)) {}

  Status Enter(CallInfo& call, grpc::ServerContext& /*context*/) override {
    call.audited = ChangesState(call);
    return call.audited ? log_->Write(Describe(call, "begin")) : Status();
  }

 private:
  std::shared_ptr<AuditLog> log_;
};

}  // namespace

std::shared_ptr<CallStation> MakeOutcomeStation(std::shared_ptr<AuditLog> log) {
  return std::make_shared<OutcomeStation>(std::move(log));
}

std::shared_ptr<CallStation> MakeAdmittedStation(std::shared_ptr<AuditLog> log) {
  return std::make_shared<AdmittedStation>(std::move(log));
}

}  // namespace farrell::audit
