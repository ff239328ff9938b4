// Flags of verbs, as CLI11 adds them. Only the files that add some include this: CLI11 takes seconds to compile.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <utility>
#include <vector>

#include "cli/options.h"

namespace farrell::cli {

// Tells CLI11 what `verb` does when it is chosen.
template <typename Run>
void SetRun(CLI::App* verb, Program& program, Run run) {
  verb->callback([&program, run = std::move(run)] { program.run = run; });
}

// --tls-ca --tls-cert --tls-key --token-file.
void AddCredentialFlags(CLI::App* verb, Options& options);
// --cache-disk, of the services inside this process.
CLI::Option* AddCacheDiskFlag(CLI::App* verb, Options& options);
// --server, the credentials, --state --redis --threads --cache-disk --deadline --quiet.
void AddServiceFlags(CLI::App* verb, Options& options);
// --format with these choices, the first being the default.
void AddFormatFlag(CLI::App* verb, Options& options, const std::vector<std::string>& choices);

// A flag that may be repeated; each one takes a single value, so that a FILE after it stays a FILE.
CLI::Option* AddRepeated(CLI::App* verb, const std::string& name, std::vector<std::string>& values,
                         const std::string& help);

// Of a number: at least 0.
CLI::Validator NotNegative();
// Of a text that, left out, would mean something else: an unset variable of a shell is no answer.
CLI::Validator NotEmpty();

// A check whose choices stand in the help text already.
CLI::Validator Silent(CLI::Validator check);

// Adds "Example:" lines under the verb's help.
void AddExamples(CLI::App* verb, const std::vector<std::string>& examples);

}  // namespace farrell::cli
