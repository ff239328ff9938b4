#include "services/reporting/service/request_fields.h"

#include <array>
#include <string_view>
#include <utility>

#include "services/reporting/service/entry_columns.h"

namespace farrell::reporting {
namespace {

using Renaming = std::pair<std::string_view, std::string_view>;

// What a request says before its own fields.
constexpr std::array<std::string_view, 11> kEnvelopes = {"request.", "network.",          "productivity.", "fit.",
                                                         "compare.", "specification.",    "second_stage.", "curve.",
                                                         "nowcast.", "returns_to_scale.", "early_warning."};

// Beginnings of fields whose names differ, longer ones first.
constexpr std::array<Renaming, 26> kNames = {{{"bootstrap.replication_count", "reps"},
                                              {"bootstrap.ranks", "ranks"},
                                              {"bootstrap", "bootstrap"},
                                              {"frontier.group_column", "frontier"},
                                              {"frontier", "frontier"},
                                              {"direction", "direction"},
                                              {"reference_only", "reference_only"},
                                              {"metafrontier_column", "metafrontier"},
                                              {"weight_restrictions", "weights"},
                                              {"weight_sum", "rts"},
                                              {"stage1_inputs", "inputs"},
                                              {"kind", "model"},
                                              {"design", "references"},
                                              {"inferences", "inference"},
                                              {"options.lower", "lower"},
                                              {"options.upper", "upper"},
                                              {"options.mundlak", "mundlak"},
                                              {"options", "estimator"},
                                              {"adjustment", "adjust"},
                                              {"confidence_level", "level"},
                                              {"skip_joint_test", "no_joint_test"},
                                              {"replication_count", "reps"},
                                              {"first_replications", "first_reps"},
                                              {"replications", "reps"},
                                              {"period", "period"},
                                              {"first_backtest", "first_backtest"}}};

bool BeginsWith(std::string_view field, std::string_view name) {
  return field.starts_with(name) && (field.size() == name.size() || field[name.size()] == '.' ||
                                     field[name.size()] == '[' || field[name.size()] == '_');
}

std::string_view WithoutEnvelope(std::string_view field) {
  for (const std::string_view envelope : kEnvelopes) {
    if (field.starts_with(envelope)) field.remove_prefix(envelope.size());
  }
  return field;
}

std::string Renamed(std::string_view field) {
  for (const auto& [from, to] : kNames) {
    if (!BeginsWith(field, from)) continue;
    const std::string_view rest = field.substr(from.size());
    // Parts of what the study writes as one text are that text.
    const std::string kept(rest.starts_with('[') ? rest : std::string_view());
    return std::string(to) + kept;
  }
  return std::string(field);
}

}  // namespace

std::string StudyField(const ReadStudy& read, const Step& step, const std::string& request_field) {
  const google::protobuf::Message* entry = EntryAt(read.study, step.field);
  if (entry == nullptr) return {};
  std::string_view field = WithoutEnvelope(request_field);
  if (field.starts_with("model.")) {
    // The model is that of a DEA elsewhere.
    if (step.kind == "second_stage" || step.kind == "returns_to_scale" || step.kind == "frontier")
      return step.field + ".dea";
    field.remove_prefix(std::string_view("model.").size());
  }
  std::string renamed = Renamed(field);
  if (renamed.starts_with("references") && renamed.ends_with(".reference")) {
    renamed.replace(renamed.rfind('.'), std::string::npos, ".value");
  }
  if (renamed.starts_with("inference[")) {
    const std::size_t end = renamed.find(']') + 1;
    // The same number of draws is written once for all.
    const bool draws = renamed.ends_with(".draws") && read.places.Has(step.field + ".draws");
    renamed = draws ? "draws" : renamed.substr(0, end);
    // What the entry does not say the study says for all.
    if (!draws && !read.places.Has(step.field + ".inference")) return renamed;
  }
  const auto* known = entry->GetDescriptor()->FindFieldByName(renamed.substr(0, renamed.find_first_of(".[")));
  return known == nullptr ? std::string() : step.field + "." + renamed;
}

std::string DefaultField(const Step& step) {
  if (step.is_scoring()) return step.field;
  if (step.kind == "returns_to_scale" || step.kind == "frontier") return step.field + ".dea";
  if (step.kind == "early_warning") return step.field + ".event";
  return step.field + (step.kind == "curve" ? ".terms" : ".formula");
}

}  // namespace farrell::reporting
