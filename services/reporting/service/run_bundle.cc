#include "services/reporting/service/run_bundle.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "common/archive/zip.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "services/reporting/engine/bundle.h"
#include "services/reporting/engine/report_sections.h"
#include "services/reporting/service/run_comparison.h"
#include "services/reporting/service/snapshot_csv.h"
#include "services/reporting/service/study_steps.h"

namespace farrell::reporting {
namespace {

Status NotReplayable(const v1::Run& run, const std::string& why) {
  return FailedPrecondition("RUN_NOT_REPLAYABLE",
                            "run " + run.id() + " cannot be bundled: " + why + "; run the study again and bundle that")
      .With("run", run.id());
}

// The JSON of a message with the keys of every object in alphabetical order: the maps of a message have none.
Result<std::string> JsonOf(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok()) {
    return Internal("RESULT_INVALID", "a result cannot be written as JSON");
  }
  constexpr int kIndent = 1;
  return nlohmann::json::parse(text).dump(kIndent) + "\n";
}

class Bundler {
 public:
  Bundler(const RunEnvironment& environment, v1::Run run, const std::stop_token& stop)
      : environment_(environment), stop_(stop), run_(std::move(run)) {}

  Result<std::string> Bundle() {
    FARRELL_ASSIGN_OR_RETURN(const std::optional<v1::RunInputs> inputs, environment_.store.FindInputs(run_.id()));
    if (!inputs) return NotReplayable(run_, "it is from before the studies of runs were kept");
    FARRELL_RETURN_IF_ERROR(PlaceFiles(inputs->source()));
    FARRELL_RETURN_IF_ERROR(Check());
    FARRELL_RETURN_IF_ERROR(AddData());
    FARRELL_RETURN_IF_ERROR(AddResults());
    FARRELL_RETURN_IF_ERROR(AddReport());
    content_.study_id = run_.study_id();
    content_.title = run_.title();
    content_.study_digest = run_.study_digest();
    content_.report_digest = run_.report_digest();
    content_.version = FARRELL_VERSION;
    FARRELL_ASSIGN_OR_RETURN(std::vector<ReportFile> files, BundleMembers(content_));
    std::vector<archive::ZipMember> members;
    for (ReportFile& file : files) members.push_back({std::move(file.path), std::move(file.bytes)});
    return archive::WriteZip(std::move(members));
  }

 private:
  // The source with every path under study/, which is what is checked from here on: a bundle that lacks a file shows.
  Status PlaceFiles(const v1::StudySource& source) {
    // The uploads are the data, then the vintages (study_steps.h).
    const v1::Study study = ReadStudySource(source).study;
    const auto is_dataset = [&](int upload) {
      return upload == 0 ? study.data().file().empty() : study.vintages(upload - 1).file().empty();
    };
    std::vector<std::string> paths = {source.path()};
    for (const v1::StudyFile& file : source.files()) paths.push_back(file.path());
    for (int i = 0; i < source.uploads_size(); ++i) {
      if (!is_dataset(i)) paths.push_back(source.uploads(i).path());
    }
    FARRELL_ASSIGN_OR_RETURN(std::vector<std::string> placed, PathsInOneFolder(paths));
    for (std::string& path : placed) path.insert(0, kBundleStudyFolder);
    source_ = source;
    source_.set_path(placed[0]);
    content_.study_path = placed[0];
    for (int i = 0; i < source.files_size(); ++i) {
      const std::string& path = placed[static_cast<std::size_t>(i) + 1];
      source_.mutable_files(i)->set_path(path);
      content_.study_files.push_back({path, source.files(i).text()});
    }
    auto data_file = placed.begin() + 1 + source.files_size();
    for (int i = 0; i < source.uploads_size(); ++i) {
      BundleData& data = i == 0 ? content_.data : content_.vintages.emplace_back();
      if (i > 0) data.vintage = study.vintages(i - 1).id();
      if (is_dataset(i)) {
        data.dataset = source.uploads(i).path();
        data.path = std::string(kBundleStudyFolder) + (i == 0 ? "data" : "data-" + data.vintage) + ".csv";
      } else {
        data.path = *data_file++;
        source_.mutable_uploads(i)->set_path(data.path);
      }
    }
    return Status::Ok();
  }

  Status Check() {
    FARRELL_ASSIGN_OR_RETURN(checked_, CheckStudy(environment_.services, source_, stop_));
    const Status runnable = Runnable(checked_);
    if (!runnable.ok()) {
      return runnable.code() == Code::kNotFound ? runnable : NotReplayable(run_, runnable.message());
    }
    if (BeginStudy(checked_).digest != run_.study_digest()) {
      return NotReplayable(run_, "this version of the program reads its study otherwise");
    }
    return Status::Ok();
  }

