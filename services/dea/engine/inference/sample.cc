#include "services/dea/engine/inference/sample.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

namespace farrell::dea {

std::vector<Sample> MakeSamples(const Observations& data, const ReferenceSets& sets,
                                const std::vector<std::int32_t>& unit_of_row) {
  std::vector<Sample> samples;
  samples.reserve(sets.sets.size());
  for (std::size_t set = 0; set < sets.sets.size(); ++set) {
    Sample sample;
    sample.input_count = data.input_count;
    sample.output_count = data.output_count;
    sample.rows = sets.sets[set];
    for (const std::int32_t row : sample.rows) {
      const auto at = static_cast<std::size_t>(row);
      if (sets.set_of_row[at] == static_cast<std::int32_t>(set)) {
        sample.evaluated.push_back(static_cast<std::int32_t>(sample.cells.size() / sample.dimension()));
      }
      sample.cells.insert(sample.cells.end(), data.row(at), data.row(at) + sample.dimension());
      if (!unit_of_row.empty()) sample.units.push_back(unit_of_row[at]);
      if (!data.times.empty()) sample.times.push_back(data.times[at]);
    }
    samples.push_back(std::move(sample));
  }
  return samples;
}

Status CheckSize(std::size_t member_count, std::size_t row_length, std::int64_t replication_count) {
  if (member_count > kMostMembers) {
    return FailedPrecondition("SAMPLE_TOO_LARGE", "a reference set of " + std::to_string(member_count) +
                                                      " rows is too large to resample, the limit is " +
                                                      std::to_string(kMostMembers) + ": use fewer periods or a subset");
  }
  const std::size_t most = kMostDraws / std::max<std::size_t>(1, row_length);
  if (static_cast<std::size_t>(replication_count) > most) {
    return FailedPrecondition(
        "TOO_MANY_DRAWS", std::to_string(replication_count) + " replications of " + std::to_string(row_length) +
                              " numbers are too many to keep: use at most " + std::to_string(most) + " replications");
  }
  return Status::Ok();
}

Sample MakeSample(int input_count, int output_count, std::vector<double> cells) {
  Sample sample;
  sample.input_count = input_count;
  sample.output_count = output_count;
  sample.cells = std::move(cells);
  sample.rows.resize(sample.cells.size() / sample.dimension());
  std::iota(sample.rows.begin(), sample.rows.end(), 0);
  sample.evaluated = sample.rows;
  return sample;
}

}  // namespace farrell::dea
