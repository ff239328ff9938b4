#include "cli/flags.h"

namespace farrell::cli {

void AddCredentialFlags(CLI::App* verb, Options& options) {
  constexpr const char* kGroup = "Credentials";
  const auto add = [&](const char* flag, std::string& value, const char* help) {
    verb->add_option(flag, value, help)->type_name("FILE")->group(kGroup);
  };
  add("--tls-ca", options.tls_ca, "Authorities of the server in PEM form: TLS (env FARRELL_TLS_CA)");
  add("--tls-cert", options.tls_cert, "Certificate that says who calls (env FARRELL_TLS_CERT)");
  add("--tls-key", options.tls_key, "Key of that certificate (env FARRELL_TLS_KEY)");
  add("--token-file", options.token_file, "Token that says who calls (env FARRELL_TOKEN_FILE)");
}

CLI::Option* AddCacheDiskFlag(CLI::App* verb, Options& options) {
  return verb
      ->add_option("--cache-disk", options.cache_disk,
                   "MiB of results kept in the folder of --state; 0: none; default 1024")
      ->type_name("N")
      ->check(Silent(CLI::Range(0, 1'000'000)));
}

void AddServiceFlags(CLI::App* verb, Options& options) {
  constexpr const char* kGroup = "Services";
  verb->add_option(
          "--server", options.server,
          "Services at HOST:PORT (env FARRELL_SERVER; per service FARRELL_DATA, FARRELL_DEA, FARRELL_REGRESSION, "
          "FARRELL_REPORTING). Without it they run inside this process")
      ->type_name("HOST:PORT")
      ->group(kGroup);
  AddCredentialFlags(verb, options);
  verb->add_option("--state", options.state,
                   "Folder for datasets, finished steps and runs, or 'memory' to keep nothing (env FARRELL_STATE, else "
                   "$XDG_STATE_HOME/farrell, else ~/.local/state/farrell)")
      ->type_name("DIR")
      ->group(kGroup);
  verb->add_option("--redis", options.redis, "Redis that the services inside this process share results through")
      ->type_name("HOST:PORT")
      ->group(kGroup);
  verb->add_option("--threads", options.threads, "Threads of the services inside this process; 0: one a core")
      ->type_name("N")
      ->check(Silent(CLI::Range(0, 1024)))
      ->group(kGroup);
  AddCacheDiskFlag(verb, options)->group(kGroup);
  verb->add_option("--deadline", options.deadline, "Give up after this many seconds (exit code 5)")
      ->type_name("SECONDS")
      ->check(Silent(CLI::PositiveNumber))
      ->group(kGroup);
  verb->add_flag("--quiet", options.quiet, "No progress and no notes on standard error")->group(kGroup);
}

void AddFormatFlag(CLI::App* verb, Options& options, const std::vector<std::string>& choices) {
  std::string names;
  for (const std::string& choice : choices) names += (names.empty() ? "" : "|") + choice;
  verb->add_option("--format", options.format, "Output on standard output; default " + choices.front())
      ->type_name(names)
      ->check(Silent(CLI::IsMember(choices)));
  // All verbs share `options`, so the default is set when this one is chosen.
  verb->preparse_callback([&options, first = choices.front()](std::size_t) { options.format = first; });
}

CLI::Option* AddRepeated(CLI::App* verb, const std::string& name, std::vector<std::string>& values,
                         const std::string& help) {
  return verb->add_option(name, values, help)->allow_extra_args(false);
}

CLI::Validator Silent(CLI::Validator check) { return check.description(""); }

CLI::Validator NotNegative() {
  return CLI::Validator(
      [](std::string& text) { return text.starts_with('-') ? "must be at least 0, not " + text : std::string(); }, "");
}

CLI::Validator NotEmpty() {
  return CLI::Validator([](std::string& text) { return text.empty() ? "must not be empty" : ""; }, "");
}

void AddExamples(CLI::App* verb, const std::vector<std::string>& examples) {
  std::string text = examples.size() == 1 ? "Example:" : "Examples:";
  for (const std::string& example : examples) text += "\n  " + example;
  verb->footer(text + "\n");
}

}  // namespace farrell::cli
