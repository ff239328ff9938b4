#include "services/reporting/service/vintages.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "services/reporting/service/did_you_mean.h"
#include "services/reporting/service/entry_columns.h"
#include "services/reporting/service/expression_names.h"
#include "services/reporting/service/study_data_check.h"
#include "services/reporting/service/study_scores.h"
#include "services/reporting/service/study_tables.h"
#include "services/reporting/service/study_validator.h"
#include "services/reporting/service/variables.h"
#include "services/reporting/service/withheld.h"

namespace farrell::reporting {
namespace {

using Texts = std::vector<std::string>;

Texts ColumnTextsOf(const google::protobuf::Message& entry) {
  Texts texts;
  for (ColumnText& text : ColumnTexts(entry, "")) texts.push_back(std::move(text.text));
  return texts;
}

// Name → what it is made of, for variables and scores.
std::map<std::string, Texts> Definitions(const v1::Study& study) {
  std::map<std::string, Texts> definitions;
  for (const v1::StudyVariable& variable : study.variables()) definitions[variable.name()] = {DefinitionOf(variable)};
  std::map<std::string, Texts> steps;
  for (const v1::StudyDea& dea : study.dea()) steps["dea:" + dea.id()] = ColumnTextsOf(dea);
  for (const v1::StudyProductivity& entry : study.productivity()) {
    steps["productivity:" + entry.id()] = ColumnTextsOf(entry);
  }
  for (const ScoreColumn& column : ScoreColumns(study)) definitions[column.name] = steps[column.step];
  return definitions;
}

// Every name behind the regressions of `part`, its sample and its inference, directly or through variables and scores
// of `study`.
std::set<std::string> NamesBehind(const v1::Study& part, const v1::Study& study) {
  const std::map<std::string, Texts> definitions = Definitions(study);
  v1::Study roots;
  roots.mutable_data()->set_where(part.data().where());
  *roots.mutable_inference() = part.inference();
  *roots.mutable_regressions() = part.regressions();
  Texts open = ColumnTextsOf(roots);
  std::set<std::string> names;
  while (!open.empty()) {
    const std::string text = std::move(open.back());
    open.pop_back();
    for (const UsedName& used : NamesIn(text)) {
      if (!names.insert(used.name).second) continue;
      if (const auto found = definitions.find(used.name); found != definitions.end()) {
        open.insert(open.end(), found->second.begin(), found->second.end());
      }
    }
  }
  return names;
}

bool HasColumn(const data::v1::Snapshot& snapshot, const std::string& name) {
  return FindColumn(snapshot, name) != nullptr;
}

class VintageChecker {
 public:
  VintageChecker(Services& services, const ReadStudy& read, int index, const data::v1::Snapshot& own,
                 Problems& problems, const std::stop_token& stop)
      : services_(services),
        read_(read),
        entry_(read.study.vintages(index)),
        field_(VintageData(read, index).named_at()),
        own_(own),
        problems_(problems),
        stop_(stop) {}

  Result<StudyOnVintage> Check(const data::v1::Snapshot& snapshot) {
    StudyOnVintage on;
    on.id = entry_.id();
    on.snapshot = on.base = snapshot;
    ReadStudy part;
    part.study = StudyOf(read_.study, entry_);
    const Withheld withheld = WithholdUnavailable(part, snapshot);
    for (const std::string& id : entry_.regressions()) {
      const auto found = withheld.entries.find("regressions:" + id);
      if (found != withheld.entries.end()) on.unavailable.emplace(id, found->second);
    }
    // What only those needed is not needed any more.
    on.study = StudyOf(part.study, entry_);
    if (!SameKeys(snapshot) || !HasColumns(on.study, snapshot)) return on;
    // A variable that is wrong is wrong on every data.
    if (!read_.problems.empty() || !problems_.empty()) return on;
    FARRELL_RETURN_IF_ERROR(MakeBase(on));
    return on;
  }

 private:
  void Add(const std::string& message) { AddProblem(read_, field_, message, problems_); }

  bool SameKeys(const data::v1::Snapshot& snapshot) {
    const auto check = [&](const char* what, const std::string& key, const std::string& wanted) {
      if (key == wanted) return true;
      const auto named = [](const std::string& name) { return name.empty() ? std::string("none") : "`" + name + "`"; };
      Add(std::string("the ") + what + " of this vintage is " + named(key) + ", that of the study's data " +
          named(wanted));
      return false;
    };
    const bool unit = check("unit", snapshot.unit_key(), own_.unit_key());
    return check("time", snapshot.time_key(), own_.time_key()) && unit;
  }

  bool HasColumns(const v1::Study& study, const data::v1::Snapshot& snapshot) {
    std::vector<std::string> known;
    for (const data::v1::Column& column : snapshot.columns()) known.push_back(column.name());
    bool all = true;
    for (const std::string& column : ColumnsBehind(study, own_)) {
      if (HasColumn(snapshot, column)) continue;
      Add("this vintage has no column `" + column + "`" + Suggestion(column, known));
      all = false;
    }
    return all;
  }

