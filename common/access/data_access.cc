#include "common/access/data_access.h"

#include <algorithm>

#include "common/access/scopes.h"
#include "common/rpc/call.h"

namespace farrell::access {
namespace {

// `*` stands for any characters. Linear but for repeated stars: a pattern is short.
bool Matches(std::string_view pattern, std::string_view text) {
  std::size_t at = 0;
  std::size_t in = 0;
  std::size_t star = std::string_view::npos;
  std::size_t retry = 0;
  while (in < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      retry = in;
    } else if (at < pattern.size() && pattern[at] == text[in]) {
      ++at;
      ++in;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      in = ++retry;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

bool Covers(std::string_view pattern, const DataName& name) {
  if (pattern == "*") return true;
  const std::size_t slash = pattern.find('/');
  if (!Matches(pattern.substr(0, slash), name.project)) return false;
  const std::string_view rest = pattern.substr(slash + 1);
  const std::size_t at = rest.find('@');
  if (!Matches(rest.substr(0, at), name.dataset)) return false;
  return at == std::string_view::npos || Matches(rest.substr(at + 1), name.release);
}

bool AnyCovers(const Grant& grant, const DataName& name) {
  if (grant.data.empty()) return name.project == grant.project;
  return std::any_of(grant.data.begin(), grant.data.end(),
                     [&](const std::string& pattern) { return Covers(pattern, name); });
}

}  // namespace

bool IsDataPattern(std::string_view text) {
  const std::size_t slash = text.find('/');
  return text == "*" || (slash != std::string_view::npos && slash + 1 < text.size() && text.back() != '@' &&
                         text.size() <= 512 && text[slash + 1] != '@');
}

DataAccess DataAccess::OfCurrentCall() {
  return CurrentCall() == nullptr ? DataAccess() : DataAccess(CurrentCall()->grant);
}

const Grant& DataAccess::grant() const {
  static const Grant none;
  return everything() ? none : *grant_;
}

const std::string& DataAccess::project() const { return grant().project; }
const std::string& DataAccess::principal() const { return grant().principal; }
const Quota& DataAccess::quota() const { return grant().quota; }

bool DataAccess::MayRead(const DataName& name, Time embargo_until, Time now) const {
  if (everything()) return true;
  return AnyCovers(*grant_, name) && (embargo_until <= now || Holds(grant_->scopes, kEmbargoedScope));
}

bool DataAccess::MayReadAll() const {
  return everything() || (std::find(grant_->data.begin(), grant_->data.end(), "*") != grant_->data.end() &&
                          Holds(grant_->scopes, kEmbargoedScope));
}

bool DataAccess::MayReadProject(const std::string& project) const {
  return everything() || AnyCovers(*grant_, {project, "", ""});
}

bool DataAccess::MayReadUnnamed(const std::string& project) const {
  return MayReadProject(project) || project == grant_->project;
}

bool DataAccess::MayWrite(const DataName& name) const {
  return everything() || name.project == grant_->project || AnyCovers(*grant_, name);
}

}  // namespace farrell::access
