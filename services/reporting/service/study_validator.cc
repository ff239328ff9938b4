#include "services/reporting/service/study_validator.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "services/reporting/service/did_you_mean.h"
#include "services/reporting/service/entry_lists.h"
#include "services/reporting/service/expression_names.h"
#include "services/reporting/service/forecast_requests.h"
#include "services/reporting/service/study_requests.h"
#include "services/reporting/service/study_scores.h"
#include "services/reporting/service/variables.h"

namespace farrell::reporting {

void AddProblem(const ReadStudy& read, const std::string& field, const std::string& message, Problems& problems) {
  problems.Add(read.places.Find(field), field, message);
}

void AddProblemAt(const ReadStudy& read, const std::string& field, int position, const std::string& message,
                  Problems& problems) {
  Place place = read.places.Find(field);
  if (place.line > 0 && place.text_offset >= 0 && read.places.Has(field)) place.column += place.text_offset + position;
  problems.Add(place, field, message);
}

std::string Element(const std::string& list, int index) { return list + "[" + std::to_string(index) + "]"; }

namespace {

bool IsWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool IsDate(const std::string& text) {
  if (text.size() != 10) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 4 || i == 7;
    if (dash ? text[i] != '-' : (text[i] < '0' || text[i] > '9')) return false;
  }
  const std::chrono::year_month_day day{std::chrono::year(std::stoi(text.substr(0, 4))),
                                        std::chrono::month(static_cast<unsigned>(std::stoi(text.substr(5, 2)))),
                                        std::chrono::day(static_cast<unsigned>(std::stoi(text.substr(8, 2))))};
  return day.ok();
}

class Validator {
 public:
  Validator(const ReadStudy& read, Problems& problems) : read_(read), study_(read.study), problems_(problems) {
    for (const ScoreColumn& column : ScoreColumns(study_)) scores_.push_back(column.name);
    for (const v1::StudyVariable& variable : study_.variables()) variables_.push_back(variable.name());
  }

  void Validate() {
    if (study_.id().empty()) Add("id", "a study needs an `id`");
    CheckWord("id", study_.id());
    CheckStars("stars", study_.stars());
    if (!study_.design().empty()) CheckOneOf("design", "design", study_.design(), {"observational", "experiment"});
    CheckStars("preset", study_.preset());
    for (int i = 0; i < study_.formats_size(); ++i) {
      CheckOneOf(Element("formats", i), "format", study_.formats(i), {"docx", "pdf"});
      for (int j = 0; j < i; ++j) {
        if (study_.formats(j) == study_.formats(i))
          Add(Element("formats", i), "`" + study_.formats(i) + "` stands here a second time");
      }
    }
    CheckData();
    CheckIds();
    CheckVariables();
    CheckClassifications();
    for (int i = 0; i < study_.dea_size(); ++i) CheckDea(Element("dea", i), study_.dea(i));
    for (int i = 0; i < study_.productivity_size(); ++i) {
      CheckProductivity(Element("productivity", i), study_.productivity(i));
    }
    CheckModels([&](int i) { return RegressionField(study_, i); }, study_.regressions());
    CheckModels([](int i) { return Element("comparisons", i); }, study_.comparisons());
    for (int i = 0; i < study_.specification_tests_size(); ++i) {
      CheckSpecificationTest(Element("specification_tests", i), study_.specification_tests(i));
    }
    for (int i = 0; i < study_.second_stages_size(); ++i) {
      CheckSecondStage(Element("second_stages", i), study_.second_stages(i));
    }
    for (int i = 0; i < study_.curves_size(); ++i) CheckCurve(Element("curves", i), study_.curves(i));
    for (int i = 0; i < study_.returns_to_scale_size(); ++i) {
      const v1::StudyReturnsToScale& entry = study_.returns_to_scale(i);
      const std::string field = Element("returns_to_scale", i);
      CheckDeaReference(field, entry.dea(), "the DEA whose technology is tested");
      AddViolations(field, ReturnsToScaleRequestOf(study_, entry).status());
    }
    for (int i = 0; i < study_.nowcasts_size(); ++i) CheckNowcast(Element("nowcasts", i), study_.nowcasts(i));
    for (int i = 0; i < study_.early_warnings_size(); ++i) {
      CheckEarlyWarning(Element("early_warnings", i), study_.early_warnings(i));
    }
    for (int i = 0; i < study_.channels_size(); ++i) CheckChannels(Element("channels", i), study_.channels(i));
    for (int i = 0; i < study_.projections_size(); ++i) {
      CheckFilter(Element("projections", i) + ".where", study_.projections(i).where());
    }
    ValidateProjections(read_, problems_);
    for (int i = 0; i < study_.comparisons_size(); ++i)
      CheckComparison(Element("comparisons", i), study_.comparisons(i));
    for (int i = 0; i < study_.vintages_size(); ++i) CheckVintage(Element("vintages", i), study_.vintages(i));
    for (int i = 0; i < study_.not_available_size(); ++i) {
      if (study_.not_available(i).what().empty()) Add(Element("not_available", i), "`what` is missing");
    }
    CheckFilter("data.where", study_.data().where());
    ValidateReport(read_, problems_);
  }

