// A small study, and what the tests of the service do with it: run it, fetch its report.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/reporting/service/running_services.h"
#include "tests/reporting/service/study_files.h"

namespace farrell::reporting {

inline constexpr const char* kStudy = R"(id: small
title: A small study
seed: 7
unit_word: state
data: {file: panel.csv, unit: state, time: year}
variables:
  - {name: log_score, expression: log(score.main), label: Log score}
  - {name: intensity, expression: capital / workers, label: Capital per worker}
  - {name: workers, column: labour, label: Workers}
classifications:
  - name: region
    groups:
      - {name: north, members: [A, B, C, D]}
      - {name: south, members: [E, F, G, H]}
dea:
  - {id: main, inputs: [capital, workers], outputs: [output], frontier: global}
  - {id: yearly, inputs: [capital, workers], outputs: [output], rts: vrs}
inference: [cr3:state, wild:state]
regressions:
  - {id: score, formula: log_score ~ rate + share | state + year}
  - {id: plain, formula: log(output) ~ log(capital) + share | state, inference: cr1:state}
comparisons:
  - {id: regions, formula: log(score.main) ~ rate | state + year, by: region, inference: cr3:state}
specification_tests:
  - {id: checks, formula: log(output) ~ log(capital) + share | state, tests: [hausman, cd, poolability, vif]}
second_stages:
  - {id: distances, dea: main, formula: ~ rate + share, resample: unit, reps: 99}
curves:
  - id: choices
    terms: [rate, share]
    outcomes: log(score.main)
    controls: [log(capital), 1]
    effects: [state + year, state]
    samples: [{name: all}, {where: year >= 2002}]
    inference: [cr1:state, hc1]
    draws: 99
tables:
  - {id: choices, kind: curve, columns: choices}
  - {id: checks, kind: specification, columns: checks}
  - {id: distances, kind: second_stage, columns: distances}
  - {id: variables, kind: variables, columns: [workers]}
  - {id: describe, kind: descriptives, columns: [score.main, rate, intensity]}
  - {id: ranking, kind: efficiency, columns: main}
  - {id: models, kind: regression, columns: [score, plain]}
  - {id: split, kind: comparison, columns: regions}
claims:
  - {id: level, text: "The mean score of {data:units} states is {dea:main:mean}; the slope is {regression:score:rate:estimate}, p = {comparison:regions:rate:joint_p}."}
limits: Associations only.
)";

struct Outcome {
  grpc::Status status;
  v1::Run run;
  std::vector<common::v1::Progress> progress;
};

class StudyRunTest : public ::testing::Test {
 protected:
  StudyRunTest() {
    std::string pattern = ::testing::TempDir() + "/study-run-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~StudyRunTest() override { std::filesystem::remove_all(directory_); }

  v1::StudySource SourceOf(RunningServices& services, const std::string& text = kStudy) {
    v1::StudySource source = Source({{"study.yaml", text}});
    v1::StudyUpload& upload = *source.add_uploads();
    upload.set_path("panel.csv");
    upload.set_snapshot_digest(services.Import(SmallPanel()).value());
    return source;
  }

  // Cancels when a step with this id begins.
  static Outcome Run(RunningServices& services, const v1::StudySource& source, bool skip_cache_lookup = false,
                     const std::string& cancel_at = "") {
    v1::RunStudyRequest request;
    *request.mutable_source() = source;
    request.set_skip_cache_lookup(skip_cache_lookup);
    grpc::ClientContext context;
    const auto stream = services.reporting().RunStudy(&context, request);
    Outcome outcome;
    for (v1::RunStudyResponse response; stream->Read(&response);) {
      if (response.has_run()) outcome.run = response.run();
      if (!response.has_progress()) continue;
      outcome.progress.push_back(response.progress());
      if (!cancel_at.empty() && response.progress().stage() == cancel_at) context.TryCancel();
    }
    outcome.status = stream->Finish();
    return outcome;
  }

  static std::map<std::string, std::string> Report(RunningServices& services, const std::string& run_id) {
    v1::GetReportRequest request;
    request.set_run_id(run_id);
    grpc::ClientContext context;
    const auto stream = services.reporting().GetReport(&context, request);
    std::map<std::string, std::string> files;
    for (v1::GetReportResponse part; stream->Read(&part);) files[part.path()] += part.chunk();
    EXPECT_TRUE(stream->Finish().ok());
    return files;
  }

  static std::map<std::string, common::v1::ResultOrigin::Source> Sources(const v1::Run& run) {
    std::map<std::string, common::v1::ResultOrigin::Source> sources;
    for (const v1::FinishedStep& step : run.steps()) {
      if (!step.id().starts_with("describe") && step.id() != "report") sources[step.id()] = step.origin().source();
    }
    return sources;
  }

  std::string directory_;
};

}  // namespace farrell::reporting
