// A new year through the service: of networks and productivity its own programs alone are solved.
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "tests/dea/dea_service_fixture.h"

namespace farrell::dea::testing {
namespace {

// SampleTable without its last year.
Panel WithoutLastYear() {
  Panel table = SampleTable();
  for (std::size_t row = table.size(); row-- > 0;) {
    if (table.times[row] != 2019) continue;
    const auto at = static_cast<std::ptrdiff_t>(row);
    table.units.erase(table.units.begin() + at);
    table.times.erase(table.times.begin() + at);
    for (PanelColumn& column : table.columns) {
      if (column.is_text) {
        column.texts.erase(column.texts.begin() + at);
      } else {
        column.numbers.erase(column.numbers.begin() + at);
      }
    }
  }
  return table;
}

// Everything a stream said but progress, how many programs were solved for it and how many proven to stand.
struct Told {
  std::string bytes;
  std::int64_t solved = 0;
  std::int64_t certified = 0;
};

template <typename Response, typename Reader>
Told Read(Reader& reader) {
  Told told;
  Response message;
  while (reader.Read(&message)) {
    if (message.has_progress()) continue;
    if (message.has_summary()) {
      told.solved = message.summary().origin().solved_count();
      told.certified = message.summary().origin().certified_count();
      message.mutable_summary()->clear_origin();
    }
    message.AppendToString(&told.bytes);
  }
  EXPECT_TRUE(reader.Finish().ok());
  return told;
}

class NewYearTest : public DeaServiceFixture {
 protected:
  NewYearTest() {
    data_.Put("before", WithoutLastYear());
    for (const char* name : {"labour", "capital"}) network_.add_stage1_inputs(name);
    network_.add_intermediates("papers");
    network_.add_outputs("patents");
    *productivity_.mutable_model() = Request().model();
  }

  std::pair<Told, Told> Ask(const std::string& digest, bool skip_lookup) {
    network_.mutable_table()->set_snapshot_digest(digest);
    network_.set_skip_cache_lookup(skip_lookup);
    productivity_.mutable_table()->set_snapshot_digest(digest);
    productivity_.set_skip_cache_lookup(skip_lookup);
    grpc::ClientContext first;
    grpc::ClientContext second;
    return {Read<v1::EvaluateNetworkResponse>(*stub_->EvaluateNetwork(&first, network_)),
            Read<v1::MeasureProductivityResponse>(*stub_->MeasureProductivity(&second, productivity_))};
  }

  v1::EvaluateNetworkRequest network_;
  v1::MeasureProductivityRequest productivity_;
};

TEST_F(NewYearTest, SolvesItsOwnProgramsOnly) {
  Ask("before", false);
  network_.mutable_table()->set_snapshot_digest("a");
  v1::PlanEvaluationRequest plan;
  *plan.mutable_network() = network_;
  v1::PlanEvaluationResponse planned;
  grpc::ClientContext context;
  ASSERT_TRUE(stub_->PlanEvaluation(&context, plan, &planned).ok());
  EXPECT_EQ(planned.problem_count(), 5 * 12);
  const auto [network, productivity] = Ask("a", false);
  EXPECT_EQ(network.solved, 5 * 12);
  EXPECT_EQ(productivity.solved, 3 * 12);
  const auto [network_anew, productivity_anew] = Ask("a", true);
  EXPECT_EQ(network_anew.solved, 5 * 48);
  EXPECT_EQ(network.bytes, network_anew.bytes);
  EXPECT_EQ(productivity.bytes, productivity_anew.bytes);
}

// The frontier of all years is another one now; most distances on it are proven to stand.
TEST_F(NewYearTest, GlobalProductivityIsProvenWhereItStands) {
  data_.Put("wide before", WideTable(2010));
  data_.Put("wide", WideTable(2011));
  v1::MeasureProductivityRequest request = productivity_;
  request.set_index(v1::PRODUCTIVITY_INDEX_GLOBAL);
  const auto ask = [&](const std::string& digest, bool skip_lookup) {
    request.mutable_table()->set_snapshot_digest(digest);
    request.set_skip_cache_lookup(skip_lookup);
    grpc::ClientContext context;
    return Read<v1::MeasureProductivityResponse>(*stub_->MeasureProductivity(&context, request));
  };
  const auto plan = [&] {
    v1::PlanEvaluationRequest asked;
    request.mutable_table()->set_snapshot_digest("wide");
    request.set_skip_cache_lookup(false);
    *asked.mutable_productivity() = request;
    v1::PlanEvaluationResponse planned;
    grpc::ClientContext context;
    EXPECT_TRUE(stub_->PlanEvaluation(&context, asked, &planned).ok());
    return planned;
  };
  EXPECT_EQ(ask("wide before", false).certified, 0);
  const v1::PlanEvaluationResponse planned = plan();
  const Told next = ask("wide", false);
  // On the frontiers of their own years old distances are at hand; the new year is solved on both.
  EXPECT_EQ(next.solved + next.certified, 12 * 40 + 40);
  EXPECT_GT(next.certified, 5 * 40);
  EXPECT_EQ(planned.certified_count(), next.certified);
  EXPECT_EQ(planned.problem_count(), next.solved);
  EXPECT_EQ(plan().certified_count(), 0);
  const Told anew = ask("wide", true);
  EXPECT_EQ(anew.certified, 0);
  EXPECT_EQ(anew.bytes, next.bytes);
}

}  // namespace
}  // namespace farrell::dea::testing
