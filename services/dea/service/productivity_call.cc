#include "services/dea/service/productivity_call.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/observe/catalogue.h"
#include "services/dea/engine/productivity.h"
#include "services/dea/service/action_key.h"
#include "services/dea/service/dataset.h"
#include "services/dea/service/distance_parts.h"
#include "services/dea/service/distance_sets.h"
#include "services/dea/service/enum_conversion.h"
#include "services/dea/service/malmquist_intervals.h"
#include "services/dea/service/model_conversion.h"
#include "services/dea/service/result_conversion.h"
#include "services/dea/service/score_work.h"
#include "services/dea/service/task.h"
#include "services/dea/service/unit_store.h"

namespace farrell::dea {
namespace {

using canonical::Value;
using Index = ProductivityIndex;

constexpr auto kIndices = std::to_array<EnumPair<v1::ProductivityIndex, Index>>(
    {{v1::PRODUCTIVITY_INDEX_MALMQUIST, Index::kMalmquist, "MALMQUIST"},
     {v1::PRODUCTIVITY_INDEX_FGNZ, Index::kFgnz, "FGNZ"},
     {v1::PRODUCTIVITY_INDEX_RAY_DESLI, Index::kRayDesli, "RAY_DESLI"},
     {v1::PRODUCTIVITY_INDEX_SEQUENTIAL, Index::kSequential, "SEQUENTIAL"},
     {v1::PRODUCTIVITY_INDEX_BIENNIAL, Index::kBiennial, "BIENNIAL"},
     {v1::PRODUCTIVITY_INDEX_GLOBAL, Index::kGlobal, "GLOBAL"},
     {v1::PRODUCTIVITY_INDEX_MALMQUIST_LUENBERGER, Index::kMalmquistLuenberger, "MALMQUIST_LUENBERGER"},
     {v1::PRODUCTIVITY_INDEX_GLOBAL_MALMQUIST_LUENBERGER, Index::kGlobalMalmquistLuenberger,
      "GLOBAL_MALMQUIST_LUENBERGER"},
     {v1::PRODUCTIVITY_INDEX_LUENBERGER, Index::kLuenberger, "LUENBERGER"}});

bool IsDirectional(v1::ProductivityIndex index) {
  return index == v1::PRODUCTIVITY_INDEX_MALMQUIST_LUENBERGER ||
         index == v1::PRODUCTIVITY_INDEX_GLOBAL_MALMQUIST_LUENBERGER || index == v1::PRODUCTIVITY_INDEX_LUENBERGER;
}

// The request's model with what its index was defined with: Chung, Faere & Grosskopf (1997) look at outputs and weakly
// disposable bad outputs, Chambers, Faere & Grosskopf (1996) at both sides.
v1::Model CompleteModel(const v1::MeasureProductivityRequest& request) {
  v1::Model model = request.model();
  const bool luenberger = request.index() == v1::PRODUCTIVITY_INDEX_LUENBERGER;
  if (IsDirectional(request.index())) {
    if (model.kind() == 0) model.set_kind(v1::MODEL_KIND_DDF);
    if (model.orientation() == 0 && !luenberger) model.set_orientation(v1::ORIENTATION_OUTPUT);
    if (model.disposability() == 0 && !luenberger && !model.bad_outputs().empty()) {
      model.set_disposability(v1::DISPOSABILITY_WEAK);
    }
  }
  return dea::CompleteModel(model);
}

// A checked request.
struct Measurement {
  ProductivityRequest request;
  std::optional<MalmquistBootstrapOptions> bootstrap;
};

Result<Measurement> ReadMeasurement(const v1::MeasureProductivityRequest& request, const v1::Model& completed) {
  Violations violations;
  Measurement measurement;
  EvaluationSpec spec = ReadSpec(completed, "model.", violations);
  measurement.request.model = std::move(spec.model);
  measurement.request.index =
      EnumFromProto(request.index(), Index::kMalmquist, kIndices, "index", "productivity index", violations);
  const ModelKind needed = DistanceModel(measurement.request).kind;
  if (measurement.request.model.kind != needed) {
    violations.Add("model.kind", std::string("this index takes ") +
                                     (needed == ModelKind::kDdf ? "directional distances" : "radial scores") +
                                     "; leave kind unset");
  }
  if (spec.bootstrap) violations.Add("model.bootstrap", "not for productivity; give replication_count");
  CheckProductivity(measurement.request, "", violations);
  if (request.replication_count() != 0) {
    const Model& model = measurement.request.model;
    MalmquistBootstrapOptions options;
    options.replication_count = request.replication_count();
    options.seed = request.seed();
    if (request.confidence_level() != 0) options.confidence_level = request.confidence_level();
    CheckMalmquistBootstrapOptions(options, "", violations);
    if ((measurement.request.index != Index::kMalmquist && measurement.request.index != Index::kFgnz) ||
        !model.bad_outputs.empty() || !model.non_discretionary.empty() || model.rts == ReturnsToScale::kGrs) {
      violations.Add("replication_count",
                     "intervals are known for MALMQUIST and FGNZ, without bad outputs, non-discretionary measures or "
                     "GRS");
    }
    measurement.bootstrap = options;
  }
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("MODEL_INVALID", "productivity cannot be measured"));
  SortMeasures(measurement.request.model);
  return measurement;
}

Action ActionOf(const Dataset& dataset, const Measurement& measurement, v1::ProductivityIndex index) {
  const Model& model = dataset.spec.model;
  const PanelColumn* group =
      model.frontier.group_column.empty() ? nullptr : dataset.panel.Find(model.frontier.group_column);
  const Slices slices(dataset.panel, dataset.data, NumberColumnsOf(model), group);
  Value::Object described = Describe(model);
  described.emplace("index", v1::ProductivityIndex_Name(index));
  Action action{.operation = "dea.productivity",
                .result_schema = "farrell.dea.v1.StoredProductivity",
                .spec = std::move(described),
                .reference = DescribeFrontier(model.frontier, slices),
                .eval = "scored"};
  if (measurement.bootstrap) {
    action.spec.emplace("bootstrap",
                        Value::Object{{"method", "sw99"},
                                      {"replications", measurement.bootstrap->replication_count},
                                      {"confidence_level", canonical::Real(measurement.bootstrap->confidence_level)}});
    action.seed = measurement.bootstrap->seed;
  } else {
    action.spec.emplace("bootstrap", Value());
  }
  return action;
}

void Write(const ChangeParts& parts, v1::ProductivityResult& message) {
  if (parts.index) message.set_index(*parts.index);
  if (parts.efficiency_change) message.set_efficiency_change(*parts.efficiency_change);
  if (parts.technical_change) message.set_technical_change(*parts.technical_change);
  if (parts.pure_efficiency_change) message.set_pure_efficiency_change(*parts.pure_efficiency_change);
  if (parts.scale_efficiency_change) message.set_scale_efficiency_change(*parts.scale_efficiency_change);
  if (parts.scale_change) message.set_scale_change(*parts.scale_change);
}

void Write(const Panel& panel, const ProductivityChange& change, v1::ProductivityResult& message) {
  message.set_unit(panel.units[static_cast<std::size_t>(change.from_row)]);
  message.set_from(change.from);
  message.set_to(change.to);
  message.set_status(ToProto(change.status));
  message.set_gap_count(change.gap_count);
  Write(change.parts, message);
  for (const Distance& distance : change.distances) {
    v1::Distance& told = *message.add_distances();
    told.set_data(distance.data);
    told.set_frontier(distance.frontier);
    told.set_status(ToProto(distance.status));
    if (distance.status == UnitStatus::kOptimal) told.set_value(distance.value);
  }
}

void AddWarnings(v1::ProductivitySummary& summary) {
  const auto add = [&](const char* code, const std::string& text) {
    common::v1::Warning& warning = *summary.add_warnings();
    warning.set_code(code);
    warning.set_text(text);
  };
  if (summary.change_count() == 0) {
    add("NO_CHANGES", "No unit is observed in two periods, so there is no change to measure.");
  }
  if (summary.incomplete_count() > 0) {
    add("INCOMPLETE_CHANGES", std::to_string(summary.incomplete_count()) + " of " +
                                  std::to_string(summary.change_count()) +
                                  " changes are incomplete: a distance has no solution, or the unit changes its "
                                  "group. They are not in the means.");
  }
}

// The programs of a study, or some of them, as work.
class ProgramWork final : public Work {
 public:
  // `productivity` outlives the work; `programs` ascending. `proofs`: UnitScore::proof is told as well.
  ProgramWork(Productivity& productivity, std::vector<std::size_t> programs, bool proofs)
      : productivity_(productivity), programs_(std::move(programs)), proofs_(proofs) {}

