#include "common/sql/libpq.h"

#include <dlfcn.h>

namespace farrell::sql {
namespace {

constexpr const char* kLibrary = "libpq.so.5";

template <typename Function>
bool Find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

Status Missing() {
  return FailedPrecondition("STORE_ENGINE_MISSING",
                            std::string("PostgreSQL needs the library ") + kLibrary +
                                " and SOCI's backend for it: install libpq5 and libsoci-postgresql4.0");
}

void Ignore(void*, const char*) {}

}  // namespace

Result<const LibPq*> LibPq::Load() {
  static const LibPq* const loaded = []() -> const LibPq* {
    void* library = ::dlopen(kLibrary, RTLD_NOW | RTLD_GLOBAL);
    static LibPq functions;
    const bool complete = library != nullptr && Find(library, "PQconninfoParse", functions.parse_) &&
                          Find(library, "PQconninfoFree", functions.free_info_) &&
                          Find(library, "PQfreemem", functions.free_memory_) &&
                          Find(library, "PQstatus", functions.status_) &&
                          Find(library, "PQsetErrorVerbosity", functions.set_verbosity_) &&
                          Find(library, "PQsetNoticeProcessor", functions.set_notices_) &&
                          Find(library, "PQsocket", functions.socket_) && Find(library, "PQping", functions.ping_);
    return complete ? &functions : nullptr;
  }();
  if (loaded == nullptr) return Missing();
  return loaded;
}

Result<std::vector<std::pair<std::string, std::string>>> LibPq::Parse(const std::string& url) const {
  char* problem = nullptr;
  PQconninfoOption* options = parse_(url.c_str(), &problem);
  if (options == nullptr) {
    std::string text = problem == nullptr ? "not understood" : problem;
    if (problem != nullptr) free_memory_(problem);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return InvalidArgument("DATABASE_URL_INVALID", "the URL of the database: " + text);
  }
  std::vector<std::pair<std::string, std::string>> parameters;
  for (const PQconninfoOption* option = options; option->keyword != nullptr; ++option) {
    if (option->val != nullptr) parameters.emplace_back(option->keyword, option->val);
  }
  free_info_(options);
  return parameters;
}

void LibPq::Prepare(PGconn* connection) const {
  set_verbosity_(connection, PQERRORS_VERBOSE);
  set_notices_(connection, &Ignore, nullptr);
}

}  // namespace farrell::sql
