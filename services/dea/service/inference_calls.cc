#include "services/dea/service/inference_calls.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "services/dea/engine/inference/group_means.h"
#include "services/dea/engine/inference/rts_hypothesis.h"
#include "services/dea/engine/productivity.h"
#include "services/dea/engine/reference_set.h"
#include "services/dea/service/action_key.h"
#include "services/dea/service/dataset.h"
#include "services/dea/service/enum_conversion.h"
#include "services/dea/service/model_conversion.h"
#include "services/dea/service/reference_names.h"
#include "services/dea/service/score_work.h"
#include "services/dea/service/task.h"
#include "services/dea/service/warnings.h"

namespace farrell::dea {
namespace {

using canonical::Value;

constexpr auto kStatistics = std::to_array<EnumPair<v1::TestReturnsToScaleRequest::Statistic, RtsStatistic>>(
    {{v1::TestReturnsToScaleRequest::STATISTIC_RATIO_OF_MEANS, RtsStatistic::kRatioOfMeans, "RATIO_OF_MEANS"},
     {v1::TestReturnsToScaleRequest::STATISTIC_MEAN_OF_RATIOS, RtsStatistic::kMeanOfRatios, "MEAN_OF_RATIOS"}});
constexpr auto kGroupMethods = std::to_array<EnumPair<v1::CompareGroupsRequest::Method, GroupMeanMethod>>(
    {{v1::CompareGroupsRequest::METHOD_CLT, GroupMeanMethod::kCentralLimit, "CLT"},
     {v1::CompareGroupsRequest::METHOD_T_TEST, GroupMeanMethod::kWelch, "T_TEST"}});

const PanelColumn* FindGroup(const Panel& panel, const Model& model) {
  return model.frontier.group_column.empty() ? nullptr : panel.Find(model.frontier.group_column);
}

Value::Object DescribeReference(const Dataset& dataset) {
  const Model& model = dataset.spec.model;
  const Slices slices(dataset.panel, dataset.data, NumberColumnsOf(model), FindGroup(dataset.panel, model));
  return DescribeFrontier(model.frontier, slices);
}

v1::ReturnsToScaleTest ToProto(const RtsTestResult& result, const std::string& reference_set) {
  v1::ReturnsToScaleTest test;
  test.set_reference_set(reference_set);
  test.set_null_hypothesis(result.null == ReturnsToScale::kCrs ? v1::RETURNS_TO_SCALE_CRS : v1::RETURNS_TO_SCALE_NIRS);
  test.set_statistic(result.statistic);
  test.set_critical_value(result.critical_value);
  test.set_p_value(result.p_value);
  test.set_rejected(result.rejected);
  test.set_bandwidth(result.bandwidth);
  test.set_unit_count(result.member_count);
  test.set_replication_count(static_cast<std::int32_t>(result.replication_count));
  return test;
}

// CRS and, where that is rejected, NIRS on one reference set.
Status TestSet(const Sample& sample, std::int32_t set, const std::string& name, Orientation orientation,
               RtsTestOptions options, Job& job, const std::stop_token& stop, std::int64_t& done,
               v1::ReturnsToScaleTests& tests) {
  for (const ReturnsToScale null : {ReturnsToScale::kCrs, ReturnsToScale::kNirs}) {
    options.null = null;
    FARRELL_ASSIGN_OR_RETURN(const RtsTest test, RtsTest::Make(sample, orientation, options, stop));
    v1::TaskStage stage;
    stage.set_kind(v1::TaskStage::KIND_DRAW);
    stage.set_reference_set(set);
    stage.set_null_hypothesis(null == ReturnsToScale::kCrs ? v1::RETURNS_TO_SCALE_CRS : v1::RETURNS_TO_SCALE_NIRS);
    const double seconds =
        2 * GuessedReplicationSeconds(sample.evaluated.size(), sample.size(), sample.input_count + sample.output_count);
    // Every unit under the null and under VRS, in the sample and in each that is drawn.
    const std::int64_t programs = 2 * static_cast<std::int64_t>(sample.evaluated.size());
    FARRELL_ASSIGN_OR_RETURN(const std::vector<double> draws,
                             job.Draw(test, options.replication_count, seconds, stage, stop, done, programs));
    job.CountSolved(programs);
    done += options.replication_count;
    FARRELL_ASSIGN_OR_RETURN(const RtsTestResult result, test.Finish(draws, stop));
    *tests.add_tests() = ToProto(result, name);
    if (!result.rejected) break;
  }
  return Status::Ok();
}

Result<v1::ReturnsToScaleTests> TestAllSets(const Dataset& dataset, const RtsTestOptions& options, Job& job,
                                            const std::stop_token& stop) {
  const Model& model = dataset.spec.model;
  const ReferenceSets sets = MakeReferenceSets(dataset.data, model.frontier);
  const std::vector<std::string> names = NamesOf(dataset.panel, model, sets);
  const std::vector<std::int32_t> units = options.by_unit ? UnitCodes(dataset.panel) : std::vector<std::int32_t>();
  const std::vector<Sample> samples = MakeSamples(dataset.data, sets, units);
  v1::ReturnsToScaleTests tests;
  std::int64_t done = 0;
  job.Stage("bootstrap", 2 * static_cast<std::int64_t>(samples.size()) * options.replication_count);
  for (std::size_t set = 0; set < samples.size(); ++set) {
    if (samples[set].evaluated.empty()) continue;
    const Status tested = TestSet(samples[set], static_cast<std::int32_t>(set), names[set], model.orientation, options,
                                  job, stop, done, tests);
    if (tested.ok()) continue;
    if (tested.code() != Code::kFailedPrecondition || samples.size() == 1) return tested;
    AddWarning(*tests.mutable_warnings(), "NOT_TESTED",
               "The reference set " + names[set] + " is not tested: " + tested.message() + ".");
  }
  return tests;
}

RadialMeasure MeasureOf(Orientation orientation) {
  return orientation == Orientation::kInput ? RadialMeasure::kTheta : RadialMeasure::kInversePhi;
}

v1::GroupComparison ToProto(const GroupMeanResult& result, const std::vector<std::string>& names) {
  v1::GroupComparison comparison;
  for (std::size_t i = 0; i < result.means.size(); ++i) {
    const GroupMean& mean = result.means[i];
    v1::GroupMean& message = *comparison.add_means();
    message.set_group(names[i]);
    message.set_unit_count(mean.member_count);
    message.set_mean_count(mean.mean_count);
    message.set_mean(mean.mean);
    message.set_bias(mean.bias);
    message.set_corrected(mean.corrected);
    message.set_standard_error(mean.standard_error);
    message.set_conf_low(mean.conf_low);
    message.set_conf_high(mean.conf_high);
  }
  for (const GroupDifference& difference : result.differences) {
    v1::GroupDifference& message = *comparison.add_differences();
    message.set_group(names[difference.first]);
    message.set_other(names[difference.second]);
    message.set_difference(difference.difference);
    message.set_standard_error(difference.standard_error);
    message.set_statistic(difference.statistic);
    message.set_p_value(difference.p_value);
    message.set_conf_low(difference.conf_low);
    message.set_conf_high(difference.conf_high);
  }
  return comparison;
}

// A comparison of groups, read and keyed.
struct PreparedGroups {
  std::unique_ptr<Dataset> dataset;
  GroupMeanOptions options;
  bool random = false;
  std::string key;
  canonical::Value described;  // what was hashed for it
};

struct Groups {
  std::vector<std::string> names;
  GroupMeans means;
};

Result<Groups> MakeGroups(const Dataset& dataset, const GroupMeanOptions& options, const std::stop_token& stop) {
  const Model& model = dataset.spec.model;
  const ReferenceSets sets = MakeReferenceSets(dataset.data, model.frontier);
  std::vector<std::string> names;
  std::vector<Sample> samples;
  std::vector<Sample> made = MakeSamples(dataset.data, sets, {});
  const PanelColumn& group = *dataset.panel.Find(model.frontier.group_column);
  for (std::size_t set = 0; set < made.size(); ++set) {
    if (made[set].evaluated.empty()) continue;
    names.push_back(CellText(group, static_cast<std::size_t>(sets.sets[set].front())));
    samples.push_back(std::move(made[set]));
  }
  FARRELL_ASSIGN_OR_RETURN(GroupMeans means, GroupMeans::Make(std::move(samples), model.rts, model.orientation,
                                                              MeasureOf(model.orientation), options, stop));
  return Groups{std::move(names), std::move(means)};
}

Result<v1::GroupComparison> CompareAllGroups(const Dataset& dataset, const GroupMeanOptions& options, Job& job,
                                             const std::stop_token& stop) {
  job.Stage("bootstrap", options.split_count);
  FARRELL_ASSIGN_OR_RETURN(const Groups groups, MakeGroups(dataset, options, stop));
  const auto& [names, means] = groups;
  v1::TaskStage stage;
  stage.set_kind(v1::TaskStage::KIND_DRAW);
  const std::size_t members = dataset.data.size() / std::max<std::size_t>(1, names.size());
  const double seconds = GuessedReplicationSeconds(dataset.data.size(), members, dataset.data.dimension());
  FARRELL_ASSIGN_OR_RETURN(const std::vector<double> draws, job.Draw(means, means.split_count(), seconds, stage, stop));
  v1::GroupComparison comparison = ToProto(means.Finish(draws), names);
  const auto& times = dataset.panel.times;
  if (std::any_of(times.begin(), times.end(), [&](std::int64_t time) { return time != times.front(); })) {
    AddWarning(*comparison.mutable_warnings(), "PERIODS_POOLED",
               "The rows of several periods count as independent units of one frontier a group; filter to one period "
               "if they are not.");
  }
  return comparison;
}

// A test of returns to scale, read and keyed.
struct PreparedRtsTest {
  std::unique_ptr<Dataset> dataset;
  RtsTestOptions options;
  std::string key;
  canonical::Value described;  // what was hashed for it
};

Result<PreparedRtsTest> Prepare(data::v1::DataService::StubInterface& data,
                                const v1::TestReturnsToScaleRequest& request, const std::string& prefix,
                                const std::stop_token& stop) {
  FARRELL_RETURN_IF_ERROR(CheckTable(request.table(), prefix));
  v1::Model model = request.model();
  model.set_rts(v1::RETURNS_TO_SCALE_VRS);  // both technologies are solved
  model.clear_weight_sum_low();
  model.clear_weight_sum_high();
  FARRELL_ASSIGN_OR_RETURN(EvaluationSpec spec, PlainSpecFromProto(model, prefix + "model."));
  Violations violations;
  PreparedRtsTest prepared;
  RtsTestOptions& options = prepared.options;
  options.statistic =
      EnumFromProto(request.statistic(), options.statistic, kStatistics, prefix + "statistic", "statistic", violations);
  if (request.replication_count() != 0) options.replication_count = request.replication_count();
  if (request.confidence_level() != 0) options.confidence_level = request.confidence_level();
  options.seed = request.seed();
  options.by_unit = request.by_unit();
  CheckRtsTestOptions(options, prefix, violations);
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("MODEL_INVALID", "the test cannot be made"));
  FARRELL_ASSIGN_OR_RETURN(prepared.dataset, ReadDataset(data, request.table(), std::move(spec), {}, prefix, stop));

