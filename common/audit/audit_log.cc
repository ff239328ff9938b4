#include "common/audit/audit_log.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <string_view>
#include <utility>

#include "common/canonical/canonical.h"
#include "common/rpc/log.h"
#include "common/text/json_text.h"

namespace farrell::audit {
namespace {

// More than any record needs: texts are cut.
constexpr std::int64_t kRoomBytes = 8192;
constexpr std::size_t kMaxTextBytes = 512;
constexpr std::size_t kHashDigits = 64;

const std::string& NoHash() {
  static const std::string zeros(kHashDigits, '0');
  return zeros;
}

Status Unusable(const std::string& path, const std::string& problem) {
  return FailedPrecondition("AUDIT_UNUSABLE", "the audit log '" + path + "' " + problem);
}

std::string Now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  const std::time_t seconds = milliseconds / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S.", &parts);
  return std::string(text, length) + std::to_string(1000 + milliseconds % 1000).substr(1) + "Z";
}

// The object up to its own hash, which covers exactly these bytes.
std::string Body(std::int64_t sequence, const Record& record, const std::string& before) {
  std::string body = "{\"seq\":" + std::to_string(sequence);
  const std::string time = Now();
  for (const auto& [key, value] : {std::pair<const char*, const std::string*>{"time", &time},
                                   {"event", &record.event},
                                   {"principal", &record.principal},
                                   {"project", &record.project},
                                   {"peer", &record.peer},
                                   {"method", &record.method},
                                   {"request", &record.request},
                                   {"decision", &record.decision},
                                   {"code", &record.code},
                                   {"reason", &record.reason},
                                   {"request_id", &record.request_id},
                                   {"prev", &before}}) {
    body += ",\"" + std::string(key) + "\":";
    text::AppendJsonText(body, std::string_view(*value).substr(0, kMaxTextBytes));
  }
  return body;
}

std::string HashField(const std::string& hash) { return ",\"hash\":\"" + hash + "\"}"; }

// Takes a record apart: its number, what the hash covers, and the two hashes. False: it is not one.
struct Line {
  std::int64_t sequence = 0;
  std::string_view body;
  std::string before;
  std::string hash;
};
bool Parse(std::string_view text, Line& line) {
  constexpr std::string_view kStart = "{\"seq\":";
  const std::size_t tail = HashField(NoHash()).size();
  const std::size_t before_field = std::strlen(",\"prev\":\"") + kHashDigits + 1;
  if (!text.starts_with(kStart) || text.size() < kStart.size() + tail + before_field) return false;
  line.body = text.substr(0, text.size() - tail);
  line.hash = text.substr(text.size() - 2 - kHashDigits, kHashDigits);
  line.before = line.body.substr(line.body.size() - 1 - kHashDigits, kHashDigits);
  line.sequence = std::strtoll(text.data() + kStart.size(), nullptr, 10);
  return text.substr(text.size() - tail) == HashField(line.hash) &&
         line.body.substr(line.body.size() - before_field) == ",\"prev\":\"" + line.before + "\"";
}

}  // namespace

Result<std::shared_ptr<AuditLog>> AuditLog::Open(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (descriptor < 0) return Unusable(path, std::string("cannot be opened: ") + std::strerror(errno));
  std::shared_ptr<AuditLog> log(new AuditLog(path, descriptor));
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    return Unusable(path, "is in use by another program; each needs a file of its own");
  }
  FARRELL_RETURN_IF_ERROR(log->Continue());
  return log;
}

AuditLog::~AuditLog() { close(descriptor_); }

