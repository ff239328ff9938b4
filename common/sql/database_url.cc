#include "common/sql/database_url.h"

#include <string_view>

namespace farrell::sql {
namespace {

constexpr std::string_view kShape = "postgresql://HOST:PORT/NAME?user=NAME";

Status Invalid(const std::string& flag, const std::string& what) {
  return InvalidArgument("DATABASE_URL_INVALID", flag + ": " + what).WithViolations({{flag, what}});
}

}  // namespace

Status CheckDatabaseUrl(const std::string& flag, const std::string& url) {
  const std::string_view text(url);
  const std::size_t scheme = text.find("://");
  if (scheme == std::string_view::npos ||
      (text.substr(0, scheme) != "postgresql" && text.substr(0, scheme) != "postgres")) {
    return Invalid(flag, "a database is given as " + std::string(kShape));
  }
  const std::string_view rest = text.substr(scheme + 3);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  const std::size_t at = authority.rfind('@');
  const bool password = (at != std::string_view::npos && authority.substr(0, at).find(':') != std::string_view::npos) ||
                        rest.find("password=") != std::string_view::npos;
  if (password) return Invalid(flag, "no password in the URL: write it to a file and give --database-password-file");
  if (text.find_first_of("\r\n") != std::string_view::npos) return Invalid(flag, "the URL must be one line");
  return Status::Ok();
}

}  // namespace farrell::sql
