#include "services/reporting/service/study_data_check.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/text/number.h"
#include "common/text/utf8.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "services/reporting/service/did_you_mean.h"
#include "services/reporting/service/entry_columns.h"
#include "services/reporting/service/entry_lists.h"
#include "services/reporting/service/expression_names.h"
#include "services/reporting/service/planner.h"
#include "services/reporting/service/projection_requests.h"
#include "services/reporting/service/request_fields.h"
#include "services/reporting/service/step_calls.h"
#include "services/reporting/service/study_requests.h"
#include "services/reporting/service/study_scores.h"
#include "services/reporting/service/study_tables.h"
#include "services/reporting/service/study_validator.h"
#include "services/reporting/service/variables.h"

namespace farrell::reporting {
namespace {

// A number that every expression over scores should accept, while the scores are not known.
constexpr const char* kStandIn = "0.5";

// The first line: the caret lines that follow point into a text that the place already points at.
std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

int PositionOf(const Status& status) {
  const auto found = status.metadata().find("position");
  const std::optional<long long> position =
      found == status.metadata().end() ? std::nullopt : text::ParseInteger(found->second);
  return position ? static_cast<int>(*position) : 0;
}

// A name that a computed column can have.
bool IsPlainName(const std::string& name) { return !name.empty() && !IsScoreName(name) && QuoteName(name) == name; }

class Checker {
 public:
  Checker(Services& services, const ReadStudy& read, const data::v1::Snapshot& snapshot, Problems& problems,
          const std::stop_token& stop)
      : services_(services),
        read_(read),
        study_(read.study),
        snapshot_(snapshot),
        problems_(problems),
        stop_(stop),
        order_(OrderVariables(study_)) {
    for (const data::v1::Column& column : snapshot.columns()) columns_.push_back(column.name());
    names_ = columns_;
    for (const v1::StudyClassification& entry : study_.classifications()) names_.push_back(entry.name());
    for (const v1::StudyVariable& entry : study_.variables()) names_.push_back(entry.name());
    std::erase(names_, std::string());
    for (const v1::StudyProblem& problem : read.problems.Sorted()) told_.insert(problem.field());
  }

  Result<data::v1::Snapshot> Check() {
    CheckKeys();
    CheckColumns();
    FARRELL_RETURN_IF_ERROR(MakeBase());
    AddStandIns();
    for (const int i : order_.after_scores) FARRELL_RETURN_IF_ERROR(CheckVariable(i));
    CheckPeriods();
    FARRELL_RETURN_IF_ERROR(CheckFilters());
    FARRELL_RETURN_IF_ERROR(CheckSteps());
    FARRELL_RETURN_IF_ERROR(CheckProjections());
    FARRELL_RETURN_IF_ERROR(CheckShownColumns());
    CheckMediators();
    return base_;
  }

 private:
  void Add(const std::string& field, const std::string& message) {
    told_.insert(field);
    AddProblem(read_, field, message, problems_);
  }

  // A mistake becomes a problem; anything else ends the check.
  Status Judge(const Status& status, const std::string& field, bool has_position) {
    if (status.ok()) return status;
    if (!IsMistake(status)) return status;
    told_.insert(field);
    AddProblemAt(read_, field, has_position ? PositionOf(status) : 0, DescribeMistake(status), problems_);
    return Status::Ok();
  }

  void CheckKeys() {
    const v1::StudyData& data = study_.data();
    if (!data.unit().empty() && data.unit() != snapshot_.unit_key()) {
      Add("data.unit", "the data were imported with the unit `" + snapshot_.unit_key() + "`");
    }
    if (!data.time().empty() && data.time() != snapshot_.time_key()) {
      Add("data.time", snapshot_.time_key().empty()
                           ? std::string("the data were imported without a time")
                           : "the data were imported with the time `" + snapshot_.time_key() + "`");
    }
  }

  bool Has(const std::string& column) const {
    return std::find(columns_.begin(), columns_.end(), column) != columns_.end();
  }