  Value::Object described = Describe(prepared.dataset->spec.model);
  described.erase("rts");
  described.emplace("statistic",
                    options.statistic == RtsStatistic::kRatioOfMeans ? "ratio_of_means" : "mean_of_ratios");
  described.emplace("replications", options.replication_count);
  described.emplace("confidence_level", canonical::Real(options.confidence_level));
  described.emplace("by_unit", options.by_unit);
  const Action action{.operation = "dea.test_returns_to_scale",
                      .result_schema = "farrell.dea.v1.ReturnsToScaleTests",
                      .spec = std::move(described),
                      .reference = DescribeReference(*prepared.dataset),
                      .eval = "scored",
                      .seed = options.seed};
  prepared.key = action.Key();
  prepared.described = action.Description();
  return prepared;
}

Result<PreparedGroups> Prepare(data::v1::DataService::StubInterface& data, const v1::CompareGroupsRequest& request,
                               const std::stop_token& stop) {
  FARRELL_RETURN_IF_ERROR(CheckTable(request.table(), ""));
  FARRELL_ASSIGN_OR_RETURN(EvaluationSpec spec, PlainSpecFromProto(request.model(), "model."));
  Violations violations;
  if (request.group_column().empty()) violations.Add("group_column", "name the column that holds the groups");
  if (request.model().has_frontier()) {
    violations.Add("model.frontier", "leave it unset: every group spans a frontier of its own");
  }
  spec.model.frontier = {.scheme = FrontierScheme::kGlobal, .group_column = request.group_column()};
  PreparedGroups prepared;
  GroupMeanOptions& options = prepared.options;
  options.method =
      EnumFromProto(request.method(), options.method, kGroupMethods, "method", "way of comparing", violations);
  if (request.confidence_level() != 0) options.confidence_level = request.confidence_level();
  options.seed = request.seed();
  if (spec.model.rts != ReturnsToScale::kCrs && spec.model.rts != ReturnsToScale::kVrs) {
    violations.Add("model.rts", "must be CRS or VRS: no limit theorem is known for the others");
  }
  CheckGroupMeanOptions(options, static_cast<int>(spec.model.inputs.size()),
                        static_cast<int>(spec.model.outputs.size()), ReturnsToScale::kVrs, "", violations);
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("MODEL_INVALID", "the groups cannot be compared"));
  FARRELL_ASSIGN_OR_RETURN(prepared.dataset, ReadDataset(data, request.table(), std::move(spec), {}, "", stop));

