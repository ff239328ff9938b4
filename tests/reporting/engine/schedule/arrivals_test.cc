#include "services/reporting/engine/schedule/arrivals.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace farrell::reporting::schedule {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using Kind = ArrivalEvent::Kind;
using End = ArrivalEnd::Kind;
using ::testing::HasSubstr;

Moment At(int second) { return Moment(seconds(1'000'000 + second)); }

ArrivalEvent Event(std::int64_t sequence, int second, Kind kind = Kind::kArrived, const std::string& release = "",
                   std::int64_t revised = 0) {
  const std::string name = release.empty() ? "r" + std::to_string(sequence) : release;
  return {.sequence = sequence,
          .at = At(second),
          .kind = kind,
          .release = name,
          .snapshot = "of " + name,
          .update = false,
          .revised_cells = revised,
          .new_cells = 1};
}

ArrivalEvent Update(ArrivalEvent event) {
  event.update = true;
  return event;
}

AskCompleteness Always(bool complete) {
  return [complete](const std::string&) -> Result<Completeness> { return Completeness{complete, "27 of 30 units"}; };
}

Result<Completeness> NeverAsked(const std::string&) {
  ADD_FAILURE() << "nobody needs to know";
  return Completeness{};
}

std::map<std::int64_t, End> Ends(const ArrivalDecision& decision) {
  std::map<std::int64_t, End> ends;
  for (const ArrivalEnd& end : decision.ends) EXPECT_TRUE(ends.emplace(end.sequence, end.kind).second);
  return ends;
}

std::string ReasonOf(const ArrivalDecision& decision, std::int64_t sequence) {
  for (const ArrivalEnd& end : decision.ends) {
    if (end.sequence == sequence) return end.reason;
  }
  return "no end";
}

TEST(ArrivalsTest, AnArrivalIsDueAtOnceWithoutAQuietPeriod) {
  const ArrivalDecision decision = DecideArrivals({}, {Event(1, 0)}, {}, NeverAsked, At(0)).value();
  ASSERT_TRUE(decision.due);
  EXPECT_EQ(decision.due->release, "r1");
  EXPECT_EQ(decision.due->snapshot, "of r1");
  EXPECT_EQ(decision.due->nominal, At(0));
  EXPECT_FALSE(decision.due->provisional);
  EXPECT_EQ(Ends(decision), (std::map<std::int64_t, End>{{1, End::kConsumed}}));
}

TEST(ArrivalsTest, ThirtyUploadsMakeOneRun) {
  const ArrivalRule rule{.quiet = minutes(30)};
  std::vector<ArrivalEvent> pending;
  int runs = 0;
  for (int i = 1; i <= 30; ++i) {
    pending.push_back(Event(i, 60 * i));
    const ArrivalDecision decision = DecideArrivals(rule, pending, {}, NeverAsked, At(60 * i)).value();
    runs += decision.due ? 1 : 0;
    EXPECT_EQ(decision.look_at, At(60 * i) + minutes(30)) << "each upload begins the quiet period anew";
    EXPECT_EQ(decision.waits_for, "the quiet period");
    EXPECT_TRUE(decision.ends.empty());
  }
  EXPECT_EQ(runs, 0);
  std::shuffle(pending.begin(), pending.end(), std::mt19937(7));
  EXPECT_FALSE(DecideArrivals(rule, pending, {}, NeverAsked, At(1800) + minutes(30) - seconds(1))->due);
  const ArrivalDecision decision = DecideArrivals(rule, pending, {}, NeverAsked, At(1800) + minutes(30)).value();
  ASSERT_TRUE(decision.due);
  EXPECT_EQ(decision.due->release, "r30");
  const std::map<std::int64_t, End> ends = Ends(decision);
  ASSERT_EQ(ends.size(), 30U);
  for (int i = 1; i < 30; ++i) EXPECT_EQ(ends.at(i), End::kSuperseded);
  EXPECT_EQ(ends.at(30), End::kConsumed);
  EXPECT_THAT(ReasonOf(decision, 3), HasSubstr("event 30"));
}

