#include "services/reporting/service/places.h"

#include <algorithm>
#include <tuple>

namespace farrell::reporting {
namespace {

bool IsAtOrUnder(std::string_view path, std::string_view root) {
  if (!path.starts_with(root)) return false;
  if (root.empty()) return path.empty();
  return path.size() == root.size() || path[root.size()] == '.' || path[root.size()] == '[';
}

}  // namespace

Place Places::Find(std::string_view path) const {
  while (true) {
    if (auto found = places_.find(std::string(path)); found != places_.end()) return found->second;
    if (path.empty()) return {};
    const std::size_t cut = path.find_last_of(".[");
    path = cut == std::string_view::npos ? std::string_view() : path.substr(0, cut);
  }
}

void Places::CopyFrom(const Places& source, const std::string& from, const std::string& to) {
  for (auto it = source.places_.lower_bound(from); it != source.places_.end() && it->first.starts_with(from); ++it) {
    if (IsAtOrUnder(it->first, from)) places_[to + it->first.substr(from.size())] = it->second;
  }
}

void Places::Erase(const std::string& path) {
  for (auto it = places_.lower_bound(path); it != places_.end() && it->first.starts_with(path);) {
    it = IsAtOrUnder(it->first, path) ? places_.erase(it) : std::next(it);
  }
}

void Problems::Add(const Place& place, std::string field, std::string message) {
  v1::StudyProblem& problem = problems_.emplace_back();
  problem.set_file(place.file);
  problem.set_line(place.line);
  problem.set_column(place.column);
  problem.set_field(std::move(field));
  // One line a problem, whatever the text it quotes.
  std::replace(message.begin(), message.end(), '\n', ' ');
  problem.set_message(std::move(message));
}

std::vector<v1::StudyProblem> Problems::Sorted() const {
  std::vector<v1::StudyProblem> sorted = problems_;
  const auto key = [](const v1::StudyProblem& problem) {
    return std::tie(problem.file(), problem.field(), problem.message());
  };
  std::stable_sort(sorted.begin(), sorted.end(), [](const v1::StudyProblem& a, const v1::StudyProblem& b) {
    return std::make_tuple(a.file(), a.line(), a.column()) < std::make_tuple(b.file(), b.line(), b.column());
  });
  sorted.erase(std::unique(sorted.begin(), sorted.end(),
                           [&](const v1::StudyProblem& a, const v1::StudyProblem& b) {
                             return key(a) == key(b) && a.line() == b.line() && a.column() == b.column();
                           }),
               sorted.end());
  return sorted;
}

std::string FormatProblem(const v1::StudyProblem& problem) {
  std::string text = problem.file();
  if (problem.line() > 0) text += ":" + std::to_string(problem.line()) + ":" + std::to_string(problem.column());
  if (!text.empty()) text += ": ";
  if (!problem.field().empty()) text += problem.field() + ": ";
  return text + problem.message();
}

}  // namespace farrell::reporting
