#include "common/archive/zip.h"

#include <zip.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "common/text/utf8.h"

namespace farrell::archive {
namespace {

// 1980-01-01 00:00 as DOS counts, whatever the time zone.
constexpr zip_uint16_t kTime = 0;
constexpr zip_uint16_t kDate = (1 << 5) | 1;
constexpr zip_uint32_t kMostCompression = 9;
// -rw-r--r-- of a regular file, and the bits that tell a symbolic link.
constexpr zip_uint32_t kRegularFile = 0100644U << 16U;
constexpr zip_uint32_t kTypeMask = 0170000U << 16U;
constexpr zip_uint32_t kLinkType = 0120000U << 16U;
constexpr std::size_t kPiece = std::size_t{1} << 16;

struct CloseArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
using Archive = std::unique_ptr<zip_t, CloseArchive>;
struct CloseFile {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
struct FreeSource {
  void operator()(zip_source_t* source) const { zip_source_free(source); }
};
using Source = std::unique_ptr<zip_source_t, FreeSource>;

Status NotWritten(const std::string& why) {
  return Internal("ZIP_NOT_WRITTEN", "the ZIP file cannot be written: " + why);
}

Status AddMember(zip_t* archive, const ZipMember& member) {
  // The bytes outlive the archive: no copy, nothing to free.
  zip_source_t* source = zip_source_buffer(archive, member.bytes.data(), member.bytes.size(), 0);
  if (source == nullptr) return NotWritten(zip_strerror(archive));
  const zip_int64_t index = zip_file_add(archive, member.name.c_str(), source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free(source);
    return NotWritten(member.name + ": " + zip_strerror(archive));
  }
  const auto at = static_cast<zip_uint64_t>(index);
  if (zip_set_file_compression(archive, at, ZIP_CM_DEFLATE, kMostCompression) != 0 ||
      zip_file_set_dostime(archive, at, kTime, kDate, 0) != 0 ||
      zip_file_set_external_attributes(archive, at, 0, ZIP_OPSYS_UNIX, kRegularFile) != 0) {
    return NotWritten(member.name + ": " + zip_strerror(archive));
  }
  return Status::Ok();
}

Result<std::string> BytesOf(zip_source_t* source) {
  zip_stat_t stat;
  if (zip_source_open(source) != 0 || zip_source_stat(source, &stat) != 0) return NotWritten("it cannot be read back");
  std::string bytes(static_cast<std::size_t>(stat.size), '\0');
  const zip_int64_t read = zip_source_read(source, bytes.data(), bytes.size());
  zip_source_close(source);
  if (read != static_cast<zip_int64_t>(bytes.size())) return NotWritten("it cannot be read back");
  return bytes;
}

// The bytes of one member, at most `most`; the reason when it cannot be read.
Result<std::string> ReadMember(zip_t* archive, zip_uint64_t index, std::size_t most, const std::stop_token& stop) {
  const std::unique_ptr<zip_file_t, CloseFile> file(zip_fopen_index(archive, index, 0));
  const auto invalid = [](const std::string& why) { return InvalidArgument("ZIP_INVALID", why); };
  if (file == nullptr) return invalid(zip_strerror(archive));
  std::string bytes;
  std::string piece(kPiece, '\0');
  for (;;) {
    if (stop.stop_requested()) return Cancelled();
    const zip_int64_t read = zip_fread(file.get(), piece.data(), piece.size());
    if (read < 0) return invalid(zip_file_strerror(file.get()));
    if (read == 0) return bytes;
    if (bytes.size() + static_cast<std::size_t>(read) > most) return invalid("more bytes than the archive announces");
    bytes.append(piece, 0, static_cast<std::size_t>(read));
  }
}

std::string ShownName(const std::string& name) {
  constexpr std::size_t kMostShown = 120;
  std::string shown;
  for (const char c : name.substr(0, kMostShown)) shown += c >= 0x20 && c < 0x7f ? c : '?';
  return shown;
}

class Reader {
 public:
  Reader(zip_t* archive, const ZipLimits& limits, const std::stop_token& stop)
      : archive_(archive), left_(limits.most_bytes), stop_(stop) {}

  Result<std::vector<ZipMember>> Read() {
    const zip_int64_t count = zip_get_num_entries(archive_, 0);
    for (zip_int64_t i = 0; i < count; ++i) {
      const auto index = static_cast<zip_uint64_t>(i);
      FARRELL_RETURN_IF_ERROR(Take(index));
    }
    FARRELL_RETURN_IF_ERROR(std::move(violations_).Finish("ZIP_INVALID", "the archive cannot be trusted"));
    std::sort(members_.begin(), members_.end(), [](const ZipMember& a, const ZipMember& b) { return a.name < b.name; });
    return std::move(members_);
  }

