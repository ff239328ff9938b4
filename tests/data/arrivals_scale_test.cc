// 31 provinces, 20 years, 200 variables, 30 releases: what storing, looking back and comparing cost.
#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "services/data/engine/cell_changes.h"
#include "services/data/service/store.h"
#include "tests/support/processor_time.h"
#include "tests/support/test_database.h"

namespace farrell::data {
namespace {

constexpr int kUnits = 31;
constexpr int kFirstYear = 2000;
constexpr int kYears = 20;
constexpr int kVariables = 200;
constexpr int kReleases = 30;
// Of processor time, for all of it; a fifth of a second a release is usual.
constexpr double kMostSeconds = 120;

double Seconds() { return farrell::testing::ProcessorMilliseconds() / 1e3; }

// All variables of all units in these years; `salt` decides the values.
Table Cells(int first_year, int last_year, int salt, const std::string& known_at) {
  std::vector<std::string> units;
  std::vector<std::int64_t> times;
  for (int unit = 0; unit < kUnits; ++unit) {
    for (int year = first_year; year <= last_year; ++year) {
      units.push_back("province " + std::to_string(100 + unit));
      times.push_back(year);
    }
  }
  Table table;
  auto unit_column = std::make_shared<Column>();
  unit_column->name = "unit";
  unit_column->is_text = true;
  unit_column->texts = units;
  auto time_column = std::make_shared<Column>();
  time_column->name = "time";
  time_column->numbers.assign(times.begin(), times.end());
  table.columns = {unit_column, time_column};
  for (int variable = 0; variable < kVariables; ++variable) {
    auto column = std::make_shared<Column>();
    column->name = "v" + std::to_string(variable);
    for (std::size_t row = 0; row < units.size(); ++row) {
      column->numbers.push_back(
          static_cast<double>((static_cast<int>(row) * 7919 + variable * 104729 + salt) % 100003) / 8);
    }
    table.columns.push_back(std::move(column));
  }
  table.keys = MakeKeys("unit", "time", std::move(units), std::move(times));
  table.known_at = known_at;
  return table;
}

class ArrivalsScaleTest : public farrell::testing::OnEveryEngine {};
INSTANTIATE_TEST_SUITE_P(Engines, ArrivalsScaleTest, ::testing::ValuesIn(farrell::testing::kEngines),
                         farrell::testing::EngineName);

TEST_P(ArrivalsScaleTest, ThirtyReleasesOfAYearbook) {
  auto opened = Store::Open(database().Open());
  ASSERT_TRUE(opened.ok()) << opened.status().ToString();
  Store& store = **opened;
  const double start = Seconds();
  double last = start;
  const auto lap = [&](const char* what, int times) {
    const double now = Seconds();
    std::printf("%s: %.3f s of processor time each\n", what, (now - last) / times);
    last = now;
  };
  for (int release = 0; release < kReleases; ++release) {
    // The whole first, then a new year and a revision of the one before, a later one known earlier now and then.
    const bool whole = release == 0;
    const int year = kFirstYear + 1 + release % (kYears - 1);
    const int day = release % 5 == 4 ? release - 2 : release;
    std::string known_at = "2020-01-" + std::to_string(100 + day + 1).substr(1);
    Table table =
        whole ? Cells(kFirstYear, kFirstYear + kYears - 1, 0, known_at) : Cells(year - 1, year, release, known_at);
    const auto digests = DigestTable(table);
    const auto put = store.Add(std::move(table), *digests,
                               {.dataset = "yearbook", .release = std::to_string(release), .update = !whole}, "");
    ASSERT_TRUE(put.ok()) << put.status().ToString();
    ASSERT_EQ(put->snapshot->info.row_count, kUnits * kYears);
  }
  lap("a release stored", kReleases);
  std::vector<std::string> digests;
  for (int day = 1; day <= kReleases; ++day) {
    const auto view = store.Resolve("yearbook@known:2020-01-" + std::to_string(100 + day).substr(1));
    ASSERT_TRUE(view.ok()) << view.status().ToString();
    digests.push_back(view->digest);
  }
  lap("a day looked back to", kReleases);
  const auto first = store.Load(digests.front());
  const auto final_view = store.Load(digests.back());
  ASSERT_TRUE(first.ok() && final_view.ok());
  const auto compared = CompareTables((*first)->table, (*final_view)->table, {}, {});
  ASSERT_TRUE(compared.ok());
  EXPECT_EQ(compared->compared, std::int64_t{kUnits} * kYears * kVariables);
  EXPECT_EQ(compared->periods.size(), static_cast<std::size_t>(kYears));
  lap("two views compared", 1);
  const auto deliveries = store.Deliveries("yearbook");
  ASSERT_TRUE(deliveries.ok());
  EXPECT_EQ(deliveries->size(), static_cast<std::size_t>(kReleases));
  lap("all deliveries read for a history", 1);
  EXPECT_LT(Seconds() - start, kMostSeconds);
}

}  // namespace
}  // namespace farrell::data
