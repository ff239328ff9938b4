// The log of a server program: one JSON object a line on stderr, with fixed keys.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace farrell {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError, kOff };

// Lines below `level` are dropped. Off until called, so that a command-line program stays silent. Thread-safe.
void SetLogLevel(LogLevel level);

// Writes {"ts":…,"level":…,"msg":…} and the fields in the order given, texts as JSON strings. Never throws.
void Log(LogLevel level, std::string_view message,
         std::initializer_list<std::pair<std::string_view, std::string>> fields = {});

// Sends gRPC's own messages here too, instead of raw to stderr. Called by StartServer and MakeChannel.
void RouteGrpcLog();

}  // namespace farrell
