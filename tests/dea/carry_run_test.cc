// New and revised data through the service's own path: what is at hand, what is proven to stand, what is solved, and
// that the bytes are those of a cache that knows nothing.
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "common/cache/result_cache.h"
#include "common/numeric/elementary.h"
#include "common/rpc/call.h"
#include "services/dea/engine/productivity.h"
#include "services/dea/service/distance_parts.h"
#include "services/dea/service/distance_sets.h"
#include "services/dea/service/evaluation_run.h"
#include "services/dea/service/set_record.h"
#include "services/dea/service/unit_store.h"
#include "tests/dea/problems.h"

namespace farrell::dea::testing {
namespace {

constexpr int kUnits = 30;

struct Cell {
  std::string unit;
  std::int64_t year;
  std::vector<double> values;
};

// Provinces by year: labour, capital -> patents; waste.
std::vector<Cell> Years(int first, int last) {
  std::vector<Cell> rows;
  for (int unit = 0; unit < kUnits; ++unit) {
    TestRandom random(static_cast<std::uint64_t>(unit) + 3);
    const double size = numeric::Exp(random.Normal());
    for (int year = 2000; year <= last; ++year) {
      Cell row{"p" + std::to_string(100 + unit), year, {}};
      for (int i = 0; i < 2; ++i) row.values.push_back(size * numeric::Exp(0.3 * random.Normal()));
      row.values.push_back(size * numeric::Exp(0.2 * random.Normal()));
      row.values.push_back(size * numeric::Exp(0.2 * random.Normal()));
      if (year >= first) rows.push_back(std::move(row));
    }
  }
  return rows;
}

std::unique_ptr<Dataset> MakeDataset(const std::vector<Cell>& rows, const v1::Model& model) {
  auto dataset = std::make_unique<Dataset>();
  dataset->snapshot_digest = "a";
  dataset->requested = CompleteModel(model);
  dataset->spec = *SpecFromProto(model, "");
  Panel& panel = dataset->panel;
  panel.columns = {
      {"labour", false, {}, {}}, {"capital", false, {}, {}}, {"patents", false, {}, {}}, {"waste", false, {}, {}}};
  for (const Cell& row : rows) {
    panel.units.push_back(row.unit);
    panel.times.push_back(row.year);
    panel.rows.push_back(static_cast<std::int64_t>(panel.rows.size()));
    for (std::size_t c = 0; c < panel.columns.size(); ++c) panel.columns[c].numbers.push_back(row.values[c]);
  }
  SortPanel(panel);
  dataset->data = *MakeObservations(panel, dataset->spec.model);
  return dataset;
}

v1::Model Plain(v1::Frontier::Scheme scheme) {
  v1::Model model;
  model.add_inputs("labour");
  model.add_inputs("capital");
  model.add_outputs("patents");
  model.mutable_frontier()->set_scheme(scheme);
  return model;
}

struct Ran {
  std::string bytes;
  std::int64_t solved = 0;
  std::int64_t certified = 0;
  EvaluationRun::Outlook ahead;
};

Ran Evaluated(const std::vector<Cell>& rows, const v1::Model& model, ResultCache& cache,
              const EvaluationRun::Limits& limits = {}, bool skip_lookup = false) {
  const auto dataset = MakeDataset(rows, model);
  Job job(cache, 2, {}, [](const common::v1::Progress&) {});
  EvaluationRun run(*dataset, job, limits);
  Ran ran;
  ran.ahead = run.LookAhead(skip_lookup);
  const Status status = run.Obtain(skip_lookup);
  EXPECT_TRUE(status.ok()) << status.ToString();
  for (std::size_t row = 0; row < dataset->panel.size(); ++row) ran.bytes += run.units().at(row);
  ran.bytes += run.summary().SerializeAsString();
  common::v1::ResultOrigin origin;
  job.SignOrigin(origin);
  ran.solved = origin.solved_count();
  ran.certified = origin.certified_count();
  return ran;
}

std::string Cold(const std::vector<Cell>& rows, const v1::Model& model) {
  ResultCache nothing;
  return Evaluated(rows, model, nothing).bytes;
}

// Sets of any size.
constexpr EvaluationRun::Limits kAll{.carry_seconds = 0};

TEST(CarryRunTest, ANewYearUnderContemporaneousFrontiersSolvesItsOwnProgramsOnly) {
  const v1::Model model = Plain(v1::Frontier::SCHEME_CONTEMPORANEOUS);
  ResultCache cache;
  EXPECT_EQ(Evaluated(Years(2000, 2008), model, cache).solved, 9 * kUnits);
  const Ran next = Evaluated(Years(2000, 2009), model, cache);
  EXPECT_EQ(next.solved, kUnits);
  EXPECT_EQ(next.certified, 0);
  EXPECT_EQ(next.ahead.problems, kUnits);
  EXPECT_EQ(next.bytes, Cold(Years(2000, 2009), model));
}

TEST(CarryRunTest, ARevisedYearUnderContemporaneousFrontiersIsProvenWhereThatIsWorthIt) {
  const v1::Model model = Plain(v1::Frontier::SCHEME_CONTEMPORANEOUS);
  std::vector<Cell> revised = Years(2000, 2008);
  revised[100].values[2] *= 1.02;
  ResultCache cache;
  Evaluated(Years(2000, 2008), model, cache, kAll);
  const Ran next = Evaluated(revised, model, cache, kAll);
  EXPECT_EQ(next.solved + next.certified, kUnits);
  EXPECT_GT(next.certified, kUnits / 2);
  EXPECT_EQ(next.bytes, Cold(revised, model));
  ResultCache plain;
  Evaluated(Years(2000, 2008), model, plain);
  EXPECT_EQ(Evaluated(revised, model, plain).solved, kUnits);
}

TEST(CarryRunTest, OldYearsOfSequentialAndWindowFrontiersStayAtHand) {
  for (const v1::Frontier::Scheme scheme : {v1::Frontier::SCHEME_SEQUENTIAL, v1::Frontier::SCHEME_WINDOW}) {
    v1::Model model = Plain(scheme);
    if (scheme == v1::Frontier::SCHEME_WINDOW) model.mutable_frontier()->set_window(3);
    ResultCache cache;
    Evaluated(Years(2000, 2008), model, cache);
    const Ran next = Evaluated(Years(2000, 2009), model, cache);
    EXPECT_LE(next.solved + next.certified, kUnits) << scheme;
    EXPECT_EQ(next.bytes, Cold(Years(2000, 2009), model)) << scheme;
  }
}

// Any one of several changes: a revised cell, a year that came, a unit that went, a year that was withdrawn, all of
// them.
std::vector<std::pair<std::string, std::vector<Cell>>> Changed() {
  const std::vector<Cell> base = Years(2000, 2008);
  std::vector<Cell> revised = base;
  revised[100].values[2] *= 1.02;
  std::vector<Cell> without = base;
  std::erase_if(without, [](const Cell& row) { return row.unit == "p107"; });
  std::vector<Cell> all = Years(2001, 2009);
  std::erase_if(all, [](const Cell& row) { return row.unit == "p111"; });
  all[50].values[0] *= 0.9;
  return {{"revised", revised},
          {"came", Years(2000, 2009)},
          {"went", without},
          {"withdrawn", Years(2001, 2008)},
          {"all", all}};
}

TEST(CarryRunTest, APooledFrontierThatChangesSolvesWhatIsNotProven) {
  const v1::Model model = Plain(v1::Frontier::SCHEME_GLOBAL);
  for (const auto& [what, rows] : Changed()) {
    for (const std::size_t part_units : {std::size_t{8192}, std::size_t{64}}) {
      const EvaluationRun::Limits limits{.part_units = part_units, .whole_units = 131072};
      ResultCache cache;
      EXPECT_EQ(Evaluated(Years(2000, 2008), model, cache, limits).certified, 0);
      const Ran next = Evaluated(rows, model, cache, limits);
      EXPECT_EQ(next.solved + next.certified, static_cast<std::int64_t>(rows.size())) << what;
      EXPECT_GT(next.certified, 0) << what;
      EXPECT_EQ(next.ahead.problems, next.solved) << what;
      EXPECT_EQ(next.ahead.certified, next.certified) << what;
      EXPECT_EQ(next.bytes, Cold(rows, model)) << what;
      // What was carried over is carried over again.
      const Ran back = Evaluated(Years(2000, 2007), model, cache, limits);
      EXPECT_GT(back.certified, 0) << what;
      EXPECT_EQ(back.bytes, Cold(Years(2000, 2007), model)) << what;
    }
  }
}

TEST(CarryRunTest, EveryModelHasTheBytesOfACacheThatKnowsNothing) {
  std::int64_t certified = 0;
  for (const v1::ModelKind kind :
       {v1::MODEL_KIND_RADIAL, v1::MODEL_KIND_FDH, v1::MODEL_KIND_ADDITIVE, v1::MODEL_KIND_RAM, v1::MODEL_KIND_BAM,
        v1::MODEL_KIND_SBM, v1::MODEL_KIND_DDF, v1::MODEL_KIND_RDM}) {
    for (const v1::ReturnsToScale rts : {v1::RETURNS_TO_SCALE_CRS, v1::RETURNS_TO_SCALE_VRS}) {
      for (const bool super : {false, true}) {
        v1::Model model = Plain(v1::Frontier::SCHEME_GLOBAL);
        model.set_kind(kind);
        model.set_rts(rts);
        model.set_super(super);
        if (!SpecFromProto(model, "").ok()) continue;
        for (const auto& [what, rows] : Changed()) {
          ResultCache cache;
          Evaluated(Years(2000, 2008), model, cache);
          const Ran next = Evaluated(rows, model, cache);
          certified += next.certified;
          EXPECT_EQ(next.bytes, Cold(rows, model)) << what << ", kind " << kind << ", super " << super;
        }
      }
    }
  }
  EXPECT_GT(certified, 5000);
}

TEST(CarryRunTest, ARecomputationTakesNothingOver) {
  const v1::Model model = Plain(v1::Frontier::SCHEME_GLOBAL);
  ResultCache cache;
  Evaluated(Years(2000, 2008), model, cache);
  const Ran again = Evaluated(Years(2000, 2009), model, cache, {}, true);
  EXPECT_EQ(again.certified, 0);
  EXPECT_EQ(again.solved, 10 * kUnits);
}

TEST(CarryRunTest, AnotherProjectsAnswersAreNotTakenOver) {
  const v1::Model model = Plain(v1::Frontier::SCHEME_GLOBAL);
  ResultCache cache;
  CallInfo theirs;
  theirs.project = "theirs";
  CallInfo ours;
  ours.project = "ours";
  {
    const CallScope scope(&theirs);
    Evaluated(Years(2000, 2008), model, cache);
  }
  const CallScope scope(&ours);
  EXPECT_EQ(Evaluated(Years(2000, 2009), model, cache).certified, 0);
}

TEST(CarryRunTest, AnotherModelsAnswersAreNotTakenOver) {
  v1::Model model = Plain(v1::Frontier::SCHEME_GLOBAL);
  ResultCache cache;
  Evaluated(Years(2000, 2008), model, cache);
  model.set_rts(v1::RETURNS_TO_SCALE_VRS);
  EXPECT_EQ(Evaluated(Years(2000, 2009), model, cache).certified, 0);
}

// A record whose answers are gone, and one that is not one, cost solving.
TEST(CarryRunTest, LostOrDamagedRecordsCostSolvingOnly) {
  const v1::Model model = Plain(v1::Frontier::SCHEME_GLOBAL);
  const auto rows = Years(2000, 2009);
  const auto dataset = MakeDataset(Years(2000, 2008), model);
  const Evaluation evaluation(dataset->data, dataset->spec.model);
  const std::string family = FamilyKeys(*dataset, evaluation.reference_sets())[0];
  ResultCache cache;
  Evaluated(Years(2000, 2008), model, cache);
  cache.Store(family, "no such set");
  const Ran lost = Evaluated(rows, model, cache);
  EXPECT_EQ(lost.certified, 0);
  EXPECT_EQ(lost.bytes, Cold(rows, model));
}

struct MeasuredRun {
  std::size_t unkept = 0;  // programs of parts that are not at hand
  std::size_t open = 0;    // of those, what is not proven to stand
  std::size_t all = 0;
};

std::string BytesOf(const std::vector<Productivity::Score>& scores) {
  std::string bytes;
  for (const Productivity::Score& score : scores) {
    AppendScore(bytes, score);
    AppendProof(bytes, BytesOfProof(score.proof));
  }
  return bytes;
}

// Measures as the service does, and expects the bytes, proofs included, of a measurement that knows nothing.
MeasuredRun Measured(const std::vector<Cell>& rows, const v1::Model& model, ProductivityIndex index, ResultCache& cache,
                     double least_seconds = 2e-3) {
  const auto dataset = MakeDataset(rows, model);
  ProductivityRequest request;
  request.index = index;
  request.model = dataset->spec.model;
  const std::vector<std::int32_t> units = UnitCodes(dataset->panel);
  const Productivity study(dataset->data, units, request);
  std::vector<Productivity::Score> scores(study.program_count());
  DistanceParts parts(study);
  const DistanceSets sets(*dataset, study, least_seconds);
  const std::vector<std::size_t> unkept = parts.Take(cache, scores);
  const std::vector<std::size_t> open = *sets.TakeOver(cache, unkept, {}, scores);
  std::vector<Productivity::Score> solved(open.size());
  EXPECT_TRUE(study.Solve(open, solved.data(), {}, nullptr));
  for (std::size_t i = 0; i < open.size(); ++i) scores[open[i]] = solved[i];
  parts.Keep(cache, scores, false);
  sets.Keep(cache, unkept, scores);
  std::vector<Productivity::Score> expected(study.program_count());
  EXPECT_TRUE(study.Solve(0, expected.size(), expected, {}, nullptr));
  for (std::size_t program = 0; program < scores.size(); ++program) {
    if (scores[program].proof.empty()) expected[program].proof.clear();  // at hand, where proofs are not kept
  }
  EXPECT_EQ(BytesOf(scores), BytesOf(expected));
  return {unkept.size(), open.size(), study.program_count()};
}

// The programs of Malmquist indices that a new year, or a revised one, leaves to solve.
TEST(CarryRunTest, DistancesOfOtherPeriodsStayAtHand) {
  const v1::Model model = Plain(v1::Frontier::SCHEME_CONTEMPORANEOUS);
  const auto open_after = [&](const std::vector<Cell>& then, const std::vector<Cell>& now, ProductivityIndex index) {
    ResultCache cache;
    Measured(then, model, index, cache);
    return Measured(now, model, index, cache).unkept;
  };
  const auto base = Years(2000, 2008);
  const auto longer = Years(2000, 2009);
  // The new year on its own frontier and the year before, and that year on the new one.
  EXPECT_EQ(open_after(base, longer, ProductivityIndex::kMalmquist), 3U * kUnits);
  EXPECT_EQ(open_after(base, longer, ProductivityIndex::kSequential), 3U * kUnits);
  EXPECT_EQ(open_after(base, longer, ProductivityIndex::kFgnz), 4U * kUnits);
  auto revised = base;
  revised[4].values[0] *= 1.01;  // 2004: on three frontiers, and two other years on its own
  EXPECT_EQ(open_after(base, revised, ProductivityIndex::kMalmquist), 5U * kUnits);
}

// A frontier of all periods changes with every arrival: distances on it are proven where they stand.
TEST(CarryRunTest, DistancesOnAGlobalFrontierAreProven) {
  const v1::Model model = Plain(v1::Frontier::SCHEME_CONTEMPORANEOUS);
  for (const auto& [what, rows] : Changed()) {
    ResultCache cache;
    const MeasuredRun first = Measured(Years(2000, 2008), model, ProductivityIndex::kGlobal, cache);
    EXPECT_EQ(first.open, first.all);
    const MeasuredRun next = Measured(rows, model, ProductivityIndex::kGlobal, cache);
    EXPECT_LT(next.open, next.unkept) << what;
    // What was carried over is carried over again.
    const MeasuredRun back = Measured(Years(2000, 2007), model, ProductivityIndex::kGlobal, cache);
    EXPECT_LT(back.open, back.unkept) << what;
  }
}

TEST(CarryRunTest, EveryIndexHasTheBytesOfACacheThatKnowsNothing) {
  std::size_t proven = 0;
  for (const ProductivityIndex index :
       {ProductivityIndex::kMalmquist, ProductivityIndex::kFgnz, ProductivityIndex::kRayDesli,
        ProductivityIndex::kSequential, ProductivityIndex::kBiennial, ProductivityIndex::kGlobal,
        ProductivityIndex::kMalmquistLuenberger, ProductivityIndex::kGlobalMalmquistLuenberger,
        ProductivityIndex::kLuenberger}) {
    const bool directional = index >= ProductivityIndex::kMalmquistLuenberger;
    const bool two = index == ProductivityIndex::kFgnz || index == ProductivityIndex::kRayDesli;
    for (const v1::ReturnsToScale rts : {v1::RETURNS_TO_SCALE_CRS, v1::RETURNS_TO_SCALE_VRS}) {
      if (two && rts != v1::RETURNS_TO_SCALE_CRS) continue;
      v1::Model model = Plain(v1::Frontier::SCHEME_CONTEMPORANEOUS);
      model.set_rts(rts);
      if (directional) {
        model.set_kind(v1::MODEL_KIND_DDF);
        model.set_orientation(index == ProductivityIndex::kLuenberger ? v1::ORIENTATION_NONE : v1::ORIENTATION_OUTPUT);
      }
      if (index == ProductivityIndex::kGlobalMalmquistLuenberger) {
        model.add_bad_outputs("waste");
        model.set_disposability(v1::DISPOSABILITY_WEAK);
      }
      std::size_t of_index = 0;
      for (const auto& [what, rows] : Changed()) {
        SCOPED_TRACE(what + ", index " + std::to_string(static_cast<int>(index)));
        ResultCache cache;
        Measured(Years(2000, 2008), model, index, cache, 0);
        const MeasuredRun next = Measured(rows, model, index, cache, 0);
        of_index += next.unkept - next.open;
      }
      EXPECT_GT(of_index, 0U) << "index " << static_cast<int>(index) << ", rts " << rts;
      proven += of_index;
    }
  }
  EXPECT_GT(proven, 10000U);
}

// A part that was lost comes back without what it was proven with; nothing else does.
TEST(CarryRunTest, LostDistancesAndDamagedRecordsCostSolvingOnly) {
  const v1::Model model = Plain(v1::Frontier::SCHEME_CONTEMPORANEOUS);
  const auto dataset = MakeDataset(Years(2000, 2008), model);
  ProductivityRequest request;
  request.index = ProductivityIndex::kGlobal;
  request.model = dataset->spec.model;
  const std::vector<std::int32_t> units = UnitCodes(dataset->panel);
  const Productivity study(dataset->data, units, request);
  ResultCache cache;
  const MeasuredRun first = Measured(Years(2000, 2008), model, ProductivityIndex::kGlobal, cache);
  const std::vector<Productivity::Part> parts = study.Parts();
  cache.Store(DistancesKey(study, *parts.back().technology, *parts.back().frontier, parts.back().programs),
              "no scores");
  const MeasuredRun again = Measured(Years(2000, 2008), model, ProductivityIndex::kGlobal, cache);
  EXPECT_EQ(again.unkept, parts.back().programs.size());
  EXPECT_LT(again.open, first.all);
  const MeasuredRun next = Measured(Years(2000, 2009), model, ProductivityIndex::kGlobal, cache);
  EXPECT_LT(next.open, next.unkept);
}

}  // namespace
}  // namespace farrell::dea::testing
