#include "common/rpc/log.h"

#include <grpc/support/log.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>

#include "common/text/json_text.h"

namespace farrell {
namespace {

std::atomic<LogLevel> g_level{LogLevel::kOff};

spdlog::logger& Logger() {
  // Never destroyed: handlers may still log while the process ends.
  static spdlog::logger& logger = []() -> spdlog::logger& {
    auto* made = new spdlog::logger("farrell", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_level(spdlog::level::trace);
    made->set_pattern(R"({"ts":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})", spdlog::pattern_time_type::utc);
    return *made;
  }();
  return logger;
}

spdlog::level::level_enum SpdlogLevel(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarning: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
    case LogLevel::kOff: return spdlog::level::off;
  }
  return spdlog::level::off;
}

void GrpcMessage(gpr_log_func_args* arguments) {
  const LogLevel level = arguments->severity == GPR_LOG_SEVERITY_ERROR  ? LogLevel::kError
                         : arguments->severity == GPR_LOG_SEVERITY_INFO ? LogLevel::kInfo
                                                                        : LogLevel::kDebug;
  Log(level, arguments->message, {{"component", "grpc"}});
}

}  // namespace

void RouteGrpcLog() { gpr_set_log_function(GrpcMessage); }

void SetLogLevel(LogLevel level) { g_level.store(level); }

void Log(LogLevel level, std::string_view message,
         std::initializer_list<std::pair<std::string_view, std::string>> fields) {
  if (level == LogLevel::kOff || level < g_level.load()) return;
  std::string line = "\"msg\":";
  text::AppendJsonText(line, message);
  for (const auto& [key, value] : fields) {
    line += ',';
    text::AppendJsonText(line, key);
    line += ':';
    text::AppendJsonText(line, value);
  }
  Logger().log(SpdlogLevel(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace farrell