 private:
  void Add(const std::string& field, const std::string& message) { AddProblem(read_, field, message, problems_); }

  void CheckWord(const std::string& field, const std::string& id) {
    if (!std::all_of(id.begin(), id.end(), IsWordCharacter)) {
      Add(field, "`" + id + "` may hold letters, digits, `-` and `_` only");
    }
  }

  void CheckStars(const std::string& field, const std::string& stars) {
    if (!stars.empty()) CheckOneOf(field, "preset", stars, {"cn", "aer", "none"});
  }

  void CheckOneOf(const std::string& field, const std::string& what, const std::string& word,
                  const std::vector<std::string>& known) {
    if (std::find(known.begin(), known.end(), word) == known.end()) {
      Add(field, "unknown " + what + " `" + word + "`" + Suggestion(word, known));
    }
  }

  void CheckData() {
    const v1::StudyData& data = study_.data();
    if (!study_.has_data()) return Add("data", "a study needs `data` with a `file` or a `dataset`");
    if (data.file().empty() == data.dataset().empty()) Add("data", "give either `file` or `dataset`");
    if (!data.file().empty() && data.unit().empty()) Add("data", "`unit` is missing: the column that names the unit");
    if (!data.known_at().empty() && !IsDate(data.known_at())) Add("data.known_at", "write the date as YYYY-MM-DD");
  }

  // Within one list; models of every kind share theirs, as do variables and classifications, and what gives scores.
  void CheckUnique(const google::protobuf::FieldDescriptor& list, std::map<std::string, std::string>& seen) {
    const google::protobuf::Reflection& reflection = *v1::Study::GetReflection();
    const bool named = list.message_type()->FindFieldByName("id") == nullptr;
    const std::string key = named ? "name" : "id";
    for (int i = 0; i < reflection.FieldSize(study_, &list); ++i) {
      const std::string id = EntryId(reflection.GetRepeatedMessage(study_, &list, i));
      const std::string entry = list.name() == "regressions" ? RegressionField(study_, i) : Element(list.name(), i);
      const std::string field = entry + "." + key;
      // Two splits of one name are told as such, not once a part.
      if (const auto other = seen.find(id); other != seen.end() && list.name() == "regressions" &&
                                            entry.starts_with("channels") && other->second.starts_with("channels")) {
        continue;
      }
      if (id.empty()) {
        Add(entry, "`" + key + "` is missing");
      } else if (const auto [first, fresh] = seen.emplace(id, entry); !fresh) {
        const Place place = read_.places.Find(first->second);
        Add(field,
            "`" + id + "` is taken: " + first->second + " (" + place.file + ":" + std::to_string(place.line) + ")");
      }
      if (!named) CheckWord(field, id);
    }
  }