Status AuditLog::Continue() {
  struct stat found {};
  if (fstat(descriptor_, &found) != 0 || !S_ISREG(found.st_mode)) return Unusable(path_, "is not a file");
  head_ = NoHash();
  size_ = found.st_size;
  // The last record and what follows it; a record is shorter than this.
  std::string end(static_cast<std::size_t>(std::min<std::int64_t>(size_, 2 * kRoomBytes)), '\0');
  if (pread(descriptor_, end.data(), end.size(), size_ - static_cast<off_t>(end.size())) !=
      static_cast<ssize_t>(end.size())) {
    return Unusable(path_, "cannot be read");
  }
  const std::size_t last_newline = end.rfind('\n');
  const std::size_t complete = last_newline == std::string::npos ? 0 : last_newline + 1;
  if (complete < end.size()) {
    Log(LogLevel::kWarning, "the audit log ended inside a record, which is dropped", {{"file", path_}});
    size_ -= static_cast<std::int64_t>(end.size() - complete);
    if (ftruncate(descriptor_, size_) != 0) return Unusable(path_, "cannot be cut");
    end.resize(complete);
  }
  if (size_ == 0) return {};
  const std::size_t start = end.size() < 2 ? std::string::npos : end.rfind('\n', end.size() - 2);
  const std::size_t begin = start == std::string::npos ? 0 : start + 1;
  Line line;
  if (!Parse(std::string_view(end).substr(begin, end.size() - 1 - begin), line)) {
    return Unusable(path_, "does not end in a record of an audit log");
  }
  sequence_ = line.sequence;
  head_ = line.hash;
  return {};
}

Status AuditLog::Append(const std::string& line) {
  std::size_t written = 0;
  while (written < line.size()) {
    const ssize_t count =
        pwrite(descriptor_, line.data() + written, line.size() - written, size_ + static_cast<off_t>(written));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    written += static_cast<std::size_t>(count);
  }
  if (written == line.size() && fdatasync(descriptor_) == 0) {
    size_ += static_cast<std::int64_t>(line.size());
    return {};
  }
  const std::string why = std::strerror(errno);
  // Half a record must not stay; should this fail too, the next record is written over it.
  if (ftruncate(descriptor_, size_) != 0) Log(LogLevel::kError, "the audit log cannot be cut", {{"file", path_}});
  Log(LogLevel::kError, "the audit log cannot be written; calls that change something are refused",
      {{"file", path_}, {"error", why}});
  return {Code::kResourceExhausted, "AUDIT_UNWRITABLE",
          "the server cannot write its audit log (" + why + ") and changes nothing until it can; reads go on"};
}

Status AuditLog::Write(const Record& record) {
  const std::lock_guard lock(mutex_);
  const bool begins = record.event == "begin";
  if (begins) {
    // Room for this record, for its end and for the ends of the calls under way. File systems that cannot set room
    // aside are told of a full disk by the write itself.
    if (fallocate(descriptor_, FALLOC_FL_KEEP_SIZE, size_, kRoomBytes * (open_calls_ + 2)) != 0 &&
        errno != EOPNOTSUPP && errno != ENOSYS) {
      const std::string why = std::strerror(errno);
      Log(LogLevel::kError, "the audit log has no room; calls that change something are refused",
          {{"file", path_}, {"error", why}});
      return {Code::kResourceExhausted, "AUDIT_UNWRITABLE",
              "the server has no room for its audit log (" + why + ") and changes nothing until it has; reads go on"};
    }
  }
  const std::string body = Body(sequence_ + 1, record, head_);
  const std::string hash = canonical::Sha256(body);
  if (!begins && record.decision == "allowed") --open_calls_;
  FARRELL_RETURN_IF_ERROR(Append(body + HashField(hash) + "\n"));
  ++sequence_;
  head_ = hash;
  if (begins) ++open_calls_;
  return {};
}

Result<Chain> VerifyChain(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return NotFound("AUDIT_NOT_FOUND", "the audit log '" + path + "' cannot be read");
  Chain chain{.records = 0, .head = NoHash()};
  const auto broken = [&](const std::string& problem) {
    const std::string line = std::to_string(chain.records + 1);
    return Status(Code::kDataLoss, "AUDIT_CHAIN_BROKEN", path + ":" + line + ": " + problem).With("line", line);
  };
  std::string text;
  while (std::getline(file, text)) {
    Line line;
    if (file.eof()) return broken("the record has no end");
    if (!Parse(text, line)) return broken("this is not a record of an audit log");
    if (canonical::Sha256(line.body) != line.hash) return broken("the record was changed after it was written");
    if (line.sequence != chain.records + 1 || line.before != chain.head) {
      return broken("the record does not follow the one before: records were removed, added or moved");
    }
    ++chain.records;
    chain.head = line.hash;
  }
  return chain;
}

}  // namespace farrell::audit