  std::size_t item_count() const override { return programs_.size(); }
  double guessed_seconds() const override {
    const Observations& data = productivity_.data();
    const std::size_t frontiers = std::max<std::size_t>(1, productivity_.frontiers().size());
    return GuessedProgramSeconds(std::max<std::size_t>(1, data.size() / frontiers), data.dimension());
  }
  bool Prepare(const ParallelFor& parallel, const std::stop_token& stop) override {
    return productivity_.Prepare(programs_, parallel, stop);
  }
  bool Do(ItemRange items, std::string& bytes, const std::stop_token& stop, const Done& done) const override {
    std::vector<Productivity::Score> scores(items.size());
    const std::span<const std::size_t> programs = std::span(programs_).subspan(items.first, items.size());
    if (!productivity_.Solve(programs, scores.data(), stop, done)) return false;
    for (const Productivity::Score& score : scores) AppendScore(bytes, score);
    for (std::size_t i = 0; proofs_ && i < scores.size(); ++i) AppendProof(bytes, BytesOfProof(scores[i].proof));
    return true;
  }

  // The scores that Do wrote; false when the bytes are not so many. Solvers that know of no proofs tell none.
  static bool Read(std::string_view bytes, std::span<Productivity::Score> scores) {
    const std::size_t size = scores.size() * kScoreBytes;
    std::vector<std::string_view> none;
    std::vector<std::string_view> proofs;
    if (!ReadScores(bytes.substr(0, size), scores.size(), scores.data())) return false;
    if (!SplitPart(bytes.substr(size), none, proofs) || !none.empty()) return false;
    if (proofs.empty()) return true;
    if (proofs.size() != scores.size()) return false;
    for (std::size_t i = 0; i < scores.size(); ++i) scores[i].proof = ProofFromBytes(proofs[i]);
    return true;
  }