  Status AddData() {
    content_.data.citation = checked_.read.study.data().citation();
    FARRELL_RETURN_IF_ERROR(AddSnapshot(*checked_.snapshot, content_.data));
    for (std::size_t i = 0; i < content_.vintages.size(); ++i) {
      FARRELL_RETURN_IF_ERROR(AddSnapshot(checked_.vintages[i].snapshot, content_.vintages[i]));
    }
    return Status::Ok();
  }

  Status AddSnapshot(const data::v1::Snapshot& snapshot, BundleData& data) {
    FARRELL_ASSIGN_OR_RETURN(data.csv, SnapshotCsv(environment_.services, snapshot, stop_));
    FARRELL_RETURN_IF_ERROR(CheckCsv(environment_.services, snapshot, data.csv, stop_));
    data.snapshot_digest = snapshot.digest();
    data.unit_key = snapshot.unit_key();
    data.time_key = snapshot.time_key();
    data.source = snapshot.source();
    data.known_at = snapshot.known_at();
    data.synthetic = snapshot.synthetic();
    data.row_count = snapshot.row_count();
    data.unit_count = snapshot.unit_count();
    for (const data::v1::Column& column : snapshot.columns()) {
      const data::v1::ColumnMetadata& metadata = column.metadata();
      data.columns.push_back({column.name(), column.digest(), metadata.label(), metadata.unit(), metadata.source()});
      for (const data::v1::DeclaredBreak& each : metadata.breaks()) {
        data.columns.back().breaks.push_back(
            {each.period(), data::v1::DeclaredBreak::Kind_Name(each.kind()), each.note()});
      }
    }
    for (const data::v1::PeriodSlice& slice : snapshot.periods()) {
      BundlePeriod& period = data.periods.emplace_back();
      if (slice.has_period()) period.period = slice.period();
      period.digest = slice.digest();
      period.row_count = slice.row_count();
    }
    return Status::Ok();
  }

  Status AddResults() {
    std::map<std::string, std::string> keys;
    for (const v1::FinishedStep& step : run_.steps()) keys[step.id()] = step.action_key();
    // The data of a vintage need not allow all that the study does on its own.
    const auto not_allowed = [&](const Step& step) { return !step.vintage.empty() && !keys.contains(step.id); };
    Violations missing;
    const auto lost = [&](const Step& step) {
      missing.Add(step.id, "the result under " + keys[step.id] + " is no longer kept");
    };
    const auto finish = [&] {
      return FailedPrecondition("RESULT_MISSING", "results of run " + run_.id() +
                                                      " are no longer kept: run the study again and bundle that")
          .WithViolations(std::move(missing).Finish("", "").violations());
    };
    Result<PlacedSteps> placed = PlaceSteps(
        environment_, checked_,
        [&](const Step& step) -> Result<std::optional<v1::StoredStep>> {
          if (not_allowed(step)) return std::optional<v1::StoredStep>();
          std::optional<v1::StoredStep> kept = environment_.runner.Kept(step, keys[step.id]);
          if (kept) return kept;
          lost(step);
          return FailedPrecondition("RESULT_MISSING", step.id);
        },
        stop_);
    if (!placed.ok()) return missing.empty() ? placed.status() : finish();
    for (const Step& step : placed->steps) {
      if (step.kind == "report" || not_allowed(step)) continue;
      BundleResult result{.step = step.id,
                          .kind = step.kind,
                          .needs = step.needs,
                          .action_key = keys[step.id],
                          .engine = {},
                          .num_abi = {},
                          .seed = {},
                          .json = {}};
      common::v1::Provenance provenance;
      if (step.has_key()) {
        const std::optional<v1::StoredStep> kept = environment_.runner.Kept(step, keys[step.id]);
        if (!kept) {
          lost(step);
          continue;
        }
        provenance = ProvenanceOf(*kept);
        FARRELL_ASSIGN_OR_RETURN(result.json, JsonOf(*kept));
      } else {
        FARRELL_ASSIGN_OR_RETURN(
            const data::v1::DescribeTableResponse description,
            Invoke(*environment_.services.data(), &data::v1::DataService::StubInterface::DescribeTable,
                   std::get<data::v1::DescribeTableRequest>(step.request), stop_));
        provenance = description.provenance();
        FARRELL_ASSIGN_OR_RETURN(result.json, JsonOf(description));
      }
      result.engine = provenance.engine();
      result.algo_rev = provenance.algo_rev();
      result.num_abi = provenance.num_abi();
      if (provenance.has_seed()) result.seed = provenance.seed();
      content_.results.push_back(std::move(result));
    }
    return missing.empty() ? Status::Ok() : finish();
  }

