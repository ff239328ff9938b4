#include "common/cache/file_cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "common/cache/seal.h"
#include "common/canonical/canonical.h"

namespace farrell {
namespace {

namespace fs = std::filesystem;

// Files of another schema are another version's: a miss, and left to it until this version writes its own.
constexpr std::string_view kKind = "farrell.file";
constexpr std::string_view kSchema = "1";
constexpr std::size_t kBlock = 4096;
constexpr std::size_t kLongestHead = 512;
// Room that is made at a time, as parts of all.
constexpr std::size_t kRoom = 10;
constexpr std::int64_t kAbandonedNs = 3'600'000'000'000;

constexpr const char* kPins = "pins";
constexpr const char* kQuarantine = "quarantine";
constexpr const char* kTemporary = "tmp";

std::size_t InBlocks(std::size_t bytes) { return (bytes + kBlock - 1) / kBlock * kBlock; }

bool IsName(std::string_view key) {
  return key.size() >= 3 && key.size() <= 128 && std::all_of(key.begin(), key.end(), [](char character) {
           return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z');
         });
}

std::int64_t Now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::int64_t Nanoseconds(const timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool ok() const { return descriptor_ >= 0; }
  int get() const { return descriptor_; }
  // A full disk may be told here only.
  bool Close() { return ::close(std::exchange(descriptor_, -1)) == 0; }

  // Up to `size` bytes; fewer at the end of the file or after a failure.
  std::string Read(std::size_t size) const {
    std::string bytes(size, '\0');
    std::size_t at = 0;
    while (at < size) {
      const ssize_t got = ::read(descriptor_, bytes.data() + at, size - at);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      at += static_cast<std::size_t>(got);
    }
    bytes.resize(at);
    return bytes;
  }

  bool Write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }

 private:
  int descriptor_;
};

// The first line of a file: kind, schema, key, digest and size of the bytes, seconds, when it was made, seal.
struct Head {
  std::string_view key, digest, size, seconds, made, seal;
  std::size_t length = 0;  // the line feed included
  bool foreign = false;    // of another schema
};

std::optional<Head> ParseHead(std::string_view text) {
  const std::size_t end = text.substr(0, kLongestHead).find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  std::array<std::string_view, 8> fields;
  std::string_view rest = text.substr(0, end);
  std::size_t count = 0;
  while (count < fields.size() && !rest.empty()) {
    const std::size_t blank = std::min(rest.find(' '), rest.size());
    fields[count++] = rest.substr(0, blank);
    rest.remove_prefix(std::min(blank + 1, rest.size()));
  }
  if (count < 2 || fields[0] != kKind) return std::nullopt;
  Head head{.key = fields[2],
            .digest = fields[3],
            .size = fields[4],
            .seconds = fields[5],
            .made = fields[6],
            .seal = fields[7],
            .length = end + 1,
            .foreign = fields[1] != kSchema};
  if (!head.foreign && (count != fields.size() || !rest.empty())) return std::nullopt;
  return head;
}

std::string SealOf(const Head& head) {
  return Seal(kKind, {kSchema, head.key, head.digest, head.size, head.seconds, head.made});
}

template <typename Number>
Number ToNumber(std::string_view text) {
  Number number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return std::max(number, Number{0});
}

}  // namespace

FileCache::FileCache(std::string directory, std::size_t max_bytes)
    : directory_(std::move(directory)), max_bytes_(max_bytes) {}

std::string FileCache::PathOf(const std::string& key) const { return directory_ + "/" + key.substr(0, 2) + "/" + key; }

std::string FileCache::PlaceOf(const char* folder, const std::string& key) const {
  return directory_ + "/" + folder + "/" + key;
}

std::optional<FileCache::Entry> FileCache::Get(const std::string& key) {
  bool exists = false;
  std::optional<Entry> entry = Read(key, exists);
  if (entry) Touch(key);
  return entry;
}

std::optional<FileCache::Entry> FileCache::Peek(const std::string& key) {
  bool exists = false;
  return Read(key, exists);
}

// Where that cannot be written, the order of eviction is worse, and nothing else.
void FileCache::Touch(const std::string& key) const {
  if (IsName(key)) (void)::utimensat(AT_FDCWD, PathOf(key).c_str(), nullptr, 0);
}

FileCache::Soundness FileCache::Verify(const std::string& key) {
  bool exists = false;
  const std::int64_t before = corrupt_.load();
  if (Read(key, exists)) return Soundness::kSound;
  return exists && corrupt_.load() != before ? Soundness::kDamaged : Soundness::kGone;
}