 private:
  Status Take(zip_uint64_t index) {
    zip_stat_t stat;
    const char* raw = zip_get_name(archive_, index, ZIP_FL_ENC_RAW);
    if (raw == nullptr || zip_stat_index(archive_, index, 0, &stat) != 0) {
      violations_.Add("member " + std::to_string(index + 1), "its entry cannot be read");
      return Status::Ok();
    }
    std::string name = raw;
    const bool folder = name.ends_with('/');
    if (folder) name.pop_back();
    std::string problem = ProblemOfName(name);
    if (problem.empty() && IsLink(index)) problem = "is a link";
    if (problem.empty() && stat.encryption_method != ZIP_EM_NONE) problem = "is encrypted";
    if (problem.empty() && !names_.insert(name).second) problem = "stands in the archive twice";
    if (problem.empty() && !folder && stat.size > left_) {
      problem = "unpacks to " + std::to_string(stat.size) + " bytes, more than the " + std::to_string(left_) + " left";
    }
    if (!problem.empty()) {
      violations_.Add(ShownName(name), problem);
      return Status::Ok();
    }
    if (folder) return Status::Ok();
    Result<std::string> bytes = ReadMember(archive_, index, static_cast<std::size_t>(stat.size), stop_);
    if (!bytes.ok() && bytes.status().code() == Code::kCancelled) return bytes.status();
    if (bytes.ok() && bytes->size() != stat.size) bytes = InvalidArgument("ZIP_INVALID", "is cut off");
    if (!bytes.ok()) {
      violations_.Add(ShownName(name), "cannot be unpacked: " + bytes.status().message());
      return Status::Ok();
    }
    left_ -= bytes->size();
    members_.push_back({std::move(name), std::move(bytes).value()});
    return Status::Ok();
  }

  bool IsLink(zip_uint64_t index) const {
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    return zip_file_get_external_attributes(archive_, index, 0, &system, &attributes) == 0 &&
           system == ZIP_OPSYS_UNIX && (attributes & kTypeMask) == kLinkType;
  }

  zip_t* archive_;
  std::size_t left_;
  const std::stop_token& stop_;
  std::set<std::string> names_;
  std::vector<ZipMember> members_;
  Violations violations_;
};

}  // namespace

std::string ProblemOfName(const std::string& name) {
  if (name.empty()) return "has no name";
  if (text::ValidUtf8Length(name) != name.size()) return "is not named in UTF-8";
  if (name.front() == '/') return "names an absolute path";
  if (name.find('\\') != std::string::npos) return "has a backslash in its name";
  if (name.size() > 1 && name[1] == ':') return "names a drive";
  if (std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; })) {
    return "has a control character in its name";
  }
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const std::string part = name.substr(begin, end - begin);
    if (part == "..") return "names a path outside the archive";
    if (part.empty() || part == ".") return "has an empty part in its path";
    begin = end + 1;
  }
  return {};
}

Result<std::string> WriteZip(std::vector<ZipMember> members) {
  std::sort(members.begin(), members.end(), [](const ZipMember& a, const ZipMember& b) { return a.name < b.name; });
  for (const ZipMember& member : members) {
    if (const std::string problem = ProblemOfName(member.name); !problem.empty()) {
      return NotWritten("'" + ShownName(member.name) + "' " + problem);
    }
  }
  zip_error_t error;
  zip_error_init(&error);
  const Source source(zip_source_buffer_create(nullptr, 0, 0, &error));
  if (source == nullptr) return NotWritten("no memory");
  Archive archive(zip_open_from_source(source.get(), ZIP_CREATE | ZIP_TRUNCATE, &error));
  if (archive == nullptr) return NotWritten("no memory");
  zip_source_keep(source.get());
  for (const ZipMember& member : members) FARRELL_RETURN_IF_ERROR(AddMember(archive.get(), member));
  if (zip_close(archive.get()) != 0) return NotWritten(zip_strerror(archive.get()));
  (void)archive.release();
  return BytesOf(source.get());
}

Result<std::vector<ZipMember>> ReadZip(const std::string& bytes, const ZipLimits& limits, const std::stop_token& stop) {
  const auto invalid = [](const std::string& why) { return InvalidArgument("ZIP_INVALID", why); };
  if (bytes.empty()) return invalid("not a ZIP file: it is empty");
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (source == nullptr) return Internal("ZIP_NOT_READ", "no memory for the archive");
  const Archive archive(zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error));
  if (archive == nullptr) {
    const bool repeated = zip_error_code_zip(&error) == ZIP_ER_EXISTS;
    const std::string why = repeated ? "a name stands in it twice" : zip_error_strerror(&error);
    zip_source_free(source);
    zip_error_fini(&error);
    return invalid("not a ZIP file, or a damaged one: " + why);
  }
  const zip_int64_t count = zip_get_num_entries(archive.get(), 0);
  if (count < 0 || static_cast<std::size_t>(count) > limits.most_members) {
    return invalid("the archive has " + std::to_string(count) + " members; at most " +
                   std::to_string(limits.most_members) + " are read");
  }
  return Reader(archive.get(), limits, stop).Read();
}

}  // namespace farrell::archive
