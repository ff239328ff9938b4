#include "services/dea/engine/carry.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <numeric>
#include <optional>
#include <utility>

#include "services/dea/engine/guide.h"
#include "services/dea/engine/precision.h"
#include "services/dea/engine/technology.h"

namespace farrell::dea {
namespace {

// Rows of a technology: measures and two of the sum of weights.
constexpr std::size_t kMostRows = kMaxDimension + 2;
// Columns from which on it pays to find those that matter.
constexpr std::size_t kWorthFrame = 64;

bool SameBits(const double* a, const double* b, std::size_t count) {
  return std::memcmp(a, b, count * sizeof(double)) == 0;
}

// For each row whether it is a member.
std::vector<char> MembersOf(const Observations& data, const ReferenceMatrix& reference) {
  std::vector<char> members(data.size(), 0);
  for (const std::int32_t row : reference.members()) members[static_cast<std::size_t>(row)] = 1;
  return members;
}

}  // namespace

bool CanCarry(const Model& model) {
  return model.kind != ModelKind::kFdh && !model.scale && model.metafrontier_column.empty() &&
         model.cross == CrossEfficiency::kNone && !model.influence;
}

Carrier::Carrier(const Model& model, const Formulation& formulation, const Observations& then,
                 const ReferenceMatrix& reference_then, const Observations& now, const ReferenceMatrix& reference_now,
                 const std::vector<std::int32_t>& row_then)
    : formulation_(formulation),
      technology_(formulation.technology()),
      row_count_(technology_.weighted_row_count()),
      then_(then),
      reference_then_(reference_then),
      now_(now),
      reference_now_(reference_now),
      row_then_(row_then),
      member_then_(MembersOf(then, reference_then)),
      member_now_(MembersOf(now, reference_now)) {
  const std::size_t d = static_cast<std::size_t>(now.dimension());
  const auto add = [&](const double* cells) {
    columns_.insert(columns_.end(), cells, cells + d);
    columns_.resize(columns_.size() + static_cast<std::size_t>(row_count_) - d, 1.0);
  };
  std::vector<char> kept(then.size(), 0);
  std::int32_t last = -1;
  for (std::size_t row = 0; row < row_then.size(); ++row) {
    const std::int32_t before = row_then[row];
    if (before >= 0) {
      ordered_ = ordered_ && before > last;
      last = before;
    }
    if (member_now_[row] == 0) continue;
    const double* cells = now.row(row);
    if (before >= 0 && member_then_[static_cast<std::size_t>(before)] != 0 &&
        SameBits(cells, then.row(static_cast<std::size_t>(before)), d)) {
      kept[static_cast<std::size_t>(before)] = 1;
    } else {
      add(cells);
    }
  }
  for (const std::int32_t row : reference_then.members()) {
    if (kept[static_cast<std::size_t>(row)] == 0) add(then.row(static_cast<std::size_t>(row)));
  }
  changed_count_ = columns_.size() / static_cast<std::size_t>(row_count_);
  if (changed_count_ >= kWorthFrame && TakesFrame(model, now)) FrameColumns(model);
}

// Of many columns that changed few can be anybody's peer.
void Carrier::FrameColumns(const Model& model) {
  const std::size_t rows = static_cast<std::size_t>(row_count_);
  const std::size_t d = static_cast<std::size_t>(now_.dimension());
  Observations changed;
  changed.input_count = now_.input_count;
  changed.output_count = now_.output_count;
  changed.bad_count = now_.bad_count;
  for (std::size_t first = 0; first < columns_.size(); first += rows) {
    changed.cells.insert(changed.cells.end(), columns_.begin() + static_cast<std::ptrdiff_t>(first),
                         columns_.begin() + static_cast<std::ptrdiff_t>(first + d));
    changed.roles.push_back(RowRole::kScored);
  }
  std::vector<std::int32_t> all(changed_count_);
  std::iota(all.begin(), all.end(), 0);
  const ReferenceMatrix reference(changed, std::move(all));
  frame_ = MakeFrame(changed, reference, model.rts,
                     [](std::size_t count, const std::function<void(std::size_t)>& body) {
                       for (std::size_t i = 0; i < count; ++i) body(i);
                     },
                     {});
  if (frame_ == nullptr) return;
  std::vector<double> framed;
  for (const int unit : frame_->units()) {
    const auto first = columns_.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(unit) * rows);
    framed.insert(framed.end(), first, first + static_cast<std::ptrdiff_t>(rows));
  }
  columns_ = std::move(framed);
  lowest_.assign(rows, 1.0);
  highest_.assign(rows, 1.0);
  for (int i = 0; i < now_.dimension(); ++i) {
    lowest_[static_cast<std::size_t>(i)] = reference.lowest(i);
    highest_[static_cast<std::size_t>(i)] = reference.highest(i);
  }
}