  void CheckIds() {
    std::map<std::string, std::map<std::string, std::string>> spaces;
    const auto space_of = [](const std::string& list) -> std::string {
      if (list == "variables" || list == "classifications") return "names";
      if (list == "dea" || list == "productivity") return "scores";
      return "models";
    };
    for (const google::protobuf::FieldDescriptor* list : ModelLists()) {
      CheckUnique(*list, spaces[space_of(list->name())]);
      // Classifications have no loops; they stand beside the variables.
      if (list->name() == "variables") CheckUnique(ListOf("classifications"), spaces["names"]);
    }
    for (const char* list : {"vintages", "tables", "figures", "claims"}) CheckUnique(ListOf(list), spaces[list]);
  }

  static const google::protobuf::FieldDescriptor& ListOf(const char* name) {
    return *v1::Study::descriptor()->FindFieldByName(name);
  }

  void CheckName(const std::string& field, const std::string& name) {
    if (name.empty()) return;
    if (IsScoreName(name)) {
      return Add(field, "names that begin with `" + name.substr(0, name.find('.') + 1) + "` belong to the DEA scores");
    }
    if (QuoteName(name) != name) Add(field, "`" + name + "` must be a letter, then letters, digits, `_` or `.`");
  }

  void CheckVariables() {
    for (int i = 0; i < study_.variables_size(); ++i) {
      const v1::StudyVariable& variable = study_.variables(i);
      const std::string field = Element("variables", i);
      // A column of the data may be described under whatever name it has.
      if (!DefinitionOf(variable).empty()) CheckName(field + ".name", variable.name());
      if (!variable.column().empty() && !variable.expression().empty()) {
        Add(field, "give either `column` or `expression`");
      }
      CheckScores(field + ".expression", variable.expression());
      if (!variable.role().empty()) {
        CheckOneOf(field + ".role", "role", variable.role(), {"mediator", "proxy", "patent_count", "treatment"});
      }
      CheckDeclared(field, variable);
    }
    for (const int i : OrderVariables(study_).circular) {
      Add(Element("variables", i) + ".expression",
          "`" + study_.variables(i).name() + "` is computed from itself, directly or through other variables");
    }
  }

  // What the referee rules are told of a variable.
  void CheckDeclared(const std::string& field, const v1::StudyVariable& variable) {
    if (!variable.stands_for().empty() && variable.role() != "proxy")
      Add(field + ".stands_for", "only with `role: proxy`");
    if (variable.has_first_period() && variable.role() != "treatment") {
      Add(field + ".first_period", "only with `role: treatment`");
    }
    for (int b = 0; b < variable.breaks_size(); ++b) {
      const std::string at = Element(field + ".breaks", b);
      if (!read_.places.Has(at + ".period")) Add(at, "`period` is missing: the first one under the new definition");
      if (variable.breaks(b).text().empty()) Add(at, "`text` is missing: what changed");
    }
  }

  void CheckClassifications() {
    for (int i = 0; i < study_.classifications_size(); ++i) {
      const v1::StudyClassification& classification = study_.classifications(i);
      const std::string field = Element("classifications", i);
      CheckName(field + ".name", classification.name());
      if (classification.groups().empty()) Add(field, "`groups` is missing");
      std::map<std::string, std::string> member_of;
      std::set<std::string> groups;
      for (int g = 0; g < classification.groups_size(); ++g) {
        const v1::StudyGroup& group = classification.groups(g);
        const std::string group_field = Element(field + ".groups", g);
        if (group.name().empty()) Add(group_field, "`name` is missing");
        if (!groups.insert(group.name()).second) Add(group_field + ".name", "`" + group.name() + "` stands here twice");
        if (group.members().empty()) Add(group_field, "`members` is missing");
        for (int m = 0; m < group.members_size(); ++m) {
          const auto [first, fresh] = member_of.emplace(group.members(m), group.name());
          if (!fresh) {
            Add(Element(group_field + ".members", m),
                "`" + group.members(m) + "` is already in the group `" + first->second + "`");
          }
        }
      }
    }
  }