  void CheckColumns() {
    std::set<std::string> made;
    for (const v1::StudyClassification& classification : study_.classifications()) made.insert(classification.name());
    std::set<std::string> taken_groupings;
    for (int i = 0; i < study_.classifications_size(); ++i) {
      const v1::StudyClassification& classification = study_.classifications(i);
      const std::string& name = classification.name();
      if (Has(name)) {
        Add(Element("classifications", i) + ".name", "the data already have a column `" + name + "`");
      } else if (!IsPlainName(name)) {
        unusable_.insert(name);
      } else if (taken_groupings.insert(name).second) {
        *groupings_.add_classifications() = classification;
      }
    }
    std::set<std::string> taken = made;
    for (int i = 0; i < study_.variables_size(); ++i) {
      const v1::StudyVariable& variable = study_.variables(i);
      const std::string field = Element("variables", i);
      // A name that cannot be has been told.
      const bool usable = taken.insert(variable.name()).second && IsPlainName(variable.name());
      if (!DefinitionOf(variable).empty() && !usable) {
        broken_.insert(variable.name());
      } else if (DefinitionOf(variable).empty()) {
        const bool made_here = made.contains(variable.name()) || IsScoreName(variable.name());
        if (!Has(variable.name()) && !made_here) {
          Add(field + (variable.column().empty() ? ".name" : ".column"),
              "the data have no column `" + variable.name() + "`" + Suggestion(variable.name(), columns_));
        }
      } else if (Has(variable.name())) {
        Add(field + ".name", "the data already have a column `" + variable.name() + "`");
        broken_.insert(variable.name());
      } else if (!variable.column().empty() && !Has(variable.column()) && !made.contains(variable.column())) {
        Add(field + ".column",
            "the data have no column `" + variable.column() + "`" + Suggestion(variable.column(), columns_));
        broken_.insert(variable.name());
      }
    }
  }

  void CheckMembers(const std::vector<std::string>& units) {
    const std::set<std::string> distinct(units.begin(), units.end());
    const std::vector<std::string> known(distinct.begin(), distinct.end());
    for (int c = 0; c < study_.classifications_size(); ++c) {
      const v1::StudyClassification& classification = study_.classifications(c);
      for (int g = 0; g < classification.groups_size(); ++g) {
        for (int m = 0; m < classification.groups(g).members_size(); ++m) {
          const std::string& member = classification.groups(g).members(m);
          if (distinct.contains(member)) continue;
          Add(Element(Element(Element("classifications", c) + ".groups", g) + ".members", m),
              "the data have no " + snapshot_.unit_key() + " `" + member + "`" + Suggestion(member, known));
        }
      }
    }
  }

  // Classifications and variables; when the variables do not work together, each is tried by itself.
  Status MakeBase() {
    base_ = snapshot_;
    if (!study_.classifications().empty()) {
      FARRELL_ASSIGN_OR_RETURN(const std::vector<std::string> units, ReadUnits(services_, snapshot_, stop_));
      CheckMembers(units);
      FARRELL_ASSIGN_OR_RETURN(base_, AddClassifications(services_, groupings_, snapshot_, units, stop_));
    }
    if (broken_.empty() && order_.circular.empty()) {
      Result<data::v1::Snapshot> whole = AddVariables(services_, study_, base_, stop_);
      if (whole.ok()) {
        base_ = std::move(whole).value();
        return Status::Ok();
      }
      if (!IsMistake(whole.status())) return whole.status();
    }
    for (const int i : order_.circular) StandInFor(study_.variables(i).name());
    for (const int i : order_.before_scores) FARRELL_RETURN_IF_ERROR(CheckVariable(i));
    return Status::Ok();
  }

  // Numbers in place of the scores, which nobody knows yet.
  void AddStandIns() {
    std::set<std::string> names;
    for (const ScoreColumn& column : ScoreColumns(study_)) {
      names_.push_back(column.name);
      if (QuoteName(column.name) == column.name && names.insert(column.name).second) {
        AddDerivation(column.name, kStandIn);
      } else {
        broken_.insert(column.name);
        unusable_.insert(column.name);
      }
    }
  }

  // The same for a variable that cannot be computed, so that what uses it can be judged all the same.
  void StandInFor(const std::string& name) {
    broken_.insert(name);
    if (!IsPlainName(name)) {
      unusable_.insert(name);
    } else if (!Has(name)) {
      AddDerivation(name, kStandIn);
    }
  }

  static bool Uses(const std::string& text, const std::set<std::string>& some) {
    const std::vector<UsedName> names = NamesIn(text);
    return std::any_of(names.begin(), names.end(), [&](const UsedName& used) { return some.contains(used.name); });
  }

