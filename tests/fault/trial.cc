#include "tests/fault/trial.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <regex>
#include <thread>
#include <utility>

namespace farrell::testing {
namespace {

using std::chrono::steady_clock;

// Longer than any answer may take, on a busy machine too.
constexpr std::chrono::seconds kHangs{120};

double SecondsSince(steady_clock::time_point start) {
  return std::chrono::duration<double>(steady_clock::now() - start).count();
}

// Every file below the folder, by its path; run.json, which tells about the run, is left out.
std::string FolderBytes(const std::string& folder) {
  std::map<std::string, std::string> files;
  if (!std::filesystem::exists(folder)) return {};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().filename() == "run.json") continue;
    files[std::filesystem::relative(entry.path(), folder).string()] = ReadFile(entry.path().string());
  }
  std::string bytes;
  for (const auto& [name, content] : files) bytes += name + "\n" + std::to_string(content.size()) + "\n" + content;
  return bytes;
}

// "[UNAVAILABLE STEP_FAILED": how farrell prints an error.
bool IsTyped(const std::string& log) {
  static const std::regex kTyped(R"(\[[A-Z_]+ [A-Z][A-Z_]+)");
  return std::regex_search(log, kTyped);
}

}  // namespace

Workload StudyWorkload() {
  return {.name = "study",
          .arguments = {"study", "run", std::string(FARRELL_SOURCE_DIR) + "/examples/us-states/study.yaml"},
          .more_when_long = 10};
}

Workload BootstrapWorkload(const TempDir& dir) {
  const std::string table = dir / "panel.csv";
  WriteFile(table, MadePanel(20, 3));
  const std::string replications = LongRun() ? "640000" : "40000";
  return {"bootstrap",
          {"dea",         table,       "--unit", "unit",       "--time",   "time",       "--inputs",
           "x1,x2",       "--outputs", "y1",     "--rts",      "vrs",      "--frontier", "global",
           "--bootstrap", "sw98",      "--reps", replications, "--format", "csv",        "--quiet"},
          true};
}

std::mt19937& FaultRandom() {
  static std::mt19937 random = [] {
    const char* given = std::getenv("FARRELL_SEED");
    const unsigned seed = given != nullptr && *given != '\0' ? static_cast<unsigned>(std::stoul(given))
                                                             : std::random_device{}() % 1'000'000;
    std::cout << "random moments from FARRELL_SEED=" << seed << std::endl;
    return std::mt19937(seed);
  }();
  return random;
}

Trials::Trials(SplitCluster& cluster, Workload workload)
    : Trials(
          cluster.Environment(), [&cluster] { cluster.Forget(); }, std::move(workload)) {}

Trials::Trials(std::map<std::string, std::string> environment, std::function<void()> forget, Workload workload)
    : environment_(std::move(environment)), forget_(std::move(forget)), workload_(std::move(workload)) {
  undisturbed_ = Run(nullptr);
  if (undisturbed_.exit_code != 0) throw std::runtime_error("the undisturbed run failed:\n" + undisturbed_.log);
  // Again, for the time it takes when all programs are warm.
  forget_();
  undisturbed_ = Run(nullptr);
}

Trials::Outcome Trials::Run(const Trouble* trouble) {
  const std::string out = dir_ / ("run" + std::to_string(++runs_));
  std::vector<std::string> arguments = workload_.arguments;
  if (!workload_.prints) arguments.insert(arguments.end(), {"--out", out});
  Outcome outcome;
  const auto start = steady_clock::now();
  const auto process = StartFarrell(arguments, environment_, out + ".log");
  if (trouble != nullptr) {
    // The moment is what is tried, so this waits for nothing but the clock.
    std::uniform_real_distribution<double> moment(0.02, 0.9);
    std::this_thread::sleep_for(std::chrono::duration<double>(moment(FaultRandom()) * undisturbed_.seconds));
    outcome.met = process->running();
    trouble->begin();
    if (process->Wait(trouble->lasts)) outcome.seconds = SecondsSince(start);
    trouble->end();
  }
  outcome.ended = process->Wait(kHangs).has_value();
  if (outcome.seconds == 0) outcome.seconds = SecondsSince(start);
  outcome.exit_code = process->Wait(std::chrono::milliseconds(0)).value_or(-1);
  outcome.log = ReadFile(out + ".log");
  outcome.bytes = workload_.prints ? outcome.log : FolderBytes(out);
  return outcome;
}

FaultLine Trials::Disturb(const Trouble& trouble, int times) {
  FaultLine& line =
      lines_.try_emplace(trouble.name, FaultLine{.fault = trouble.name, .workload = workload_.name}).first->second;
  line.worst_stall_seconds = std::max(0.0, line.worst_stall_seconds);
  const int wanted = line.injected + times;
  for (int tries = 0; line.injected < wanted && tries < 3 * times; ++tries) {
    forget_();
    Outcome outcome = Run(&trouble);
    // A run that was faster than the undisturbed one met nothing.
    if (!outcome.met) continue;
    ++line.injected;
    line.worst_stall_seconds = std::max(line.worst_stall_seconds, outcome.seconds - undisturbed_.seconds);
    if (outcome.exit_code == 0 && outcome.bytes == undisturbed_.bytes) {
      ++line.same_bytes;
      continue;
    }
    const bool typed = outcome.ended && outcome.exit_code > 0 && outcome.exit_code < 128 && IsTyped(outcome.log);
    if (!typed) {
      ++line.failures;
      ADD_FAILURE() << trouble.name << ", " << workload_.name << ": exit code " << outcome.exit_code << "\n"
                    << outcome.log.substr(0, 2000);
      continue;
    }
    ++line.typed_errors;
    std::cout << trouble.name << ": " << outcome.log.substr(outcome.log.rfind('\n', outcome.log.size() - 2) + 1);
    outcome = Run(nullptr);
    if (outcome.exit_code == 0 && outcome.bytes == undisturbed_.bytes) {
      ++line.retried_ok;
    } else {
      ++line.failures;
      ADD_FAILURE() << trouble.name << ", " << workload_.name << ", again: exit code " << outcome.exit_code << "\n"
                    << outcome.log.substr(0, 2000);
    }
  }
  LeaveFaultLine(line);
  return line;
}

}  // namespace farrell::testing
