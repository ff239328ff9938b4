// Which of the servers on one store looks after schedules: a row that one of them holds as long as it shows signs of
// life by the clock of the store.
//
// The fence of the lease goes up whenever its holder changes. What only a holder may write is written in a transaction
// that looks whether the fence still is the one it was looked at under: a server that was out for a while, and does not
// know that another has taken over, writes nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "common/sql/database.h"
#include "common/status/status.h"

namespace farrell::reporting {

// Whom a lease and a run belong to: this process, for as long as this object's name is used.
struct Holder {
  std::string name;  // unique over all servers and restarts
  std::string host;
  std::int64_t process = 0;

  static Holder OfThisProcess();
};

struct HeldLease {
  std::string holder;
  std::int64_t fence = 0;
};

class ScheduleLease {
 public:
  // A holder that was silent for so long, or whose process on this host has ended, has lost the lease.
  static constexpr std::chrono::seconds kSilence{15};

  ScheduleLease(sql::Database& database, Holder holder) : database_(database), holder_(std::move(holder)) {}

  // Takes the lease, or shows a sign of life. Nothing: another server holds it.
  Result<std::optional<HeldLease>> Hold();
  // So that another server need not wait for the silence.
  Status GiveUp();
  // HOST of who holds it, with its process; empty: nobody does.
  Result<std::string> Present();

  const Holder& holder() const { return holder_; }

 private:
  sql::Database& database_;
  const Holder holder_;
};

// Within a transaction: Ok while the lease is held so, else ABORTED LEASE_LOST.
Status CheckLease(soci::session& session, const HeldLease& lease);

// Whether a process of this host has ended; false for other hosts.
bool HasEnded(const std::string& host, std::int64_t process);

}  // namespace farrell::reporting