  bool UsesUnusable(const std::vector<ColumnText>& texts) const {
    return std::any_of(texts.begin(), texts.end(),
                       [&](const ColumnText& named) { return Uses(named.text, unusable_); });
  }

  void AddDerivation(const std::string& name, const std::string& expression) {
    if (!derived_.insert(name).second) return;
    common::v1::Derivation derivation;
    derivation.set_name(name);
    derivation.set_expression(expression);
    derivations_.push_back(std::move(derivation));
  }

  common::v1::TableSpec Table() const {
    common::v1::TableSpec table;
    table.set_snapshot_digest(base_.digest());
    table.mutable_derivations()->Add(derivations_.begin(), derivations_.end());
    return table;
  }

  // Reads one column, of which nothing is kept: does the table work, and how many rows has it?
  Result<std::size_t> RowsOf(const common::v1::TableSpec& table, const std::string& column) {
    data::v1::ReadTableRequest request;
    *request.mutable_table() = table;
    request.add_columns(column);
    Call call(stop_);
    const auto stream = services_.data()->ReadTable(call.context(), request);
    std::size_t rows = 0;
    for (data::v1::ReadTableResponse part; stream->Read(&part);) {
      if (part.has_header()) rows = static_cast<std::size_t>(part.header().units_size());
    }
    FARRELL_RETURN_IF_ERROR(FromGrpc(stream->Finish()));
    return rows;
  }

  Status CheckVariable(int i) {
    const v1::StudyVariable& variable = study_.variables(i);
    const std::string definition = DefinitionOf(variable);
    if (definition.empty()) return Status::Ok();
    const std::string field = Element("variables", i) + (variable.expression().empty() ? ".column" : ".expression");
    if (broken_.contains(variable.name()) || Uses(definition, unusable_) || IsTold(read_.places.Find(field))) {
      StandInFor(variable.name());
      return Status::Ok();
    }
    derivations_.push_back(DerivationOf(variable));
    Result<std::size_t> tried = RowsOf(Table(), variable.name());
    if (tried.ok()) {
      derived_.insert(variable.name());
      if (Uses(definition, broken_)) broken_.insert(variable.name());
      return Status::Ok();
    }
    derivations_.pop_back();
    StandInFor(variable.name());
    return variable.expression().empty() ? Judge(tried.status(), field, false)
                                         : JudgeText(tried.status(), field, definition);
  }

  Status CheckFilter(const std::string& field, const std::string& where) {
    if (where.empty() || Uses(where, unusable_)) return Status::Ok();
    common::v1::TableSpec table = Table();
    table.set_where(where);
    const Result<std::size_t> tried = RowsOf(table, snapshot_.unit_key());
    if (!tried.ok()) {
      broken_filters_.insert(where);
      return JudgeText(tried.status(), field, where);
    }
    // Of scores and what else is not known only the notation can be judged.
    const bool known = ScoresUsed(study_, where).empty() && !Uses(where, broken_);
    if (*tried == 0 && known) {
      broken_filters_.insert(where);
      Add(field, "no row of the data is left by this filter");
    }
    return Status::Ok();
  }

  // An entry about one period needs rows of it.
  void CheckPeriods() {
    std::set<std::int64_t> known;
    for (const data::v1::PeriodSlice& slice : snapshot_.periods()) known.insert(slice.period());
    const google::protobuf::Reflection& reflection = *v1::Study::GetReflection();
    for (const google::protobuf::FieldDescriptor* list : ModelLists()) {
      const google::protobuf::FieldDescriptor* field = list->message_type()->FindFieldByName("period");
      if (field == nullptr) continue;
      for (int i = 0; i < reflection.FieldSize(study_, list); ++i) {
        const google::protobuf::Message& entry = reflection.GetRepeatedMessage(study_, list, i);
        if (!entry.GetReflection()->HasField(entry, field)) continue;
        const std::int64_t period = entry.GetReflection()->GetInt64(entry, field);
        if (known.contains(period)) continue;
        Add(Element(list->name(), i) + ".period", "the data have no period " + std::to_string(period) +
                                                      (known.empty() ? std::string()
                                                                     : "; they have " + std::to_string(*known.begin()) +
                                                                           " to " + std::to_string(*known.rbegin())));
      }
    }
  }

