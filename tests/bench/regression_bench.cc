// Least squares with effects: this engine beside statsmodels and plm, in the same run, on the same numbers.
//
// Every measurement is a child process of its own: ours prints wall and processor time of the fastest run from columns
// and integer levels to coefficients and standard errors, and how far its peak memory goes beyond what the columns
// take. Arguments: `--long` adds 10,000,000 rows, `--ours` leaves the rivals out, any other word keeps the cases whose
// name holds it. Fails when a rival's coefficients differ by more than 1e-8.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "common/numeric/random.h"
#include "services/regression/engine/inference.h"
#include "tests/bench/regression_rivals.h"

namespace {

using namespace farrell::regression;         // NOLINT(google-build-using-namespace): a program, not a header
using namespace farrell::regression::bench;  // NOLINT(google-build-using-namespace)

constexpr int kThreads = 2;
constexpr int kRegressors = 3;
constexpr double kAgreement = 1e-8;

enum class Shape { kBalanced, kEasy, kHard };

struct Case {
  const char* name;
  std::int64_t rows;
  Shape shape;
  int effects;
  std::vector<InferenceSpec> inferences;
  bool is_long;
  bool rivals;
};

InferenceSpec Spec(InferenceType type, const char* cluster = "", std::vector<std::string> further = {},
                   std::int64_t draws = 9999) {
  InferenceSpec spec;
  spec.type = type;
  spec.cluster = cluster;
  spec.further_clusters = std::move(further);
  spec.draws = draws;
  return spec;
}

std::vector<Case> Cases() {
  const InferenceSpec iid = Spec(InferenceType::kIid);
  const InferenceSpec by_unit = Spec(InferenceType::kCr1, "unit");
  const InferenceSpec cr3 = Spec(InferenceType::kCr3, "unit");
  const InferenceSpec two_way = Spec(InferenceType::kCr1, "unit", {"other"});
  const InferenceSpec wild = Spec(InferenceType::kWild, "unit", {}, 9999);
  const InferenceSpec many = Spec(InferenceType::kWild, "unit", {}, 99999);
  return {{"300, two-way, balanced", 300, Shape::kBalanced, 2, {by_unit}, false, true},
          {"300, CR3 and 9,999 wild draws", 300, Shape::kBalanced, 2, {cr3, wild}, false, false},
          {"300, 99,999 wild draws", 300, Shape::kBalanced, 2, {many}, false, false},
          {"1M, two-way, balanced", 1'000'000, Shape::kBalanced, 2, {by_unit}, false, true},
          {"1M, two effects, easy, iid", 1'000'000, Shape::kEasy, 2, {iid}, false, true},
          {"1M, two effects, easy", 1'000'000, Shape::kEasy, 2, {by_unit}, false, true},
          {"1M, two effects, hard", 1'000'000, Shape::kHard, 2, {by_unit}, false, true},
          {"1M, three effects, easy", 1'000'000, Shape::kEasy, 3, {by_unit}, false, true},
          {"1M, three effects, hard", 1'000'000, Shape::kHard, 3, {by_unit}, false, true},
          {"10M, two effects, easy, two-way", 10'000'000, Shape::kEasy, 2, {two_way}, true, true},
          {"10M, two effects, hard", 10'000'000, Shape::kHard, 2, {by_unit}, true, true}};
}

// Ten rows a unit, 23 units a firm. Balanced: the other effect is the row's year. Easy: firms at random. Hard: row r is
// at firm r mod firms, so that units join ten neighbours on a ring, along which alternating projections creep.
Design MakeDesign(const Case& given) {
  const std::int64_t units = given.rows / 10;
  const std::int64_t others = given.shape == Shape::kBalanced ? 10 : std::max<std::int64_t>(units / 23, 10);
  Design design;
  const auto rows = static_cast<std::size_t>(given.rows);
  design.rows.resize(rows);
  design.y.resize(given.rows);
  design.x.resize(given.rows, kRegressors);
  design.names = {"x1", "x2", "x3"};
  const auto add_effect = [&](const char* name, std::int64_t count) {
    Effect effect;
    effect.levels.name = name;
    // Clusters are matched by their labels.
    for (std::int64_t level = 0; level < count; ++level) effect.levels.labels.push_back(std::to_string(level));
    effect.levels.ids.resize(rows);
    design.effects.push_back(std::move(effect));
  };
  add_effect("unit", units);
  add_effect("other", others);
  if (given.effects == 3) add_effect("year", 10);
  std::vector<double> unit_effects;
  std::vector<double> other_effects;
  for (std::int64_t k = 0; k < units; ++k) unit_effects.push_back(farrell::numeric::NormalDraw(7, 1, k));
  for (std::int64_t k = 0; k < others; ++k) other_effects.push_back(farrell::numeric::NormalDraw(7, 2, k));
  // A short cycle of draws: made once, and as good as fresh ones for the time it takes.
  constexpr std::int64_t kCycle = 99991;
  std::vector<double> normals;
  for (std::int64_t k = 0; k < 3 * kCycle; ++k) normals.push_back(farrell::numeric::NormalDraw(7, 3, k));
  for (std::int64_t row = 0; row < given.rows; ++row) {
    const auto k = static_cast<std::size_t>(row);
    const std::int64_t unit = row / 10;
    std::int64_t other = row % 10;
    if (given.shape == Shape::kEasy) {
      other = static_cast<std::int64_t>(farrell::numeric::UniformDraw(7, 4, row) * static_cast<double>(others));
    }
    if (given.shape == Shape::kHard) other = row % others;
    design.rows[k] = k;
    design.effects[0].levels.ids[k] = static_cast<std::int32_t>(unit);
    design.effects[1].levels.ids[k] = static_cast<std::int32_t>(other);
    if (given.effects == 3) design.effects[2].levels.ids[k] = static_cast<std::int32_t>(row % 10);
    const auto draw = [&](std::int64_t which) {
      return normals[static_cast<std::size_t>(which * kCycle + (row + which * (row / kCycle)) % kCycle)];
    };
    const double of_unit = unit_effects[static_cast<std::size_t>(unit)];
    const double of_other = other_effects[static_cast<std::size_t>(other)];
    const double x = draw(0) + 0.3 * of_other;
    design.x(row, 0) = x;
    design.x(row, 1) = x * x;
    design.x(row, 2) = draw(1) + of_unit;
    design.y(row) = x + 0.05 * x * x + of_unit + of_other + draw(2);
  }
  for (const InferenceSpec& spec : given.inferences) {
    if (spec.cluster == "unit") design.classifications["unit"] = design.effects[0].levels;
    if (!spec.further_clusters.empty()) design.classifications["other"] = design.effects[1].levels;
  }
  return design;
}

Environment TwoThreads() {
  Environment environment;
  environment.parallel = [](std::int64_t count, const std::function<void(std::int64_t, std::int64_t)>& body) {
    const std::int64_t stretch = std::max<std::int64_t>(1, count / 64);
    std::atomic<std::int64_t> next{0};
    const auto work = [&] {
      for (std::int64_t begin = next.fetch_add(stretch); begin < count; begin = next.fetch_add(stretch)) {
        body(begin, std::min(count, begin + stretch));
      }
    };
    std::vector<std::jthread> others;
    for (int t = 1; t < kThreads; ++t) others.emplace_back(work);
    work();
  };
  return environment;
}

double WallSeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double ProcessorSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// In the child: wall and processor seconds of the fastest run, the steps and defect of the projection, coefficients.
int MeasureOurs(const Case& given) {
  Design design = MakeDesign(given);
  const Environment environment = TwoThreads();
  const int repeats = given.rows > 1'000'000 ? 2 : 5;
  double best = 1e300;
  double processor = 0;
  Convergence convergence;
  std::vector<double> coefficients;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    const double processor_started = ProcessorSeconds();
    const double started = WallSeconds();
    auto fitted = EstimateLeastSquares(std::move(design), environment);
    if (!fitted.ok()) {
      std::fprintf(stderr, "%s\n", fitted.status().message().c_str());
      return 1;
    }
    for (const InferenceSpec& spec : given.inferences) {
      std::vector<Warning> warnings;
      const auto inference = ComputeInference(*fitted, spec, 0.95, environment, warnings);
      if (!inference.ok() || inference->terms.empty() || !inference->terms[0].std_error) {
        std::fprintf(stderr, "no standard errors: %s\n", inference.ok() ? "" : inference.status().message().c_str());
        return 1;
      }
      const bool drawn =
          spec.type != InferenceType::kWild ||
          (inference->draws == spec.draws && inference->terms[0].p_value && inference->terms[0].conf_low);
      if (!drawn) {
        std::fprintf(stderr, "the wild bootstrap was not run in full\n");
        return 1;
      }
    }
    const double seconds = WallSeconds() - started;
    if (seconds < best) {
      best = seconds;
      processor = ProcessorSeconds() - processor_started;
    }
    convergence = fitted->convergence.value_or(Convergence{});
    coefficients.assign(fitted->solution.coefficients.begin(), fitted->solution.coefficients.end());
    design = std::move(fitted->design);
  }
  std::printf("%.6f %.6f %lld %.3g", best, processor, static_cast<long long>(convergence.iterations),
              convergence.defect);
  for (double coefficient : coefficients) std::printf(" %.17g", coefficient);
  std::printf("\n");
  return 0;
}

