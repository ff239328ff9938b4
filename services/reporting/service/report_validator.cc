#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "services/reporting/engine/table_kinds.h"
#include "services/reporting/service/claim_references.h"
#include "services/reporting/service/did_you_mean.h"
#include "services/reporting/service/expression_names.h"
#include "services/reporting/service/study_requests.h"
#include "services/reporting/service/study_scores.h"
#include "services/reporting/service/study_validator.h"
#include "services/reporting/service/variables.h"

namespace farrell::reporting {
namespace {

bool Holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

template <typename List>
std::vector<std::string> Ids(const List& entries) {
  std::vector<std::string> ids;
  for (const auto& entry : entries) ids.push_back(EntryId(entry));
  return ids;
}

std::vector<std::string> ScoreNames(const v1::Study& study) {
  std::vector<std::string> names;
  for (const ScoreColumn& column : ScoreColumns(study)) names.push_back(column.name);
  return names;
}

std::vector<std::string> Joined(std::vector<std::string> a, const std::vector<std::string>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

class ReportValidator {
 public:
  ReportValidator(const ReadStudy& read, Problems& problems)
      : read_(read),
        study_(read.study),
        problems_(problems),
        scores_(ScoreNames(study_)),
        deas_(Ids(study_.dea())),
        regressions_(Ids(study_.regressions())),
        comparisons_(Ids(study_.comparisons())),
        tests_(Ids(study_.specification_tests())),
        second_stages_(Ids(study_.second_stages())),
        curves_(Ids(study_.curves())),
        classifications_(Ids(study_.classifications())) {}

  void Validate() {
    for (int i = 0; i < study_.tables_size(); ++i) CheckTable(Element("tables", i), study_.tables(i));
    for (int i = 0; i < study_.figures_size(); ++i) CheckFigure(Element("figures", i), study_.figures(i));
    for (int i = 0; i < study_.claims_size(); ++i) CheckClaim(Element("claims", i), study_.claims(i));
    if (study_.has_brief()) CheckBrief(study_.brief());
    CheckLanguages();
    CheckTranslations();
  }

 private:
  void Add(const std::string& field, const std::string& message) { AddProblem(read_, field, message, problems_); }

  void CheckReference(const std::string& field, const std::string& what, const std::string& id,
                      const std::vector<std::string>& known) {
    if (!Holds(known, id)) Add(field, "there is no " + what + " `" + id + "`" + Suggestion(id, known));
  }

  template <typename List>
  void CheckReferences(const std::string& field, const std::string& what, const List& ids,
                       const std::vector<std::string>& known) {
    for (int i = 0; i < ids.size(); ++i) CheckReference(Element(field, i), what, ids[i], known);
  }

  // `columns` names one entry.
  template <typename List>
  void CheckOne(const std::string& entry, const std::string& field, const std::string& what, const List& ids,
                const std::vector<std::string>& known) {
    if (ids.size() != 1) Add(entry, "`" + field + "` must name one " + what);
    CheckReferences(entry + "." + field, what, ids, known);
  }

  void CheckKind(const std::string& field, const std::string& kind, const std::vector<std::string>& known) {
    if (kind.empty()) {
      Add(field, "`kind` is missing" + Suggestion("", known));
    } else if (!Holds(known, kind)) {
      Add(field + ".kind", "unknown kind `" + kind + "`" + Suggestion(kind, known));
    }
  }

  void CheckScores(const std::string& field, const std::string& text) {
    for (const UsedName& used : NamesIn(text)) {
      if (!IsScoreName(used.name) || Holds(scores_, used.name)) continue;
      const std::string id = used.name.substr(used.name.find('.') + 1);
      AddProblemAt(read_, field, used.position, "there is no DEA `" + id + "`" + Suggestion(used.name, scores_),
                   problems_);
    }
  }

  // Each term must belong to one of the models.
  template <typename Terms, typename Models>
  void CheckTerms(const std::string& field, const Terms& terms, const Models& models) {
    std::vector<std::string> formulas;
    std::vector<std::string> known;
    std::set<std::string> shown(models.begin(), models.end());
    for (const v1::StudyVintage& vintage : study_.vintages()) {
      if (shown.contains(vintage.id())) shown.insert(vintage.regressions().begin(), vintage.regressions().end());
    }
    for (const std::string& model : shown) {
      for (const v1::StudyRegression& entry : study_.regressions()) {
        if (entry.id() == model) formulas.push_back(entry.formula());
      }
      for (const v1::StudyComparison& entry : study_.comparisons()) {
        if (entry.id() != model) continue;
        if (entry.equations().empty()) formulas.push_back(entry.formula());
        for (const v1::StudyEquation& equation : entry.equations()) formulas.push_back(equation.formula());
      }
      for (const v1::StudySecondStage& entry : study_.second_stages()) {
        if (entry.id() == model) formulas.push_back(entry.formula());
      }
    }
    // Models that do not exist are blamed where they are named.
    if (formulas.empty()) return;
    for (const std::string& formula : formulas) known = Joined(known, FormulaTerms(formula));
    int index = 0;
    for (const std::string& term : terms) {
      const std::string at = field.ends_with(".term") ? field : Element(field, index);
      ++index;
      if (std::any_of(formulas.begin(), formulas.end(),
                      [&](const std::string& formula) { return FormulaMayHold(formula, term); })) {
        continue;
      }
      Add(at, "no model shown here has a term `" + term + "`" + Suggestion(Squeeze(term), known));
    }
  }

  void CheckTable(const std::string& field, const v1::StudyTable& table) {
    std::vector<std::string> kinds;
    for (const TableKind& kind : TableKinds()) kinds.emplace_back(kind.name);
    CheckKind(field, table.kind(), kinds);
    const std::vector<std::string> stars = {"cn", "aer", "none"};
    if (!table.stars().empty() && !Holds(stars, table.stars())) {
      Add(field + ".stars", "unknown preset `" + table.stars() + "`" + Suggestion(table.stars(), stars));
    }
    CheckNumber(field + ".number", table.number());
    const TableKind* kind = FindTableKind(table.kind());
    if (kind == nullptr) return;
    CheckColumns(field, *kind, table);
    if (!table.by().empty()) CheckReference(field + ".by", "classification", table.by(), classifications_);
    if (kind->has_terms) CheckTerms(field + ".terms", table.terms(), table.columns());
  }

  void CheckNumber(const std::string& field, const std::string& number) {
    if (number.empty()) return;
    const std::size_t digits = number.front() >= 'A' && number.front() <= 'Z' ? 1 : 0;
    if (number.size() == digits || number.find_first_not_of("0123456789", digits) != std::string::npos) {
      Add(field, "`" + number + "` is no number of a table: write 3, or A5 for the appendix");
    } else if (!numbers_.insert(number).second) {
      Add(field, "another table is called `" + number + "`");
    }
  }

  void CheckColumns(const std::string& field, const TableKind& kind, const v1::StudyTable& table) {
    const auto count = static_cast<std::size_t>(table.columns_size());
    const std::string what(kind.what);
    if (count < kind.least || count > kind.most) {
      Add(field, kind.most == 0   ? "a table of this kind has no `columns`"
                 : kind.most == 1 ? "`columns` must name one " + what
                                  : "`columns` must name at least one " + what);
    }
    if (kind.lists.empty()) {
      for (int i = 0; i < table.columns_size(); ++i) CheckScores(Element(field + ".columns", i), table.columns(i));
      return;
    }
    std::vector<std::string> known;
    for (const std::string_view list : kind.lists) known = Joined(known, IdsOf(list));
    CheckReferences(field + ".columns", what, table.columns(), known);
    if (kind.name == "gaps") CheckMetafrontier(field, table);
    if (table.kind() == "ranks" && count == 1) CheckRanks(field + ".columns", table.columns(0));
    CheckAsked(field + ".columns", table);
  }

  // A table of what a regression does only when asked.
  void CheckAsked(const std::string& field, const v1::StudyTable& table) {
    bool references = false;
    for (int i = 0; i < table.columns_size(); ++i) {
      for (const v1::StudyRegression& entry : study_.regressions()) {
        if (entry.id() != table.columns(i)) continue;
        references = references || !entry.references().empty();
        const auto complain = [&](const std::string& what) {
          Add(Element(field, i), "regression `" + entry.id() + "` has no " + what);
        };
        if (table.kind() == "influence" && entry.leave_one_out().empty()) {
          complain("`leave_one_out`; name the column there");
        } else if (table.kind() == "clusters" && !entry.cluster_diagnostics()) {
          complain("`cluster_diagnostics: true`");
        } else if (table.kind() == "instruments" && !HasInstruments(entry.formula())) {
          complain("instruments: … | x ~ z");
        } else if (table.kind() == "frontiers" && !IsOfScores(entry.formula())) {
          complain("score of a DEA as its outcome: score.ID or its logarithm");
        }
      }
    }
    if (table.kind() == "design" && table.columns_size() > 0 && !references) {
      Add(field, "none of these regressions has `references: [{term, value}]`");
    }
  }

  // The outcome is a score, its logarithm, or a variable that is one.
  bool IsOfScores(const std::string& formula) const {
    std::string outcome = FormulaOutcome(formula);
    for (const v1::StudyVariable& variable : study_.variables()) {
      if (variable.name() == outcome) outcome = Squeeze(DefinitionOf(variable));
    }
    const std::vector<UsedName> names = NamesIn(outcome);
    return std::any_of(names.begin(), names.end(),
                       [](const UsedName& used) { return used.name.starts_with("score."); });
  }

  // Ranks are among the rows that one frontier judges: those of a period, or all.
  void CheckRanks(const std::string& field, const std::string& id) {
    for (const v1::StudyDea& dea : study_.dea()) {
      if (dea.id() != id) continue;
      if (!dea.ranks())
        Add(field, "the DEA `" + id + "` has no intervals of ranks: give it `bootstrap` and `ranks: true`");
      if (!Holds({"", "contemporaneous", "global"}, dea.frontier())) {
        Add(field,
            "ranks are shown of a contemporaneous or a global frontier, and `" + id + "` has `" + dea.frontier() + "`");
      }
    }
  }

  std::vector<std::string> IdsOf(std::string_view list) const {
    if (list == "dea") return deas_;
    if (list == "regressions") return regressions_;
    if (list == "comparisons") return comparisons_;
    if (list == "specification_tests") return tests_;
    if (list == "second_stages") return second_stages_;
    if (list == "curves") return curves_;
    if (list == "returns_to_scale") return Ids(study_.returns_to_scale());
    if (list == "nowcasts") return Ids(study_.nowcasts());
    if (list == "early_warnings") return Ids(study_.early_warnings());
    if (list == "channels") return Ids(study_.channels());
    if (list == "projections") return Ids(study_.projections());
    if (list == "productivity") return Ids(study_.productivity());
    if (list == "vintages") return Ids(study_.vintages());
    return Ids(study_.variables());
  }

  void CheckMetafrontier(const std::string& field, const v1::StudyTable& table) {
    for (int i = 0; i < table.columns_size(); ++i) {
      for (const v1::StudyDea& entry : study_.dea()) {
        if (entry.id() != table.columns(i) || !entry.metafrontier().empty()) continue;
        Add(Element(field + ".columns", i),
            "DEA `" + entry.id() + "` needs `metafrontier: CLASSIFICATION` for gap ratios");
      }
    }
  }

  void CheckFigure(const std::string& field, const v1::StudyFigure& figure) {
    const std::vector<std::string> kinds = {"heatmap",  "ranking", "coefficients", "tilemap",   "trend",
                                            "density",  "scatter", "curve",        "influence", "productivity",
                                            "variable", "margins", "missing"};
    CheckKind(field, figure.kind(), kinds);
    if (!Holds(kinds, figure.kind())) return;
    if (!figure.by().empty()) CheckReference(field + ".by", "classification", figure.by(), classifications_);
    if (figure.kind() == "tilemap" && figure.layout().empty()) {
      Add(field, "`layout` is missing: a CSV file with the columns unit, row, column, label");
    }
    if (figure.kind() != "tilemap" && !figure.layout().empty()) Add(field + ".layout", "only a tilemap has a layout");
    if (figure.kind() == "coefficients") {
      if (figure.of().empty()) Add(field, "`of` must name a comparison or regressions");
      CheckReferences(field + ".of", "comparison or regression", figure.of(), Joined(comparisons_, regressions_));
      if (!figure.term().empty()) CheckTerms(field + ".term", std::vector{figure.term()}, figure.of());
    } else if (figure.kind() == "scatter") {
      if (figure.of_size() != 2) Add(field, "`of` must name two variables, x and y");
      for (int i = 0; i < figure.of_size(); ++i) CheckScores(Element(field + ".of", i), figure.of(i));
    } else if (figure.kind() == "curve") {
      CheckOne(field, "of", "specification curve", figure.of(), curves_);
    } else if (figure.kind() == "influence") {
      CheckOne(field, "of", "regression", figure.of(), regressions_);
      CheckLeftOut(field, figure);
    } else if (figure.kind() == "margins") {
      CheckOne(field, "of", "regression", figure.of(), regressions_);
      CheckMargins(field, figure);
    } else if (figure.kind() == "missing") {
      if (!figure.of().empty())
        Add(field + ".of", "a figure of this kind shows every variable of the study: leave `of` out");
      if (study_.variables().empty()) Add(field, "the study describes no `variables`");
    } else if (figure.kind() == "productivity") {
      CheckOne(field, "of", "productivity index", figure.of(), Ids(study_.productivity()));
    } else if (figure.kind() == "variable") {
      if (figure.of_size() != 1) Add(field, "`of` must name one variable");
      for (int i = 0; i < figure.of_size(); ++i) CheckScores(Element(field + ".of", i), figure.of(i));
    } else {
      CheckOne(field, "of", "DEA", figure.of(), deas_);
    }
  }

  // A figure of marginal effects needs a regression that has them by a column.
  void CheckMargins(const std::string& field, const v1::StudyFigure& figure) {
    for (const v1::StudyRegression& regression : study_.regressions()) {
      if (figure.of_size() != 1 || figure.of(0) != regression.id()) continue;
      std::vector<std::string> known;
      for (const std::string& margin : regression.margins()) {
        if (const std::size_t by = margin.find(" by "); by != std::string::npos) {
          known.push_back(Squeeze(margin.substr(0, by)));
        }
      }
      if (known.empty()) {
        Add(field + ".of",
            "regression `" + regression.id() + "` has no marginal effect by a column: give it `margins: [\"x by m\"]`");
      } else if (!figure.term().empty() && !Holds(known, Squeeze(figure.term()))) {
        Add(field + ".term",
            "no marginal effect of `" + figure.term() + "` by a column" + Suggestion(Squeeze(figure.term()), known));
      }
    }
  }

  // A figure of leave-one-out estimates needs a regression that has them.
  void CheckLeftOut(const std::string& field, const v1::StudyFigure& figure) {
    if (!figure.term().empty()) CheckTerms(field + ".term", std::vector{figure.term()}, figure.of());
    for (const v1::StudyRegression& regression : study_.regressions()) {
      const bool shown = figure.of_size() == 1 && figure.of(0) == regression.id();
      if (shown && regression.leave_one_out().empty()) {
        Add(field + ".of", "regression `" + regression.id() + "` has no `leave_one_out`; name the column there");
      }
    }
  }

  void CheckClaim(const std::string& field, const v1::StudyClaim& claim) {
    if (claim.text().empty()) Add(field, "`text` is missing");
    if (!claim.comparison().empty()) {
      CheckReference(field + ".comparison", "comparison", claim.comparison(), comparisons_);
    }
    for (const ClaimPart& part : ParseClaim(claim.text())) {
      if (part.is_reference) {
        CheckClaimReference(field + ".text", part);
      } else {
        CheckTyped(field + ".text", part);
      }
    }
  }

  void CheckBrief(const v1::StudyBrief& brief) {
    if (brief.regression().empty()) Add("brief", "`regression` is missing: whose coefficient is the headline");
    if (brief.term().empty()) Add("brief", "`term` is missing: which coefficient is the headline");
    if (!brief.regression().empty()) {
      CheckReference("brief.regression", "regression", brief.regression(), regressions_);
      if (!brief.term().empty()) CheckTerms("brief.term", std::vector{brief.term()}, std::vector{brief.regression()});
    }
    if (!brief.comparison().empty()) {
      CheckReference("brief.comparison", "comparison", brief.comparison(), comparisons_);
    }
    if (!brief.dea().empty()) CheckReference("brief.dea", "DEA", brief.dea(), deas_);
    if (!brief.figure().empty()) CheckReference("brief.figure", "figure", brief.figure(), Ids(study_.figures()));
  }

  void CheckLanguages() {
    const std::vector<std::string> known = {"en", "zh"};
    std::set<std::string> seen;
    for (int i = 0; i < study_.languages_size(); ++i) {
      const std::string& language = study_.languages(i);
      const std::string field = Element("languages", i);
      if (!Holds(known, language)) {
        Add(field, "unknown language `" + language + "`" + Suggestion(language, known));
      } else if (!seen.insert(language).second) {
        Add(field, "`" + language + "` stands here a second time");
      }
    }
  }

  // What an inherited study translates may have been replaced here.
  void CheckTranslations() {
    std::set<std::string> texts;
    CollectTexts(study_, texts);
    const std::string file = read_.places.Find("").file;
    for (const auto& [text, translation] : study_.translations()) {
      const std::string field = "translations." + text;
      if (!texts.contains(text)) {
        if (read_.places.Find(field).file == file) Add(field, "no text of the study is `" + text + "`");
        continue;
      }
      for (const v1::StudyClaim& claim : study_.claims()) {
        if (claim.text() == text && References(text) != References(translation)) {
          Add(field, "the translation must refer to the same numbers as the sentence");
        }
      }
      if (References(text).empty()) continue;
      for (const ClaimPart& part : ParseClaim(translation)) {
        if (!part.is_reference && part.text.find_first_of("0123456789") != std::string::npos) {
          Add(field, "numbers of a sentence are references to results, in its translation too");
        }
      }
    }
  }

  static std::multiset<std::string> References(const std::string& sentence) {
    std::multiset<std::string> references;
    for (const ClaimPart& part : ParseClaim(sentence)) {
      if (part.is_reference) references.insert(part.text);
    }
    return references;
  }

  // Every text of the study but the translations themselves.
  static void CollectTexts(const google::protobuf::Message& message, std::set<std::string>& texts) {
    using google::protobuf::FieldDescriptor;
    const google::protobuf::Reflection& reflection = *message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      if (field->is_map()) continue;
      const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
      for (int i = 0; i < count; ++i) {
        if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
          CollectTexts(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                            : reflection.GetMessage(message, field),
                       texts);
        } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
          texts.insert(field->is_repeated() ? reflection.GetRepeatedString(message, field, i)
                                            : reflection.GetString(message, field));
        }
      }
    }
  }