  Status MakeBase(StudyOnVintage& on) {
    if (!on.study.classifications().empty()) {
      FARRELL_ASSIGN_OR_RETURN(const std::vector<std::string> units, ReadUnits(services_, on.snapshot, stop_));
      FARRELL_RETURN_IF_ERROR(Take(AddClassifications(services_, on.study, on.snapshot, units, stop_), on.base));
    }
    return Take(AddVariables(services_, on.study, on.base, stop_), on.base);
  }

  Status Take(Result<data::v1::Snapshot> made, data::v1::Snapshot& base) {
    if (made.ok()) {
      base = std::move(made).value();
    } else if (IsMistake(made.status())) {
      Add("on this vintage: " + DescribeMistake(made.status()));
    } else {
      return made.status();
    }
    return Status::Ok();
  }

  Services& services_;
  const ReadStudy& read_;
  const v1::StudyVintage& entry_;
  const std::string field_;
  const data::v1::Snapshot& own_;
  Problems& problems_;
  const std::stop_token& stop_;
};

}  // namespace

v1::Study StudyOf(const v1::Study& study, const v1::StudyVintage& vintage) {
  v1::Study part;
  part.set_id(study.id());
  part.set_seed(study.seed());
  *part.mutable_inference() = study.inference();
  *part.mutable_data() = study.data();
  part.mutable_data()->set_file(vintage.file());
  part.mutable_data()->set_dataset(vintage.dataset());
  const std::set<std::string> wanted(vintage.regressions().begin(), vintage.regressions().end());
  for (const v1::StudyRegression& regression : study.regressions()) {
    if (wanted.contains(regression.id())) *part.add_regressions() = regression;
  }
  const std::set<std::string> names = NamesBehind(part, study);
  std::set<std::string> steps;
  for (const ScoreColumn& column : ScoreColumns(study)) {
    if (names.contains(column.name)) steps.insert(column.step);
  }
  for (const v1::StudyVariable& variable : study.variables()) {
    if (names.contains(variable.name())) *part.add_variables() = variable;
  }
  for (const v1::StudyClassification& classification : study.classifications()) {
    if (names.contains(classification.name())) *part.add_classifications() = classification;
  }
  for (const v1::StudyDea& dea : study.dea()) {
    if (steps.contains("dea:" + dea.id())) *part.add_dea() = dea;
  }
  for (const v1::StudyProductivity& entry : study.productivity()) {
    if (steps.contains("productivity:" + entry.id())) *part.add_productivity() = entry;
  }
  return part;
}

std::vector<std::string> ColumnsBehind(const v1::Study& study, const data::v1::Snapshot& snapshot) {
  const std::set<std::string> names = NamesBehind(study, study);
  std::vector<std::string> columns;
  for (const data::v1::Column& column : snapshot.columns()) {
    const bool key = column.name() == snapshot.unit_key() || column.name() == snapshot.time_key();
    if (!key && names.contains(column.name())) columns.push_back(column.name());
  }
  return columns;
}

Result<StudyOnVintage> CheckVintage(Services& services, const ReadStudy& read, int index, const data::v1::Snapshot& own,
                                    const data::v1::Snapshot& snapshot, Problems& problems,
                                    const std::stop_token& stop) {
  return VintageChecker(services, read, index, own, problems, stop).Check(snapshot);
}

std::string VintagePrefix(const std::string& vintage_id) { return "vintage:" + vintage_id + ":"; }

Result<std::vector<Step>> MakeSteps(const v1::Study& study, const data::v1::Snapshot& snapshot,
                                    const std::vector<StudyOnVintage>& vintages) {
  FARRELL_ASSIGN_OR_RETURN(std::vector<Step> steps, MakeSteps(study, snapshot));
  Step report = std::move(steps.back());
  steps.pop_back();
  for (const StudyOnVintage& vintage : vintages) {
    FARRELL_ASSIGN_OR_RETURN(std::vector<Step> again, MakeSteps(vintage.study, vintage.snapshot));
    // Trends serve the rules, which judge the study's own data.
    std::erase_if(again, [](const Step& step) { return step.kind == "trend" || step.kind == "report"; });
    std::string field = "vintages";
    for (int i = 0; i < study.vintages_size(); ++i) {
      if (study.vintages(i).id() == vintage.id) field = Element("vintages", i);
    }
    for (Step& step : again) {
      step.vintage = vintage.id;
      step.field = field;
      step.id.insert(0, VintagePrefix(vintage.id));
      for (std::string& need : step.needs) need.insert(0, VintagePrefix(vintage.id));
      report.needs.push_back(step.id);
    }
    std::move(again.begin(), again.end(), std::back_inserter(steps));
  }
  steps.push_back(std::move(report));
  return steps;
}

std::vector<StudyOnData> OnAllData(const v1::Study& study, const data::v1::Snapshot& base,
                                   const std::vector<StudyOnVintage>& vintages) {
  std::vector<StudyOnData> all = {{"", &study, &base}};
  for (const StudyOnVintage& vintage : vintages) all.push_back({vintage.id, &vintage.study, &vintage.base});
  return all;
}

}  // namespace farrell::reporting
