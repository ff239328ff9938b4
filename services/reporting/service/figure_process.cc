#include "services/reporting/service/figure_process.h"

#include <unistd.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "common/process/side_process.h"

namespace farrell::reporting {
namespace {

// render.mjs: the packages are not installed.
constexpr int kExitNotInstalled = 3;
constexpr int kSignalled = 128;

Status FiguresUnavailable(const std::string& why) {
  return FailedPrecondition("FIGURES_UNAVAILABLE",
                            "figures cannot be rendered: " + why + "; ./dev setup installs Node and its packages");
}

Result<std::map<std::string, std::string>> ReadAnswers(const std::vector<FigureSource>& figures,
                                                       const std::string& text) {
  const nlohmann::json answers = nlohmann::json::parse(text, nullptr, false);
  std::map<std::string, std::string> svgs;
  Violations violations;
  if (answers.is_array()) {
    for (const auto& answer : answers) {
      if (!answer.is_object() || !answer.contains("id") || !answer["id"].is_string()) continue;
      const std::string id = answer["id"];
      if (answer.contains("svg") && answer["svg"].is_string()) {
        svgs[id] = answer["svg"];
      } else if (answer.contains("error") && answer["error"].is_string()) {
        violations.Add("figures." + id, answer["error"]);
      }
    }
  }
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("FIGURE_INVALID", "some figures cannot be rendered"));
  for (const FigureSource& figure : figures) {
    if (svgs.count(figure.id) == 0) {
      return Internal("FIGURES_FAILED", "the figure renderer gave no answer for '" + figure.id + "'");
    }
  }
  return svgs;
}

}  // namespace

Result<std::map<std::string, std::string>> RenderFigures(const std::vector<FigureSource>& figures,
                                                         const FigureProcessOptions& options, std::stop_token stop) {
  if (figures.empty()) return std::map<std::string, std::string>{};
  if (stop.stop_requested()) return Cancelled();
  if (options.script.empty() || ::access(options.script.c_str(), R_OK) != 0) {
    return FiguresUnavailable("the script '" + options.script + "' is not there");
  }
  nlohmann::json request = nlohmann::json::array();
  for (const FigureSource& figure : figures) request.push_back({{"id", figure.id}, {"spec", figure.spec}});
  const SideProcess process{.arguments = {options.node, "--no-warnings", options.script},
                            .input = request.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
                            .environment = {},
                            .timeout = options.timeout};
  const Result<SideProcessEnd> end = RunSideProcess(process, stop);
  if (!end.ok()) {
    if (end.status().reason() == "PROGRAM_MISSING") return FiguresUnavailable(end.status().message());
    if (end.status().code() == Code::kCancelled || end.status().code() == Code::kDeadlineExceeded) return end.status();
    return Internal("FIGURES_FAILED", "the figure renderer failed: " + end.status().message());
  }
  const std::string why = FirstLine(end->errors);
  if (end->exit_code == kExitNotInstalled) return FiguresUnavailable(why);
  if (end->exit_code > kSignalled) {
    return Internal("FIGURES_FAILED",
                    "the figure renderer died of signal " + std::to_string(end->exit_code - kSignalled) + ": " + why);
  }
  if (end->exit_code != 0) {
    return Internal("FIGURES_FAILED",
                    "the figure renderer ended with exit code " + std::to_string(end->exit_code) + ": " + why);
  }
  return ReadAnswers(figures, end->output);
}

}  // namespace farrell::reporting
