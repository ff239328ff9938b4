#include "services/dea/engine/productivity.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <string_view>
#include <tuple>
#include <utility>

#include "common/numeric/elementary.h"
#include "services/dea/engine/guide.h"
#include "services/dea/engine/model_check.h"
#include "services/dea/engine/point_order.h"
#include "services/dea/engine/productivity_index.h"

namespace farrell::dea {
namespace {

bool IsDirectional(ProductivityIndex index) {
  return index == ProductivityIndex::kMalmquistLuenberger || index == ProductivityIndex::kGlobalMalmquistLuenberger ||
         index == ProductivityIndex::kLuenberger;
}

bool IsGlobal(ProductivityIndex index) {
  return index == ProductivityIndex::kGlobal || index == ProductivityIndex::kGlobalMalmquistLuenberger;
}

constexpr std::optional<double> ChangeParts::*kParts[] = {
    &ChangeParts::index,
    &ChangeParts::efficiency_change,
    &ChangeParts::technical_change,
    &ChangeParts::pure_efficiency_change,
    &ChangeParts::scale_efficiency_change,
    &ChangeParts::scale_change,
};

// Rows of a group in the periods first and last, and in those between unless only the ends count. Periods are positions
// among the distinct ones.
struct Span {
  std::int32_t group;
  bool ends_only;
  std::size_t first;
  std::size_t last;

  bool operator<(const Span& other) const {
    return std::tie(group, ends_only, first, last) < std::tie(other.group, other.ends_only, other.first, other.last);
  }
};

// The rows of a panel that span frontiers, by group and period.
class Periods {
 public:
  explicit Periods(const Observations& data) {
    const auto spans_frontiers = [&](std::size_t row) { return data.roles[row] != RowRole::kExcluded; };
    for (std::size_t row = 0; row < data.times.size(); ++row) {
      if (spans_frontiers(row)) positions_[data.times[row]] = 0;
    }
    std::size_t next = 0;
    for (auto& [time, position] : positions_) position = next++;
    for (std::size_t row = 0; row < data.times.size(); ++row) {
      if (!spans_frontiers(row)) continue;
      std::vector<std::vector<std::int32_t>>& rows = rows_[data.groups.empty() ? 0 : data.groups[row]];
      rows.resize(positions_.size());
      rows[Find(data.times[row])].push_back(static_cast<std::int32_t>(row));
    }
  }

  std::size_t count() const { return positions_.size(); }
  std::size_t Find(std::int64_t time) const { return positions_.at(time); }

  // Productivity::Set::frontier_name.
  std::string NameOf(const Span& span, bool global) const {
    if (global && span.first == 0 && span.last + 1 == count()) return "global";
    const std::string last =
        std::to_string(std::next(positions_.begin(), static_cast<std::ptrdiff_t>(span.last))->first);
    if (span.first == span.last) return last;
    if (!span.ends_only) return "sequential:" + last;
    const std::int64_t first = std::next(positions_.begin(), static_cast<std::ptrdiff_t>(span.first))->first;
    return "biennial:" + std::to_string(first) + "," + last;
  }

  // Ascending.
  std::vector<std::int32_t> RowsOf(const Span& span) const {
    std::vector<std::int32_t> members;
    const std::vector<std::vector<std::int32_t>>& rows = rows_.at(span.group);
    for (std::size_t period = span.first; period <= span.last; ++period) {
      if (span.ends_only && period != span.first && period != span.last) continue;
      members.insert(members.end(), rows[period].begin(), rows[period].end());
    }
    std::sort(members.begin(), members.end());
    return members;
  }

