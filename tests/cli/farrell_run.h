// Runs the `farrell` program as its users do: arguments, files, standard streams, exit code.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace farrell::testing {

struct FarrellRun {
  int exit_code = -1;
  std::string out;  // standard output
  std::string err;  // standard error
};

// A folder of its own with its own state; no FARRELL_ variable reaches the programs it runs.
class FarrellFixture {
 public:
  std::string Path(const std::string& name) const { return dir_ / name; }
  // Writes a file into the folder and returns its path.
  std::string Write(const std::string& name, const std::string& content) const;

  // Runs `farrell ARGUMENTS...` with `input` as standard input.
  FarrellRun Run(const std::vector<std::string>& arguments, const std::string& input = "",
                 const std::map<std::string, std::string>& environment = {}) const;

  // Starts it and returns at once; streams go to Path("NAME.out") and Path("NAME.err"), input comes from the path
  // `input`.
  std::unique_ptr<Process> Start(const std::string& name, const std::vector<std::string>& arguments,
                                 const std::string& input = "/dev/null") const;

 private:
  std::unique_ptr<Process> Launch(const std::string& out, const std::string& err, const std::string& input,
                                  const std::vector<std::string>& arguments,
                                  const std::map<std::string, std::string>& environment) const;

  TempDir dir_;
};

// Lines without their line feeds.
std::vector<std::string> Lines(const std::string& text);
// Cells of CSV without quoting.
std::vector<std::vector<std::string>> Cells(const std::string& csv);

}  // namespace farrell::testing