 private:
  Productivity& productivity_;
  std::vector<std::size_t> programs_;
  bool proofs_;
};

// Of the study, for a stage.
std::vector<std::size_t> ProgramsOf(const Productivity& productivity, const v1::TaskStage& stage) {
  std::vector<std::size_t> programs(stage.positions().begin(), stage.positions().end());
  if (!programs.empty()) return programs;
  programs.resize(productivity.program_count());
  std::iota(programs.begin(), programs.end(), std::size_t{0});
  return programs;
}

// The programs of a study that are left when what is at hand or proven to stand is in `scores`.
struct Remainder {
  std::vector<std::size_t> unkept;  // of parts that are not at hand
  std::vector<std::size_t> open;    // of those, what is not proven
};

Result<Remainder> Recall(DistanceParts& parts, const DistanceSets& sets, ResultCache& cache,
                         const std::stop_token& stop, std::vector<Productivity::Score>& scores) {
  Remainder left;
  left.unkept = parts.Take(cache, scores);
  FARRELL_ASSIGN_OR_RETURN(left.open, sets.TakeOver(cache, left.unkept, stop, scores));
  return left;
}

// Fills `scores` from what is at hand, what is proven to stand, and by solving.
Status Solve(const Dataset& dataset, Productivity& productivity, bool skip_lookup, Job& job,
             const std::stop_token& stop, std::vector<Productivity::Score>& scores) {
  DistanceParts parts(productivity);
  const DistanceSets sets(dataset, productivity);
  v1::TaskStage stage;
  stage.set_kind(v1::TaskStage::KIND_SOLVE);
  stage.set_proofs(!sets.empty());
  Remainder left;
  if (skip_lookup) {
    left.unkept = left.open = ProgramsOf(productivity, stage);
  } else {
    FARRELL_ASSIGN_OR_RETURN(left, Recall(parts, sets, job.cache(), stop, scores));
    metrics::kCertificateReused.Add({}, static_cast<double>(left.unkept.size() - left.open.size()));
    if (!sets.empty()) metrics::kCertificateResolved.Add({}, static_cast<double>(left.open.size()));
  }
  const std::vector<std::size_t>& open = left.open;
  if (open.size() < scores.size()) stage.mutable_positions()->Add(open.begin(), open.end());
  ProgramWork work(productivity, open, stage.proofs());
  const std::size_t known = scores.size() - open.size();
  const std::size_t shard = std::clamp<std::size_t>(open.size() / 64, 16, 256);
  FARRELL_RETURN_IF_ERROR(job.Divide(
      work, stage, {{0, open.size()}}, shard, stop,
      [&](ItemRange items, std::string_view bytes) -> Status {
        std::vector<Productivity::Score> solved(items.size());
        if (!ProgramWork::Read(bytes, solved)) return PartDoesNotFit();
        for (std::size_t i = 0; i < solved.size(); ++i) scores[open[items.first + i]] = std::move(solved[i]);
        return Status::Ok();
      },
      static_cast<std::int64_t>(known)));
  job.CountSolved(static_cast<std::int64_t>(open.size()));
  job.CountCertified(static_cast<std::int64_t>(left.unkept.size() - open.size()));
  parts.Keep(job.cache(), scores, skip_lookup);
  sets.Keep(job.cache(), left.unkept, scores);
  return Status::Ok();
}

Result<v1::StoredProductivity> MeasureChanges(const Dataset& dataset, const Measurement& measurement, bool skip_lookup,
                                              Job& job, const std::stop_token& stop) {
  const std::vector<std::int32_t> units = UnitCodes(dataset.panel);
  Productivity productivity(dataset.data, units, measurement.request);
  std::vector<Productivity::Score> scores(productivity.program_count());
  job.Stage("solving", static_cast<std::int64_t>(scores.size()));
  FARRELL_RETURN_IF_ERROR(Solve(dataset, productivity, skip_lookup, job, stop, scores));
  const std::vector<ProductivityChange> changes = productivity.Changes(scores);
  v1::StoredProductivity stored;
  for (const ProductivityChange& change : changes) Write(dataset.panel, change, *stored.add_results());
  v1::ProductivitySummary& summary = *stored.mutable_summary();
  summary.set_change_count(static_cast<std::int64_t>(changes.size()));
  for (const ProductivityMean& mean : productivity.Means(changes)) {
    summary.set_incomplete_count(summary.incomplete_count() + mean.incomplete_count);
    v1::ProductivityResult& message = *summary.add_means();
    message.set_from(mean.from);
    message.set_to(mean.to);
    message.set_status(mean.complete_count > 0 ? v1::STATUS_OPTIMAL : v1::STATUS_NOT_SOLVED);
    Write(mean.parts, message);
  }
  for (const Productivity::Score& score : scores) {
    if (score.status != UnitStatus::kOptimal) continue;
    summary.set_worst_gap(std::max(summary.worst_gap(), score.gap));
    summary.set_worst_violation(std::max(summary.worst_violation(), score.violation));
  }
  AddWarnings(summary);
  if (measurement.bootstrap) {
    FARRELL_RETURN_IF_ERROR(AddMalmquistIntervals(dataset, units, changes, *measurement.bootstrap, job, stop, stored));
  }
  return stored;
}

// A request with its data read and checked.
struct Panelled {
  v1::Model completed;
  Measurement measurement;
  std::unique_ptr<Dataset> dataset;
  v1::ProductivityIndex index;
  std::string key;
  Value described;  // what was hashed for it
};

Result<Panelled> Read(data::v1::DataService::StubInterface& data, const v1::MeasureProductivityRequest& request,
                      const std::string& prefix, const std::stop_token& stop) {
  FARRELL_RETURN_IF_ERROR(CheckTable(request.table(), prefix));
  Panelled read;
  read.completed = CompleteModel(request);
  FARRELL_ASSIGN_OR_RETURN(read.measurement, ReadMeasurement(request, read.completed));
  FARRELL_ASSIGN_OR_RETURN(
      read.dataset, ReadDataset(data, request.table(),
                                {.model = DistanceModel(read.measurement.request), .bootstrap = {}}, {}, prefix, stop));
  if (!read.dataset->panel.has_time()) {
    Violations violations;
    violations.Add(prefix + "table.time_key", "productivity compares periods: name the column that holds them");
    return std::move(violations).Finish("TABLE_INVALID", "the table has no periods");
  }
  read.index = request.index() == 0 ? v1::PRODUCTIVITY_INDEX_MALMQUIST : request.index();
  const Action action = ActionOf(*read.dataset, read.measurement, read.index);
  read.key = action.Key();
  read.described = action.Description();
  return read;
}

}  // namespace