  // Scores named in an expression must be those of a DEA of the study.
  void CheckScores(const std::string& field, const std::string& expression) {
    for (const UsedName& used : NamesIn(expression)) {
      if (!IsScoreName(used.name)) continue;
      if (std::find(scores_.begin(), scores_.end(), used.name) != scores_.end()) continue;
      AddProblemAt(
          read_, field, used.position,
          "there is no DEA `" + used.name.substr(used.name.find('.') + 1) + "`" + Suggestion(used.name, scores_),
          problems_);
    }
  }

  void CheckFilter(const std::string& field, const std::string& where) { CheckScores(field, where); }

  void AddViolations(const std::string& field, const Status& status) {
    for (const FieldViolation& violation : status.violations()) {
      const bool inherited = violation.field.starts_with("study.");
      Add(inherited ? violation.field.substr(6) : field + "." + violation.field, violation.description);
    }
  }

  void CheckDea(const std::string& field, const v1::StudyDea& dea) {
    const Status readable =
        dea.intermediates().empty() ? ModelOf(dea, study_.seed()).status() : NetworkRequestOf(dea).status();
    AddViolations(field, readable);
    if (dea.intermediates().empty() && !dea.decomposition().empty()) {
      Add(field + ".decomposition", "needs `intermediates`");
    }
    CheckUnscored(field, dea);
    for (int i = 0; i < dea.intermediates_size(); ++i) {
      CheckUnscored(Element(field + ".intermediates", i), dea.intermediates(i));
    }
  }

  void CheckProductivity(const std::string& field, const v1::StudyProductivity& entry) {
    AddViolations(field, ProductivityRequestOf(entry).status());
    CheckUnscored(field, entry);
  }

  // Columns that a scoring entry reads cannot be scores.
  template <typename Entry>
  void CheckUnscored(const std::string& field, const Entry& entry) {
    for (int i = 0; i < entry.inputs_size(); ++i) CheckUnscored(Element(field + ".inputs", i), entry.inputs(i));
    for (int i = 0; i < entry.outputs_size(); ++i) CheckUnscored(Element(field + ".outputs", i), entry.outputs(i));
    for (int i = 0; i < entry.bad_outputs_size(); ++i) {
      CheckUnscored(Element(field + ".bad_outputs", i), entry.bad_outputs(i));
    }
    CheckUnscored(field + ".where", entry.where());
  }

  void CheckUnscored(const std::string& at, const std::string& text) {
    std::set<std::string> scored;
    for (const int i : OrderVariables(study_).after_scores) scored.insert(study_.variables(i).name());
    for (const UsedName& used : NamesIn(text)) {
      if (IsScoreName(used.name) || scored.contains(used.name)) {
        AddProblemAt(read_, at, used.position, "a DEA cannot use scores: `" + used.name + "` is known only afterwards",
                     problems_);
      }
    }
  }

  void CheckFormula(const std::string& field, const std::string& formula) {
    if (formula.empty()) return Add(field, "`formula` is missing");
    const auto tildes = std::count(formula.begin(), formula.end(), '~');
    if (tildes != 1 && !(tildes == 2 && HasInstruments(formula))) {
      return Add(field, "a formula has one `~`: outcome ~ terms | effects, and one more for instruments: … | x ~ z");
    }
    if (FormulaOutcome(formula).empty()) return Add(field, "there is no outcome before `~`");
    CheckParentheses(field, formula);
    CheckScores(field, formula);
  }

  void CheckParentheses(const std::string& field, const std::string& formula) {
    int depth = 0;
    for (const char c : formula) {
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (depth < 0) break;
    }
    if (depth != 0) Add(field, "the parentheses do not match");
  }

