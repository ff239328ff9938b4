#include "services/dea/engine/technology.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <utility>

namespace farrell::dea {
namespace {

// 2^-e with 2^e <= value < 2^(e+1).
double PowerOfTwoBelow(double value) {
  // From the exponent's bits wherever both powers are normal, as within the range of accepted cells they are.
  constexpr std::uint64_t kBias = 1023;
  const std::uint64_t exponent = std::bit_cast<std::uint64_t>(value) >> 52U;
  if (exponent > 0 && exponent < 2 * kBias) return std::bit_cast<double>((2 * kBias - exponent) << 52U);
  return std::ldexp(1.0, -std::ilogb(value));
}

int ScaleRowCount(ReturnsToScale rts) {
  if (rts == ReturnsToScale::kCrs) return 0;
  return rts == ReturnsToScale::kGrs ? 2 : 1;
}

}  // namespace

Technology::Technology(const Model& model, const Observations& data)
    : input_count_(data.input_count),
      output_count_(data.output_count),
      rts_(model.rts),
      weight_sum_low_(model.weight_sum_low),
      weight_sum_high_(model.weight_sum_high),
      two_blocks_(data.bad_count > 0 && model.disposability == Disposability::kKuosmanen),
      // Shephard's factor changes nothing where every sum of weights below the unit's may be had anyway.
      abated_(data.bad_count > 0 && model.disposability == Disposability::kWeak &&
              (model.rts == ReturnsToScale::kVrs || model.rts == ReturnsToScale::kNdrs ||
               (model.rts == ReturnsToScale::kGrs && model.weight_sum_low > 0))),
      scale_row_count_(ScaleRowCount(model.rts)),
      row_count_(data.dimension() + scale_row_count_ + (abated_ ? 1 : 0)) {
  const auto is_fixed = [&](int measure) {
    const std::size_t at = static_cast<std::size_t>(measure);
    const std::vector<std::string>& names = model.non_discretionary;
    const auto named = [&](const std::string& name) {
      return std::find(names.begin(), names.end(), name) != names.end();
    };
    if (names.empty() || measure >= input_count_ + output_count_) return false;
    return measure < input_count_ ? named(model.inputs[at]) : named(model.outputs[at - model.inputs.size()]);
  };
  int slacks = 0;
  for (int measure = 0; measure < data.dimension(); ++measure) {
    const bool fixed = is_fixed(measure);
    const bool bad = measure >= input_count_ + output_count_;
    const bool equality = bad ? model.disposability != Disposability::kStrong
                              : fixed && model.non_discretionary_rule == NonDiscretionaryRule::kNcn;
    signs_.push_back(data.is_output(measure) ? -1 : 1);
    discretionary_.push_back(fixed ? 0 : 1);
    slack_columns_.push_back(equality ? -1 : slacks++);
  }
  abatement_column_ = slacks + (rts_ == ReturnsToScale::kVrs ? 0 : scale_row_count_);
}

double Technology::Scale(const LinearProgram& program, int measure) {
  return std::abs(program.factor[static_cast<std::size_t>(measure)]);
}

// -1: the sum of weights is at least the bound.
double Technology::ScaleRowSign(int row) const {
  const bool at_least = rts_ == ReturnsToScale::kNdrs || (rts_ == ReturnsToScale::kGrs && row == measure_count());
  return at_least ? -1 : 1;
}

double Technology::Factor(const Question& question, int block, int i) const {
  if (i >= weighted_row_count()) return 0;
  if (i >= measure_count()) return ScaleRowSign(i);
  if (block > 0 && i >= input_count_) return 0;
  // Rows are scaled by the evaluated unit; a zero leaves the reference set to set the scale.
  const double own = question.own()[i];
  const double size = own != 0 ? std::abs(own) : question.reference.largest(i);
  return signs_[static_cast<std::size_t>(i)] * (size > 0 ? PowerOfTwoBelow(size) : 1);
}

bool Technology::SameRows(const Question& then, const Question& now) const {
  for (int i = 0; i < measure_count(); ++i) {
    if (now.own()[i] == 0 && then.reference.largest(i) != now.reference.largest(i)) return false;
  }
  return true;
}

void Technology::Begin(const Question& question, bool without_own, LinearProgram& program, int extra_rows) const {
  program.Clear(question.reference, row_count_ + extra_rows);
  if (two_blocks_) {
    program.block_count = 2;
    program.factor.resize(2 * static_cast<std::size_t>(program.row_count), 0.0);
  }
  const double* own = question.own();
  for (int i = 0; i < measure_count(); ++i) {
    const std::size_t at = static_cast<std::size_t>(i);
    program.source[at] = i;
    for (int block = 0; block < program.block_count; ++block) {
      program.block_factor(block)[i] = Factor(question, block, i);
    }
    program.rhs[at] = program.factor[at] * own[i];
    if (slack_columns_[at] >= 0) program.column(program.AddColumn())[i] = 1;
  }
  for (int row = measure_count(); row < measure_count() + scale_row_count_; ++row) {
    const std::size_t at = static_cast<std::size_t>(row);
    const double sign = ScaleRowSign(row);
    const double bound = rts_ != ReturnsToScale::kGrs ? 1 : sign < 0 ? weight_sum_low_ : weight_sum_high_;
    program.source[at] = question.reference.dimension();
    for (int block = 0; block < program.block_count; ++block) program.block_factor(block)[row] = sign;
    program.rhs[at] = sign * bound;
    if (rts_ != ReturnsToScale::kVrs) program.column(program.AddColumn())[row] = 1;
  }
  if (abated_) {
    double* const abatement = program.column(program.AddColumn());
    const auto abate = [&](int row) {
      abatement[row] = -std::exchange(program.rhs[static_cast<std::size_t>(row)], 0.0);
    };
    for (int i = 0; i < input_count_; ++i) abate(i);
    for (int row = measure_count(); row < row_count_ - 1; ++row) abate(row);
    abatement[row_count_ - 1] = 1;
    program.rhs[static_cast<std::size_t>(row_count_ - 1)] = 1;
    program.column(program.AddColumn())[row_count_ - 1] = 1;
  }
  if (without_own) program.excluded = question.reference.Find(question.row);
}

void Technology::AddSlackSum(LinearProgram& program) const {
  Objective& slack_sum = program.AddObjective();
  slack_sum.slack_sum = true;
  for (int i = 0; i < measure_count(); ++i) {
    const int slack = slack_column(i);
    if (slack >= 0) slack_sum.cost[static_cast<std::size_t>(slack)] = -1 / Scale(program, i);
  }
}

void Technology::StartFromOwn(const Question& question, int column, int column_measure, LinearProgram& program) const {
  if (std::find(slack_columns_.begin(), slack_columns_.end(), -1) != slack_columns_.end()) return;
  const double* own = question.own();
  int own_row = -1;
  for (int i = 0; i < measure_count() && own_row < 0; ++i) {
    if (i != column_measure && own[i] != 0 && program.rhs[static_cast<std::size_t>(i)] != 0) own_row = i;
  }
  if (rts_ != ReturnsToScale::kCrs && rts_ != ReturnsToScale::kGrs) own_row = measure_count();
  if (own_row < 0) return;
  int own_weight = question.reference.Find(question.row);
  if (own_weight < 0 || program.excluded >= 0) {
    const int artificial = program.AddArtificialColumn();
    double* entries = program.column(artificial);
    for (int i = 0; i < measure_count(); ++i) entries[i] = program.factor[static_cast<std::size_t>(i)] * own[i];
    for (int i = measure_count(); i < row_count_; ++i) entries[i] = program.factor[static_cast<std::size_t>(i)];
    for (Objective& objective : program.objectives) objective.cost.push_back(0);
    own_weight = program.column_variable(artificial);
  }
  int slack = 0;
  for (int row = 0; row < row_count_; ++row) {
    const bool has_slack = row < measure_count() || rts_ != ReturnsToScale::kVrs;
    int variable = has_slack ? program.column_variable(slack++) : own_weight;
    if (row == column_measure) variable = program.column_variable(column);
    if (row == own_row) variable = own_weight;
    program.start.push_back(variable);
  }
}

void Technology::ReadPeers(const Question& question, const LinearProgram& program, const Solution& solution,
                           double weight_scale, UnitScore& score) {
  const int stride = static_cast<int>(program.reference->padded_size());
  for (const auto& [variable, value] : solution.weights) {
    const std::int32_t row = question.reference.members()[static_cast<std::size_t>(variable % stride)];
    (variable < stride ? score.peers : score.abated_peers).push_back({row, value / weight_scale});
  }
  for (std::vector<Peer>* peers : {&score.peers, &score.abated_peers}) {
    std::sort(peers->begin(), peers->end(),
              [](const Peer& a, const Peer& b) { return a.weight != b.weight ? a.weight > b.weight : a.row < b.row; });
  }
}

void Technology::Read(const Question& question, const LinearProgram& program, const Solution& solution,
                      double weight_scale, UnitScore& score) const {
  ReadPeers(question, program, solution, weight_scale, score);
  score.input_slacks.clear();
  score.output_slacks.clear();
  score.bad_output_slacks.clear();
  score.input_prices.clear();
  score.output_prices.clear();
  score.bad_output_prices.clear();
  const double abatement = abated_ ? solution.columns[static_cast<std::size_t>(abatement_column_)] : 1;
  for (int i = 0; i < measure_count(); ++i) {
    const double scale = Scale(program, i);
    const int slack = slack_column(i);
    double waste = slack < 0 ? 0 : solution.columns[static_cast<std::size_t>(slack)] / scale / weight_scale;
    if (i < input_count_ && abatement > 0) waste /= abatement;
    // Prices of "<=" rows in a minimisation are <= 0; all are told as worths, >= 0 where the row has a slack.
    double price = -solution.prices[static_cast<std::size_t>(i)] * scale;
    if (slack >= 0 && !(price > 0)) price = 0;
    const bool bad = i >= input_count_ + output_count_;
    (bad ? score.bad_output_slacks : i < input_count_ ? score.input_slacks : score.output_slacks).push_back(waste);
    (bad                ? score.bad_output_prices
     : i < input_count_ ? score.input_prices
                        : score.output_prices)
        .push_back(price + 0.0);
  }
  double worth = 0;
  for (int row = measure_count(); row < row_count_; ++row) {
    const double price = solution.prices[static_cast<std::size_t>(row)];
    // Of a row with a slack the price is <= 0 before its sign is taken off.
    const bool free = rts_ == ReturnsToScale::kVrs;
    worth += (free ? price : std::min(price, 0.0)) * program.factor[static_cast<std::size_t>(row)];
  }
  score.scale_price = program.sense * worth + 0.0;
  score.peers_unique = solution.weights_unique;
  score.prices_unique = solution.prices_unique;
}

bool Technology::LeavesNothing(const Question& question, const LinearProgram& program, const Solution& solution) const {
  const bool own_set = program.excluded < 0 && question.reference.Find(question.row) >= 0;
  return abated_ && !own_set && !(solution.columns[static_cast<std::size_t>(abatement_column_)] > 0);
}

void Technology::SetTargets(const std::vector<double>& aims, UnitScore& score) const {
  score.input_targets.clear();
  score.output_targets.clear();
  score.bad_output_targets.clear();
  for (int i = 0; i < measure_count(); ++i) {
    const std::size_t at = static_cast<std::size_t>(i);
    if (i < input_count_) {
      score.input_targets.push_back(aims[at] - score.input_slacks[at]);
    } else if (i < input_count_ + output_count_) {
      score.output_targets.push_back(aims[at] + score.output_slacks[at - static_cast<std::size_t>(input_count_)]);
    } else {
      const std::size_t bad = at - static_cast<std::size_t>(input_count_ + output_count_);
      score.bad_output_targets.push_back(aims[at] - score.bad_output_slacks[bad]);
    }
  }
}

}  // namespace farrell::dea
