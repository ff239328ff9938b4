#include "services/reporting/service/planner.h"

#include <algorithm>
#include <set>

#include "services/reporting/service/expression_names.h"
#include "services/reporting/service/forecast_requests.h"
#include "services/reporting/service/projection_requests.h"
#include "services/reporting/service/study_requests.h"
#include "services/reporting/service/study_scores.h"
#include "services/reporting/service/study_validator.h"
#include "services/reporting/service/variables.h"

namespace farrell::reporting {
namespace {

// The periods among the effects, alone or combined (`region^year`).
bool HasPeriodEffects(const std::string& formula, const std::string& time_key) {
  const auto names_time = [&](const std::string& effect) {
    const std::vector<UsedName> names = NamesIn(effect);
    return std::any_of(names.begin(), names.end(), [&](const UsedName& used) { return used.name == time_key; });
  };
  const auto is_dummy = [&](const std::string& term) { return term.find("i(" + time_key) != std::string::npos; };
  const std::vector<std::string> effects = FormulaEffects(formula);
  const std::vector<std::string> terms = FormulaTerms(formula);
  return std::any_of(effects.begin(), effects.end(), names_time) || std::any_of(terms.begin(), terms.end(), is_dummy);
}

class Planner {
 public:
  Planner(const v1::Study& study, const data::v1::Snapshot& snapshot, bool skip_unreadable)
      : study_(study), snapshot_(snapshot), skip_unreadable_(skip_unreadable) {}

  Result<std::vector<Step>> Make() {
    FARRELL_RETURN_IF_ERROR(AddDeas());
    FARRELL_RETURN_IF_ERROR(AddProductivity());
    FARRELL_RETURN_IF_ERROR(AddRegressions());
    FARRELL_RETURN_IF_ERROR(AddComparisons());
    FARRELL_RETURN_IF_ERROR(AddSpecificationTests());
    FARRELL_RETURN_IF_ERROR(AddSecondStages());
    FARRELL_RETURN_IF_ERROR(AddCurves());
    FARRELL_RETURN_IF_ERROR(AddReturnsToScale());
    AddProjections();
    FARRELL_RETURN_IF_ERROR(AddNowcasts());
    FARRELL_RETURN_IF_ERROR(AddEarlyWarnings());
    AddDescriptions();
    Step report{.id = "report", .kind = "report", .entry = {}, .field = {}, .term = {}, .needs = {}, .request = {}};
    for (const Step& step : steps_) report.needs.push_back(step.id);
    steps_.push_back(std::move(report));
    return std::move(steps_);
  }

 private:
  Step Make(const std::string& kind, const std::string& entry, const std::string& field, const std::string& text) {
    Step step;
    step.id = kind + ":" + entry;
    step.kind = kind;
    step.entry = entry;
    step.field = field;
    step.needs = ScoresUsed(study_, text);
    return step;
  }

  Status AddDeas() {
    for (int i = 0; i < study_.dea_size(); ++i) {
      const v1::StudyDea& dea = study_.dea(i);
      Step step = Make("dea", dea.id(), Element("dea", i), "");
      // A model with its own filter says otherwise than the study: its reference-only rows need not be sample rows.
      const std::string where = dea.where().empty() ? study_.data().where() : dea.where();
      if (!dea.intermediates().empty()) {
        FARRELL_RETURN_IF_ERROR(AddStep(std::move(step), NetworkRequestOf(dea), where));
        continue;
      }
      Result<dea::v1::Model> model = ModelOf(dea, study_.seed());
      Result<dea::v1::EvaluateRequest> request = dea::v1::EvaluateRequest();
      if (model.ok()) {
        *request->mutable_model() = std::move(model).value();
      } else {
        request = model.status();
      }
      FARRELL_RETURN_IF_ERROR(AddStep(std::move(step), std::move(request), where));
    }
    return Status::Ok();
  }

  Status AddProductivity() {
    for (int i = 0; i < study_.productivity_size(); ++i) {
      const v1::StudyProductivity& entry = study_.productivity(i);
      FARRELL_RETURN_IF_ERROR(AddStep(Make("productivity", entry.id(), Element("productivity", i), ""),
                                      ProductivityRequestOf(entry),
                                      entry.where().empty() ? study_.data().where() : entry.where()));
    }
    return Status::Ok();
  }

  template <typename Request>
  Status AddStep(Step step, Result<Request> request, const std::string& where) {
    if (!request.ok()) return skip_unreadable_ ? Status::Ok() : request.status();
    request->mutable_table()->set_where(where);
    step.request = std::move(request).value();
    steps_.push_back(std::move(step));
    return Status::Ok();
  }