  void CheckSpecificationTest(const std::string& field, const v1::StudySpecificationTest& entry) {
    CheckFormula(field + ".formula", entry.formula());
    if (HasInstruments(entry.formula())) {
      Add(field + ".formula",
          "specification tests take no instruments; those of a regression are in a table of `instruments`");
    }
    CheckFilter(field + ".where", entry.where());
    AddViolations(field, SpecificationRequestOf(entry).status());
  }

  void CheckDeaReference(const std::string& field, const std::string& id, const std::string& what) {
    if (id.empty()) return Add(field, "`dea` is missing: " + what);
    if (FindDeaEntry(study_, id) != nullptr) return;
    std::vector<std::string> known;
    for (const v1::StudyDea& dea : study_.dea()) known.push_back(dea.id());
    Add(field + ".dea", "there is no DEA `" + id + "`" + Suggestion(id, known));
  }

  void CheckSecondStage(const std::string& field, const v1::StudySecondStage& entry) {
    CheckSecondStageFormula(field + ".formula", entry.formula());
    CheckFilter(field + ".where", entry.where());
    CheckDeaReference(field, entry.dea(), "the DEA whose distances are regressed");
    AddViolations(field, SecondStageRequestOf(study_, entry).status());
    for (int p = 0; p < entry.published_size(); ++p) {
      // The standard deviation of the error is a coefficient of algorithms 1 and 2.
      const bool sigma = entry.published(p).term() == "sigma";
      CheckPublished(Element(field + ".published", p), sigma ? "~ sigma" : entry.formula(), entry.published(p));
    }
  }

  void CheckCurve(const std::string& field, const v1::StudyCurve& entry) {
    if (entry.terms().empty()) Add(field, "`terms` is missing: the coefficient of interest");
    if (entry.outcomes().empty()) Add(field, "`outcomes` is missing");
    const auto check = [&](const char* list, const auto& parts) {
      for (int i = 0; i < parts.size(); ++i) CheckPart(Element(field + "." + list, i), parts[i]);
    };
    check("terms", entry.terms());
    check("outcomes", entry.outcomes());
    check("controls", entry.controls());
    check("effects", entry.effects());
    check("instruments", entry.instruments());
    check("weights", entry.weights());
    std::set<std::string> names;
    for (int i = 0; i < entry.samples_size(); ++i) {
      const v1::StudyCurve::Sample& sample = entry.samples(i);
      const std::string at = Element(field + ".samples", i);
      CheckFilter(at + ".where", sample.where());
      const std::string name = !sample.name().empty() ? sample.name() : sample.where().empty() ? "all" : sample.where();
      if (!names.insert(name).second) Add(at, "the sample `" + name + "` stands here twice");
    }
    CheckFilter(field + ".where", entry.where());
    AddViolations(field, CurveRequestOf(study_, entry).status());
  }

  void CheckNowcast(const std::string& field, const v1::StudyNowcast& entry) {
    CheckFormula(field + ".formula", entry.formula());
    CheckFilter(field + ".where", entry.where());
    AddViolations(field, NowcastRequestOf(entry).status());
    if (entry.dea().empty()) return;
    CheckDeaReference(field, entry.dea(), "the DEA that scores the period");
    // The name of the time column does not matter here.
    if (FindDeaEntry(study_, entry.dea()) != nullptr) {
      AddViolations(field, UnitOutputRequestOf(study_, entry, "time").status());
    }
  }

  void CheckEarlyWarning(const std::string& field, const v1::StudyEarlyWarning& entry) {
    CheckParentheses(field + ".event", entry.event());
    CheckScores(field + ".event", entry.event());
    for (int i = 0; i < entry.predictors_size(); ++i) CheckPart(Element(field + ".predictors", i), entry.predictors(i));
    CheckFilter(field + ".where", entry.where());
    AddViolations(field, EarlyWarningRequestOf(study_, entry).status());
  }

  // One entry of a list of choices: a part of a formula, without its `~` and `|`.
  void CheckPart(const std::string& field, const std::string& part) {
    if (part.empty()) return Add(field, "is empty");
    if (part.find('~') != std::string::npos) {
      return Add(field, "a part of a formula has no `~`; outcomes, terms, controls and effects are lists of their own");
    }
    CheckParentheses(field, part);
    CheckScores(field, part);
  }