  // The regressions set beside each other.
  void AddVintageSteps(const v1::StudyTable& table, std::set<std::string>& named) const {
    const std::set<std::string> shown(table.columns().begin(), table.columns().end());
    for (const v1::StudyVintage& vintage : checked_.read.study.vintages()) {
      if (!shown.contains(vintage.id())) continue;
      for (const std::string& regression : vintage.regressions()) {
        named.insert("regression:" + regression);
        named.insert(VintagePrefix(vintage.id()) + "regression:" + regression);
      }
    }
  }

  // Steps of the entries that a table or figure names; of a table that every report prints, steps of its kind.
  std::vector<std::string> StepsOf(const std::string& id, const std::string& kind, bool figure) const {
    const v1::Study& study = checked_.read.study;
    std::set<std::string> named;
    bool asked_for = figure;
    const auto add = [&](const auto& entries) {
      for (const std::string& entry : entries) {
        for (const BundleResult& result : content_.results) {
          const std::string whole = result.kind + ":" + entry;
          const bool part = result.kind == "projection" && result.step.starts_with(whole + ":");
          if (result.kind != "describe" && (part || result.step == whole)) named.insert(result.step);
        }
      }
    };
    if (figure) {
      for (const v1::StudyFigure& entry : study.figures()) {
        if (entry.id() == id) add(entry.of());
      }
    } else {
      for (const v1::StudyTable& entry : study.tables()) {
        if (entry.id() != id) continue;
        asked_for = true;
        if (entry.kind() == "vintages") {
          AddVintageSteps(entry, named);
        } else {
          add(entry.columns());
        }
        named.insert("describe:" + id);
      }
    }
    const auto printed_always = [&](const BundleResult& result) {
      if (asked_for || result.step.starts_with("vintage:")) return false;
      if (kind == "models") return result.kind == "dea";
      if (kind == "inference") return result.kind == "regression" || result.kind == "comparison";
      return kind == "comparison" && id == "comparison_" + result.step.substr(result.kind.size() + 1);
    };
    std::vector<std::string> steps;
    for (const BundleResult& result : content_.results) {
      if (named.contains(result.step) || printed_always(result)) steps.push_back(result.step);
    }
    return steps;
  }

  Status AddReport() {
    FARRELL_ASSIGN_OR_RETURN(std::vector<StoredFile> files, environment_.store.LoadReport(run_.id()));
    for (StoredFile& file : files) {
      if (file.path == "report.json") {
        if (const Status added = AddArtefacts(file.bytes); !added.ok()) return added;
      }
      content_.report_files.push_back({std::move(file.path), std::move(file.bytes)});
    }
    return Status::Ok();
  }

  Status AddArtefacts(const std::string& report) {
    const auto text = [](const nlohmann::json& value) {
      return value.is_string() ? value.get<std::string>() : value.dump();
    };
    try {
      const nlohmann::json json = nlohmann::json::parse(report);
      for (const nlohmann::json& table : json.at("tables")) {
        const std::string id = table.at("id").get<std::string>();
        content_.artefacts.push_back({"table", id, text(table.at("number")), table.at("title").get<std::string>(),
                                      "tables/" + FileName(id) + ".csv",
                                      StepsOf(id, table.at("kind").get<std::string>(), false)});
      }
      for (const nlohmann::json& figure : json.at("figures")) {
        const std::string id = figure.at("id").get<std::string>();
        content_.artefacts.push_back({"figure", id, text(figure.at("number")), figure.at("title").get<std::string>(),
                                      figure.at("file").get<std::string>(), StepsOf(id, "", true)});
      }
      return Status::Ok();
    } catch (const nlohmann::json::exception& error) {
      return Status(Code::kDataLoss, "REPORT_CORRUPT", std::string("report.json cannot be read: ") + error.what());
    }
  }

  const RunEnvironment& environment_;
  const std::stop_token& stop_;
  const v1::Run run_;
  v1::StudySource source_;
  CheckedStudy checked_;
  BundleContent content_;
};

}  // namespace

Result<std::string> BundleRun(const RunEnvironment& environment, const std::string& run_id,
                              const std::stop_token& stop) {
  FARRELL_ASSIGN_OR_RETURN(const v1::Run run, FindFinishedRun(environment, run_id, stop));
  if (std::optional<std::string> kept = environment.store.keeper().FindBundle(run.id())) return std::move(*kept);
  return Bundler(environment, run, stop).Bundle();
}

}  // namespace farrell::reporting
