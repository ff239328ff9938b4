// The tier between memory and Redis: results as files, which outlive the process.
//
//   DIR/ab/abcd…           one entry: a line that says what it is, then its bytes
//   DIR/pins/abcd…         the entry stays, however long nobody asks for it
//   DIR/quarantine/abcd…   an entry that was damaged, or put aside by hand: never read again, there to be looked at
//   DIR/tmp/…              entries being written: they get their names when they are whole
//   DIR/usage              bytes of all entries, counted by whoever writes one; counted anew when they are too many
//   DIR/lock               held by the process that makes room
//
// Several processes of one user may share a directory. Nothing of it is needed: what cannot be read is a miss, what
// cannot be written (no room, no permission) is not kept. The line ends in a seal over all it says, the digest of the
// bytes among it: an entry that was damaged, or stands under a name that is not its own, goes to quarantine.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace farrell {

// Thread-safe.
class FileCache {
 public:
  // At most `max_bytes` of files in blocks of 4 KiB, least recently used out first; pinned ones count, and stay.
  // Touches nothing.
  FileCache(std::string directory, std::size_t max_bytes);

  struct Entry {
    std::string bytes;
    std::string digest;  // SHA-256 of the bytes
    double seconds = 0;  // what computing it took
  };

  // Verified. Nothing on a miss, a failure, or a damaged entry (which is put aside).
  std::optional<Entry> Get(const std::string& key);
  // The same without counting as a use; and a use without reading.
  std::optional<Entry> Peek(const std::string& key);
  void Touch(const std::string& key) const;
  // Replaces what was there. Keys that are no names of files (lower-case letters and digits, 3 to 128) are not kept.
  void Put(const std::string& key, const Entry& entry);

  // What is told of an entry without reading it: nothing is verified, and it does not count as a use.
  struct Facts {
    std::size_t size = 0;
    double seconds = 0;
    std::int64_t made_ns = 0;  // Unix time
    bool pinned = false;
  };
  std::optional<Facts> Look(const std::string& key) const;
  // False: there is no such entry, or it cannot be done. A pin of an entry that is replaced, or put aside and computed
  // again, holds.
  bool Pin(const std::string& key);
  bool Unpin(const std::string& key);
  bool PutAside(const std::string& key);

  enum class Soundness : std::uint8_t { kSound, kDamaged, kGone };
  // Peek without the result.
  Soundness Verify(const std::string& key);

  // Names of entries in increasing order, of those that begin with `prefix`, at most `limit`.
  std::vector<std::string> Keys(std::string_view prefix, std::size_t limit) const;
  // The `limit` written or used last, latest first.
  std::vector<std::string> Latest(std::size_t limit) const;
  struct Usage {
    std::int64_t entries = 0;
    std::int64_t bytes = 0;
    std::int64_t pinned = 0;
    std::int64_t quarantined = 0;
  };
  Usage Measure() const;

  std::size_t max_bytes() const { return max_bytes_; }
  std::int64_t corrupt_entries() const { return corrupt_.load(); }
  std::int64_t not_kept() const { return not_kept_.load(); }

 private:
  struct Found {
    std::string key;
    std::int64_t bytes = 0;  // in whole blocks
    std::int64_t used_ns = 0;
  };

  std::string PathOf(const std::string& key) const;
  std::string PlaceOf(const char* folder, const std::string& key) const;
  std::vector<Found> Scan(std::string_view prefix = {}) const;
  std::optional<Entry> Read(const std::string& key, bool& exists);
  bool Write(const std::string& key, const std::string& head, const std::string& bytes);
  bool Rename(const std::string& from, const std::string& to) const;
  // Counts what was written, and removes what has not been used for longest when there is too much.
  void Account(std::size_t written);
  // Sets the count, or adds to it, and tells it. Nothing: there is none yet, or it cannot be kept.
  std::optional<std::size_t> Count(std::size_t bytes, bool add) const;
  void MakeRoom();
  void RemoveAbandoned() const;

  const std::string directory_;
  const std::size_t max_bytes_;
  std::atomic<std::int64_t> corrupt_ = 0;
  std::atomic<std::int64_t> not_kept_ = 0;
};

}  // namespace farrell