  // Of every entry that has one, and of the samples of curves.
  Status CheckFilters() {
    FARRELL_RETURN_IF_ERROR(CheckFilter("data.where", study_.data().where()));
    for (const google::protobuf::FieldDescriptor* list : ModelLists()) {
      for (int i = 0; i < v1::Study::GetReflection()->FieldSize(study_, list); ++i) {
        const auto& entry = v1::Study::GetReflection()->GetRepeatedMessage(study_, list, i);
        for (const ColumnText& named : ColumnTexts(entry, Element(list->name(), i))) {
          if (named.field.ends_with(".where")) FARRELL_RETURN_IF_ERROR(CheckFilter(named.field, named.text));
        }
      }
    }
    return Status::Ok();
  }

  // What is broken has been told, and so has a DEA that cannot be scored: what uses them says nothing new.
  bool Skips(const Step& step) const {
    if (step.kind == "trend" || !step.has_key()) return true;
    const google::protobuf::Message* entry = EntryAt(study_, step.field);
    if (entry == nullptr) return true;
    // A nowcast itself does without the DEA that scores its period.
    const auto* dea = step.kind == "nowcast" ? nullptr : entry->GetDescriptor()->FindFieldByName("dea");
    if (dea != nullptr) {
      const std::string id = entry->GetReflection()->GetString(*entry, dea);
      for (int i = 0; i < study_.dea_size(); ++i) {
        const std::string at = Element("dea", i);
        if (study_.dea(i).id() == id && (IsBlamed(at) || UsesUnusable(ColumnTexts(study_.dea(i), at)))) return true;
      }
    }
    const std::vector<ColumnText> texts = ColumnTexts(*entry, step.field);
    return std::any_of(texts.begin(), texts.end(), [&](const ColumnText& named) {
      // Without its own filter an entry is judged on all rows.
      if (named.field == step.field + ".where") return false;
      return Uses(named.text, unusable_) || (named.field.ends_with(".where") && broken_filters_.contains(named.text));
    });
  }

  // The notation of what stands there has been judged: entries of a loop share their place.
  bool IsTold(const Place& place) const {
    const std::vector<v1::StudyProblem> problems = read_.problems.Sorted();
    return std::any_of(problems.begin(), problems.end(), [&](const v1::StudyProblem& problem) {
      return problem.file() == place.file && problem.line() == place.line && problem.column() == place.column;
    });
  }

  // A problem stands at or in the field.
  bool IsBlamed(const std::string& field) const {
    const auto at = told_.lower_bound(field);
    return at != told_.end() && at->starts_with(field);
  }

  // A broken filter has been told; the rest is then judged on all rows.
  std::string UsableFilter(const std::string& where) const {
    for (const std::string& broken : broken_filters_) {
      if (where.find(broken) != std::string::npos) return {};
    }
    return Uses(where, broken_) ? std::string() : where;
  }

  Status CheckSteps() {
    // Notation was judged before the data were looked at.
    std::set<std::string> judged;
    for (Step& step : MakeReadableSteps(study_, snapshot_)) {
      if (Skips(step)) continue;
      judged.insert(step.field);
      std::visit(
          [&](auto& request) {
            if constexpr (!std::is_same_v<std::decay_t<decltype(request)>, std::monostate>) {
              const std::string where = UsableFilter(request.table().where());
              *request.mutable_table() = Table();
              request.mutable_table()->set_where(where);
            }
          },
          step.request);
      const Status planned = PlanStep(services_, step, stop_).status();
      if (planned.ok()) continue;
      // With stand-ins for scores only what is written can be judged, not what comes out.
      const bool written = planned.code() == Code::kInvalidArgument || planned.code() == Code::kNotFound;
      if ((!step.needs.empty() || !broken_.empty()) && IsMistake(planned) && !written) continue;
      FARRELL_RETURN_IF_ERROR(JudgeStep(step, planned));
    }
    BlameOthers(judged);
    return Status::Ok();
  }

