// Backups of stores: the same file whatever database the store is in, so that it also moves a store from SQLite to
// PostgreSQL or back.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/sql/component.h"
#include "common/sql/database.h"
#include "common/status/status.h"

namespace farrell::backup {

// What a backup holds: tables in its order with their numbers of rows.
using Contents = std::vector<std::pair<std::string, std::int64_t>>;

// Copies the components that the database has into a new file. Programs may go on using the database: the backup is
// its state at one moment. Two backups of the same state have the same bytes.
// Errors: FAILED_PRECONDITION, reason STORE_EMPTY, when it has none of them; SCHEMA_TOO_NEW when a newer program has
// tables there that this one would leave out; those of sql::Read and BackupWriter.
Result<Contents> Backup(sql::Database& database, const std::vector<sql::Component>& components,
                        const std::string& path);

enum class Existing : std::uint8_t { kRefuse, kReplace };

// Fills the database with a backup: all of it or, on any error, nothing. Components that are not in the backup stay as
// they are. Tables are brought to the version this program knows.
// Errors: FAILED_PRECONDITION, reason STORE_NOT_EMPTY, unless `existing` is kReplace; SCHEMA_TOO_NEW when a newer
// program made the backup or the store; those of BackupReader and sql::Write.
Result<Contents> Restore(sql::Database& database, const std::vector<sql::Component>& components,
                         const std::string& path, Existing existing);

// Reads a backup to its end without a database. Errors: those of BackupReader.
Result<Contents> Verify(const std::string& path);

}  // namespace farrell::backup
