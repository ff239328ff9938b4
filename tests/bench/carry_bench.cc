// New and revised data: what is solved again, what is proven to stand, and what that takes beside solving everything.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <functional>
#include <map>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include "services/dea/engine/carry.h"
#include "tests/bench/bench.h"
#include "tests/dea/bytes.h"

namespace farrell::dea::bench {
namespace {

struct Arrival {
  Observations now;
  std::vector<std::int32_t> row_then;
};

void OneByOne(std::size_t count, const std::function<void(std::size_t)>& body) {
  for (std::size_t i = 0; i < count; ++i) body(i);
}

std::vector<UnitScore> SolveAll(Evaluation& evaluation) {
  std::vector<UnitScore> scores = evaluation.EmptyResults();
  evaluation.Prepare(OneByOne, {});
  evaluation.Solve(0, evaluation.unit_count(), scores, {}, nullptr);
  return scores;
}

std::vector<std::int32_t> SameRows(const Observations& data) {
  std::vector<std::int32_t> rows(data.size());
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

// Most often a peer.
std::int32_t BusiestPeer(const std::vector<UnitScore>& scores) {
  std::map<std::int32_t, int> uses;
  for (const UnitScore& score : scores) {
    for (const Peer& peer : score.peers) ++uses[peer.row];
  }
  const auto most =
      std::max_element(uses.begin(), uses.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most->first;
}

// A cell that was 2 % higher.
Arrival Revised(const Observations& then, std::int32_t row) {
  Arrival arrival{then, SameRows(then)};
  arrival.now.cells[static_cast<std::size_t>(row) * static_cast<std::size_t>(then.dimension())] *= 1.02;
  return arrival;
}

// Without the last period: what was there before it came. Units by row, periods within.
Arrival LastPeriodCame(const Observations& now, Observations& then) {
  Arrival arrival;
  const std::int64_t last = *std::max_element(now.times.begin(), now.times.end());
  const std::size_t d = static_cast<std::size_t>(now.dimension());
  then = now;
  then.cells.clear();
  then.times.clear();
  then.roles.clear();
  for (std::size_t row = 0; row < now.size(); ++row) {
    const bool before = now.times[row] != last;
    arrival.row_then.push_back(before ? static_cast<std::int32_t>(then.roles.size()) : -1);
    if (!before) continue;
    then.cells.insert(then.cells.end(), now.row(row), now.row(row) + d);
    then.times.push_back(now.times[row]);
    then.roles.push_back(now.roles[row]);
  }
  arrival.now = now;
  return arrival;
}

struct Outcome {
  double cold = 0;
  double warm = 0;
  std::int64_t solved = 0;
  std::int64_t carried = 0;
  bool equal = true;
};

Outcome Compare(const Observations& then, const Arrival& arrival, const Model& model, int repeats) {
  Outcome outcome;
  Evaluation before(then, model);
  const std::vector<UnitScore> scores = SolveAll(before);
  std::vector<UnitScore> cold;
  outcome.cold = Seconds(
      [&] {
        Evaluation evaluation(arrival.now, model);
        cold = SolveAll(evaluation);
      },
      repeats);
  std::vector<UnitScore> warm;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    std::vector<UnitScore> given = scores;
    std::vector<std::int32_t> set_then;
    std::int64_t solved = 0;
    const double seconds = Seconds([&] {
      Evaluation evaluation(arrival.now, model);
      // Sets are in the order of their periods, and periods only come last here.
      for (std::size_t set = 0; set < evaluation.reference_sets().sets.size(); ++set) {
        set_then.push_back(set < before.reference_sets().sets.size() ? static_cast<std::int32_t>(set) : -1);
      }
      TakenOver taken = TakeOver(before, std::move(given), evaluation, set_then, arrival.row_then);
      if (taken.open.size() >= evaluation.unit_count() / 128) {
        evaluation.Prepare(OneByOne, {});
      }
      evaluation.SolveRows(
          taken.open,
          [&](std::int32_t row, UnitScore&& score) { taken.results[static_cast<std::size_t>(row)] = std::move(score); },
          {}, nullptr);
      outcome.carried = taken.carried_count;
      solved = static_cast<std::int64_t>(taken.open.size());
      warm = std::move(taken.results);
    });
    outcome.solved = solved;
    outcome.warm = repeat == 0 ? seconds : std::min(outcome.warm, seconds);
  }
  for (std::size_t row = 0; row < cold.size(); ++row) {
    outcome.equal = outcome.equal && testing::AllBytes(cold[row]) == testing::AllBytes(warm[row]);
  }
  return outcome;
}

bool Print(const std::string& name, const Outcome& outcome) {
  std::printf("%-46s %8lld %8lld %10.2f %10.2f %8.1f%s\n", name.c_str(), static_cast<long long>(outcome.solved),
              static_cast<long long>(outcome.carried), outcome.cold * 1e3, outcome.warm * 1e3,
              outcome.cold / outcome.warm, outcome.equal ? "" : "  NOT THE SAME BITS");
  std::fflush(stdout);
  return outcome.equal;
}

void Title(const char* title) {
  std::printf("\n%s\n\n%-46s %8s %8s %10s %10s %8s\n", title, "case", "solved", "carried", "cold ms", "ms", "times");
}

bool MeasureCounties() {
  Title(
      "2,800 counties x 20 years, pooled frontier, both phases, peers, prices, certificates; engine time, one thread.");
  const Observations data = MakePanel(2800, 20, 2, 1);
  bool good = true;
  for (const ReturnsToScale rts : {ReturnsToScale::kCrs, ReturnsToScale::kVrs}) {
    Model model;
    model.inputs = {"a", "b"};
    model.outputs = {"c"};
    model.rts = rts;
    model.orientation = Orientation::kOutput;
    model.frontier.scheme = FrontierScheme::kGlobal;
    const std::string name = rts == ReturnsToScale::kCrs ? "CRS" : "VRS";
    Evaluation before(data, model);
    const std::vector<UnitScore> scores = SolveAll(before);
    good =
        Print(name + ", a cell of an inefficient unit revised", Compare(data, Revised(data, 12345), model, 3)) && good;
    good = Print(name + ", a cell of the busiest peer revised",
                 Compare(data, Revised(data, BusiestPeer(scores)), model, 1)) &&
           good;
    Observations then;
    const Arrival arrival = LastPeriodCame(data, then);
    good = Print(name + ", the last year came (2,800 units)", Compare(then, arrival, model, 1)) && good;
  }
  for (const ModelKind kind : {ModelKind::kSbm, ModelKind::kDdf}) {
    Model model;
    model.kind = kind;
    model.inputs = {"a", "b"};
    model.outputs = {"c"};
    model.orientation = Orientation::kNone;
    model.frontier.scheme = FrontierScheme::kGlobal;
    good = Print(std::string(kind == ModelKind::kSbm ? "SBM" : "DDF") + ", a cell of an inefficient unit revised",
                 Compare(data, Revised(data, 12345), model, 1)) &&
           good;
  }
  return good;
}

// R&D personnel and expenditure, patents granted of the Chinese provinces, by province and year; empty where the file
// is not there.
Observations ReadProvinces() {
  std::ifstream file(std::string(FARRELL_SOURCE_DIR) + "/../shared/data/china_province_panel_2010_2019.csv");
  Observations data;
  data.input_count = 2;
  data.output_count = 1;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::vector<std::string> cells;
    std::istringstream stream(line);
    for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
    data.times.push_back(std::stoll(cells[5]));
    for (const int column : {6, 10, 16}) data.cells.push_back(std::stod(cells[static_cast<std::size_t>(column)]));
    data.roles.push_back(RowRole::kScored);
  }
  return data;
}

Observations UpTo(const Observations& all, std::int64_t year, std::vector<std::int32_t>& places) {
  Observations data;
  data.input_count = all.input_count;
  data.output_count = all.output_count;
  places.clear();
  for (std::size_t row = 0; row < all.size(); ++row) {
    if (all.times[row] > year) continue;
    places.push_back(static_cast<std::int32_t>(row));
    data.cells.insert(data.cells.end(), all.row(row), all.row(row) + all.dimension());
    data.times.push_back(all.times[row]);
    data.roles.push_back(RowRole::kScored);
  }
  return data;
}

bool MeasureChina() {
  const Observations all = ReadProvinces();
  if (all.size() == 0) {
    std::printf("\nThe Chinese provincial panel is not beside the project: its arrivals are not measured.\n");
    return true;
  }
  Title(
      "30 Chinese provinces, R&D personnel and expenditure -> patents, arriving year by year; engine time, one "
      "thread.");
  bool good = true;
  for (const FrontierScheme scheme : {FrontierScheme::kContemporaneous, FrontierScheme::kGlobal}) {
    Model model;
    model.inputs = {"a", "b"};
    model.outputs = {"c"};
    model.orientation = Orientation::kOutput;
    model.frontier.scheme = scheme;
    const std::string name = scheme == FrontierScheme::kGlobal ? "pooled, " : "each year, ";
    std::vector<std::int32_t> places_then;
    for (std::int64_t year = 2011; year <= 2019; ++year) {
      std::vector<std::int32_t> places;
      const Observations then = UpTo(all, year - 1, places_then);
      Arrival arrival{UpTo(all, year, places), {}};
      for (const std::int32_t place : places) {
        const auto found = std::lower_bound(places_then.begin(), places_then.end(), place);
        const bool before = found != places_then.end() && *found == place;
        arrival.row_then.push_back(before ? static_cast<std::int32_t>(found - places_then.begin()) : -1);
      }
      good = Print(name + std::to_string(year) + " came", Compare(then, arrival, model, 5)) && good;
    }
    // The persons of Guangdong in 2015.
    good = Print(name + "Guangdong 2015 revised by 2 %", Compare(all, Revised(all, 185), model, 5)) && good;
  }
  return good;
}

}  // namespace

bool MeasureArrivals() {
  const bool counties = MeasureCounties();
  return MeasureChina() && counties;
}

}  // namespace farrell::dea::bench