  // The left side is the score, whether it is written or not.
  void CheckSecondStageFormula(const std::string& field, const std::string& formula) {
    if (formula.empty()) return Add(field, "`formula` is missing");
    const auto tildes = std::count(formula.begin(), formula.end(), '~');
    if (tildes != 1) return Add(field, "a formula has one `~`: ~ terms | effects");
    const std::string outcome = FormulaOutcome(formula);
    if (!outcome.empty() && outcome != "score") {
      return Add(field, "the left side of a second stage is `score`, or nothing");
    }
    CheckParentheses(field, formula);
    CheckScores(field, formula);
  }

  static Status RequestStatus(const v1::Study& study, const v1::StudyRegression& entry) {
    return FitRequestOf(study, entry).status();
  }
  static Status RequestStatus(const v1::Study& study, const v1::StudyComparison& entry) {
    return CompareRequestOf(study, entry).status();
  }

  void CheckFormulas(const std::string& field, const v1::StudyRegression& entry) {
    CheckFormula(field + ".formula", entry.formula());
  }
  void CheckFormulas(const std::string& field, const v1::StudyComparison& entry) {
    if (entry.equations().empty()) return CheckFormula(field + ".formula", entry.formula());
    if (!entry.formula().empty()) Add(field + ".formula", "not with `equations`, which have formulas of their own");
    for (int e = 0; e < entry.equations_size(); ++e) {
      const std::string equation = Element(field + ".equations", e);
      if (entry.equations(e).name().empty()) Add(equation + ".name", "is missing");
      CheckFormula(equation + ".formula", entry.equations(e).formula());
      CheckFilter(equation + ".where", entry.equations(e).where());
    }
  }

  template <typename List, typename FieldOf>
  void CheckModels(const FieldOf& field_of, const List& entries) {
    for (int i = 0; i < entries.size(); ++i) {
      const std::string field = field_of(i);
      CheckFormulas(field, entries[i]);
      CheckFilter(field + ".where", entries[i].where());
      AddViolations(field, RequestStatus(study_, entries[i]));
      for (int p = 0; p < entries[i].published_size(); ++p) {
        // The part of "a | b" that is looked for is the first equation's.
        v1::PublishedValue value = entries[i].published(p);
        value.set_term(value.term().substr(0, value.term().find('|')));
        CheckPublished(Element(field + ".published", p), FormulaWith(entries[i], value.term()), value);
      }
      CheckReferences(field, entries[i]);
    }
  }

  void CheckReferences(const std::string& field, const v1::StudyRegression& entry) {
    for (int r = 0; r < entry.references_size(); ++r) {
      const std::string at = Element(field + ".references", r);
      CheckTerm(at + ".term", entry.formula(), entry.references(r).term());
      if (!read_.places.Has(at + ".value")) {
        Add(at + ".value", "is missing: the size of effect that would matter");
      } else if (entry.references(r).value() == 0 && !IsUnread(at + ".value")) {
        Add(at + ".value", "must not be 0: no design can find nothing");
      }
    }
  }
  void CheckReferences(const std::string&, const v1::StudyComparison&) {}

  // ln y = ln score + ln target must hold row by row.
  void CheckChannels(const std::string& field, const v1::StudyChannels& channels) {
    if (!FormulaOutcome(channels.formula()).empty() && channels.formula().find('~') != std::string::npos) {
      Add(field + ".formula", "a split makes the left sides itself: begin with `~`");
    }
    const v1::StudyDea* dea = FindDeaEntry(study_, channels.dea());
    if (dea == nullptr) return CheckDeaReference(field, channels.dea(), "the DEA whose output is split");
    const auto refuse = [&](const std::string& why) {
      Add(field + ".dea", "a total splits exactly only " + why + "; `" + channels.dea() + "` is another kind of DEA");
    };
    if (dea->outputs_size() != 1 || !dea->intermediates().empty() || !dea->bad_outputs().empty())
      refuse("with one output");
    if (!dea->model().empty() && dea->model() != "radial") refuse("with radial scores");
    if (dea->orientation() != "output") refuse("with output orientation");
    if (dea->frontier() != "global") refuse("with one frontier for all rows (`frontier: global`)");
  }