  const bool random = prepared.random = options.method == GroupMeanMethod::kCentralLimit;
  Value::Object described = Describe(prepared.dataset->spec.model);
  described.emplace("method", random ? "clt" : "t_test");
  described.emplace("confidence_level", canonical::Real(options.confidence_level));
  if (random) described.emplace("splits", options.split_count);
  Action action{.operation = "dea.compare_groups",
                .result_schema = "farrell.dea.v1.GroupComparison",
                .spec = std::move(described),
                .reference = DescribeReference(*prepared.dataset),
                .eval = "scored"};
  if (random) action.seed = options.seed;
  prepared.key = action.Key();
  prepared.described = action.Description();
  return prepared;
}

}  // namespace

Status TestReturnsToScale(data::v1::DataService::StubInterface& data, const v1::TestReturnsToScaleRequest& request,
                          Job& job, grpc::ServerWriter<v1::TestReturnsToScaleResponse>& writer) {
  job.Stage("loading", 0);
  if (v1::Task* task = job.shared_task()) *task->mutable_returns_to_scale() = request;
  FARRELL_ASSIGN_OR_RETURN(const PreparedRtsTest test, Prepare(data, request, "", job.stop()));
  job.Describe(test.key, test.described, test.dataset->snapshot_digest);
  v1::TestReturnsToScaleResponse last;
  FARRELL_ASSIGN_OR_RETURN(*last.mutable_tests(), job.Obtain<v1::ReturnsToScaleTests>(
                                                      test.key, request.skip_cache_lookup(), [&](const auto& stop) {
                                                        return TestAllSets(*test.dataset, test.options, job, stop);
                                                      }));
  AddDataWarnings(*test.dataset, *last.mutable_tests()->mutable_warnings());
  job.Sign(test.dataset->snapshot_digest, test.dataset->panel, test.key, test.options.seed, *last.mutable_tests());
  return writer.Write(last) ? Status::Ok() : Cancelled();
}

