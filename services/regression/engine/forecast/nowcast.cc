#include "services/regression/engine/forecast/nowcast.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "services/regression/engine/design.h"
#include "services/regression/engine/fitted.h"
#include "services/regression/engine/forecast/conformal.h"
#include "services/regression/engine/panel_columns.h"
#include "services/regression/engine/second_stage/replications.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr const char* kInvalid = "NOWCAST_INVALID";

bool LooksAhead(const std::string& column) { return CompactText(column).find("lead(") != std::string::npos; }

// Earlier periods know no effect of a new one.
void CheckPeriodEffects(const Panel& panel, const Formula& formula, Violations& violations) {
  for (const std::string& column : formula.LabelColumns()) {
    if (!IsTimeKey(panel, column)) continue;
    violations.Add("formula", column + " has an effect a period: a new period has none; leave it out, or write a " +
                                  "trend as a term (" + column + ")");
  }
}

// What one period says of the model fitted on the periods before it.
struct Prediction {
  std::size_t row = 0;  // position in the panel
  double value = 0.0;
};

// The outcome of every unit before a period.
struct LastValue {
  std::int64_t period = 0;
  double value = 0.0;
};

// The line fitted on the past, with the level of every effect.
class PastModel {
 public:
  // `all` holds rows of any period.
  static Result<PastModel> Fit(const Design& all, const std::vector<Index>& past, const Environment& environment) {
    PastModel model;
    FARRELL_ASSIGN_OR_RETURN(model.fitted_, EstimateLeastSquares(TakeRows(all, past), environment));
    const Design& design = model.fitted_.design;
    const LeastSquares& solution = model.fitted_.solution;
    if (!design.effects.empty()) {
      const Levels& levels = design.effects.front().levels;
      const VectorXd rest = design.y - design.x(Eigen::all, solution.kept) * solution.coefficients;
      FARRELL_ASSIGN_OR_RETURN(const std::vector<VectorXd> effects, model.fitted_.within.Coefficients(rest));
      for (std::size_t level = 0; level < levels.count(); ++level) {
        model.level_of_[levels.labels[level]] = static_cast<Index>(level);
      }
      model.effects_ = effects.front();
    }
    FARRELL_RETURN_IF_ERROR(model.KeepDependences());
    return model;
  }

  std::int64_t residual_df() const { return fitted_.residual_df; }

  // Nothing where the past does not determine the value: an effect it has not seen, or a column that moves with others
  // in the past and apart from them now.
  std::optional<double> At(const Design& all, Index row) const {
    const auto& kept = fitted_.solution.kept;
    VectorXd x = all.x.row(row).transpose();
    double value = x(kept).dot(fitted_.solution.coefficients);
    if (!all.effects.empty()) {
      const Levels& levels = all.effects.front().levels;
      const auto id = static_cast<std::size_t>(levels.ids[static_cast<std::size_t>(row)]);
      const auto level = level_of_.find(levels.labels[id]);
      if (level == level_of_.end()) return std::nullopt;
      value += effects_(level->second);
      x -= means_.row(level->second).transpose();
    }
    constexpr double kSameColumn = 1e-7;
    for (std::size_t k = 0; k < dependent_.size(); ++k) {
      const VectorXd implied = x(kept).cwiseProduct(dependences_.col(static_cast<Index>(k)));
      const double size = implied.cwiseAbs().sum() + std::fabs(all.x(row, dependent_[k]));
      if (std::fabs(x(dependent_[k]) - implied.sum()) > kSameColumn * size) return std::nullopt;
    }
    return value;
  }

 private:
  // How the columns left out as collinear follow from those kept, effects taken out.
  Status KeepDependences() {
    const Design& design = fitted_.design;
    const LeastSquares& solution = fitted_.solution;
    MatrixXd x = design.x;
    if (!fitted_.within.empty()) FARRELL_RETURN_IF_ERROR(fitted_.within.Demean(x));
    if (!design.effects.empty()) {
      const Levels& levels = design.effects.front().levels;
      means_ = MatrixXd::Zero(static_cast<Index>(levels.count()), x.cols());
      VectorXd count = VectorXd::Zero(means_.rows());
      for (Index row = 0; row < x.rows(); ++row) {
        const Index level = levels.ids[static_cast<std::size_t>(row)];
        means_.row(level) += design.x.row(row);
        count(level) += 1.0;
      }
      means_.array().colwise() /= count.array();
    }
    for (Index column = 0; column < x.cols(); ++column) {
      if (!std::binary_search(solution.kept.begin(), solution.kept.end(), column)) dependent_.push_back(column);
    }
    dependences_.resize(static_cast<Index>(solution.kept.size()), static_cast<Index>(dependent_.size()));
    if (dependences_.size() == 0) return Status::Ok();
    dependences_ = solution.r.triangularView<Eigen::Upper>().solve(solution.q.transpose() * x(Eigen::all, dependent_));
    return Status::Ok();
  }