  // What no service could be asked about may name columns that nobody has all the same.
  void BlameOthers(const std::set<std::string>& judged) {
    for (const google::protobuf::FieldDescriptor* list : ModelLists()) {
      if (list->name() == "variables") continue;
      for (int i = 0; i < v1::Study::GetReflection()->FieldSize(study_, list); ++i) {
        const std::string field = list->name() == "regressions" ? RegressionField(study_, i) : Element(list->name(), i);
        if (!judged.contains(field)) BlameColumns(field);
      }
    }
  }

  // Characters of the formula before what the study wrote: the left side that a split makes.
  int WrittenBefore(const Step& step) const {
    const auto* fit = std::get_if<regression::v1::FitRequest>(&step.request);
    if (fit == nullptr || !step.field.starts_with("channels")) return 0;
    const auto& split = static_cast<const v1::StudyChannels&>(*EntryAt(study_, step.field));
    return text::CharacterCount(fit->formula()) - text::CharacterCount(split.formula());
  }

  Status JudgeStep(const Step& step, const Status& planned) {
    if (!IsMistake(planned)) return planned;
    if (BlameColumns(step.field)) return Status::Ok();
    if (planned.reason() == "FORMULA_INVALID" && planned.metadata().contains("position")) {
      told_.insert(step.field + ".formula");
      AddProblemAt(read_, step.field + ".formula", std::max(PositionOf(planned) - WrittenBefore(step), 0),
                   DescribeMistake(planned), problems_);
      return Status::Ok();
    }
    std::vector<std::string> fields;
    for (const FieldViolation& violation : planned.violations()) {
      fields.push_back(StudyField(read_, step, violation.field));
    }
    const bool all = !fields.empty() && std::find(fields.begin(), fields.end(), "") == fields.end();
    if (all && std::set<std::string>(fields.begin(), fields.end()).size() == fields.size()) {
      for (std::size_t i = 0; i < fields.size(); ++i) Add(fields[i], FirstLine(planned.violations()[i].description));
      return Status::Ok();
    }
    const auto named =
        std::find_if(fields.begin(), fields.end(), [](const std::string& field) { return !field.empty(); });
    return Judge(planned, named == fields.end() ? DefaultField(step) : *named, false);
  }

  // Every column that the entry names and nobody has. True when there is one.
  bool BlameColumns(const std::string& entry) {
    std::vector<ColumnText> texts = ColumnTexts(*EntryAt(study_, entry), entry);
    if (!read_.places.Has(entry + ".inference")) {
      v1::Study inherited;
      *inherited.mutable_inference() = study_.inference();
      for (ColumnText& named : ColumnTexts(inherited, "")) {
        named.field.erase(0, 1);
        texts.push_back(std::move(named));
      }
    }
    bool found = false;
    for (const ColumnText& named : texts) {
      if (BlameNames(named)) found = true;
    }
    return found;
  }

  // What has been told of a text is not told again.
  bool BlameNames(const ColumnText& named) {
    const bool told = told_.contains(named.field);
    bool found = false;
    for (const UsedName& used : NamesIn(named.text)) {
      if (IsScoreName(used.name) || std::find(names_.begin(), names_.end(), used.name) != names_.end()) continue;
      found = true;
      if (told) continue;
      told_.insert(named.field);
      AddProblemAt(read_, named.field, named.offset + used.position,
                   "there is no column `" + used.name + "`" + Suggestion(used.name, names_), problems_);
    }
    return found;
  }

  // A mistake in a text of its own: of its columns, else what the service says.
  Status JudgeText(const Status& status, const std::string& field, const std::string& text) {
    if (IsMistake(status) && BlameNames({field, text, 0})) return Status::Ok();
    return Judge(status, field, true);
  }

  // Of whom projections speak. What a filter over scores leaves is not known, since these are stand-ins.
  Status CheckProjections() {
    for (int i = 0; i < study_.projections_size(); ++i) {
      v1::StudyProjection entry = study_.projections(i);
      const v1::StudyChannels* channels = FindChannelsEntry(study_, entry.channels());
      const v1::StudyDea* dea = channels == nullptr ? nullptr : FindDeaEntry(study_, channels->dea());
      if (dea == nullptr || dea->outputs().empty()) continue;  // the validator says so
      const std::string rows = WhereOf(study_, channels->where());
      const bool told = broken_filters_.contains(entry.where()) || broken_filters_.contains(channels->where()) ||
                        broken_filters_.contains(study_.data().where()) ||
                        Uses(TextsOf(entry) + TextsOf(*channels) + " " + dea->outputs(0) + " " + rows, broken_);
      if (told || !ScoresUsed(study_, rows).empty()) continue;
      if (!ScoresUsed(study_, entry.where()).empty()) entry.clear_where();
      const Status read = ReadProjection(services_, study_, entry, Table(), stop_).status();
      if (read.ok()) continue;
      if (!IsMistake(read)) return read;
      // What the table cannot compute has been told of the regressions.
      if (read.reason() != kProjectionInvalid) continue;
      for (const FieldViolation& violation : read.violations()) {
        Add(Element("projections", i) + "." + violation.field, violation.description);
      }
    }
    return Status::Ok();
  }