  // Numbers come from results, so that a sentence cannot outlive what it says.
  void CheckTyped(const std::string& field, const ClaimPart& part) {
    const std::size_t digit = part.text.find_first_of("0123456789");
    if (digit != std::string::npos) {
      const std::string number = part.text.substr(digit, part.text.find_first_not_of("0123456789.", digit) - digit);
      AddProblemAt(read_, field, part.position + static_cast<int>(digit),
                   "`" + number + "` is typed by hand; refer to a result: {regression:ID:TERM:estimate}", problems_);
    }
    if (part.text.find('}') != std::string::npos) Add(field, "`}` without `{`");
  }

  void CheckClaimReference(const std::string& field, const ClaimPart& part) {
    const ClaimReference& reference = part.reference;
    const auto complain = [&](const std::string& message) {
      AddProblemAt(read_, field, part.position, "{" + part.text + "}: " + message, problems_);
    };
    if (!reference.problem.empty()) return complain(reference.problem);
    const auto check = [&](const std::string& what, const std::vector<std::string>& known) {
      if (Holds(known, reference.id)) return true;
      complain("there is no " + what + " `" + reference.id + "`" + Suggestion(reference.id, known));
      return false;
    };
    if (reference.kind == "dea") check("DEA", deas_);
    if (reference.kind == "regression" && check("regression", regressions_)) {
      CheckTerm(study_.regressions(), reference, complain);
    }
    if (reference.kind == "comparison" && check("comparison", comparisons_)) {
      CheckTerm(study_.comparisons(), reference, complain);
      CheckGroup(reference, complain);
    }
  }