  Fitted fitted_;
  std::map<std::string, Index> level_of_;
  VectorXd effects_;
  MatrixXd means_;  // of the columns, by level
  std::vector<Index> dependent_;
  MatrixXd dependences_;
};

class Nowcaster {
 public:
  Nowcaster(const Panel& panel, const NowcastSpec& spec, const Environment& environment)
      : panel_(panel), spec_(spec), environment_(environment) {
    quiet_.stop = environment.stop;
  }

  Result<NowcastResult> Run() {
    FARRELL_RETURN_IF_ERROR(Check());
    result_.period = period_;
    FARRELL_RETURN_IF_ERROR(Prepare());
    FARRELL_RETURN_IF_ERROR(Backtest());
    if (environment_.stop.stop_requested()) return Cancelled();
    FARRELL_ASSIGN_OR_RETURN(const std::vector<Prediction> predictions, Predict(period_));
    for (const Prediction& prediction : predictions) AddUnit(prediction);
    ListLeftOut();
    if (result_.units.empty()) {
      return FailedPrecondition(kInvalid, "no unit of period " + std::to_string(period_) + " can be predicted")
          .WithViolations({{"period", "every unit lacks a regressor or a past"}});
    }
    Warn();
    return std::move(result_);
  }

 private:
  Status Check() {
    Violations violations;
    for (const FieldViolation& violation : CheckNowcast(spec_)) violations.Add(violation.field, violation.description);
    if (panel_.unit_key.empty()) violations.Add("table.unit_key", "name the column of units");
    if (!panel_.has_time()) {
      violations.Add("table.time_key", "name the column of periods");
    } else if (panel_.size() > 0) {
      CheckPeriods(violations);
      CheckPeriodEffects(panel_, spec_.formula, violations);
    }
    FARRELL_RETURN_IF_ERROR(std::move(violations).Finish(kInvalid, "this nowcast cannot be made"));
    if (panel_.size() > 0) return Status::Ok();
    return FailedPrecondition("NO_OBSERVATIONS", "the table has no rows");
  }

  void CheckPeriods(Violations& violations) {
    const std::set<std::int64_t> periods(panel_.times.begin(), panel_.times.end());
    period_ = spec_.period.value_or(*periods.rbegin());
    if (!periods.contains(period_)) {
      violations.Add("period", "the table has no period " + std::to_string(period_) + "; it has " +
                                   std::to_string(*periods.begin()) + " to " + std::to_string(*periods.rbegin()));
    }
    if (spec_.first_backtest && *spec_.first_backtest >= period_) {
      violations.Add("first_backtest", "must lie before the period predicted, " + std::to_string(period_));
    }
  }

  // One design of all rows with regressors, so that a column means the same in every period; a missing outcome stands
  // as 0 in rows that nothing is fitted on.
  Status Prepare() {
    Panel filled = panel_;
    known_ = PresentCells(panel_, spec_.formula.response);
    for (PanelColumn& column : filled.columns) {
      if (column.is_text || FindColumn(panel_, spec_.formula.response) == nullptr) continue;
      if (column.name != FindColumn(panel_, spec_.formula.response)->name) continue;
      for (std::size_t row = 0; row < known_.size(); ++row) {
        if (known_[row] == 0) column.numbers[row] = 0.0;
      }
    }
    DesignOptions options;
    options.panel_keys = true;
    FARRELL_ASSIGN_OR_RETURN(design_, BuildDesign(filled, spec_.formula, options));
    std::vector<std::size_t> rows(panel_.size());
    for (std::size_t row = 0; row < rows.size(); ++row) rows[row] = row;
    outcome_ = NumbersOf(panel_, spec_.formula.response, rows);
    return Status::Ok();
  }

  // Rows with an outcome before a period.
  std::vector<Index> Past(std::int64_t period) const {
    std::vector<Index> past;
    for (Index row = 0; row < design_.y.size(); ++row) {
      const auto at = static_cast<std::size_t>(row);
      if (design_.periods[at] < period && known_[design_.rows[at]] != 0) past.push_back(row);
    }
    return past;
  }