  Status AddRegressions() {
    for (int i = 0; i < study_.regressions_size(); ++i) {
      const v1::StudyRegression& entry = study_.regressions(i);
      const std::string where = WhereOf(study_, entry.where());
      Step step = Make("regression", entry.id(), RegressionField(study_, i), entry.formula() + " " + where);
      Result<regression::v1::FitRequest> readable = FitRequestOf(study_, entry);
      if (!readable.ok() && skip_unreadable_) continue;
      FARRELL_ASSIGN_OR_RETURN(regression::v1::FitRequest request, std::move(readable));
      request.mutable_table()->set_where(where);
      step.request = std::move(request);
      steps_.push_back(std::move(step));
      AddTrends(entry.id(), RegressionField(study_, i), entry.formula(), where);
    }
    return Status::Ok();
  }

  Status AddComparisons() {
    for (int i = 0; i < study_.comparisons_size(); ++i) {
      const v1::StudyComparison& entry = study_.comparisons(i);
      const std::string where = WhereOf(study_, entry.where());
      Step step = Make("comparison", entry.id(), Element("comparisons", i), FormulasOf(entry) + " " + where);
      Result<regression::v1::CompareRequest> readable = CompareRequestOf(study_, entry);
      if (!readable.ok() && skip_unreadable_) continue;
      FARRELL_ASSIGN_OR_RETURN(regression::v1::CompareRequest request, std::move(readable));
      request.mutable_table()->set_where(where);
      step.request = std::move(request);
      steps_.push_back(std::move(step));
      AddTrends(entry.id(), Element("comparisons", i), entry.formula(), where);
    }
    return Status::Ok();
  }

  Status AddSpecificationTests() {
    for (int i = 0; i < study_.specification_tests_size(); ++i) {
      const v1::StudySpecificationTest& entry = study_.specification_tests(i);
      const std::string where = WhereOf(study_, entry.where());
      FARRELL_RETURN_IF_ERROR(
          AddStep(Make("specification", entry.id(), Element("specification_tests", i), entry.formula() + " " + where),
                  SpecificationRequestOf(entry), where));
    }
    return Status::Ok();
  }

  // It scores its rows itself: of the study's evaluations it needs only those whose scores its formula names.
  Status AddSecondStages() {
    for (int i = 0; i < study_.second_stages_size(); ++i) {
      const v1::StudySecondStage& entry = study_.second_stages(i);
      std::string where = entry.where();
      const v1::StudyDea* dea = FindDeaEntry(study_, entry.dea());
      if (dea == nullptr) continue;  // the validator says so
      if (where.empty()) where = dea->where();
      if (where.empty()) where = study_.data().where();
      FARRELL_RETURN_IF_ERROR(AddStep(Make("second_stage", entry.id(), Element("second_stages", i),
                                           FormulaRightSide(entry.formula()) + " " + where),
                                      SecondStageRequestOf(study_, entry), where));
    }
    return Status::Ok();
  }

  Status AddCurves() {
    for (int i = 0; i < study_.curves_size(); ++i) {
      const v1::StudyCurve& entry = study_.curves(i);
      const std::string where = WhereOf(study_, entry.where());
      FARRELL_RETURN_IF_ERROR(AddStep(Make("curve", entry.id(), Element("curves", i), FormulasOf(entry) + " " + where),
                                      CurveRequestOf(study_, entry), where));
    }
    return Status::Ok();
  }

  // It scores its rows itself.
  Status AddReturnsToScale() {
    for (int i = 0; i < study_.returns_to_scale_size(); ++i) {
      const v1::StudyReturnsToScale& entry = study_.returns_to_scale(i);
      const v1::StudyDea* dea = FindDeaEntry(study_, entry.dea());
      if (dea == nullptr) continue;  // the validator says so
      FARRELL_RETURN_IF_ERROR(AddStep(Make("returns_to_scale", entry.id(), Element("returns_to_scale", i), ""),
                                      ReturnsToScaleRequestOf(study_, entry),
                                      dea->where().empty() ? study_.data().where() : dea->where()));
    }
    return Status::Ok();
  }

  // Three evaluations an entry, once its slope has been estimated.
  void AddProjections() {
    for (int i = 0; i < study_.projections_size(); ++i) {
      const v1::StudyProjection& entry = study_.projections(i);
      const v1::StudyChannels* channels = FindChannelsEntry(study_, entry.channels());
      if (channels == nullptr) continue;  // the validator says so
      Step step = Make("projection", entry.id(), Element("projections", i), entry.where());
      const std::string dea = "dea:" + channels->dea();
      if (std::find(step.needs.begin(), step.needs.end(), dea) == step.needs.end()) step.needs.push_back(dea);
      step.needs.push_back(ProjectionFit(*channels));
      for (std::size_t point = 0; point < kSlopePoints.size(); ++point) {
        step.id = "projection:" + entry.id() + ":" + std::string(kSlopePoints[point]);
        step.slope_point = point;
        steps_.push_back(step);
      }
    }
  }