std::optional<FileCache::Entry> FileCache::Read(const std::string& key, bool& exists) {
  exists = false;
  if (!IsName(key)) return std::nullopt;
  const File file(::open(PathOf(key).c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!file.ok() || ::fstat(file.get(), &status) != 0) return std::nullopt;
  exists = true;
  std::string text = file.Read(static_cast<std::size_t>(status.st_size));
  const std::optional<Head> head = ParseHead(text);
  if (head && head->foreign) return std::nullopt;
  if (head && head->key == key && SealOf(*head) == head->seal &&
      ToNumber<std::uint64_t>(head->size) == text.size() - head->length &&
      canonical::Sha256(std::string_view(text).substr(head->length)) == head->digest) {
    Entry entry{.bytes = {}, .digest = std::string(head->digest), .seconds = ToNumber<double>(head->seconds)};
    text.erase(0, head->length);
    entry.bytes = std::move(text);
    return entry;
  }
  ++corrupt_;
  (void)PutAside(key);
  return std::nullopt;
}

void FileCache::Put(const std::string& key, const Entry& entry) {
  if (!IsName(key)) return;
  const std::string size = std::to_string(entry.bytes.size());
  const std::string seconds = std::to_string(entry.seconds);
  const std::string made = std::to_string(Now());
  const std::string seal = Seal(kKind, {kSchema, key, entry.digest, size, seconds, made});
  std::string head(kKind);
  for (const std::string_view field :
       {kSchema, std::string_view(key), std::string_view(entry.digest), std::string_view(size),
        std::string_view(seconds), std::string_view(made), std::string_view(seal)}) {
    head += ' ';
    head += field;
  }
  head += '\n';
  const std::size_t bytes = InBlocks(head.size() + entry.bytes.size());
  if (head.size() > kLongestHead || bytes > max_bytes_) return;
  if (Write(key, head, entry.bytes)) {
    Account(bytes);
  } else {
    ++not_kept_;
  }
}

bool FileCache::Write(const std::string& key, const std::string& head, const std::string& bytes) {
  // A name that nobody else has, in whatever container.
  std::string temporary;
  const auto open = [&] {
    temporary = PlaceOf(kTemporary, key.substr(0, 16) + ".XXXXXX");
    return ::mkostemp(temporary.data(), O_CLOEXEC);
  };
  int descriptor = open();
  if (descriptor < 0 && errno == ENOENT) {
    std::error_code failed;
    fs::create_directories(directory_ + "/" + kTemporary, failed);
    descriptor = open();
  }
  File file(descriptor);
  if (!file.ok()) return false;
  if (file.Write(head) && file.Write(bytes) && file.Close() && Rename(temporary, PathOf(key))) return true;
  ::unlink(temporary.c_str());
  return false;
}

// Makes the folder it goes to when there is none.
bool FileCache::Rename(const std::string& from, const std::string& to) const {
  if (::rename(from.c_str(), to.c_str()) == 0) return true;
  if (errno != ENOENT) return false;
  std::error_code failed;
  fs::create_directories(fs::path(to).parent_path(), failed);
  return ::rename(from.c_str(), to.c_str()) == 0;
}

std::optional<FileCache::Facts> FileCache::Look(const std::string& key) const {
  if (!IsName(key)) return std::nullopt;
  const File file(::open(PathOf(key).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.ok()) return std::nullopt;
  const std::string text = file.Read(kLongestHead);
  const std::optional<Head> head = ParseHead(text);
  if (!head || head->foreign || head->key != key) return std::nullopt;
  return Facts{.size = ToNumber<std::size_t>(head->size),
               .seconds = ToNumber<double>(head->seconds),
               .made_ns = ToNumber<std::int64_t>(head->made),
               .pinned = ::access(PlaceOf(kPins, key).c_str(), F_OK) == 0};
}

bool FileCache::Pin(const std::string& key) {
  if (!IsName(key) || ::access(PathOf(key).c_str(), F_OK) != 0) return false;
  std::error_code failed;
  fs::create_directories(directory_ + "/" + kPins, failed);
  File pin(::open(PlaceOf(kPins, key).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
  return pin.ok() && pin.Close();
}

bool FileCache::Unpin(const std::string& key) { return IsName(key) && ::unlink(PlaceOf(kPins, key).c_str()) == 0; }

bool FileCache::PutAside(const std::string& key) {
  return IsName(key) && Rename(PathOf(key), PlaceOf(kQuarantine, key));
}

std::vector<FileCache::Found> FileCache::Scan(std::string_view prefix) const {
  std::vector<Found> found;
  const std::string_view folder_prefix = prefix.substr(0, 2);
  std::error_code failed;
  for (fs::directory_iterator folder(directory_, failed), end; !failed && folder != end; folder.increment(failed)) {
    const std::string name = folder->path().filename().string();
    if (name.size() != 2 || !name.starts_with(folder_prefix)) continue;
    std::error_code gone;
    for (fs::directory_iterator file(folder->path(), gone); !gone && file != end; file.increment(gone)) {
      std::string key = file->path().filename().string();
      struct stat status {};
      if (!key.starts_with(prefix) || !IsName(key) || ::stat(file->path().c_str(), &status) != 0) continue;
      found.push_back({std::move(key), static_cast<std::int64_t>(InBlocks(static_cast<std::size_t>(status.st_size))),
                       Nanoseconds(status.st_mtim)});
    }
  }
  return found;
}

std::vector<std::string> FileCache::Keys(std::string_view prefix, std::size_t limit) const {
  std::vector<std::string> keys;
  for (Found& found : Scan(prefix)) keys.push_back(std::move(found.key));
  std::sort(keys.begin(), keys.end());
  if (keys.size() > limit) keys.resize(limit);
  return keys;
}

std::vector<std::string> FileCache::Latest(std::size_t limit) const {
  std::vector<Found> found = Scan();
  std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
    return a.used_ns != b.used_ns ? a.used_ns > b.used_ns : a.key < b.key;
  });
  if (found.size() > limit) found.resize(limit);
  std::vector<std::string> keys;
  keys.reserve(found.size());
  for (Found& one : found) keys.push_back(std::move(one.key));
  return keys;
}

FileCache::Usage FileCache::Measure() const {
  Usage usage;
  for (const Found& found : Scan()) {
    ++usage.entries;
    usage.bytes += found.bytes;
  }
  const auto count = [&](const char* folder) {
    std::error_code failed;
    std::int64_t files = 0;
    for (fs::directory_iterator file(directory_ + "/" + folder, failed), end; !failed && file != end;
         file.increment(failed)) {
      ++files;
    }
    return files;
  };
  usage.pinned = count(kPins);
  usage.quarantined = count(kQuarantine);
  return usage;
}

void FileCache::Account(std::size_t written) {
  const std::optional<std::size_t> held = Count(written, true);
  if (!held || *held > max_bytes_) MakeRoom();
}

std::optional<std::size_t> FileCache::Count(std::size_t bytes, bool add) const {
  constexpr std::size_t kLongestNumber = 32;
  const File file(::open((directory_ + "/usage").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!file.ok() || ::flock(file.get(), LOCK_EX) != 0) return std::nullopt;
  const std::string before = file.Read(kLongestNumber);
  if (add && before.empty()) return std::nullopt;
  if (add) bytes += ToNumber<std::size_t>(before);
  const std::string now = std::to_string(bytes);
  const bool kept = ::lseek(file.get(), 0, SEEK_SET) == 0 && file.Write(now) &&
                    ::ftruncate(file.get(), static_cast<off_t>(now.size())) == 0;
  return kept ? std::optional<std::size_t>(bytes) : std::nullopt;
}

// Another process that does so already makes room for all.
void FileCache::MakeRoom() {
  const File lock(::open((directory_ + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!lock.ok() || ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return;
  RemoveAbandoned();
  std::vector<Found> found = Scan();
  std::size_t held = 0;
  for (const Found& one : found) held += static_cast<std::size_t>(one.bytes);
  if (held > max_bytes_) {
    std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.used_ns < b.used_ns; });
    for (const Found& oldest : found) {
      if (held <= max_bytes_ - max_bytes_ / kRoom) break;
      if (::access(PlaceOf(kPins, oldest.key).c_str(), F_OK) == 0) continue;
      if (::unlink(PathOf(oldest.key).c_str()) == 0 || errno == ENOENT) held -= static_cast<std::size_t>(oldest.bytes);
    }
  }
  (void)Count(held, false);
}

// What processes that were killed left half written.
void FileCache::RemoveAbandoned() const {
  std::error_code failed;
  for (fs::directory_iterator file(directory_ + "/" + kTemporary, failed), end; !failed && file != end;
       file.increment(failed)) {
    struct stat status {};
    if (::stat(file->path().c_str(), &status) == 0 && Now() - Nanoseconds(status.st_mtim) > kAbandonedNs) {
      ::unlink(file->path().c_str());
    }
  }
}

}  // namespace farrell