  bool HasPeriods(const std::vector<Index>& past) const {
    std::set<std::int64_t> periods;
    for (const Index row : past) periods.insert(design_.periods[static_cast<std::size_t>(row)]);
    return periods.size() >= kFewestPeriods;
  }

  std::map<std::string, LastValue> LastValues(std::int64_t period) const {
    std::map<std::string, LastValue> last;
    for (std::size_t row = 0; row < panel_.size(); ++row) {
      if (panel_.times[row] >= period || known_[row] == 0) continue;
      last[panel_.units[row]] = {panel_.times[row], outcome_(static_cast<Index>(row))};
    }
    return last;
  }

  Status NoPast(std::int64_t period, const char* field) const {
    return FailedPrecondition(kInvalid, "too little lies before period " + std::to_string(period) + " to fit on")
        .WithViolations({{field, "needs " + std::to_string(kFewestPeriods) +
                                     " earlier periods with the outcome, and more rows there than coefficients"}});
  }

  // Every unit of the period that its past determines. `too_short`, where given, tells that the past is too short
  // instead of an error.
  Result<std::vector<Prediction>> Predict(std::int64_t period, bool* too_short = nullptr) const {
    const auto refuse = [&]() -> Result<std::vector<Prediction>> {
      if (too_short == nullptr) return NoPast(period, "period");
      *too_short = true;
      return std::vector<Prediction>();
    };
    const std::vector<Index> past = Past(period);
    if (!HasPeriods(past)) return refuse();
    FARRELL_ASSIGN_OR_RETURN(const PastModel model, PastModel::Fit(design_, past, quiet_));
    if (model.residual_df() <= 0) return refuse();
    const std::map<std::string, LastValue> last = LastValues(period);
    std::vector<Prediction> predictions;
    for (Index row = 0; row < design_.y.size(); ++row) {
      const std::size_t at = design_.rows[static_cast<std::size_t>(row)];
      if (panel_.times[at] != period || !last.contains(panel_.units[at])) continue;
      if (const std::optional<double> value = model.At(design_, row)) predictions.push_back({at, *value});
    }
    return predictions;
  }

  struct Tested {
    Status status;
    bool too_short = false;
    BacktestPeriod period;
    std::vector<double> errors;
    double squares_random_walk = 0.0;
  };

  Tested Test(std::int64_t period) const {
    Tested tested;
    tested.period.period = period;
    const auto predictions = Predict(period, &tested.too_short);
    if (!predictions.ok()) {
      tested.status = predictions.status();
      return tested;
    }
    const std::map<std::string, LastValue> last = LastValues(period);
    double squares = 0.0;
    for (const Prediction& prediction : *predictions) {
      if (known_[prediction.row] == 0) continue;
      const double observed = outcome_(static_cast<Index>(prediction.row));
      const double walk = observed - last.at(panel_.units[prediction.row]).value;
      tested.errors.push_back(observed - prediction.value);
      squares += tested.errors.back() * tested.errors.back();
      tested.squares_random_walk += walk * walk;
    }
    tested.period.count = static_cast<std::int64_t>(tested.errors.size());
    if (tested.errors.empty()) return tested;
    const auto count = static_cast<double>(tested.errors.size());
    tested.period.rmse = std::sqrt(squares / count);
    tested.period.rmse_random_walk = std::sqrt(tested.squares_random_walk / count);
    return tested;
  }

  Status Backtest() {
    std::set<std::int64_t> candidates;
    for (const std::int64_t time : panel_.times) {
      if (time < period_ && time >= spec_.first_backtest.value_or(time)) candidates.insert(time);
    }
    const std::vector<std::int64_t> periods(candidates.begin(), candidates.end());
    std::vector<Tested> tests(periods.size());
    const auto count = static_cast<std::int64_t>(periods.size());
    const auto test = [&](std::int64_t k) {
      tests[static_cast<std::size_t>(k)] = Test(periods[static_cast<std::size_t>(k)]);
    };
    if (!RunReplications(count, 0, count + 1, environment_, test)) return Cancelled();
    for (const Tested& tested : tests) FARRELL_RETURN_IF_ERROR(Status(tested.status));
    if (spec_.first_backtest && !tests.empty() && tests.front().too_short) {
      return NoPast(periods.front(), "first_backtest");
    }
    Summarise(tests);
    return Status::Ok();
  }