Status PlanReturnsToScale(data::v1::DataService::StubInterface& data, const v1::TestReturnsToScaleRequest& request,
                          Job& job, v1::PlanEvaluationResponse& response) {
  FARRELL_ASSIGN_OR_RETURN(const PreparedRtsTest test, Prepare(data, request, "returns_to_scale.", job.stop()));
  job.Describe(test.key, test.described, test.dataset->snapshot_digest);
  // Of the first null; a rejection brings a second.
  const auto rows = static_cast<std::int64_t>(test.dataset->panel.size());
  job.Plan(test.key, request.skip_cache_lookup(), 2 * rows * (1 + test.options.replication_count), response);
  return Status::Ok();
}

Status CompareGroups(data::v1::DataService::StubInterface& data, const v1::CompareGroupsRequest& request, Job& job,
                     grpc::ServerWriter<v1::CompareGroupsResponse>& writer) {
  if (v1::Task* task = job.shared_task()) *task->mutable_groups() = request;
  job.Stage("loading", 0);
  FARRELL_ASSIGN_OR_RETURN(const PreparedGroups groups, Prepare(data, request, job.stop()));
  job.Describe(groups.key, groups.described, groups.dataset->snapshot_digest);
  v1::CompareGroupsResponse last;
  FARRELL_ASSIGN_OR_RETURN(
      *last.mutable_comparison(),
      job.Obtain<v1::GroupComparison>(groups.key, request.skip_cache_lookup(), [&](const auto& stop) {
        return CompareAllGroups(*groups.dataset, groups.options, job, stop);
      }));
  AddDataWarnings(*groups.dataset, *last.mutable_comparison()->mutable_warnings());
  job.Sign(groups.dataset->snapshot_digest, groups.dataset->panel, groups.key,
           groups.random ? std::optional<std::int64_t>(groups.options.seed) : std::nullopt, *last.mutable_comparison());
  return writer.Write(last) ? Status::Ok() : Cancelled();
}