// For the rivals: y, regressors, levels.
bool WriteColumns(const Case& given, const std::string& path) {
  const Design design = MakeDesign(given);
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return false;
  const auto rows = static_cast<std::size_t>(given.rows);
  bool written = std::fwrite(design.y.data(), sizeof(double), rows, file) == rows;
  written = std::fwrite(design.x.data(), sizeof(double), rows * kRegressors, file) == rows * kRegressors && written;
  for (const Effect& effect : design.effects) {
    written = std::fwrite(effect.levels.ids.data(), sizeof(std::int32_t), rows, file) == rows && written;
  }
  return std::fclose(file) == 0 && written;
}

std::string Cell(const ChildResult& result) {
  char text[40];
  switch (result.end) {
    case ChildResult::End::kDone: std::snprintf(text, sizeof text, "%.3f", result.numbers.at(0)); return text;
    case ChildResult::End::kNotInstalled: return "not installed";
    case ChildResult::End::kExceeded: return "exceeded";
    case ChildResult::End::kFailed: break;
  }
  return "failed";
}

// Largest relative difference of a rival's coefficients from ours; 0 when it has none.
double Difference(const std::vector<double>& ours, const ChildResult& theirs) {
  double worst = 0;
  if (theirs.end != ChildResult::End::kDone) return worst;
  if (theirs.numbers.size() != kRegressors + 1) return INFINITY;
  for (std::size_t k = 0; k < kRegressors; ++k) {
    const double difference = std::fabs(theirs.numbers[k + 1] - ours[k]) / std::fabs(ours[k]);
    if (!(difference <= worst)) worst = difference;
  }
  return worst;
}

