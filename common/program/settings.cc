#include "common/program/settings.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

#include "common/program/environment.h"
#include "common/program/settings_file.h"
#include "common/text/json_text.h"
#include "common/text/nearest.h"

namespace farrell {
namespace {

Status Bad(const std::string& name, const std::string& text, const std::string& expected) {
  const std::string description = "'" + text + "' is not " + expected;
  return InvalidArgument("SETTING_INVALID", name + ": " + description).WithViolations({{name, description}});
}

template <typename Integer>
Status ReadInteger(const std::string& name, const std::string& text, Integer low, Integer high, Integer& value) {
  Integer number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < low || number > high) {
    return Bad(name, text, "a whole number in [" + std::to_string(low) + ", " + std::to_string(high) + "]");
  }
  value = number;
  return {};
}

std::string SecondsText(std::chrono::milliseconds value) {
  std::string text = std::to_string(value.count() / 1000);
  if (const auto rest = value.count() % 1000; rest != 0) text += "." + std::to_string(1000 + rest).substr(1);
  return text;
}

// redis://user:PASSWORD@host and "host=db password=PASSWORD": a setting should name a file instead, but what was given
// anyway is not shown.
std::string WithoutPassword(std::string text) {
  if (const std::size_t scheme = text.find("://"); scheme != std::string::npos) {
    const std::size_t at = text.rfind('@', text.find('/', scheme + 3));
    const std::size_t colon = text.find(':', scheme + 3);
    if (at != std::string::npos && colon < at) text.replace(colon + 1, at - colon - 1, "***");
  }
  constexpr std::string_view kWord = "password=";
  for (std::size_t start = text.find(kWord); start != std::string::npos; start = text.find(kWord, start)) {
    start += kWord.size();
    text.replace(start, text.find_first_of(" &", start) - start, "***");
  }
  return text;
}

// Plain where YAML certainly reads the same text back, else in quotes.
std::string YamlText(const std::string& text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '/' ||
           c == '_' || c == '-' || c == ':';
  };
  if (!text.empty() && text.front() != '-' && text.back() != ':' && std::all_of(text.begin(), text.end(), plain)) {
    return text;
  }
  std::string quoted;
  text::AppendJsonText(quoted, text);
  return quoted;
}

}  // namespace

std::string SettingTable::Setting::variable() const {
  std::string name = "FARRELL_" + key;
  for (char& c : name) c = c == '-' ? '_' : (c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  return name;
}

void SettingTable::Text(const std::string& key, std::string& value, const std::string& type, const std::string& help,
                        Check check) {
  const bool may_be_empty = value.empty();
  const auto read = [&value, check = std::move(check), may_be_empty](const std::string& name, const std::string& text) {
    if (check && !(text.empty() && may_be_empty)) FARRELL_RETURN_IF_ERROR(check(name, text));
    value = text;
    return Status();
  };
  Add({.key = key, .type = type, .help = help, .read = read, .show = [&value] { return WithoutPassword(value); }});
}

void SettingTable::Number(const std::string& key, int& value, int low, int high, const std::string& help) {
  const auto read = [&value, low, high](const std::string& name, const std::string& text) {
    return ReadInteger(name, text, low, high, value);
  };
  Add({.key = key, .type = "N", .help = help, .read = read, .show = [&value] { return std::to_string(value); }});
}

void SettingTable::Number(const std::string& key, std::int64_t& value, std::int64_t low, std::int64_t high,
                          const std::string& help) {
  const auto read = [&value, low, high](const std::string& name, const std::string& text) {
    return ReadInteger(name, text, low, high, value);
  };
  Add({.key = key, .type = "N", .help = help, .read = read, .show = [&value] { return std::to_string(value); }});
}

void SettingTable::Seconds(const std::string& key, std::chrono::milliseconds& value, int low, int high,
                           const std::string& help) {
  const auto read = [&value, low, high](const std::string& name, const std::string& text) {
    double seconds = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc() || end != text.data() + text.size() || !(seconds >= low && seconds <= high)) {
      return Bad(name, text, "a number of seconds in [" + std::to_string(low) + ", " + std::to_string(high) + "]");
    }
    value = std::chrono::milliseconds(std::llround(seconds * 1000.0));
    return Status();
  };
  Add({.key = key, .type = "SECONDS", .help = help, .read = read, .show = [&value] { return SecondsText(value); }});
}

void SettingTable::Switch(const std::string& key, bool& value, const std::string& help) {
  const auto read = [&value](const std::string& name, const std::string& text) {
    if (text != "true" && text != "false" && text != "1" && text != "0") return Bad(name, text, "true or false");
    value = text == "true" || text == "1";
    return Status();
  };
  Add({.key = key,
       .type = "",
       .help = help,
       .read = read,
       .show = [&value] { return std::string(value ? "true" : "false"); },
       .is_switch = true});
}

