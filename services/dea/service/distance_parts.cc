#include "services/dea/service/distance_parts.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <utility>

#include "common/numeric/abi.h"
#include "services/dea/service/action_key.h"

namespace farrell::dea {
namespace {

using canonical::Value;

// Status, value, gap, violation.
using ScoreBytes = std::array<double, 4>;

// The cells of rows, and their directions where the model has any: bytes of this machine, in order.
std::string CellsDigest(const Observations& data, const std::vector<std::int32_t>& rows, bool directions) {
  canonical::Sha256Stream stream;
  const std::size_t d = static_cast<std::size_t>(data.dimension());
  const auto add = [&](const std::vector<double>& cells) {
    for (const std::int32_t row : rows) {
      const double* first = cells.data() + static_cast<std::size_t>(row) * d;
      stream.Update({reinterpret_cast<const char*>(first), d * sizeof(double)});
    }
  };
  add(data.cells);
  if (directions && !data.directions.empty()) add(data.directions);
  return stream.Finish();
}

// `frontier_cells`: CellsDigest of the frontier.
std::string KeyOf(const Productivity& study, const Model& technology, const ReferenceMatrix& frontier,
                  const std::string& frontier_cells, const std::vector<std::size_t>& programs) {
  std::vector<std::int32_t> rows;
  Value::Array places;  // in the frontier, -1 outside of it: a unit may be its own peer
  for (const std::size_t program : programs) {
    rows.push_back(study.row_of(program));
    places.emplace_back(static_cast<std::int64_t>(frontier.Find(rows.back())));
  }
  return canonical::Digest("farrell.distances.v1", Value::Object{{"spec", Describe(technology)},
                                                                 {"frontier", frontier_cells},
                                                                 {"size", static_cast<std::int64_t>(frontier.size())},
                                                                 {"rows", CellsDigest(study.data(), rows, true)},
                                                                 {"places", std::move(places)},
                                                                 {"algo_rev", kAlgorithmRevision},
                                                                 {"num_abi", std::string(numeric::kNumAbi)}});
}

}  // namespace

std::string DistancesKey(const Productivity& study, const Model& technology, const ReferenceMatrix& frontier,
                         const std::vector<std::size_t>& programs) {
  return KeyOf(study, technology, frontier, CellsDigest(study.data(), frontier.members(), false), programs);
}

DistanceParts::DistanceParts(const Productivity& study) {
  std::map<const ReferenceMatrix*, std::string> frontiers;
  for (Productivity::Part& part : study.Parts()) {
    std::string& cells = frontiers[part.frontier];
    if (cells.empty()) cells = CellsDigest(study.data(), part.frontier->members(), false);
    std::string key = KeyOf(study, *part.technology, *part.frontier, cells, part.programs);
    parts_.push_back({std::move(key), std::move(part.programs)});
  }
}

std::vector<std::size_t> DistanceParts::Take(ResultCache& cache, std::vector<Productivity::Score>& scores) {
  std::vector<std::size_t> open;
  for (Part& part : parts_) {
    const auto found = cache.Lookup(part.key);
    std::vector<Productivity::Score> known(part.programs.size());
    part.at_hand = found && ReadScores(found->bytes, known.size(), known.data());
    for (std::size_t i = 0; i < known.size(); ++i) {
      if (part.at_hand) {
        scores[part.programs[i]] = known[i];
      } else {
        open.push_back(part.programs[i]);
      }
    }
  }
  std::sort(open.begin(), open.end());
  return open;
}

void DistanceParts::Keep(ResultCache& cache, const std::vector<Productivity::Score>& scores, bool again) const {
  for (const Part& part : parts_) {
    if (part.at_hand) continue;
    std::string bytes;
    for (const std::size_t program : part.programs) AppendScore(bytes, scores[program]);
    cache.Store(part.key, bytes, again);
  }
}

void AppendScore(std::string& bytes, const Productivity::Score& score) {
  const ScoreBytes numbers = {static_cast<double>(score.status), score.value, score.gap, score.violation};
  bytes.append(reinterpret_cast<const char*>(numbers.data()), sizeof(numbers));
}

bool ReadScores(std::string_view bytes, std::size_t count, Productivity::Score* scores) {
  if (bytes.size() != count * sizeof(ScoreBytes)) return false;
  for (std::size_t i = 0; i < count; ++i) {
    ScoreBytes numbers;
    std::memcpy(numbers.data(), bytes.data() + i * sizeof(numbers), sizeof(numbers));
    scores[i] = {static_cast<UnitStatus>(numbers[0]), numbers[1], numbers[2], numbers[3]};
  }
  return true;
}

}  // namespace farrell::dea
