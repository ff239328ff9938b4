// farrell-read-dta: a Stata file on standard input, its cells as JSON on standard output.
//
//   {"columns": [{"name", "label", "format"}], "rows": [["…", …], …], "labelled": ["…"], "tagged_missing": N}
//
// Cells are texts, numbers with 17 digits, missing ones empty. A variable whose values all have labels holds the
// labels. Exit code 4: it is no Stata file; the reason stands on standard error. It runs beside the data service
// because what strangers upload is not parsed in the service.
#include <readstat.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/text/number.h"
#include "services/data/service/reader_limits.h"

namespace {

constexpr std::int64_t kMostCells = 20'000'000;

struct Variable {
  std::string name;
  std::string label;
  std::string format;
  std::string value_labels;  // name of the set; empty: none
  std::vector<std::string> cells;
};

struct File {
  std::vector<Variable> variables;
  std::map<std::string, std::map<double, std::string>> value_labels;
  std::int64_t tagged_missing = 0;
  std::int64_t cells = 0;
  std::string error;
};

std::string Text(const char* text) { return text == nullptr ? "" : text; }

int OnVariable(int, readstat_variable_t* variable, const char* value_labels, void* context) {
  auto& file = *static_cast<File*>(context);
  file.variables.push_back({Text(readstat_variable_get_name(variable)),
                            Text(readstat_variable_get_label(variable)),
                            Text(readstat_variable_get_format(variable)),
                            Text(value_labels),
                            {}});
  return READSTAT_HANDLER_OK;
}

int OnValueLabel(const char* name, readstat_value_t value, const char* label, void* context) {
  auto& file = *static_cast<File*>(context);
  if (readstat_value_is_system_missing(value) != 0 || readstat_value_is_tagged_missing(value) != 0) {
    return READSTAT_HANDLER_OK;
  }
  file.value_labels[Text(name)][readstat_double_value(value)] = Text(label);
  return READSTAT_HANDLER_OK;
}

int OnValue(int, readstat_variable_t* variable, readstat_value_t value, void* context) {
  auto& file = *static_cast<File*>(context);
  if (++file.cells > kMostCells) {
    file.error = "it has more than 20000000 cells";
    return READSTAT_HANDLER_ABORT;
  }
  Variable& into = file.variables[static_cast<std::size_t>(readstat_variable_get_index(variable))];
  std::string cell;
  if (readstat_value_type_class(value) == READSTAT_TYPE_CLASS_STRING) {
    cell = Text(readstat_string_value(value));
  } else if (readstat_value_is_tagged_missing(value) != 0) {
    ++file.tagged_missing;
  } else if (readstat_value_is_system_missing(value) == 0) {
    cell = farrell::text::FormatReal(readstat_double_value(value));
  }
  into.cells.push_back(std::move(cell));
  return READSTAT_HANDLER_OK;
}

void OnError(const char* message, void* context) { static_cast<File*>(context)->error = Text(message); }

std::string ReadInput() {
  std::string bytes;
  std::array<char, 65536> buffer;
  for (ssize_t count = 0; (count = ::read(STDIN_FILENO, buffer.data(), buffer.size())) > 0;) {
    bytes.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return bytes;
}

// Formats since Stata 13 are framed; the library does not miss the end, where the labels of values stand.
bool IsCutShort(std::string_view bytes) {
  while (!bytes.empty() && (bytes.back() == '\n' || bytes.back() == '\0')) bytes.remove_suffix(1);
  return bytes.starts_with("<stata_dta>") && !bytes.ends_with("</stata_dta>");
}

// The library opens a path and seeks: a file in memory. Empty: there is none.
std::string InMemory(std::string_view bytes) {
  const int descriptor = ::memfd_create("farrell-dta", 0);
  if (descriptor < 0) return {};
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count <= 0) return {};
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return "/proc/self/fd/" + std::to_string(descriptor);
}

// Names the labels of a variable's values where all of them have one.
bool ApplyLabels(const File& file, Variable& variable) {
  const auto labels = file.value_labels.find(variable.value_labels);
  if (variable.value_labels.empty() || labels == file.value_labels.end()) return false;
  std::vector<std::string> named;
  for (const std::string& cell : variable.cells) {
    const std::optional<double> number = farrell::text::ParseReal(cell);
    if (!number && !cell.empty()) return false;
    const auto label = number ? labels->second.find(*number) : labels->second.end();
    if (number && label == labels->second.end()) return false;
    named.push_back(number ? label->second : "");
  }
  variable.cells = std::move(named);
  return true;
}

int Refuse(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  return farrell::data::kReaderRefused;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--version") return std::puts("farrell-read-dta " FARRELL_VERSION) < 0;
  const std::string input = ReadInput();
  if (IsCutShort(input)) return Refuse("it is cut short");
  const std::string path = InMemory(input);
  if (path.empty()) return Refuse("there is no memory for it");
  File file;
  readstat_parser_t* parser = readstat_parser_init();
  readstat_set_variable_handler(parser, OnVariable);
  readstat_set_value_label_handler(parser, OnValueLabel);
  readstat_set_value_handler(parser, OnValue);
  readstat_set_error_handler(parser, OnError);
  const readstat_error_t parsed = readstat_parse_dta(parser, path.c_str(), &file);
  readstat_parser_free(parser);
  if (parsed != READSTAT_OK) return Refuse(file.error.empty() ? readstat_error_message(parsed) : file.error);

  nlohmann::json json = {{"columns", nlohmann::json::array()},
                         {"rows", nlohmann::json::array()},
                         {"labelled", nlohmann::json::array()},
                         {"tagged_missing", file.tagged_missing}};
  std::size_t rows = 0;
  for (Variable& variable : file.variables) {
    if (ApplyLabels(file, variable)) json["labelled"].push_back(variable.name);
    json["columns"].push_back({{"name", variable.name}, {"label", variable.label}, {"format", variable.format}});
    rows = variable.cells.size();
  }
  for (std::size_t row = 0; row < rows; ++row) {
    nlohmann::json cells = nlohmann::json::array();
    for (const Variable& variable : file.variables) cells.push_back(variable.cells.at(row));
    json["rows"].push_back(std::move(cells));
  }
  const std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0 ? 0 : 1;
}
