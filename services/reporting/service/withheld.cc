#include "services/reporting/service/withheld.h"

#include <algorithm>
#include <set>

#include "services/reporting/engine/table_kinds.h"
#include "services/reporting/service/claim_references.h"
#include "services/reporting/service/entry_lists.h"
#include "services/reporting/service/expression_names.h"
#include "services/reporting/service/study_scores.h"
#include "services/reporting/service/study_validator.h"
#include "services/reporting/service/variables.h"

namespace farrell::reporting {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using Names = std::set<std::string>;

std::string LabelOf(const Message& entry) {
  const FieldDescriptor* label = entry.GetDescriptor()->FindFieldByName("label");
  return label == nullptr ? std::string() : entry.GetReflection()->GetString(entry, label);
}

class Withholder {
 public:
  Withholder(ReadStudy& read, const data::v1::Snapshot& snapshot) : read_(read), study_(read.study) {
    for (const data::v1::Column& column : snapshot.columns()) columns_.insert(column.name());
    at_hand_ = columns_;
    for (const v1::StudyClassification& entry : study_.classifications()) at_hand_.insert(entry.name());
    for (const v1::StudyVariable& entry : study_.variables()) at_hand_.insert(entry.name());
    for (const ScoreColumn& column : ScoreColumns(study_)) at_hand_.insert(column.name);
  }

  Withheld Withhold() {
    withheld_.tables = study_.tables();
    FindAbsent();
    if (lacking_.empty()) return std::move(withheld_);
    Spread();
    TakeOut();
    return std::move(withheld_);
  }

 private:
  // Optional variables made of something that nobody has.
  void FindAbsent() {
    for (const v1::StudyVariable& entry : study_.variables()) {
      if (!entry.optional()) continue;
      const std::string definition = DefinitionOf(entry);
      // A column under its own name: only the data can have it.
      bool absent = definition.empty() && !columns_.contains(entry.name());
      for (const UsedName& used : NamesIn(definition)) absent = absent || !at_hand_.contains(used.name);
      if (absent) lacking_[entry.name()] = {entry.name()};
    }
  }

  Names LackedBy(const std::string& texts) const {
    Names lacked;
    for (const UsedName& used : NamesIn(texts)) {
      if (const auto found = lacking_.find(used.name); found != lacking_.end()) {
        lacked.insert(found->second.begin(), found->second.end());
      }
    }
    return lacked;
  }

  // From variables to what is computed from them, until nothing new is lacking.
  void Spread() {
    for (std::size_t before = 0; before != lacking_.size() + withheld_.entries.size();) {
      before = lacking_.size() + withheld_.entries.size();
      for (const FieldDescriptor* list : ModelLists()) {
        const Reflection& reflection = *v1::Study::GetReflection();
        for (int i = 0; i < reflection.FieldSize(study_, list); ++i) {
          const Message& entry = reflection.GetRepeatedMessage(study_, list, i);
          Judge(list->name(), EntryId(entry), entry);
        }
      }
    }
  }

  void Judge(const std::string& list, const std::string& id, const Message& entry) {
    Names lacked = LackedBy(TextsOf(entry));
    if (list == "variables") {
      if (const auto own = lacking_.find(id); own != lacking_.end())
        lacked.insert(own->second.begin(), own->second.end());
    }
    // A second stage names its DEA, a projection its split into channels.
    for (const char* rests_on : {"dea", "channels"}) {
      const FieldDescriptor* named = entry.GetDescriptor()->FindFieldByName(rests_on);
      if (named == nullptr) continue;
      const auto known =
          withheld_.entries.find(std::string(rests_on) + ":" + entry.GetReflection()->GetString(entry, named));
      if (known != withheld_.entries.end())
        lacked.insert(known->second.variables.begin(), known->second.variables.end());
    }
    if (lacked.empty()) return;
    withheld_.entries[list + ":" + id] = {LabelOf(entry), {lacked.begin(), lacked.end()}};
    if (list == "variables") lacking_[id] = lacked;
    const std::string step = (list == "dea" ? "dea:" : "productivity:") + id;
    if (list != "dea" && list != "productivity") return;
    for (const ScoreColumn& column : ScoreColumns(study_)) {
      if (column.step != step) continue;
      lacking_[column.name] = lacked;
      withheld_.entries["variables:" + column.name] = {column.label, {lacked.begin(), lacked.end()}};
    }
  }

  bool Lost(const std::string& list, const std::string& id) const {
    return withheld_.entries.contains(list + ":" + id);
  }
  bool LostModel(const std::string& id) const {
    const std::vector<const FieldDescriptor*> lists = ModelLists();
    return std::any_of(lists.begin(), lists.end(), [&](const FieldDescriptor* list) {
      return list->name() != "variables" && Lost(list->name(), id);
    });
  }

