#include "common/program/file_stamp.h"

#include <sys/stat.h>

namespace farrell {

FileStamp StampOf(const std::string& path) {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) return {};
  // The time of the last change of the inode, which nobody can set back.
  return {.device = found.st_dev,
          .inode = found.st_ino,
          .size = found.st_size,
          .changed_ns = found.st_ctim.tv_sec * 1'000'000'000 + found.st_ctim.tv_nsec};
}

}  // namespace farrell
