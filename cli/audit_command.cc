// farrell admin audit verify: whether an audit log is still what the server wrote.

#include <fmt/core.h>

#include <memory>
#include <string>

#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "cli/session.h"
#include "common/audit/audit_log.h"

namespace farrell::cli {
namespace {

struct AuditVerifyFlags {
  std::string file;
  std::string head;
};

Status RunVerify(const AuditVerifyFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(const audit::Chain chain, audit::VerifyChain(flags.file));
  if (!flags.head.empty() && flags.head != chain.head) {
    return Status(
        Code::kDataLoss, "AUDIT_CHAIN_BROKEN",
        fmt::format("{}: the chain is whole but its last hash is {}, not {}: records at the end are missing or "
                    "new",
                    flags.file, chain.head, flags.head));
  }
  return Print(fmt::format("records,head\n{},{}\n", chain.records, chain.head));
}

}  // namespace

void AddAuditCommands(CLI::App& admin, Program& program) {
  CLI::App* audit = admin.add_subcommand("audit", "The audit log of a server (its setting `audit`)");
  audit->require_subcommand(1);
  auto flags = std::make_shared<AuditVerifyFlags>();
  CLI::App* verb = audit->add_subcommand(
      "verify", "Check that no record was changed, removed or added; exit code 6 names the first line that was");
  verb->add_option("FILE", flags->file, "The audit log")->required();
  verb->add_option("--head", flags->head, "Hash of the last record as noted before: finds records cut off at the end")
      ->type_name("HASH");
  AddExamples(verb, {"farrell admin audit verify /var/log/farrell/data.audit"});
  SetRun(verb, program, [flags](Session&) { return RunVerify(*flags); });
}

}  // namespace farrell::cli
