#include "cli/report_presets.h"

#include <string>

#include "cli/flags.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/rows.h"
#include "cli/session.h"
#include "services/reporting/engine/preset.h"

namespace farrell::cli {
namespace {

Status RunPresets(Session& session) {
  Rows rows(session.options().output_format(),
            {"preset", "stars", "digits", "outer_rule", "inner_rule", "latin_font", "chinese_font", "notes"}, false);
  for (const reporting::Preset& preset : reporting::Presets()) {
    rows.Add({Text(std::string(preset.name)), Text(std::string(preset.stars)), Number(preset.decimals),
              Number(preset.outer_rule), Number(preset.inner_rule), Text(std::string(preset.latin_font)),
              Text(std::string(preset.chinese_font)), Text(std::string(preset.notes))});
  }
  return Print(rows.Take());
}

}  // namespace

void AddReportPresets(CLI::App& report, Program& program) {
  CLI::App* verb = report.add_subcommand(
      "presets",
      "What `preset:` of a study may be and what each sets: stars, digits of coefficients, rules in points, "
      "fonts of docx, the word before notes. Conventions: none was checked by a journal");
  AddFormatFlag(verb, program.options, {"table", "csv"});
  AddExamples(verb, {"farrell report presets"});
  SetRun(verb, program, RunPresets);
}

}  // namespace farrell::cli
