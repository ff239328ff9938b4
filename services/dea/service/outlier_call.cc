#include "services/dea/service/outlier_call.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/dea/engine/outliers/wilson.h"
#include "services/dea/engine/reference_set.h"
#include "services/dea/service/action_key.h"
#include "services/dea/service/dataset.h"
#include "services/dea/service/evaluation_run.h"
#include "services/dea/service/model_conversion.h"
#include "services/dea/service/reference_names.h"

namespace farrell::dea {
namespace {

using canonical::Value;

WilsonOptions OptionsOf(const v1::FindOutliersRequest& request) {
  WilsonOptions options;
  if (request.largest_subset() != 0) options.largest_subset = request.largest_subset();
  if (request.kept_count() != 0) options.kept_count = request.kept_count();
  return options;
}

void AddSubsets(const Dataset& dataset, const std::string& set_name, const WilsonOutliers& found,
                v1::Outliers& outliers) {
  for (const std::vector<DeletedSubset>& subsets : found.sizes) {
    for (const DeletedSubset& subset : subsets) {
      v1::OutlierSubset& message = *outliers.add_subsets();
      message.set_reference_set(set_name);
      message.set_size(static_cast<std::int32_t>(subset.rows.size()));
      for (const std::int32_t row : subset.rows) message.add_units(RowName(dataset.panel, row));
      message.set_ratio(subset.ratio);
      message.set_log_ratio(subset.log_ratio);
    }
  }
}

// Every reference set, one a thread at a time.
Result<v1::Outliers> SearchSets(const Dataset& dataset, const WilsonOptions& options, Job& job,
                                const std::stop_token& stop) {
  const Model& model = dataset.spec.model;
  const ReferenceSets sets = MakeReferenceSets(dataset.data, model.frontier);
  const std::vector<std::string> names = NamesOf(dataset.panel, model, sets);
  const std::size_t count = sets.sets.size();
  std::vector<std::optional<Result<WilsonOutliers>>> found(count);
  job.Stage("solving", static_cast<std::int64_t>(count));
  FARRELL_RETURN_IF_ERROR(job.Run(count, 1, stop, [&](std::size_t first, std::size_t last, const auto& done) {
    for (std::size_t set = first; set < last; ++set) {
      found[set].emplace(FindWilsonOutliers(dataset.data, sets.sets[set], options, stop));
      done(1);
    }
    return true;
  }));
  v1::Outliers outliers;
  for (std::size_t set = 0; set < count; ++set) {
    const Result<WilsonOutliers>& searched = *found[set];
    if (searched.ok()) {
      AddSubsets(dataset, names[set], *searched, outliers);
      job.CountSolved(searched->steps);
      continue;
    }
    if (searched.status().code() != Code::kFailedPrecondition || count == 1) return searched.status();
    common::v1::Warning& warning = *outliers.add_warnings();
    warning.set_code("NOT_SEARCHED");
    warning.set_text("The reference set " + names[set] + " is not searched: " + searched.status().message() + ".");
  }
  return outliers;
}

Status Wilson(data::v1::DataService::StubInterface& data, const v1::FindOutliersRequest& request, Job& job,
              v1::Outliers& outliers) {
  Violations violations;
  const WilsonOptions options = OptionsOf(request);
  if (options.largest_subset < 1 || options.largest_subset > 12) {
    violations.Add("largest_subset", "must lie in [1, 12]");
  }
  if (options.kept_count < 1 || options.kept_count > 1000) violations.Add("kept_count", "must lie in [1, 1000]");
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("MODEL_INVALID", "outliers cannot be searched for"));
  FARRELL_ASSIGN_OR_RETURN(const std::unique_ptr<Dataset> dataset,
                           ReadDataset(data, request.table(), request.model(), "", job.stop()));
  const Model& model = dataset->spec.model;
  const PanelColumn* group =
      model.frontier.group_column.empty() ? nullptr : dataset->panel.Find(model.frontier.group_column);
  const Slices slices(dataset->panel, dataset->data, NumberColumnsOf(model), group);
  // The volume of the data knows no technology.
  Value::Object measures = Describe(model);
  const Action action{.operation = "dea.find_outliers",
                      .result_schema = "farrell.dea.v1.Outliers",
                      .spec = {{"method", "wilson"},
                               {"inputs", measures["inputs"]},
                               {"outputs", measures["outputs"]},
                               {"bad_outputs", measures["bad_outputs"]},
                               {"largest_subset", options.largest_subset},
                               {"kept_count", options.kept_count}},
                      .reference = DescribeFrontier(model.frontier, slices),
                      .eval = "spanning"};
  const std::string key = action.Key();
  job.Describe(key, action.Description(), dataset->snapshot_digest);
  FARRELL_ASSIGN_OR_RETURN(outliers, job.Obtain<v1::Outliers>(key, request.skip_cache_lookup(), [&](const auto& stop) {
    return SearchSets(*dataset, options, job, stop);
  }));
  AddDataWarnings(*dataset, *outliers.mutable_warnings());
  job.Sign(dataset->snapshot_digest, dataset->panel, key, std::nullopt, outliers);
  return Status::Ok();
}

Status LeaveOneOut(data::v1::DataService::StubInterface& data, const v1::FindOutliersRequest& request, Job& job,
                   v1::Outliers& outliers) {
  v1::Model model = request.model();
  model.set_influence(true);
  FARRELL_ASSIGN_OR_RETURN(const std::unique_ptr<Dataset> dataset,
                           ReadDataset(data, request.table(), model, "", job.stop()));
  EvaluationRun run(*dataset, job);
  FARRELL_RETURN_IF_ERROR(run.Obtain(request.skip_cache_lookup()));
  v1::UnitResult unit;
  for (std::size_t row = 0; row < dataset->panel.size(); ++row) {
    const std::string_view bytes = run.units().at(row);
    if (!unit.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      return Internal("RESULT_VERIFICATION_FAILED", "the kept result cannot be read; ask again with skip_cache_lookup");
    }
    if (unit.influence().peer_count() == 0) continue;
    v1::OutlierUnit& found = *outliers.add_units();
    found.set_unit(unit.unit());
    if (unit.has_time()) found.set_time(unit.time());
    *found.mutable_influence() = unit.influence();
  }
  std::stable_sort(outliers.mutable_units()->begin(), outliers.mutable_units()->end(),
                   [](const auto& a, const auto& b) {
                     return std::abs(a.influence().largest_change()) > std::abs(b.influence().largest_change());
                   });
  const Action action{.operation = "dea.find_outliers",
                      .result_schema = "farrell.dea.v1.Outliers",
                      .spec = {{"method", "leave_one_out"}},
                      .reference = {{"evaluation", run.key()}},
                      .eval = "peers"};
  const std::string key = action.Key();
  job.Describe(key, action.Description(), dataset->snapshot_digest);
  AddDataWarnings(*dataset, *outliers.mutable_warnings());
  job.Sign(dataset->snapshot_digest, dataset->panel, key, std::nullopt, outliers);
  return Status::Ok();
}

}  // namespace

Status FindOutliers(data::v1::DataService::StubInterface& data, const v1::FindOutliersRequest& request, Job& job,
                    grpc::ServerWriter<v1::FindOutliersResponse>& writer) {
  job.Stage("loading", 0);
  v1::FindOutliersResponse last;
  switch (request.method()) {
    case v1::FindOutliersRequest::METHOD_UNSPECIFIED:
    case v1::FindOutliersRequest::METHOD_WILSON:
      FARRELL_RETURN_IF_ERROR(Wilson(data, request, job, *last.mutable_outliers()));
      break;
    case v1::FindOutliersRequest::METHOD_LEAVE_ONE_OUT:
      FARRELL_RETURN_IF_ERROR(LeaveOneOut(data, request, job, *last.mutable_outliers()));
      break;
    default: {
      Violations violations;
      violations.Add("method", "unknown search; choose WILSON or LEAVE_ONE_OUT");
      return std::move(violations).Finish("MODEL_INVALID", "outliers cannot be searched for");
    }
  }
  return writer.Write(last) ? Status::Ok() : Cancelled();
}

}  // namespace farrell::dea