  void CheckVintage(const std::string& field, const v1::StudyVintage& vintage) {
    if (vintage.file().empty() == vintage.dataset().empty()) Add(field, "give either `file` or `dataset`");
    if (vintage.regressions().empty()) Add(field, "`regressions` is missing: what is estimated again on this vintage");
    std::vector<std::string> known;
    for (const v1::StudyRegression& regression : study_.regressions()) known.push_back(regression.id());
    std::set<std::string> seen;
    for (int i = 0; i < vintage.regressions_size(); ++i) {
      const std::string& id = vintage.regressions(i);
      const std::string at = Element(field + ".regressions", i);
      if (std::find(known.begin(), known.end(), id) == known.end()) {
        Add(at, "there is no regression `" + id + "`" + Suggestion(id, known));
      } else if (!seen.insert(id).second) {
        Add(at, "`" + id + "` stands here a second time");
      }
    }
  }

  void CheckPublished(const std::string& field, const std::string& formula, const v1::PublishedValue& value) {
    if (!value.has_estimate() && value.text().empty())
      Add(field, "an `estimate`, or a `text` in its place, is missing");
    if (value.has_tolerance() && value.tolerance() < 0) Add(field + ".tolerance", "must not be negative");
    if (value.has_std_error() && value.std_error() < 0) Add(field + ".std_error", "must not be negative");
    CheckTerm(field + ".term", formula, value.term());
  }

  // What was written there is no value of its kind.
  bool IsUnread(const std::string& field) const {
    const std::vector<v1::StudyProblem> problems = read_.problems.Sorted();
    return std::any_of(problems.begin(), problems.end(),
                       [&](const v1::StudyProblem& problem) { return problem.field() == field; });
  }

  void CheckTerm(const std::string& field, const std::string& formula, const std::string& term) {
    if (term.empty()) return Add(field, "is missing");
    if (!FormulaMayHold(formula, term)) {
      Add(field, "the formula has no term `" + term + "`" + Suggestion(Squeeze(term), FormulaTerms(formula)));
    }
  }

  void CheckComparison(const std::string& field, const v1::StudyComparison& comparison) {
    const bool one_model = comparison.equations().empty();
    if (comparison.by().empty() && one_model) {
      Add(field + ".by", "is missing: the classification or column that makes the groups");
    }
    // The terms of several equations are known to the comparison alone.
    for (int t = 0; one_model && t < comparison.terms_size(); ++t) {
      CheckTerm(Element(field + ".terms", t), comparison.formula(), comparison.terms(t));
    }
    for (const v1::StudyClassification& classification : study_.classifications()) {
      if (classification.name() != comparison.by()) continue;
      std::vector<std::string> groups;
      for (const v1::StudyGroup& group : classification.groups()) groups.push_back(group.name());
      for (int p = 0; p < comparison.published_size(); ++p) {
        const std::string& group = comparison.published(p).group();
        if (group.empty() || std::find(groups.begin(), groups.end(), group) != groups.end()) continue;
        Add(Element(field + ".published", p) + ".group",
            "`" + comparison.by() + "` has no group `" + group + "`" + Suggestion(group, groups));
      }
    }
  }

  const ReadStudy& read_;
  const v1::Study& study_;
  Problems& problems_;
  std::vector<std::string> scores_;
  std::vector<std::string> variables_;
};

}  // namespace

void ValidateStudy(const ReadStudy& read, Problems& problems) {
  if (read.readable) Validator(read, problems).Validate();
}

}  // namespace farrell::reporting