Status PlanProductivity(data::v1::DataService::StubInterface& data, const v1::MeasureProductivityRequest& request,
                        Job& job, v1::PlanEvaluationResponse& response) {
  FARRELL_ASSIGN_OR_RETURN(const Panelled read, Read(data, request, "productivity.", job.stop()));
  job.Describe(read.key, read.described, read.dataset->snapshot_digest);
  const Productivity productivity(read.dataset->data, UnitCodes(read.dataset->panel), read.measurement.request);
  const bool skip = request.skip_cache_lookup();
  std::size_t open = productivity.program_count();
  if (!skip && !job.cache().Lookup(read.key) && !job.cache().IsPutAside(read.key)) {
    std::vector<Productivity::Score> scores(open);
    DistanceParts parts(productivity);
    FARRELL_ASSIGN_OR_RETURN(const Remainder left,
                             Recall(parts, DistanceSets(*read.dataset, productivity), job.cache(), job.stop(), scores));
    open = left.open.size();
    response.set_certified_count(static_cast<std::int64_t>(left.unkept.size() - open));
  }
  job.Plan(read.key, skip, static_cast<std::int64_t>(open), response);
  return Status::Ok();
}

Status MeasureProductivity(data::v1::DataService::StubInterface& data, const v1::MeasureProductivityRequest& request,
                           Job& job, grpc::ServerWriter<v1::MeasureProductivityResponse>& writer) {
  job.Stage("loading", 0);
  if (v1::Task* task = job.shared_task()) *task->mutable_productivity() = request;
  FARRELL_ASSIGN_OR_RETURN(const Panelled read, Read(data, request, "", job.stop()));
  const auto& [completed, measurement, dataset, index, key, described] = read;
  job.Describe(key, described, dataset->snapshot_digest);
  FARRELL_ASSIGN_OR_RETURN(
      v1::StoredProductivity stored,
      job.Obtain<v1::StoredProductivity>(key, request.skip_cache_lookup(), [&](const std::stop_token& stop) {
        const bool anew = request.skip_cache_lookup() || job.cache().IsPutAside(read.key);
        return MeasureChanges(*read.dataset, read.measurement, anew, job, stop);
      }));
  BlockWriter blocks(writer, [](v1::ProductivityBlock& block) { return block.mutable_results(); });
  for (v1::ProductivityResult& result : *stored.mutable_results()) {
    v1::ProductivityResult* next = blocks.Next();
    if (next == nullptr) return Cancelled();
    *next = std::move(result);
    const std::int32_t row = FindRow(dataset->panel, next->unit(), true, next->to());
    if (row < 0) {
      return Internal("RESULT_VERIFICATION_FAILED",
                      "the kept result does not fit the table; ask again with skip_cache_lookup");
    }
    next->set_row(dataset->panel.rows[static_cast<std::size_t>(row)]);
  }
  if (!blocks.Flush()) return Cancelled();
  v1::MeasureProductivityResponse last;
  v1::ProductivitySummary& summary = *last.mutable_summary();
  summary = std::move(*stored.mutable_summary());
  *summary.mutable_model() = completed;
  summary.set_index(index);
  AddDataWarnings(*dataset, *summary.mutable_warnings());
  const auto& bootstrap = measurement.bootstrap;
  job.Sign(dataset->snapshot_digest, dataset->panel, key,
           bootstrap ? std::optional<std::int64_t>(bootstrap->seed) : std::nullopt, summary);
  return writer.Write(last) ? Status::Ok() : Cancelled();
}