  void TakeOut() {
    for (const FieldDescriptor* list : ModelLists()) {
      KeepEntries(read_, *list, [&](const Message& entry) { return !Lost(list->name(), EntryId(entry)); });
    }
    for (int i = 0; i < study_.tables_size(); ++i) {
      v1::StudyTable& table = *study_.mutable_tables(i);
      const TableKind* kind = FindTableKind(table.kind());
      if (kind == nullptr || !kind->lists.empty()) continue;
      KeepTexts(read_, Element("tables", i) + ".columns", *table.mutable_columns(),
                [&](const std::string& text) { return LackedBy(text).empty(); });
    }
    TakeOutFigures();
    TakeOutClaims();
    TakeOutOfVintages();
    TakeOutBrief();
  }

  // What the study's own data lack cannot be set beside a vintage.
  void TakeOutOfVintages() {
    for (int i = 0; i < study_.vintages_size(); ++i) {
      v1::StudyVintage& vintage = *study_.mutable_vintages(i);
      const std::vector<std::string> asked(vintage.regressions().begin(), vintage.regressions().end());
      KeepTexts(read_, Element("vintages", i) + ".regressions", *vintage.mutable_regressions(),
                [&](const std::string& id) { return !Lost("regressions", id); });
      for (const std::string& id : asked) {
        if (Lost("regressions", id)) Tell(vintage.label().empty() ? vintage.id() : vintage.label(), {id}, false);
      }
    }
  }

  void TakeOutFigures() {
    for (int i = 0; i < study_.figures_size(); ++i) {
      v1::StudyFigure& figure = *study_.mutable_figures(i);
      const bool scatter = figure.kind() == "scatter";
      const std::vector<std::string> asked(figure.of().begin(), figure.of().end());
      const auto at_hand = [&](const std::string& text) { return scatter ? LackedBy(text).empty() : !LostModel(text); };
      const bool all = std::all_of(asked.begin(), asked.end(), at_hand);
      if (all) continue;
      const bool none = std::none_of(asked.begin(), asked.end(), at_hand);
      if (!scatter && !none) {
        KeepTexts(read_, Element("figures", i) + ".of", *figure.mutable_of(), at_hand);
        continue;
      }
      lost_figures_.insert(figure.id());
      Tell(figure.title(), asked, scatter);
    }
    KeepEntries(read_, *v1::Study::descriptor()->FindFieldByName("figures"),
                [&](const Message& figure) { return !lost_figures_.contains(EntryId(figure)); });
  }

  void TakeOutClaims() {
    KeepEntries(read_, *v1::Study::descriptor()->FindFieldByName("claims"), [&](const Message& message) {
      const auto& claim = static_cast<const v1::StudyClaim&>(message);
      for (const ClaimPart& part : ParseClaim(claim.text())) {
        if (!part.is_reference || !LostModel(part.reference.id)) continue;
        Tell(claim.id(), {part.reference.id}, false);
        return false;
      }
      return true;
    });
  }

  // Without its regression the page has nothing to say; without another part it goes without it.
  void TakeOutBrief() {
    if (!study_.has_brief()) return;
    v1::StudyBrief& brief = *study_.mutable_brief();
    if (LostModel(brief.regression())) {
      Tell("brief", {brief.regression()}, false);
      return study_.clear_brief();
    }
    if (LostModel(brief.comparison())) brief.clear_comparison();
    if (LostModel(brief.dea())) brief.clear_dea();
    if (lost_figures_.contains(brief.figure())) brief.clear_figure();
  }

  // What cannot be shown, and the variables it would need.
  void Tell(const std::string& what, const std::vector<std::string>& needs, bool variables) {
    Names lacked;
    for (const std::string& need : needs) {
      if (variables) lacked.merge(LackedBy(need));
      for (const FieldDescriptor* list : ModelLists()) {
        const auto found = withheld_.entries.find(list->name() + ":" + need);
        if (variables || found == withheld_.entries.end()) continue;
        lacked.insert(found->second.variables.begin(), found->second.variables.end());
      }
    }
    std::string why;
    for (const std::string& name : lacked) why += (why.empty() ? "" : ", ") + name;
    withheld_.lost.push_back({what, why});
  }

  ReadStudy& read_;
  v1::Study& study_;
  Names columns_;
  // With classifications, variables and scores.
  Names at_hand_;
  // Name → the optional variables it lacks.
  std::map<std::string, Names> lacking_;
  Names lost_figures_;
  Withheld withheld_;
};

}  // namespace

Withheld WithholdUnavailable(ReadStudy& read, const data::v1::Snapshot& snapshot) {
  return Withholder(read, snapshot).Withhold();
}

}  // namespace farrell::reporting