Result<std::unique_ptr<Work>> OpenReturnsToScale(data::v1::DataService::StubInterface& data, const v1::Task& task,
                                                 const std::stop_token& stop) {
  FARRELL_ASSIGN_OR_RETURN(PreparedRtsTest test, Prepare(data, task.returns_to_scale(), "", stop));
  FARRELL_RETURN_IF_ERROR(CheckContentKey(task, test.key));
  const Model& model = test.dataset->spec.model;
  const std::vector<std::int32_t> units =
      test.options.by_unit ? UnitCodes(test.dataset->panel) : std::vector<std::int32_t>();
  std::vector<Sample> samples =
      MakeSamples(test.dataset->data, MakeReferenceSets(test.dataset->data, model.frontier), units);
  const auto set = static_cast<std::size_t>(task.stage().reference_set());
  if (set >= samples.size()) return UnknownStage();
  test.options.null =
      task.stage().null_hypothesis() == v1::RETURNS_TO_SCALE_NIRS ? ReturnsToScale::kNirs : ReturnsToScale::kCrs;
  FARRELL_ASSIGN_OR_RETURN(RtsTest engine,
                           RtsTest::Make(std::move(samples[set]), model.orientation, test.options, stop));
  return OwnDraws(std::move(engine), test.options.replication_count, 0);
}

Result<std::unique_ptr<Work>> OpenGroups(data::v1::DataService::StubInterface& data, const v1::Task& task,
                                         const std::stop_token& stop) {
  FARRELL_ASSIGN_OR_RETURN(const PreparedGroups prepared, Prepare(data, task.groups(), stop));
  FARRELL_RETURN_IF_ERROR(CheckContentKey(task, prepared.key));
  FARRELL_ASSIGN_OR_RETURN(Groups groups, MakeGroups(*prepared.dataset, prepared.options, stop));
  const std::int64_t count = groups.means.split_count();
  return OwnDraws(std::move(groups.means), count, 0);
}

}  // namespace farrell::dea