void SettingTable::Choice(const std::string& key, std::string& value, std::vector<std::string> names,
                          const std::string& help) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : "|") + name;
  const auto read = [&value, names = std::move(names), list](const std::string& name, const std::string& text) {
    if (std::find(names.begin(), names.end(), text) == names.end()) {
      return Bad(name, text, "one of " + list + text::DidYouMean(text, names));
    }
    value = text;
    return Status();
  };
  Add({.key = key, .type = list, .help = help, .read = read, .show = [&value] { return value; }});
}

void SettingTable::AttachTo(CLI::App& app) {
  app.allow_extras();  // reported by Read, with everything else
  app.add_option("--config", config_flag_, "YAML file of settings, one `name: value` a line (FARRELL_CONFIG)")
      ->type_name("FILE");
  for (Setting& setting : settings_) {
    const std::string flag = "--" + setting.key;
    const CLI::callback_t keep = [&setting](const CLI::results_t& texts) {
      setting.flag = texts.back();
      return true;
    };
    const std::string shown = setting.show();
    const std::string help = setting.help + (shown.empty() ? "" : " [" + shown + "]");
    if (setting.is_switch) {
      app.add_flag_function(
          flag, [&setting](std::int64_t count) { setting.flag = count > 0 ? "true" : "false"; }, help);
    } else {
      app.add_option(flag, keep, help)->type_name(setting.type)->expected(1);
    }
  }
}

void SettingTable::Take(Setting& setting, const std::string& place, const std::string& source, const std::string& text,
                        Violations& violations) {
  const Status status = setting.read(place, text);
  if (status.ok()) {
    setting.source = source;
    return;
  }
  for (const FieldViolation& violation : status.violations()) violations.Add(violation.field, violation.description);
  if (status.violations().empty()) violations.Add(place, status.message());
}

void SettingTable::ReadFile(const std::string& path, Violations& violations) {
  for (const SettingsFileEntry& entry : ReadSettingsFile(path, violations)) {
    const std::string place = path + ":" + std::to_string(entry.line);
    if (Setting* setting = Find(entry.key)) {
      Take(*setting, place + ": " + entry.key, "file " + place, entry.value, violations);
    } else {
      violations.Add(place, "this program has no setting '" + entry.key + "'" + text::DidYouMean(entry.key, Keys()));
    }
  }
}

void SettingTable::RefuseUnknown(const std::vector<std::string>& arguments, Violations& violations) const {
  bool after_flag = false;
  for (const std::string& argument : arguments) {
    const bool is_flag = argument.starts_with("-");
    const std::string name = argument.substr(0, argument.find('='));
    if (is_flag) violations.Add(name, "no such flag" + text::DidYouMean(name, Keys("--")));
    // What follows an unknown flag is most likely its value.
    if (!is_flag && !after_flag) violations.Add(argument, "an argument that belongs to no flag");
    after_flag = is_flag;
  }
}

Status SettingTable::Read(const std::vector<std::string>& unknown) {
  Violations violations;
  RefuseUnknown(unknown, violations);
  const std::string config = config_flag_.empty() ? Environment("FARRELL_CONFIG") : config_flag_;
  // From the weakest place to the strongest, so that the last one holds.
  if (!config.empty()) ReadFile(config, violations);
  for (Setting& setting : settings_) {
    const std::string variable = setting.variable();
    if (const std::string text = Environment(variable.c_str()); !text.empty()) {
      Take(setting, variable, "environment " + variable, text, violations);
    }
    if (setting.flag) Take(setting, "--" + setting.key, "flag --" + setting.key, *setting.flag, violations);
  }
  return std::move(violations).Finish("SETTINGS_INVALID", "the settings cannot be used");
}

std::string SettingTable::Print() const {
  std::string text;
  for (const Setting& setting : settings_) {
    text += setting.key + ": " + YamlText(setting.show()) + "  # " + setting.source + "\n";
  }
  return text;
}

std::string SettingTable::PrecedenceHelp() {
  return "A setting NAME comes from the flag --NAME, else from the environment variable FARRELL_NAME (capitals, dashes "
         "as\n"
         "underscores; an empty one is unset), else from the line `NAME: value` of the file of --config, else from "
         "its\n"
         "default. An unknown name or bad value anywhere ends the program with exit code 2 before it serves.\n"
         "--print-config shows every setting and where it came from. Secrets come from files only.\n";
}

std::vector<std::string> SettingTable::Keys(const std::string& prefix) const {
  std::vector<std::string> keys;
  for (const Setting& setting : settings_) keys.push_back(prefix + setting.key);
  return keys;
}

SettingTable::Setting* SettingTable::Find(const std::string& key) {
  const auto found = std::find_if(settings_.begin(), settings_.end(), [&](const auto& one) { return one.key == key; });
  return found == settings_.end() ? nullptr : &*found;
}

}  // namespace farrell