// True when all is right.
bool Measure(const Case& given, std::size_t number, const std::string& self, bool with_rivals) {
  const ChildResult ours = RunChild({self, "--case", std::to_string(number)}, false);
  if (ours.end != ChildResult::End::kDone || ours.numbers.size() != 4 + kRegressors) {
    std::printf("%-34s failed\n", given.name);
    return false;
  }
  const std::vector<double> coefficients(ours.numbers.begin() + 4, ours.numbers.end());
  const double data = static_cast<double>(given.rows) * (8.0 * (kRegressors + 1) + 4.0 * given.effects);
  std::printf("%-34s %9.4f %9.4f %9.0f %9.1f %6.0f %8.1e", given.name, ours.numbers[0], ours.numbers[1],
              ours.peak_memory / 1048576, ours.peak_memory / data, ours.numbers[2], ours.numbers[3]);
  std::fflush(stdout);
  double worst = 0;
  if (with_rivals && given.rivals) {
    const std::string path =
        (std::filesystem::temp_directory_path() / ("farrell-bench-" + std::to_string(getpid()) + ".bin")).string();
    if (!WriteColumns(given, path)) {
      std::printf(" cannot write %s\n", path.c_str());
      return false;
    }
    const bool clustered = !given.inferences[0].cluster.empty();
    const std::string folder = FARRELL_SOURCE_DIR "/tests/bench/";
    const std::vector<std::string> arguments = {path, std::to_string(given.rows), std::to_string(kRegressors),
                                                std::to_string(given.effects), clustered ? "1" : "0"};
    const auto run = [&](std::vector<std::string> command) {
      command.insert(command.end(), arguments.begin(), arguments.end());
      const ChildResult rival = RunChild(command, true);
      worst = std::max(worst, Difference(coefficients, rival));
      std::printf(" %13s", Cell(rival).c_str());
      std::fflush(stdout);
    };
    run({"/usr/bin/python3", folder + "regression_rival.py"});
    if (given.effects == 2) {
      run({"Rscript", folder + "regression_rival.R"});
    } else {
      std::printf(" %13s", "-");
    }
    std::printf(" %9.1e", worst);
    std::filesystem::remove(path);
  }
  std::printf("\n");
  return worst <= kAgreement;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<Case> cases = Cases();
  bool is_long = false;
  bool rivals = true;
  std::vector<std::string> words;
  for (int k = 1; k < argc; ++k) {
    const std::string argument = argv[k];
    if (argument == "--case" && k + 1 < argc) {
      return MeasureOurs(cases.at(static_cast<std::size_t>(std::stoul(argv[k + 1]))));
    }
    if (argument == "--long") {
      is_long = true;
    } else if (argument == "--ours") {
      rivals = false;
    } else {
      words.push_back(argument);
    }
  }
  std::printf("Least squares with effects, %d regressors, %d threads; rivals in one process, at most %d s and 4 GiB\n",
              kRegressors, kThreads, kMostSeconds);
  std::printf("%-34s %9s %9s %9s %9s %6s %8s %13s %13s %9s\n", "rows, effects", "seconds", "processor", "peak MiB",
              "x data", "steps", "defect", "statsmodels", "plm", "differ");
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  bool right = true;
  for (std::size_t k = 0; k < cases.size(); ++k) {
    if (cases[k].is_long && !is_long) continue;
    const auto holds = [&](const std::string& word) { return std::strstr(cases[k].name, word.c_str()) != nullptr; };
    if (!std::all_of(words.begin(), words.end(), holds)) continue;
    right = Measure(cases[k], k, self, rivals) && right;
  }
  return right ? 0 : 1;
}
