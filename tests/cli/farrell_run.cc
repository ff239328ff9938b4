#include "tests/cli/farrell_run.h"

#include <sstream>

namespace farrell::testing {
namespace {

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  if (!text.empty() && text.back() == separator && separator != '\n') parts.emplace_back();
  return parts;
}

}  // namespace

std::string FarrellFixture::Write(const std::string& name, const std::string& content) const {
  WriteFile(Path(name), content);
  return Path(name);
}

std::unique_ptr<Process> FarrellFixture::Launch(const std::string& out, const std::string& err,
                                                const std::string& input, const std::vector<std::string>& arguments,
                                                const std::map<std::string, std::string>& environment) const {
  // The shell only connects the streams and becomes the program.
  std::vector<std::string> command{"/bin/sh", "-c", R"(exec "$@" >"$TEST_OUT" 2>"$TEST_ERR" <"$TEST_IN")", "sh",
                                   std::string(FARRELL_BINARY_DIR) + "/bin/farrell"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::map<std::string, std::string> variables{
      {"TEST_OUT", out}, {"TEST_ERR", err}, {"TEST_IN", input}, {"FARRELL_STATE", Path("state")}};
  for (const char* name :
       {"FARRELL_SERVER", "FARRELL_DATA", "FARRELL_DEA", "FARRELL_REGRESSION", "FARRELL_REPORTING"}) {
    variables[name] = "";
  }
  for (const auto& [name, value] : environment) variables[name] = value;
  return std::make_unique<Process>(command, Path("shell.log"), variables);
}

FarrellRun FarrellFixture::Run(const std::vector<std::string>& arguments, const std::string& input,
                               const std::map<std::string, std::string>& environment) const {
  const std::string in = Write("run.in", input);
  const auto process = Launch(Path("run.out"), Path("run.err"), in, arguments, environment);
  const std::optional<int> code = process->Wait(std::chrono::minutes(4));
  return {.exit_code = code.value_or(-1), .out = ReadFile(Path("run.out")), .err = ReadFile(Path("run.err"))};
}

std::unique_ptr<Process> FarrellFixture::Start(const std::string& name, const std::vector<std::string>& arguments,
                                               const std::string& input) const {
  return Launch(Path(name + ".out"), Path(name + ".err"), input, arguments, {});
}

std::vector<std::string> Lines(const std::string& text) { return Split(text, '\n'); }

std::vector<std::vector<std::string>> Cells(const std::string& csv) {
  std::vector<std::vector<std::string>> rows;
  for (const std::string& line : Lines(csv)) rows.push_back(Split(line, ','));
  return rows;
}

}  // namespace farrell::testing
