#include "services/reporting/service/schedule_lease.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <random>

#include "common/sql/soci.h"
#include "common/sql/store_clock.h"
#include "services/reporting/service/step_store.h"

namespace farrell::reporting {
namespace {

using soci::into;
using soci::use;

constexpr const char* kLeaseName = "schedules";

struct LeaseRow {
  std::string holder;
  std::string host;
  long long process = 0;
  long long fence = 0;
  long long alive_ns = 0;
};

std::optional<LeaseRow> ReadLease(soci::session& session) {
  const std::string name = kLeaseName;
  LeaseRow row;
  session << "SELECT holder, host, process, fence, alive_ns FROM reporting_leases WHERE name = :name",
      use(name, "name"), into(row.holder), into(row.host), into(row.process), into(row.fence), into(row.alive_ns);
  if (!session.got_data()) return std::nullopt;
  return row;
}

bool IsFree(const LeaseRow& row, long long now) {
  const auto silence = std::chrono::duration_cast<std::chrono::nanoseconds>(ScheduleLease::kSilence).count();
  return row.holder.empty() || row.alive_ns < now - silence || HasEnded(row.host, row.process);
}

}  // namespace

Holder Holder::OfThisProcess() {
  std::random_device random;
  const std::int64_t process = ::getpid();
  return {HostName() + ":" + std::to_string(process) + ":" + std::to_string(random()) + std::to_string(random()),
          HostName(), process};
}

bool HasEnded(const std::string& host, std::int64_t process) {
  return host == HostName() && ::kill(static_cast<pid_t>(process), 0) != 0 && errno == ESRCH;
}

Result<std::optional<HeldLease>> ScheduleLease::Hold() {
  std::optional<HeldLease> held;
  FARRELL_RETURN_IF_ERROR(sql::Write(database_, [&](soci::session& session) -> Status {
    held.reset();
    const std::string name = kLeaseName;
    const long long now = sql::StoreClock(session);
    const long long process = holder_.process;
    const std::optional<LeaseRow> row = ReadLease(session);
    if (row && row->holder == holder_.name) {
      session << "UPDATE reporting_leases SET alive_ns = :now WHERE name = :name", use(now, "now"), use(name, "name");
      held = HeldLease{holder_.name, row->fence};
      return Status::Ok();
    }
    if (row && !IsFree(*row, now)) return Status::Ok();
    const long long fence = row ? row->fence + 1 : 1;
    session << "DELETE FROM reporting_leases WHERE name = :name", use(name, "name");
    session << "INSERT INTO reporting_leases (name, holder, host, process, fence, alive_ns) "
               "VALUES (:name, :holder, :host, :process, :fence, :now)",
        use(name, "name"), use(holder_.name, "holder"), use(holder_.host, "host"), use(process, "process"),
        use(fence, "fence"), use(now, "now");
    held = HeldLease{holder_.name, fence};
    return Status::Ok();
  }));
  return held;
}

Status ScheduleLease::GiveUp() {
  return sql::Write(database_, [&](soci::session& session) -> Status {
    session << "UPDATE reporting_leases SET holder = '' WHERE holder = :holder", use(holder_.name, "holder");
    return Status::Ok();
  });
}

Result<std::string> ScheduleLease::Present() {
  std::string present;
  FARRELL_RETURN_IF_ERROR(sql::Read(database_, [&](soci::session& session) -> Status {
    present.clear();
    const std::optional<LeaseRow> row = ReadLease(session);
    if (row && !IsFree(*row, sql::StoreClock(session))) present = row->host + ":" + std::to_string(row->process);
    return Status::Ok();
  }));
  return present;
}

Status CheckLease(soci::session& session, const HeldLease& lease) {
  const std::optional<LeaseRow> row = ReadLease(session);
  if (row && row->holder == lease.holder && row->fence == lease.fence) return Status::Ok();
  return {Code::kAborted, "LEASE_LOST", "another server looks after the schedules now"};
}

}  // namespace farrell::reporting