 private:
  std::map<std::int64_t, std::size_t> positions_;
  std::map<std::int32_t, std::vector<std::vector<std::int32_t>>> rows_;
};

Span SpanOf(FrontierSpan span, std::int32_t group, std::size_t from, std::size_t to, std::size_t period_count) {
  switch (span) {
    case FrontierSpan::kFrom: return {group, false, from, from};
    case FrontierSpan::kTo: return {group, false, to, to};
    case FrontierSpan::kUpToFrom: return {group, false, 0, from};
    case FrontierSpan::kUpToTo: return {group, false, 0, to};
    case FrontierSpan::kBoth: return {group, true, from, to};
    case FrontierSpan::kAll: break;
  }
  return {group, false, 0, period_count - 1};
}

std::string NameOf(const DistanceNeed& need, const ProductivityChange& change) {
  std::string name = "global";
  switch (need.span) {
    case FrontierSpan::kFrom: name = "t"; break;
    case FrontierSpan::kTo: name = "t+1"; break;
    case FrontierSpan::kUpToFrom: name = "sequential:" + std::to_string(change.from); break;
    case FrontierSpan::kUpToTo: name = "sequential:" + std::to_string(change.to); break;
    case FrontierSpan::kBoth: name = "biennial"; break;
    case FrontierSpan::kAll: break;
  }
  return need.second ? name + "/vrs" : name;
}

// Means over all rows that span frontiers, as the direction of every row: distances of several frontiers are compared,
// so they must look the same way.
std::unique_ptr<const Observations> WithMeanDirection(const Observations& data) {
  auto directed = std::make_unique<Observations>(data);
  const std::size_t dimension = static_cast<std::size_t>(data.dimension());
  std::vector<double> means(dimension, 0.0);
  double count = 0;
  for (std::size_t row = 0; row < data.size(); ++row) {
    if (data.roles[row] == RowRole::kExcluded) continue;
    ++count;
    for (std::size_t i = 0; i < dimension; ++i) means[i] += (data.row(row)[i] - means[i]) / count;
  }
  directed->directions.clear();
  for (std::size_t row = 0; row < data.size(); ++row) {
    directed->directions.insert(directed->directions.end(), means.begin(), means.end());
  }
  return directed;
}

}  // namespace

Model DistanceModel(const ProductivityRequest& request) {
  Model model = request.model;
  model.kind = IsDirectional(request.index) ? ModelKind::kDdf : ModelKind::kRadial;
  return model;
}

void CheckProductivity(const ProductivityRequest& request, const std::string& prefix, Violations& violations) {
  const Model& model = request.model;
  const auto add = [&](std::string_view field, std::string_view text) {
    violations.Add(prefix + "model." + std::string(field), std::string(text));
  };
  CheckModel(DistanceModel(request), prefix + "model.", violations);
  const bool two_technologies =
      request.index == ProductivityIndex::kFgnz || request.index == ProductivityIndex::kRayDesli;
  if (two_technologies && model.rts != ReturnsToScale::kCrs) {
    add("rts", "this index takes its distances under CRS and VRS; leave rts unset");
  }
  if (two_technologies && model.disposability == Disposability::kWeak && model.orientation != Orientation::kOutput) {
    add("disposability",
        "WEAK is no linear program under VRS where inputs change; use KUOSMANEN or orientation OUTPUT");
  }
  if (request.index == ProductivityIndex::kBiennial && model.rts != ReturnsToScale::kCrs &&
      model.rts != ReturnsToScale::kVrs) {
    add("rts", "the biennial index is defined under CRS, its parts under CRS or VRS");
  }
  if (model.frontier.scheme != FrontierScheme::kContemporaneous) {
    add("frontier.scheme", "the index decides whose data span the frontiers; leave the scheme unset");
  }
  if (model.super) add("super", "not for productivity");
  if (model.cross != CrossEfficiency::kNone) add("cross", "not for productivity");
  if (model.scale) add("scale", "not for productivity");
  if (model.influence) add("influence", "not for productivity");
  if (!model.metafrontier_column.empty()) add("metafrontier_column", "not for productivity");
  if (!model.frozen_out_column.empty()) add("frozen_out_column", "not for productivity");
  if (!model.weight_restrictions.empty()) add("weight_restrictions", "not for productivity");
  if (model.non_radial) add("non_radial", "the index needs one distance for all measures");
}

std::vector<std::int32_t> UnitCodes(const Panel& panel) {
  std::vector<std::int32_t> codes;
  codes.reserve(panel.size());
  std::int32_t next = 0;
  for (std::size_t row = 0; row < panel.size(); ++row) {
    if (row > 0 && panel.units[row] != panel.units[row - 1]) ++next;
    codes.push_back(next);
  }
  return codes;
}

Productivity::Productivity(const Observations& data, const std::vector<std::int32_t>& units,
                           const ProductivityRequest& request)
    : data_(&data), index_(request.index), second_technology_(HasSecondTechnology(request.index, request.model.rts)) {
  Model model = DistanceModel(request);
  if (model.kind == ModelKind::kDdf && model.direction.kind == DirectionKind::kMean) {
    directed_ = WithMeanDirection(data);
    data_ = directed_.get();
    model.direction.kind = DirectionKind::kColumns;
  }
  if (second_technology_) model.rts = ReturnsToScale::kCrs;
  models_.push_back(model);
  model.rts = ReturnsToScale::kVrs;
  if (second_technology_) models_.push_back(model);
  for (const Model& technology : models_) formulations_.push_back(MakeFormulation(technology, *data_));
  if (data.times.empty()) return;

  const Periods periods(data);
  const auto group_of = [&](std::size_t row) { return data.groups.empty() ? 0 : data.groups[row]; };
  const std::vector<DistanceNeed> needs = NeedsOf(index_, second_technology_);
  std::map<Span, std::int32_t> spans;
  std::map<Program, std::int32_t> numbers;
  std::vector<std::vector<Program>> wanted;
  std::size_t previous = data.size();
  for (std::size_t row = 0; row < data.size(); ++row) {
    if (data.roles[row] != RowRole::kScored) continue;
    const std::size_t earlier = std::exchange(previous, row);
    if (earlier == data.size() || units[earlier] != units[row]) continue;
    const std::size_t from = periods.Find(data.times[earlier]);
    const std::size_t to = periods.Find(data.times[row]);
    comparisons_.push_back({static_cast<std::int32_t>(earlier),
                            static_cast<std::int32_t>(row),
                            static_cast<std::int64_t>(to - from) - 1,
                            {}});
    std::vector<Program>& programs = wanted.emplace_back();
    if (group_of(earlier) != group_of(row)) continue;
    for (const DistanceNeed& need : needs) {
      const Span span = SpanOf(need.span, group_of(row), from, to, periods.count());
      const std::int32_t frontier = spans.try_emplace(span, static_cast<std::int32_t>(spans.size())).first->second;
      programs.push_back({need.second ? 1 : 0, frontier, static_cast<std::int32_t>(need.of_later ? row : earlier)});
      numbers[programs.back()] = 0;
    }
  }

  for (auto& [program, number] : numbers) {
    number = static_cast<std::int32_t>(programs_.size());
    programs_.push_back(program);
  }
  for (std::size_t c = 0; c < comparisons_.size(); ++c) {
    for (const Program& program : wanted[c]) comparisons_[c].programs.push_back(numbers.at(program));
  }
  const bool global = IsGlobal(index_);
  std::vector<std::vector<std::int32_t>> members(spans.size());
  frontier_names_.resize(spans.size());
  for (const auto& [span, number] : spans) {
    members[static_cast<std::size_t>(number)] = periods.RowsOf(span);
    frontier_names_[static_cast<std::size_t>(number)] = periods.NameOf(span, global);
  }
  frontiers_.reserve(members.size());
  for (std::vector<std::int32_t>& rows : members) frontiers_.emplace_back(data, std::move(rows));
}

std::vector<Productivity::Part> Productivity::Parts() const {
  std::vector<Part> parts;
  std::map<std::tuple<std::int32_t, std::int32_t, std::int64_t>, std::size_t> index;
  for (std::size_t p = 0; p < programs_.size(); ++p) {
    const Program& program = programs_[p];
    const std::int64_t time = data_->times[static_cast<std::size_t>(program.row)];
    const auto [found, added] = index.try_emplace({program.technology, program.frontier, time}, parts.size());
    if (added) {
      parts.push_back({&models_[static_cast<std::size_t>(program.technology)],
                       &frontiers_[static_cast<std::size_t>(program.frontier)],
                       {}});
    }
    parts[found->second].programs.push_back(p);
  }
  return parts;
}

std::vector<Productivity::Set> Productivity::Sets() const {
  std::vector<Set> sets;
  for (std::size_t p = 0; p < programs_.size(); ++p) {
    const Program& program = programs_[p];
    const Program& before = programs_[p == 0 ? 0 : p - 1];
    if (p == 0 || before.technology != program.technology || before.frontier != program.frontier) {
      const auto technology = static_cast<std::size_t>(program.technology);
      const auto frontier = static_cast<std::size_t>(program.frontier);
      sets.push_back({&models_[technology], formulations_[technology].get(), &frontiers_[frontier],
                      frontier_names_[frontier], p, p});
    }
    sets.back().last = p + 1;
  }
  return sets;
}

bool Productivity::Prepare(std::span<const std::size_t> programs, const ParallelFor& parallel,
                           const std::stop_token& stop) {
  if (!TakesFrame(models_[0], *data_)) return true;
  std::vector<std::size_t> asked(frontiers_.size(), 0);
  for (const std::size_t p : programs) ++asked[static_cast<std::size_t>(programs_[p].frontier)];
  // A frame made under variable returns serves every technology.
  frames_.clear();
  for (std::size_t frontier = 0; frontier < frontiers_.size(); ++frontier) {
    const bool worth = asked[frontier] > 0 && WorthFrame(asked[frontier], frontiers_[frontier].size());
    frames_.push_back(worth ? MakeFrame(*data_, frontiers_[frontier], models_.back().rts, parallel, stop) : nullptr);
  }
  return !stop.stop_requested();
}

std::vector<std::size_t> Productivity::NeighboursInOrder(std::span<const std::size_t> programs) const {
  const std::size_t dimension = static_cast<std::size_t>(data_->dimension());
  std::vector<std::size_t> ordered;
  std::vector<double> points;
  std::vector<std::uint32_t> order;
  const auto place = [&](std::size_t at) {
    const Program& program = programs_[programs[at]];
    return std::pair(program.technology, program.frontier);
  };
  for (std::size_t begin = 0; begin < programs.size();) {
    std::size_t last = begin;
    points.clear();
    for (; last < programs.size() && place(last) == place(begin); ++last) {
      const double* const cells = data_->row(static_cast<std::size_t>(programs_[programs[last]].row));
      points.insert(points.end(), cells, cells + dimension);
    }
    OrderPoints(points.data(), last - begin, dimension, order);
    for (const std::uint32_t at : order) ordered.push_back(begin + at);
    begin = last;
  }
  return ordered;
}

bool Productivity::Solve(std::span<const std::size_t> programs, Score* scores, const std::stop_token& stop,
                         const std::function<void(std::int64_t)>& done) const {
  std::vector<UnitSolver> solvers;
  std::vector<Guide> guides;
  solvers.reserve(models_.size());
  guides.reserve(models_.size());
  for (std::size_t technology = 0; technology < models_.size(); ++technology) {
    solvers.emplace_back(*formulations_[technology]);
    guides.emplace_back(models_[technology], *data_);
  }
  for (const std::size_t at : NeighboursInOrder(programs)) {
    const Program& program = programs_[programs[at]];
    const std::size_t frontier = static_cast<std::size_t>(program.frontier);
    const std::size_t technology = static_cast<std::size_t>(program.technology);
    Guide& guide = guides[technology];
    guide.SetReference(frontiers_[frontier], frames_.empty() ? nullptr : frames_[frontier].get());
    UnitScore score =
        solvers[technology].Solve({*data_, program.row, frontiers_[frontier]}, guide.OptionsFor(program.row), stop);
    if (stop.stop_requested()) return false;
    scores[at] = {score.status, score.status == UnitStatus::kOptimal ? score.score : 0, score.certificate.gap,
                  score.certificate.max_violation, std::move(score.proof)};
    if (done) done(1);
  }
  return true;
}

bool Productivity::Solve(std::size_t begin, std::size_t end, std::vector<Score>& scores, const std::stop_token& stop,
                         const std::function<void(std::int64_t)>& done) const {
  std::vector<std::size_t> programs(end - begin);
  std::iota(programs.begin(), programs.end(), begin);
  return Solve(programs, scores.data() + begin, stop, done);
}

std::vector<ProductivityChange> Productivity::Changes(const std::vector<Score>& scores) const {
  const std::vector<DistanceNeed> needs = NeedsOf(index_, second_technology_);
  std::vector<ProductivityChange> changes;
  changes.reserve(comparisons_.size());
  for (const Comparison& comparison : comparisons_) {
    ProductivityChange& change = changes.emplace_back();
    change.from_row = comparison.from_row;
    change.to_row = comparison.to_row;
    change.from = data_->times[static_cast<std::size_t>(comparison.from_row)];
    change.to = data_->times[static_cast<std::size_t>(comparison.to_row)];
    change.gap_count = comparison.gap_count;
    change.status = comparison.programs.empty() ? UnitStatus::kExcluded : UnitStatus::kOptimal;
    if (comparison.programs.empty()) continue;
    const auto miss = [&](UnitStatus status) {
      if (change.status == UnitStatus::kOptimal) change.status = status;
    };
    std::vector<std::optional<double>> values;
    for (std::size_t n = 0; n < needs.size(); ++n) {
      const Score& score = scores[static_cast<std::size_t>(comparison.programs[n])];
      change.distances.push_back(
          {needs[n].of_later ? change.to : change.from, NameOf(needs[n], change), score.status, score.value});
      values.push_back(score.status == UnitStatus::kOptimal ? Contribution(index_, score.value) : std::nullopt);
      if (!values.back()) miss(score.status == UnitStatus::kOptimal ? UnitStatus::kUnbounded : score.status);
    }
    change.parts = Combine(index_, second_technology_, values);
    // Every part has its distances by now; one that is unset has overflowed.
    const ChangeParts expected =
        Combine(index_, second_technology_, std::vector<std::optional<double>>(needs.size(), 1.0));
    for (const auto part : kParts) {
      if ((expected.*part).has_value() && !(change.parts.*part).has_value()) miss(UnitStatus::kUnbounded);
    }
  }
  return changes;
}

std::vector<ProductivityMean> Productivity::Means(const std::vector<ProductivityChange>& changes) const {
  const bool geometric = index_ != ProductivityIndex::kLuenberger;
  std::map<std::pair<std::int64_t, std::int64_t>, ProductivityMean> means;
  for (const ProductivityChange& change : changes) {
    ProductivityMean& mean = means[{change.from, change.to}];
    if (change.status != UnitStatus::kOptimal) {
      ++mean.incomplete_count;
      continue;
    }
    ++mean.complete_count;
    for (const auto part : kParts) {
      const std::optional<double>& value = change.parts.*part;
      if (!value) continue;
      (mean.parts.*part) = (mean.parts.*part).value_or(0) + (geometric ? numeric::Log(*value) : *value);
    }
  }
  std::vector<ProductivityMean> result;
  for (auto& [pair, mean] : means) {
    mean.from = pair.first;
    mean.to = pair.second;
    for (const auto part : kParts) {
      std::optional<double>& sum = mean.parts.*part;
      if (!sum) continue;
      const double average = *sum / static_cast<double>(mean.complete_count);
      sum = geometric ? numeric::Exp(average) : average;
    }
    result.push_back(mean);
  }
  return result;
}

}  // namespace farrell::dea