  // Columns of descriptive tables, scatter plots and maps of a variable.
  Status CheckShownColumns() {
    for (int i = 0; i < study_.tables_size(); ++i) {
      if (study_.tables(i).kind() != "descriptives") continue;
      for (int c = 0; c < study_.tables(i).columns_size(); ++c) {
        FARRELL_RETURN_IF_ERROR(CheckShown(Element(Element("tables", i) + ".columns", c), study_.tables(i).columns(c)));
      }
    }
    for (int i = 0; i < study_.figures_size(); ++i) {
      if (study_.figures(i).kind() != "scatter" && study_.figures(i).kind() != "variable") continue;
      for (int c = 0; c < study_.figures(i).of_size(); ++c) {
        FARRELL_RETURN_IF_ERROR(CheckShown(Element(Element("figures", i) + ".of", c), study_.figures(i).of(c)));
      }
    }
    return Status::Ok();
  }

  void CheckMediators() {
    for (int i = 0; i < study_.mediators_size(); ++i) {
      const std::string& name = study_.mediators(i);
      if (std::find(names_.begin(), names_.end(), name) != names_.end()) continue;
      Add(Element("mediators", i), "there is no column `" + name + "`" + Suggestion(name, names_));
    }
  }

  Status CheckShown(const std::string& field, const std::string& column) {
    if (Uses(column, unusable_)) return Status::Ok();
    data::v1::DescribeTableRequest request;
    *request.mutable_table() = Table();
    request.add_columns(column);
    return JudgeText(
        Invoke(*services_.data(), &data::v1::DataService::StubInterface::DescribeTable, request, stop_).status(), field,
        column);
  }

  Services& services_;
  const ReadStudy& read_;
  const v1::Study& study_;
  const data::v1::Snapshot& snapshot_;
  Problems& problems_;
  const std::stop_token& stop_;
  const VariableOrder order_;
  std::vector<std::string> columns_;
  // With classifications, variables and scores.
  std::vector<std::string> names_;
  // Fields that have problems, those of the study's notation included.
  std::set<std::string> told_;
  // The classifications that can become columns, and nothing else.
  v1::Study groupings_;
  // Variables that cannot be computed, with everything computed from them: numbers stand in for them.
  std::set<std::string> broken_;
  // Those of them whose names no number can have.
  std::set<std::string> unusable_;
  std::set<std::string> derived_;
  std::set<std::string> broken_filters_;
  data::v1::Snapshot base_;
  std::vector<common::v1::Derivation> derivations_;
};

}  // namespace

bool IsMistake(const Status& status) {
  return status.code() == Code::kInvalidArgument || status.code() == Code::kNotFound ||
         status.code() == Code::kFailedPrecondition;
}

std::string DescribeMistake(const Status& status) {
  constexpr std::size_t kMostCells = 4;
  std::string text = FirstLine(status.message());
  for (std::size_t i = 0; i < std::min(status.violations().size(), kMostCells); ++i) {
    const FieldViolation& violation = status.violations()[i];
    const std::string line = FirstLine(violation.description);
    if (text.find(line) == std::string::npos) text += "; " + line;
  }
  if (status.violations().size() > kMostCells) {
    text += "; and " + std::to_string(status.violations().size() - kMostCells) + " more";
  }
  return text;
}

Result<data::v1::Snapshot> CheckData(Services& services, const ReadStudy& read, const data::v1::Snapshot& snapshot,
                                     Problems& problems, const std::stop_token& stop) {
  return Checker(services, read, snapshot, problems, stop).Check();
}

}  // namespace farrell::reporting