namespace {

struct OpenedProductivity {
  explicit OpenedProductivity(Panelled panelled)
      : read(std::move(panelled)),
        units(UnitCodes(read.dataset->panel)),
        productivity(read.dataset->data, units, read.measurement.request) {}
  Panelled read;
  std::vector<std::int32_t> units;
  Productivity productivity;
};

}  // namespace

Result<std::unique_ptr<Work>> OpenProductivity(data::v1::DataService::StubInterface& data, const v1::Task& task,
                                               const std::stop_token& stop) {
  FARRELL_ASSIGN_OR_RETURN(Panelled read, Read(data, task.productivity(), "", stop));
  FARRELL_RETURN_IF_ERROR(CheckContentKey(task, read.key));
  auto opened = std::make_shared<OpenedProductivity>(std::move(read));
  if (task.stage().kind() == v1::TaskStage::KIND_DRAW) {
    if (!opened->read.measurement.bootstrap) return UnknownStage();
    return OpenMalmquistDraws(*opened->read.dataset, opened->units, *opened->read.measurement.bootstrap, task.stage(),
                              stop);
  }
  std::vector<std::size_t> programs = ProgramsOf(opened->productivity, task.stage());
  const auto ascends = std::adjacent_find(programs.begin(), programs.end(), std::greater_equal<>()) == programs.end();
  if (!ascends || (!programs.empty() && programs.back() >= opened->productivity.program_count())) return UnknownStage();
  auto work = std::make_unique<ProgramWork>(opened->productivity, std::move(programs), task.stage().proofs());
  return std::unique_ptr<Work>(std::make_unique<OwnedWork>(std::move(opened), std::move(work)));
}

}  // namespace farrell::dea
