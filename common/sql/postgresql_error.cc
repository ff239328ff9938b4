#include "common/sql/postgresql_error.h"

#include <algorithm>

namespace farrell::sql {
namespace {

constexpr std::size_t kStateLength = 5;

bool IsStateCharacter(char character) {
  return (character >= '0' && character <= '9') || (character >= 'A' && character <= 'Z');
}

// What went wrong without the lines about where in the server's source it did.
std::string FirstLine(std::string_view message) {
  const std::size_t begin = message.find("ERROR: ");
  const std::string_view text = begin == std::string_view::npos ? message : message.substr(begin);
  return std::string(text.substr(0, text.find('\n')));
}

// The lines of a connection that could not be made: which address, and why.
std::string OneLine(std::string_view message) {
  std::string line(message);
  while (!line.empty() && line.back() == '\n') line.pop_back();
  std::replace(line.begin(), line.end(), '\n', ' ');
  std::replace(line.begin(), line.end(), '\t', ' ');
  return line;
}

Status Unreachable(std::string_view message) {
  return Unavailable("STORE_UNAVAILABLE", "the database does not serve: " + OneLine(message));
}

}  // namespace

std::string_view SqlState(std::string_view message) {
  constexpr std::string_view kBefore = ":  ";
  for (std::size_t at = message.find(kBefore); at != std::string_view::npos; at = message.find(kBefore, at + 1)) {
    const std::string_view state = message.substr(at + kBefore.size(), kStateLength);
    const std::string_view after = message.substr(std::min(message.size(), at + kBefore.size() + kStateLength), 2);
    if (state.size() == kStateLength && after == ": " && std::all_of(state.begin(), state.end(), IsStateCharacter)) {
      return state;
    }
  }
  return {};
}

Failure ExplainPostgresql(std::string_view message) {
  const std::string_view state = SqlState(message);
  const std::string_view family = state.substr(0, std::min<std::size_t>(2, state.size()));
  const std::string text = FirstLine(message);
  if (state == "40001" || state == "40P01" || state == "55P03") {
    return {{Code::kAborted, "STORE_BUSY", "other transactions were in the way: try again (" + text + ")"}, true};
  }
  // Another transaction may have written the same key since this one looked; the second look tells.
  if (state == "23505" || state == "23503") {
    return {{Code::kAlreadyExists, "STORE_DUPLICATE", "the store already holds, or still needs, a row: " + text}, true};
  }
  if (state == "53100") {
    return {{Code::kResourceExhausted, "STORE_FULL",
             "the disk of the database is full, what it holds can still be read: make room (" + text + ")"}};
  }
  if (state == "57014") return {Unavailable("STORE_TIMEOUT", "the database took too long: " + text)};
  if (state == "42501") {
    return {{Code::kPermissionDenied, "STORE_DENIED", "the user of the database may not do this: " + text}};
  }
  if (state == "22021" || state == "22P05") {
    return {InvalidArgument("STORE_TEXT_INVALID", "a text cannot be stored: " + text)};
  }
  if (family == "XX" && state != "XX000") {
    return {{Code::kDataLoss, "STORE_CORRUPT", "the database is damaged: restore a backup (" + text + ")"}};
  }
  // A server that stops, starts, has no connection or memory left, or has become a standby.
  if (state.empty() || family == "08" || family == "53" || family == "57" || family == "58" || family == "28" ||
      family == "3D" || state == "25006" || state == "0A000") {
    return {Unreachable(message), false, true};
  }
  return {Internal("STORE_FAILED", "the database refused a statement: " + text)};
}

}  // namespace farrell::sql