  Status AddNowcasts() {
    for (int i = 0; i < study_.nowcasts_size(); ++i) {
      const v1::StudyNowcast& entry = study_.nowcasts(i);
      const std::string where = WhereOf(study_, entry.where());
      const std::string field = Element("nowcasts", i);
      FARRELL_RETURN_IF_ERROR(
          AddStep(Make("nowcast", entry.id(), field, entry.formula() + " " + where), NowcastRequestOf(entry), where));
      if (FindDeaEntry(study_, entry.dea()) == nullptr) continue;
      Result<dea::v1::EvaluateRequest> request = UnitOutputRequestOf(study_, entry, snapshot_.time_key());
      const std::string rows = request.ok() ? request->table().where() : std::string();
      FARRELL_RETURN_IF_ERROR(AddStep(Make("frontier", entry.id(), field, ""), std::move(request), rows));
    }
    return Status::Ok();
  }

  Status AddEarlyWarnings() {
    for (int i = 0; i < study_.early_warnings_size(); ++i) {
      const v1::StudyEarlyWarning& entry = study_.early_warnings(i);
      const std::string where = WhereOf(study_, entry.where());
      FARRELL_RETURN_IF_ERROR(
          AddStep(Make("early_warning", entry.id(), Element("early_warnings", i), FormulasOf(entry) + " " + where),
                  EarlyWarningRequestOf(study_, entry), where));
    }
    return Status::Ok();
  }

  // How much each regressor of a model without period effects shares its course over time with all units. Dummies and
  // products of dummies have no course of their own.
  void AddTrends(const std::string& entry, const std::string& field, const std::string& formula,
                 const std::string& where) {
    if (snapshot_.time_key().empty() || HasPeriodEffects(formula, snapshot_.time_key())) return;
    const std::vector<std::string> terms = FormulaTerms(formula);
    std::string rows = Both(where, "!missing(" + FormulaOutcome(formula) + ")");
    std::vector<std::string> measured;
    for (const std::string& term : terms) {
      const bool plain = term.find("i(") == std::string::npos && term.find_first_of("*:") == std::string::npos;
      if (!plain || NamesIn(term).empty()) continue;
      measured.push_back(term);
      rows = Both(rows, "!missing(" + term + ")");
    }
    for (const std::string& term : measured) {
      Step step = Make("trend", entry + ":" + term, field, term + " " + rows);
      step.entry = entry;
      step.term = term;
      regression::v1::FitRequest request = TrendRequestOf(term, snapshot_.unit_key(), snapshot_.time_key());
      request.mutable_table()->set_where(rows);
      step.request = std::move(request);
      steps_.push_back(std::move(step));
    }
  }

  void AddDescriptions() {
    for (int i = 0; i < study_.tables_size(); ++i) {
      const v1::StudyTable& table = study_.tables(i);
      if (table.kind() != "descriptives" || table.columns().empty()) continue;
      std::string text = study_.data().where();
      data::v1::DescribeTableRequest request;
      for (const std::string& column : table.columns()) {
        text += " " + column;
        request.add_columns(column);
      }
      Step step = Make("describe", table.id(), Element("tables", i), text);
      request.mutable_table()->set_where(study_.data().where());
      step.request = std::move(request);
      steps_.push_back(std::move(step));
    }
  }

  const v1::Study& study_;
  const data::v1::Snapshot& snapshot_;
  const bool skip_unreadable_;
  std::vector<Step> steps_;
};

}  // namespace

std::vector<std::string> ScoresUsed(const v1::Study& study, const std::string& text) {
  const std::set<std::string> names = NamesUsed(study, text);
  std::vector<std::string> steps;
  for (const ScoreColumn& column : ScoreColumns(study)) {
    if (names.contains(column.name) && (steps.empty() || steps.back() != column.step)) steps.push_back(column.step);
  }
  return steps;
}

Result<std::vector<Step>> MakeSteps(const v1::Study& study, const data::v1::Snapshot& snapshot) {
  return Planner(study, snapshot, false).Make();
}

std::vector<Step> MakeReadableSteps(const v1::Study& study, const data::v1::Snapshot& snapshot) {
  Result<std::vector<Step>> steps = Planner(study, snapshot, true).Make();
  return steps.ok() ? std::move(steps).value() : std::vector<Step>();
}

void SetSnapshot(Step& step, const std::string& snapshot_digest, const data::v1::Snapshot& data) {
  step.known_at = data.known_at();
  step.synthetic = data.synthetic();
  std::visit(
      [&](auto& request) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(request)>, std::monostate>) {
          request.mutable_table()->set_snapshot_digest(snapshot_digest);
        }
      },
      step.request);
}

}  // namespace farrell::reporting