  template <typename List, typename Complain>
  void CheckTerm(const List& entries, const ClaimReference& reference, const Complain& complain) {
    if (reference.term.empty()) return;
    for (const auto& entry : entries) {
      if (entry.id() != reference.id) continue;
      const std::string formula = FormulaWith(entry, reference.term);
      if (FormulaMayHold(formula, reference.term.substr(0, reference.term.find('|')))) continue;
      complain("the formula has no term `" + reference.term + "`" +
               Suggestion(Squeeze(reference.term), FormulaTerms(formula)));
      return;
    }
  }

  template <typename Complain>
  void CheckGroup(const ClaimReference& reference, const Complain& complain) {
    if (reference.group.empty()) return;
    for (const v1::StudyComparison& comparison : study_.comparisons()) {
      if (comparison.id() != reference.id) continue;
      for (const v1::StudyClassification& classification : study_.classifications()) {
        if (classification.name() != comparison.by()) continue;
        const std::vector<std::string> groups = Ids(classification.groups());
        if (Holds(groups, reference.group)) continue;
        complain("`" + comparison.by() + "` has no group `" + reference.group + "`" +
                 Suggestion(reference.group, groups));
      }
    }
  }

  const ReadStudy& read_;
  const v1::Study& study_;
  Problems& problems_;
  std::vector<std::string> scores_, deas_, regressions_, comparisons_, tests_, second_stages_, curves_,
      classifications_;
  std::set<std::string> numbers_;
};

}  // namespace

void ValidateReport(const ReadStudy& read, Problems& problems) { ReportValidator(read, problems).Validate(); }

}  // namespace farrell::reporting