  void Summarise(const std::vector<Tested>& tests) {
    std::vector<double> errors;
    std::int64_t inside = 0;
    double squares_random_walk = 0.0;
    for (const Tested& tested : tests) {
      if (tested.errors.empty()) continue;
      // From the errors of earlier periods alone.
      if (const std::optional<double> width = ConformalHalfWidth(errors, spec_.level)) {
        result_.coverage_count += tested.period.count;
        for (const double error : tested.errors) inside += std::fabs(error) <= *width ? 1 : 0;
      }
      errors.insert(errors.end(), tested.errors.begin(), tested.errors.end());
      squares_random_walk += tested.squares_random_walk;
      result_.backtest.push_back(tested.period);
    }
    result_.error_count = static_cast<std::int64_t>(errors.size());
    if (result_.coverage_count > 0) {
      result_.coverage = static_cast<double>(inside) / static_cast<double>(result_.coverage_count);
    }
    result_.half_width = ConformalHalfWidth(errors, spec_.level);
    if (errors.empty()) return;
    double squares = 0.0;
    for (const double error : errors) squares += error * error;
    result_.rmse = std::sqrt(squares / static_cast<double>(errors.size()));
    result_.rmse_random_walk = std::sqrt(squares_random_walk / static_cast<double>(errors.size()));
  }

  void AddUnit(const Prediction& prediction) {
    if (last_.empty()) last_ = LastValues(period_);
    UnitNowcast unit;
    unit.unit = panel_.units[prediction.row];
    unit.prediction = prediction.value;
    if (result_.half_width) {
      unit.low = prediction.value - *result_.half_width;
      unit.high = prediction.value + *result_.half_width;
    }
    const LastValue& last = last_.at(unit.unit);
    unit.last_value = last.value;
    unit.last_period = last.period;
    if (known_[prediction.row] != 0) unit.observed = outcome_(static_cast<Index>(prediction.row));
    result_.units.push_back(std::move(unit));
  }

  void ListLeftOut() {
    std::set<std::string> predicted;
    for (const UnitNowcast& unit : result_.units) predicted.insert(unit.unit);
    for (std::size_t row = 0; row < panel_.size(); ++row) {
      if (panel_.times[row] == period_ && !predicted.contains(panel_.units[row])) {
        result_.left_out.push_back(panel_.units[row]);
      }
    }
  }

  void Warn() {
    if (result_.error_count == 0) {
      result_.warnings.push_back(
          {"NO_BACKTEST", "No earlier period can be predicted from its past: nothing is known about the errors."});
    } else if (result_.rmse >= result_.rmse_random_walk) {
      result_.warnings.push_back({"RANDOM_WALK_NOT_BEATEN",
                                  "In the backtest the last value of the unit was as close as the model or closer."});
    }
    if (result_.error_count > 0 && !result_.half_width) {
      result_.warnings.push_back(
          {"FEW_ERRORS", "The backtest has too few errors for an interval of this level: there is none."});
    }
  }

  const Panel& panel_;
  const NowcastSpec& spec_;
  const Environment& environment_;
  // Of the fits inside, which run beside each other.
  Environment quiet_;
  std::int64_t period_ = 0;
  std::vector<char> known_;  // the outcome, by row of the panel
  VectorXd outcome_;
  Design design_;
  std::map<std::string, LastValue> last_;
  NowcastResult result_;
};

}  // namespace

std::vector<FieldViolation> CheckNowcast(const NowcastSpec& spec) {
  std::vector<FieldViolation> violations;
  const Formula& formula = spec.formula;
  if (!(spec.level > 0.0 && spec.level < 1.0)) violations.push_back({"level", "must lie in (0, 1)"});
  if (!formula.instruments.empty()) {
    violations.push_back({"formula", "a nowcast takes no instruments: it predicts, whatever moves with what"});
  }
  if (formula.effects.size() > 1) {
    violations.push_back({"formula", "a nowcast absorbs one effect at most; write the others as i(column)"});
  }
  for (const EffectTerm& effect : formula.effects) {
    if (effect.slopes.empty()) continue;
    violations.push_back({"formula", "a nowcast takes no slopes that differ by level: " + effect.name});
  }
  for (const std::string& column : formula.NumberColumns()) {
    if (!LooksAhead(column)) continue;
    violations.push_back({"formula", column + " looks ahead of the period predicted; use lag"});
  }
  return violations;
}

Result<NowcastResult> Nowcast(const Panel& panel, const NowcastSpec& spec, const Environment& environment) {
  return Nowcaster(panel, spec, environment).Run();
}

}  // namespace farrell::regression