TEST(ArrivalsTest, WhoeverLooksAndWheneverFindsTheSameRun) {
  const ArrivalRule rule{.quiet = minutes(1)};
  const std::vector<ArrivalEvent> pending = {Event(1, 0), Event(2, 30)};
  const auto early = DecideArrivals(rule, pending, {}, NeverAsked, At(90)).value();
  const auto late = DecideArrivals(rule, {pending[1], pending[0]}, {}, NeverAsked, At(90'000)).value();
  ASSERT_TRUE(early.due && late.due);
  EXPECT_EQ(early.due->nominal, late.due->nominal);
  EXPECT_EQ(early.due->snapshot, late.due->snapshot);
}

TEST(ArrivalsTest, WaitsForCompletenessAndStampsAtTheDeadline) {
  const ArrivalRule rule{.quiet = seconds(10), .needs_complete = true, .deadline = minutes(60)};
  const std::vector<ArrivalEvent> pending = {Event(1, 0)};
  const auto waiting = DecideArrivals(rule, pending, {}, Always(false), At(20)).value();
  EXPECT_FALSE(waiting.due);
  EXPECT_EQ(waiting.look_at, At(3600));
  EXPECT_THAT(waiting.waits_for, HasSubstr("27 of 30 units"));
  const auto complete = DecideArrivals(rule, pending, {}, Always(true), At(20)).value();
  ASSERT_TRUE(complete.due);
  EXPECT_FALSE(complete.due->provisional);
  const auto overdue = DecideArrivals(rule, pending, {}, Always(false), At(3600)).value();
  ASSERT_TRUE(overdue.due);
  EXPECT_TRUE(overdue.due->provisional);
  EXPECT_THAT(overdue.due->reason, HasSubstr("27 of 30"));
}

TEST(ArrivalsTest, WithoutADeadlineItWaitsForTheNextEvent) {
  const ArrivalRule rule{.needs_complete = true};
  const auto waiting = DecideArrivals(rule, {Event(1, 0)}, {}, Always(false), At(1'000'000)).value();
  EXPECT_FALSE(waiting.due);
  EXPECT_FALSE(waiting.look_at);
  // The rule that says what is expected comes later, and with it completeness.
  const auto declared =
      DecideArrivals(rule, {Event(1, 0), Event(2, 50, Kind::kDeclared, "r1")}, {}, Always(true), At(50)).value();
  ASSERT_TRUE(declared.due);
  EXPECT_EQ(declared.due->release, "r1");
  EXPECT_EQ(Ends(declared), (std::map<std::int64_t, End>{{1, End::kConsumed}, {2, End::kConsumed}}));
}

TEST(ArrivalsTest, TheDeadlineEndsAQuietPeriodThatUploadsKeepOpen) {
  const ArrivalRule rule{.quiet = minutes(30), .deadline = minutes(60)};
  std::vector<ArrivalEvent> pending;
  for (int i = 1; i <= 6; ++i) pending.push_back(Event(i, 700 * (i - 1)));
  EXPECT_EQ(DecideArrivals(rule, pending, {}, NeverAsked, At(3599))->look_at, At(3600));
  EXPECT_TRUE(DecideArrivals(rule, pending, {}, NeverAsked, At(3600))->due);
}

TEST(ArrivalsTest, AnErrorOfCompletenessEndsNothing) {
  const ArrivalRule rule{.needs_complete = true};
  const auto away = [](const std::string&) -> Result<Completeness> { return Unavailable("AWAY", "away"); };
  EXPECT_EQ(DecideArrivals(rule, {Event(1, 0)}, {}, away, At(0)).status().reason(), "AWAY");
}

TEST(ArrivalsTest, AReleaseWithdrawnBeforeItsRunIsRejected) {
  const ArrivalRule rule{.quiet = minutes(1)};
  const auto decision =
      DecideArrivals(rule, {Event(1, 0), Event(2, 10), Event(3, 20, Kind::kWithdrawn, "r2")}, {}, NeverAsked, At(20))
          .value();
  EXPECT_EQ(Ends(decision), (std::map<std::int64_t, End>{{2, End::kRejected}, {3, End::kRejected}}));
  EXPECT_THAT(ReasonOf(decision, 2), HasSubstr("withdrawn (event 3)"));
  EXPECT_THAT(ReasonOf(decision, 3), HasSubstr("no run was made"));
  const auto rest = DecideArrivals(rule, {Event(1, 0)}, {}, NeverAsked, At(60)).value();
  ASSERT_TRUE(rest.due);
  EXPECT_EQ(rest.due->release, "r1");
}

TEST(ArrivalsTest, AReleaseImportedAgainAfterItsWithdrawalCounts) {
  const auto decision =
      DecideArrivals({}, {Event(1, 0), Event(2, 1, Kind::kWithdrawn, "r1"), Event(3, 2, Kind::kArrived, "r1")}, {},
                     NeverAsked, At(5))
          .value();
  ASSERT_TRUE(decision.due);
  EXPECT_EQ(Ends(decision),
            (std::map<std::int64_t, End>{{1, End::kRejected}, {2, End::kRejected}, {3, End::kConsumed}}));
}

TEST(ArrivalsTest, AReleaseWithdrawnAfterItsRunMakesTheNewestDue) {
  const ArrivalHistory history{.used_through = 5, .last_snapshot = "of r5", .last_release = "r5"};
  ArrivalEvent withdrawn = Event(6, 0, Kind::kWithdrawn, "r5");
  withdrawn.snapshot = "of r4";
  const auto decision = DecideArrivals({}, {withdrawn}, history, NeverAsked, At(0)).value();
  ASSERT_TRUE(decision.due);
  EXPECT_EQ(decision.due->release, "");
  EXPECT_EQ(decision.due->snapshot, "of r4");
  EXPECT_EQ(Ends(decision), (std::map<std::int64_t, End>{{6, End::kConsumed}}));
}

TEST(ArrivalsTest, LateAndOutOfOrderArrivalsEndOnce) {
  const ArrivalHistory history{.used_through = 5, .last_snapshot = "of r5", .last_release = "r5"};
  const auto decision = DecideArrivals({}, {Event(7, 9), Event(4, 8), Event(6, 7)}, history, NeverAsked, At(9)).value();
  ASSERT_TRUE(decision.due);
  EXPECT_EQ(decision.due->release, "r7");
  EXPECT_EQ(Ends(decision),
            (std::map<std::int64_t, End>{{4, End::kSuperseded}, {6, End::kSuperseded}, {7, End::kConsumed}}));
  EXPECT_THAT(ReasonOf(decision, 4), HasSubstr("event 5"));
}

TEST(ArrivalsTest, OnRevisionNewCellsAloneAreRejected) {
  const ArrivalRule rule{.revisions_only = true};
  const auto added = DecideArrivals(rule, {Event(1, 0)}, {}, NeverAsked, At(0)).value();
  EXPECT_FALSE(added.due);
  EXPECT_EQ(Ends(added), (std::map<std::int64_t, End>{{1, End::kRejected}}));
  const auto revised = DecideArrivals(rule, {Event(2, 0, Kind::kArrived, "", 3)}, {}, NeverAsked, At(0)).value();
  EXPECT_TRUE(revised.due);
}

// Thirty provinces, each an update laid over the others: the run is made of all of them.
TEST(ArrivalsTest, UpdatesAreConsumedTogetherAndARestatementSupersedes) {
  const auto together =
      DecideArrivals({}, {Event(1, 0), Update(Event(2, 0)), Update(Event(3, 0))}, {}, NeverAsked, At(0)).value();
  EXPECT_EQ(Ends(together),
            (std::map<std::int64_t, End>{{1, End::kConsumed}, {2, End::kConsumed}, {3, End::kConsumed}}));
  const auto restated =
      DecideArrivals({}, {Update(Event(1, 0)), Event(2, 0), Update(Event(3, 0))}, {}, NeverAsked, At(0)).value();
  EXPECT_EQ(restated.due->release, "r3");
  EXPECT_EQ(Ends(restated),
            (std::map<std::int64_t, End>{{1, End::kSuperseded}, {2, End::kConsumed}, {3, End::kConsumed}}));
  EXPECT_THAT(ReasonOf(restated, 1), HasSubstr("event 2"));
}

TEST(ArrivalsTest, TheSameDataUnderAnotherNameAreRejected) {
  ArrivalEvent same = Event(1, 0);
  same.new_cells = 0;
  const auto decision = DecideArrivals({}, {same}, {}, NeverAsked, At(0)).value();
  EXPECT_FALSE(decision.due);
  EXPECT_THAT(ReasonOf(decision, 1), HasSubstr("changes no cell"));
}

TEST(ArrivalsTest, DataThatTheLastRunWasMadeOfAreRejected) {
  ArrivalHistory history;
  history.last_snapshot = "of r1";
  const auto decision = DecideArrivals({}, {Event(1, 0)}, history, NeverAsked, At(0)).value();
  EXPECT_FALSE(decision.due);
  EXPECT_THAT(ReasonOf(decision, 1), HasSubstr("as it did when the last run"));
}

// A typo that was corrected in time; or a run by hand before the quiet period was over.
TEST(ArrivalsTest, DataThatAreBackAtThoseOfTheLastRunEndWhatCameBefore) {
  ArrivalHistory history;
  history.used_through = 1;
  history.last_snapshot = "of r1";
  ArrivalEvent corrected = Update(Event(3, 1, Kind::kArrived, "r3", 1));
  corrected.snapshot = "of r1";
  const std::vector<ArrivalEvent> pending = {Update(Event(2, 0)), corrected};
  const auto back = DecideArrivals({}, pending, history, NeverAsked, At(9)).value();
  EXPECT_FALSE(back.due);
  EXPECT_EQ(Ends(back), (std::map<std::int64_t, End>{{2, End::kSuperseded}, {3, End::kRejected}}));
  EXPECT_THAT(ReasonOf(back, 2), HasSubstr("event 3"));
  // What comes after counts by itself.
  const auto after = DecideArrivals({}, {pending[0], corrected, Event(4, 2)}, history, NeverAsked, At(9)).value();
  ASSERT_TRUE(after.due);
  EXPECT_EQ(Ends(after),
            (std::map<std::int64_t, End>{{2, End::kSuperseded}, {3, End::kRejected}, {4, End::kConsumed}}));
}

TEST(ArrivalsTest, AWithdrawalThatIsMadeGoodEndsWithWhatMadeItSo) {
  ArrivalHistory history;
  history.used_through = 1;
  history.last_snapshot = "of r1";
  ArrivalEvent withdrawn = Event(2, 0, Kind::kWithdrawn, "r1");
  withdrawn.snapshot = "of r0";
  ArrivalEvent again = Event(3, 1);
  again.snapshot = "of r1";
  const auto decision =
      DecideArrivals({.needs_complete = true}, {withdrawn, again}, history, NeverAsked, At(1)).value();
  EXPECT_FALSE(decision.due);
  EXPECT_EQ(Ends(decision), (std::map<std::int64_t, End>{{2, End::kSuperseded}, {3, End::kRejected}}));
}

TEST(ArrivalsTest, TheNewestDataAreRunAndAskedWhetherTheyAreComplete) {
  ArrivalHistory history;
  history.used_through = 1;
  history.last_snapshot = "of r1";
  ArrivalEvent withdrawn = Event(3, 1, Kind::kWithdrawn, "r1");
  withdrawn.snapshot = "of r2 alone";
  std::vector<std::string> asked;
  const auto complete = [&](const std::string& snapshot) -> Result<Completeness> {
    asked.push_back(snapshot);
    return Completeness{true, {}};
  };
  const auto decision =
      DecideArrivals({.needs_complete = true}, {Update(Event(2, 0)), withdrawn}, history, complete, At(1)).value();
  ASSERT_TRUE(decision.due);
  EXPECT_EQ(decision.due->snapshot, "of r2 alone");
  EXPECT_EQ(decision.due->release, "r2");
  EXPECT_EQ(asked, std::vector<std::string>{"of r2 alone"});
}

TEST(ArrivalsTest, FrozenAndDeclaredAloneBringNoData) {
  const auto decision =
      DecideArrivals({}, {Event(1, 0, Kind::kFrozen), Event(2, 0, Kind::kDeclared)}, {}, NeverAsked, At(0)).value();
  EXPECT_FALSE(decision.due);
  EXPECT_EQ(Ends(decision), (std::map<std::int64_t, End>{{1, End::kRejected}, {2, End::kRejected}}));
}

TEST(ArrivalsTest, AProvisionalRunIsMadeAgainOnceItsReleaseIsComplete) {
  const ArrivalRule rule{.needs_complete = true, .deadline = minutes(60)};
  const ArrivalHistory history{
      .used_through = 1, .last_snapshot = "of r1", .last_release = "r1", .last_provisional = true};
  ArrivalEvent declared = Event(2, 0, Kind::kDeclared);
  declared.release.clear();  // it is of the dataset
  declared.snapshot = "of r1";
  const std::vector<ArrivalEvent> news = {declared};
  const auto still = DecideArrivals(rule, news, history, Always(false), At(10'000)).value();
  EXPECT_FALSE(still.due) << "it would be provisional again";
  const auto complete = DecideArrivals(rule, news, history, Always(true), At(10'000)).value();
  ASSERT_TRUE(complete.due);
  EXPECT_EQ(complete.due->release, "r1");
  EXPECT_FALSE(complete.due->provisional);
}

// Whatever comes in whatever order and however often somebody looks: every event ends once, no run is made twice.
TEST(ArrivalsTest, NothingIsLostAndNothingRunsTwice) {
  std::mt19937 random(11);
  for (int round = 0; round < 500; ++round) {
    std::vector<ArrivalEvent> coming;
    std::vector<std::string> known;
    for (int i = 1; i <= 20; ++i) {
      const auto kind = static_cast<Kind>(random() % 5 == 0 ? random() % 4 : 0);
      std::string release = "r" + std::to_string(i);
      if (kind != Kind::kArrived && !known.empty()) release = known[random() % known.size()];
      known.push_back(release);
      coming.push_back(Event(i, 0, kind, release, static_cast<std::int64_t>(random() % 2)));
      coming.back().update = random() % 2 == 0;
      coming.back().new_cells = static_cast<std::int64_t>(random() % 4);
    }
    // Each may overtake its neighbours.
    for (std::size_t i = 0; i + 1 < coming.size(); i += 2) {
      if (random() % 3 == 0) std::swap(coming[i], coming[i + 1]);
    }
    const ArrivalRule rule{.revisions_only = random() % 3 == 0,
                           .quiet = seconds(random() % 40),
                           .needs_complete = random() % 2 == 0,
                           .deadline = random() % 2 == 0 ? std::optional<seconds>(seconds(60)) : std::nullopt};
    std::vector<ArrivalEvent> pending;
    std::map<std::int64_t, int> ended;
    ArrivalHistory history;
    std::map<std::pair<Moment, std::string>, int> runs;
    int now = 0;
    for (std::size_t next = 0; next < coming.size() || now < 100'000;) {
      now += static_cast<int>(random() % 30);
      if (next < coming.size()) {
        coming[next].at = At(now);
        pending.push_back(coming[next++]);
      } else {
        now += 50'000;
      }
      const bool complete = next == coming.size() || random() % 2 == 0;
      const auto decision = DecideArrivals(rule, pending, history, Always(complete), At(now)).value();
      for (const ArrivalEnd& end : decision.ends) {
        ++ended[end.sequence];
        if (end.kind != End::kConsumed) {
          EXPECT_FALSE(end.reason.empty());
        }
        std::erase_if(pending, [&](const ArrivalEvent& event) { return event.sequence == end.sequence; });
      }
      if (!decision.due) continue;
      EXPECT_EQ(++runs[std::pair(decision.due->nominal, decision.due->snapshot)], 1);
      for (const ArrivalEnd& end : decision.ends) {
        if (end.kind == End::kConsumed) history.used_through = std::max(history.used_through, end.sequence);
      }
      history.last_release = decision.due->release;
      history.last_provisional = decision.due->provisional;
    }
    EXPECT_TRUE(pending.empty());
    for (int i = 1; i <= 20; ++i) EXPECT_EQ(ended[i], 1) << i;
  }
}

// Releases come, say the same or something else, are withdrawn, and somebody triggers runs in between: once it is
// quiet, the last run is of the data as they stand.
TEST(ArrivalsTest, TheLastRunIsOfTheDataAsTheyStand) {
  std::mt19937 random(5);
  for (int round = 0; round < 2000; ++round) {
    struct Held {
      std::string name;
      unsigned value;
    };
    std::vector<Held> held = {{"r0", 0}};
    const auto snapshot = [&] { return held.empty() ? "" : "of " + std::to_string(held.back().value); };
    const ArrivalRule rule{.quiet = seconds(random() % 20)};
    std::vector<ArrivalEvent> pending;
    ArrivalHistory history;
    int now = 0;
    const auto look = [&] {
      const auto decision = DecideArrivals(rule, pending, history, NeverAsked, At(now)).value();
      for (const ArrivalEnd& end : decision.ends) {
        std::erase_if(pending, [&](const ArrivalEvent& event) { return event.sequence == end.sequence; });
        if (decision.due && end.kind == End::kConsumed) {
          history.used_through = std::max(history.used_through, end.sequence);
        }
      }
      if (decision.due) history.last_snapshot = decision.due->snapshot;
    };
    for (int i = 1; i <= 12; ++i) {
      now += static_cast<int>(random() % 15);
      const std::string before = snapshot();
      if (held.size() > 1 && random() % 3 == 0) {
        const auto gone = held.begin() + static_cast<std::ptrdiff_t>(random() % held.size());
        pending.push_back(Event(i, now, Kind::kWithdrawn, gone->name));
        held.erase(gone);
      } else {
        pending.push_back(Event(i, now));
        held.push_back({pending.back().release, static_cast<unsigned>(random() % 3)});
        pending.back().new_cells = snapshot() == before ? 0 : 1;
        pending.back().update = random() % 2 == 0;
      }
      pending.back().snapshot = snapshot();
      if (random() % 5 == 0) history.last_snapshot = snapshot();
      if (random() % 3 == 0) look();
    }
    now += 1000;
    look();
    EXPECT_TRUE(pending.empty());
    if (!history.last_snapshot.empty()) {
      EXPECT_EQ(history.last_snapshot, snapshot()) << round;
    }
  }
}

}  // namespace
}  // namespace farrell::reporting::schedule