// Whether prices that are clear for the units of the frame are clear for the others: their reduced cost is then at
// least kFrameMargin / 3 of their terms (frame.h), and all that is unclear about it must be less.
bool Carrier::FrameSuffices(const double* worth, const double* margin) const {
  if (frame_ == nullptr) return true;
  constexpr double kShare = kFrameMargin / 6;
  const std::size_t d = static_cast<std::size_t>(now_.dimension());
  double all_terms = 0;
  double least_term = kHuge;
  double noise = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(row_count_); ++i) {
    // Worth of inputs <= 0 and of outputs >= 0 is what free disposal asks for.
    const bool output = i < d && now_.is_output(static_cast<int>(i));
    if (i < d && (output ? worth[i] < 0 : worth[i] > 0)) return false;
    const double size = Abs(worth[i]);
    all_terms += size * lowest_[i];
    if (size > 0) {
      least_term = std::min(least_term, size * (i < d ? frame_->least_positive(static_cast<int>(i)) : 1));
    }
    if (margin[i] > kShare * size) noise += margin[i] * highest_[i];
  }
  return noise <= kShare * std::max(all_terms, least_term);
}

bool Carrier::SameUnit(std::int32_t row_then, std::int32_t row) const {
  const std::size_t before = static_cast<std::size_t>(row_then);
  const std::size_t after = static_cast<std::size_t>(row);
  const std::size_t d = static_cast<std::size_t>(now_.dimension());
  if (member_then_[before] != member_now_[after]) return false;
  if (!SameBits(then_.row(before), now_.row(after), d)) return false;
  return now_.directions.empty() ||
         SameBits(then_.directions.data() + before * d, now_.directions.data() + after * d, d);
}

bool Carrier::Stands(std::int32_t row, std::span<const double> proof) const {
  const std::int32_t before = row_then_[static_cast<std::size_t>(row)];
  const std::size_t rows = static_cast<std::size_t>(row_count_);
  if (!ordered_ || before < 0 || proof.size() != 2 * rows) return false;
  if (!SameUnit(before, row)) return false;
  const Question then{then_, before, reference_then_};
  const Question now{now_, row, reference_now_};
  if (!formulation_.SameProgram(then, now)) return false;
  std::array<double, kMostRows> worth;
  std::array<double, kMostRows> margin;
  for (int block = 0; block < technology_.block_count(); ++block) {
    for (std::size_t i = 0; i < rows; ++i) {
      const double factor = technology_.Factor(now, block, static_cast<int>(i));
      worth[i] = proof[i] * factor;
      margin[i] = kBand * proof[rows + i] * Abs(factor);
    }
    if (!FrameSuffices(worth.data(), margin.data())) return false;
    for (std::size_t first = 0; first < columns_.size(); first += rows) {
      double reduced = 0;
      double tolerance = 0;
      for (std::size_t i = 0; i < rows; ++i) {
        const double cell = columns_[first + i];
        reduced -= worth[i] * cell;
        tolerance += margin[i] * Abs(cell);
      }
      if (!(reduced > tolerance)) return false;
    }
  }
  return true;
}

namespace {

bool IsSame(const std::vector<std::int32_t>& row_then, std::size_t then_count) {
  for (std::size_t row = 0; row < row_then.size(); ++row) {
    if (row_then[row] != static_cast<std::int32_t>(row)) return false;
  }
  return row_then.size() == then_count;
}

// Peers as rows of the new table.
void MovePeers(const std::vector<std::int32_t>& row_now, UnitScore& score) {
  for (std::vector<Peer>* peers : {&score.peers, &score.abated_peers}) {
    for (Peer& peer : *peers) peer.row = row_now[static_cast<std::size_t>(peer.row)];
  }
}

}  // namespace

TakenOver TakeOver(const Evaluation& then, std::vector<UnitScore> scores, const Evaluation& now,
                   const std::vector<std::int32_t>& set_then, const std::vector<std::int32_t>& row_then) {
  TakenOver taken;
  // Where no row has moved, answers stay where they are.
  const bool same = IsSame(row_then, scores.size());
  std::vector<std::int32_t> row_now(then.data().size(), -1);
  for (std::size_t row = 0; row < row_then.size(); ++row) {
    if (row_then[row] >= 0) row_now[static_cast<std::size_t>(row_then[row])] = static_cast<std::int32_t>(row);
  }
  if (same) {
    taken.results = std::move(scores);
  } else {
    taken.results = now.EmptyResults();
  }
  for (std::size_t set = 0; set < set_then.size(); ++set) {
    const auto [first, last] = now.PositionsOf(set);
    std::optional<Carrier> carrier;
    if (set_then[set] >= 0) {
      carrier.emplace(now.model(), *now.formulation(), then.data(),
                      then.reference(static_cast<std::size_t>(set_then[set])), now.data(), now.reference(set),
                      row_then);
    }
    for (std::size_t position = first; position < last; ++position) {
      const std::int32_t row = now.row_at(position);
      const std::size_t at = static_cast<std::size_t>(row);
      UnitScore* const score = row_then[at] < 0 ? nullptr
                               : same           ? &taken.results[at]
                                                : &scores[static_cast<std::size_t>(row_then[at])];
      if (!carrier || score == nullptr || !carrier->Stands(row, score->proof)) {
        taken.open.push_back(row);
        if (same) taken.results[at] = {};
        continue;
      }
      ++taken.carried_count;
      if (same) continue;
      MovePeers(row_now, *score);
      taken.results[at] = std::move(*score);
    }
  }
  for (std::size_t row = 0; same && row < taken.results.size(); ++row) {
    if (now.reference_sets().set_of_row[row] == ReferenceSets::kNone) taken.results[row] = now.EmptyResult(row);
  }
  return taken;
}

}  // namespace farrell::dea
