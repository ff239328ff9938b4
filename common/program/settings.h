// The settings of a program as one table. Each comes from the flag --KEY, else from the environment variable
// FARRELL_KEY (dashes become underscores), else from the line `KEY: value` of the YAML file named by --config or
// FARRELL_CONFIG, else from its default.
//
//   SettingTable table;
//   table.Number("threads", options.threads, 0, 1024, "Threads for computing; 0: one a core");
//   table.AttachTo(app);
//   app.parse(argc, argv);
//   const Status status = table.Read();
//
// Every place that speaks is checked, not only the one that wins: a bad line of the file is an error even under a flag.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/status/status.h"

namespace CLI {
class App;
}

namespace farrell {

class SettingTable {
 public:
  // `name` is where the text stands: "--listen", "FARRELL_LISTEN", "/etc/farrell.yaml:3: listen". An error names it.
  using Check = std::function<Status(const std::string& name, const std::string& text)>;

  // Each binds a setting to a variable that holds the default now and must outlive the table. An empty environment
  // variable is an unset one. `help` says what it does and what the default is when that is not the plain value.

  // `check` does not see an empty text where empty is the default.
  void Text(const std::string& key, std::string& value, const std::string& type, const std::string& help,
            Check check = {});
  // In [low, high].
  void Number(const std::string& key, int& value, int low, int high, const std::string& help);
  void Number(const std::string& key, std::int64_t& value, std::int64_t low, std::int64_t high,
              const std::string& help);
  // Seconds in [low, high], fractions allowed, to the millisecond.
  void Seconds(const std::string& key, std::chrono::milliseconds& value, int low, int high, const std::string& help);
  // true, false, 1 or 0; the flag alone is true.
  void Switch(const std::string& key, bool& value, const std::string& help);
  // One of `names`.
  void Choice(const std::string& key, std::string& value, std::vector<std::string> names, const std::string& help);

  // Adds the flags and --config to `app`, which must be parsed before Read.
  void AttachTo(CLI::App& app);

  // Fills the variables. INVALID_ARGUMENT, reason SETTINGS_INVALID, with one violation for every unknown key and bad
  // value of all places; its field is the place. `unknown` are the arguments that `app` did not know.
  Status Read(const std::vector<std::string>& unknown = {});

  // A file that --config reads: every setting, its value, and as a comment where it came from. Passwords inside
  // addresses are left out.
  std::string Print() const;

  // What --help says about the four places.
  static std::string PrecedenceHelp();

 private:
  struct Setting {
    std::string key;
    std::string type;
    std::string help;
    Check read;  // checks and keeps
    std::function<std::string()> show;
    bool is_switch = false;
    std::optional<std::string> flag{};
    std::string source = "default";

    std::string variable() const;
  };

  void Add(Setting setting) { settings_.push_back(std::move(setting)); }
  void Take(Setting& setting, const std::string& place, const std::string& source, const std::string& text,
            Violations& violations);
  void ReadFile(const std::string& path, Violations& violations);
  void RefuseUnknown(const std::vector<std::string>& arguments, Violations& violations) const;
  std::vector<std::string> Keys(const std::string& prefix = "") const;
  Setting* Find(const std::string& key);

  std::vector<Setting> settings_;
  std::string config_flag_;
};

}  // namespace farrell
