// farrell admin: backups of a store, restoring them, and checking what is stored. Works on the database itself, not
// through a server.

#include <fmt/core.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "cli/session.h"
#include "common/backup/backup.h"
#include "common/program/environment.h"
#include "common/program/secret_file.h"
#include "common/program/state_directory.h"
#include "common/sql/check_report.h"
#include "common/sql/database_url.h"
#include "common/sql/store_settings.h"
#include "services/data/service/schema.h"
#include "services/data/service/store_check.h"
#include "services/reporting/service/store_check.h"
#include "services/reporting/service/store_schema.h"

namespace farrell::cli {
namespace {

struct AdminFlags {
  sql::StoreSettings store;
  std::string file;
  bool replace = false;
};

std::vector<sql::Component> Components() { return {data::Schema(), reporting::Schema()}; }

// The store of the flags. One that is not there is made only where it `may_be_new`.
Result<std::unique_ptr<sql::Database>> OpenStore(const AdminFlags& flags, bool may_be_new) {
  sql::StoreSettings store = flags.store;
  if (!store.state.empty() && !store.database.empty()) {
    return InvalidArgument("STORE_AMBIGUOUS", "a store is named by --state or by --database, not by both");
  }
  // A flag comes before the environment, also when it names the other kind of store.
  if (store.state.empty() && store.database.empty()) store.database = Environment("FARRELL_DATABASE");
  if (store.database_password_file.empty()) {
    store.database_password_file = Environment("FARRELL_DATABASE_PASSWORD_FILE");
  }
  if (!store.database.empty()) {
    FARRELL_RETURN_IF_ERROR(sql::CheckDatabaseUrl("--database", store.database));
    if (!store.database_password_file.empty()) {
      FARRELL_RETURN_IF_ERROR(CheckSecretFile("--database-password-file", store.database_password_file));
    }
    return sql::Database::Open(store.options());
  }
  store.state = StateDirectory(store.state);
  if (store.state == kMemoryState) {
    return InvalidArgument("STORE_PATH_MISSING", "name the store: --state DIR or --database URL");
  }
  const std::string path = sql::DatabasePath(store.state);
  if (!may_be_new && !std::filesystem::exists(path)) {
    return NotFound("STORE_NOT_FOUND", "there is no store at " + path + ": name its folder with --state")
        .With("path", path);
  }
  return sql::Database::Open(store.options());
}

Status PrintContents(const Session& session, const char* did, const std::string& file,
                     const backup::Contents& contents) {
  if (!session.options().quiet) PrintNote(fmt::format("{} {}", did, file));
  std::string text = "table,rows\n";
  for (const auto& [table, rows] : contents) text += fmt::format("{},{}\n", table, rows);
  return Print(text);
}

Status RunBackup(const Session& session, const AdminFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(const auto database, OpenStore(flags, false));
  FARRELL_ASSIGN_OR_RETURN(const backup::Contents contents, backup::Backup(*database, Components(), flags.file));
  return PrintContents(session, "wrote", flags.file, contents);
}

Status RunRestore(const Session& session, const AdminFlags& flags) {
  // Before a store is made for it.
  FARRELL_RETURN_IF_ERROR(backup::Verify(flags.file).status());
  FARRELL_ASSIGN_OR_RETURN(const auto database, OpenStore(flags, true));
  const auto existing = flags.replace ? backup::Existing::kReplace : backup::Existing::kRefuse;
  FARRELL_ASSIGN_OR_RETURN(const backup::Contents contents,
                           backup::Restore(*database, Components(), flags.file, existing));
  return PrintContents(session, "restored", flags.file, contents);
}

// The store service by service, as far as it has their tables.
Result<sql::CheckReport> CheckAll(sql::Database& database) {
  sql::CheckReport all;
  bool used = false;
  for (const auto& [schema, check] :
       {std::pair(&data::Schema(), &data::CheckStore), std::pair(&reporting::Schema(), &reporting::CheckStore)}) {
    FARRELL_ASSIGN_OR_RETURN(const int version, sql::SchemaVersion(database, schema->name));
    if (version == 0) continue;
    used = true;
    // A newer program may have changed what the tables mean; an older one is read as it is.
    if (version > static_cast<int>(schema->migrations.size())) {
      FARRELL_RETURN_IF_ERROR(sql::Migrate(database, schema->name, schema->migrations));
    }
    FARRELL_ASSIGN_OR_RETURN(const sql::CheckReport report, check(database, version));
    all.checked += report.checked;
    all.damages.insert(all.damages.end(), report.damages.begin(), report.damages.end());
  }
  if (!used) return FailedPrecondition("STORE_EMPTY", "no program of Farrell has used this store yet");
  return all;
}

Status RunCheck(const Session& session, const AdminFlags& flags) {
  if (!flags.file.empty()) {
    FARRELL_ASSIGN_OR_RETURN(const backup::Contents contents, backup::Verify(flags.file));
    return PrintContents(session, "whole:", flags.file, contents);
  }
  FARRELL_ASSIGN_OR_RETURN(const auto database, OpenStore(flags, false));
  FARRELL_ASSIGN_OR_RETURN(const sql::CheckReport report, CheckAll(*database));
  std::string text = fmt::format("checked {}, damaged {}\n", report.checked, report.damages.size());
  for (const sql::Damage& damage : report.damages) text += damage.place + ": " + damage.problem + "\n";
  FARRELL_RETURN_IF_ERROR(Print(text));
  if (report.damages.empty()) return Status::Ok();
  return {Code::kDataLoss, "VERIFICATION_FAILED",
          "the store is damaged in what is named above: restore a backup, or remove those and make them again"};
}

CLI::App* AddVerb(CLI::App* admin, const std::shared_ptr<AdminFlags>& flags, Program& program, const std::string& name,
                  const std::string& purpose) {
  CLI::App* verb = admin->add_subcommand(name, purpose);
  verb->add_option("--state", flags->store.state,
                   "Folder of the store (env FARRELL_STATE, else $XDG_STATE_HOME/farrell, else ~/.local/state/farrell)")
      ->type_name("DIR");
  verb->add_option("--database", flags->store.database,
                   "Store on PostgreSQL: postgresql://HOST:PORT/NAME?user=NAME (env FARRELL_DATABASE)")
      ->type_name("URL");
  verb->add_option("--database-password-file", flags->store.database_password_file,
                   "File with the password for --database (env FARRELL_DATABASE_PASSWORD_FILE)")
      ->type_name("FILE");
  verb->add_flag("--quiet", program.options.quiet, "No notes on standard error");
  return verb;
}

}  // namespace

void AddAdminCommand(CLI::App& app, Program& program) {
  auto flags = std::make_shared<AdminFlags>();
  CLI::App* admin = app.add_subcommand("admin", "For operators: stores, tokens, the audit log");
  admin->require_subcommand(1);
  AddTokenCommands(*admin, program);
  AddAuditCommands(*admin, program);

  CLI::App* backup = AddVerb(admin, flags, program, "backup",
                             "Copy datasets, snapshots, steps and runs into one file, while programs use the store");
  backup->add_option("--out", flags->file, "The file; one that exists is not replaced")->type_name("FILE")->required();
  AddExamples(backup, {"farrell admin backup --state ~/.local/state/farrell --out farrell.backup",
                       "farrell admin backup --database 'postgresql://db/farrell?user=farrell' --out farrell.backup"});
  SetRun(backup, program, [flags](Session& session) { return RunBackup(session, *flags); });

  CLI::App* restore = AddVerb(admin, flags, program, "restore",
                              "Fill an empty store with a backup: all of it, or nothing if anything is wrong");
  restore->add_option("FILE", flags->file, "The backup, of a store on SQLite or on PostgreSQL")->required();
  restore->add_flag("--replace", flags->replace, "Put it in the place of what the store holds");
  AddExamples(restore, {"farrell admin restore farrell.backup --database 'postgresql://db/farrell?user=farrell'"});
  SetRun(restore, program, [flags](Session& session) { return RunRestore(session, *flags); });

  CLI::App* check = AddVerb(admin, flags, program, "check",
                            "Compare everything stored with its digest and name what is damaged (exit code 6)");
  check->add_option("--backup", flags->file, "Check this backup instead of a store")->type_name("FILE");
  AddExamples(check,
              {"farrell admin check --state ~/.local/state/farrell", "farrell admin check --backup farrell.backup"});
  SetRun(check, program, [flags](Session& session) { return RunCheck(session, *flags); });
}

}  // namespace farrell::cli
