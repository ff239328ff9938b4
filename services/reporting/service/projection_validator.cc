// What is wrong with projections apart from the data.
#include <algorithm>
#include <cmath>
#include <set>

#include "services/reporting/engine/inside_log.h"
#include "services/reporting/service/did_you_mean.h"
#include "services/reporting/service/expression_names.h"
#include "services/reporting/service/study_validator.h"
#include "services/reporting/service/variables.h"

namespace farrell::reporting {
namespace {

class ProjectionValidator {
 public:
  ProjectionValidator(const ReadStudy& read, Problems& problems)
      : read_(read), study_(read.study), problems_(problems) {}

  void Validate() {
    for (int i = 0; i < study_.projections_size(); ++i) Check(Element("projections", i), study_.projections(i));
  }

 private:
  void Add(const std::string& field, const std::string& message) { AddProblem(read_, field, message, problems_); }

  void Check(const std::string& field, const v1::StudyProjection& entry) {
    if (entry.change() == 0 || !(entry.change() > -1) || !std::isfinite(entry.change())) {
      Add(field + ".change", "`change` must lie above -1 and not be 0: 0.1 stands for +10 %");
    }
    if (entry.variable().empty()) Add(field, "`variable` is missing: what is changed");
    if (entry.term().empty()) Add(field, "`term` is missing: the regressor that is the log of `variable`");
    const v1::StudyChannels* channels = FindChannels(field, entry.channels());
    if (entry.term().empty() || (channels != nullptr && !HasTerm(field, entry, channels->formula()))) return;
    const std::string inside = InsideLog(Unfolded(study_, entry.term()));
    if (inside.empty()) {
      return Add(field + ".term", "`" + entry.term() + "` is no log of a variable: a relative change needs log(" +
                                      entry.variable() + ")");
    }
    if (channels != nullptr) CheckOtherTerms(field, entry, channels->formula(), inside);
    if (entry.variable().empty() || Unfolded(study_, inside) == Unfolded(study_, entry.variable())) return;
    Add(field + ".variable",
        "`" + entry.term() + "` is the log of `" + inside + "`, not of `" + entry.variable() + "`");
  }

  const v1::StudyChannels* FindChannels(const std::string& field, const std::string& id) {
    std::vector<std::string> known;
    for (const v1::StudyChannels& channels : study_.channels()) {
      if (channels.id() == id) return &channels;
      known.push_back(channels.id());
    }
    if (id.empty()) {
      Add(field, "`channels` is missing: the split whose slopes are used");
    } else {
      Add(field + ".channels", "there is no split into channels `" + id + "`" + Suggestion(id, known));
    }
    return nullptr;
  }

  bool HasTerm(const std::string& field, const v1::StudyProjection& entry, const std::string& formula) {
    const std::string term = Squeeze(entry.term());
    const std::vector<std::string> terms = FormulaTerms(formula);
    if (std::find(terms.begin(), terms.end(), term) != terms.end()) return true;
    if (terms.empty()) return true;  // no formula: told of the split
    Add(field + ".term", "the split `" + entry.channels() + "` has no term `" + term + "`" + Suggestion(term, terms));
    return false;
  }

  // The slope of a term says what goes along with it while the others stay as they are.
  void CheckOtherTerms(const std::string& field, const v1::StudyProjection& entry, const std::string& formula,
                       const std::string& inside) {
    const std::string term = Squeeze(entry.term());
    const std::set<std::string> moved = {term, inside};
    for (const std::string& other : FormulaTerms(formula)) {
      const std::set<std::string> used = NamesUsed(study_, other);
      const bool moves = std::any_of(used.begin(), used.end(), [&](const auto& name) { return moved.contains(name); });
      if (other == term || !moves) continue;
      Add(field + ".term", "the change would move the term `" + other +
                               "` too: a projection needs a regressor that stands for its variable alone");
    }
  }

  const ReadStudy& read_;
  const v1::Study& study_;
  Problems& problems_;
};

}  // namespace

void ValidateProjections(const ReadStudy& read, Problems& problems) { ProjectionValidator(read, problems).Validate(); }

}  // namespace farrell::reporting
