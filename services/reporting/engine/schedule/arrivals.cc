#include "services/reporting/engine/schedule/arrivals.h"

#include <algorithm>
#include <utility>

namespace farrell::reporting::schedule {
namespace {

using Kind = ArrivalEvent::Kind;
using End = ArrivalEnd::Kind;

std::string EventName(std::int64_t sequence) { return "event " + std::to_string(sequence); }

// The pending events of one look.
class Look {
 public:
  Look(const ArrivalRule& rule, std::vector<ArrivalEvent> pending, const ArrivalHistory& history)
      : rule_(rule), history_(history), used_through_(history.used_through), open_(std::move(pending)) {
    std::sort(open_.begin(), open_.end(), [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
    for (const ArrivalEvent& event : open_) {
      if (LeavesLastRun(event)) used_through_ = std::max(used_through_, event.sequence);
    }
  }

  Result<ArrivalDecision> Decide(const AskCompleteness& complete, Moment now) {
    RejectWithdrawn();
    SupersedeUsed();
    RejectWithoutChange();
    const ArrivalEvent* subject = Subject();
    if (subject == nullptr) {
      RejectWithoutData();
      return std::move(decision_);
    }
    return DecideOn(*subject, complete, now);
  }

 private:
  void Finish(const ArrivalEvent& event, End kind, std::string reason) {
    decision_.ends.push_back({event.sequence, kind, std::move(reason)});
  }

  // Ends the open events that `which` gives a reason for.
  template <typename Which>
  void EndThose(End kind, const Which& which) {
    std::vector<ArrivalEvent> rest;
    for (const ArrivalEvent& event : open_) {
      std::string reason = which(event);
      if (reason.empty()) {
        rest.push_back(event);
      } else {
        Finish(event, kind, std::move(reason));
      }
    }
    open_ = std::move(rest);
  }

  static bool IsOfData(const ArrivalEvent& event) {
    return event.kind == Kind::kArrived || event.kind == Kind::kWithdrawn;
  }

  static bool ChangesData(const ArrivalEvent& event) {
    return event.kind == Kind::kWithdrawn ||
           (event.kind == Kind::kArrived && (event.revised_cells > 0 || event.new_cells > 0));
  }

  // After it the data were those of the last run: because that was made of them, or because they are there again.
  bool LeavesLastRun(const ArrivalEvent& event) const {
    return ChangesData(event) && !event.snapshot.empty() && event.snapshot == history_.last_snapshot;
  }

  // What came of a release before it was withdrawn; and the withdrawal, unless there was a run.
  void RejectWithdrawn() {
    const std::vector<ArrivalEvent> all = open_;
    EndThose(End::kRejected, [&](const ArrivalEvent& event) -> std::string {
      if (event.kind == Kind::kWithdrawn) {
        const bool any_run = used_through_ > 0 || !history_.last_snapshot.empty();
        return any_run ? "" : "no run was made of release " + event.release;
      }
      for (const ArrivalEvent& later : all) {
        if (later.kind == Kind::kWithdrawn && later.release == event.release && later.sequence > event.sequence) {
          return "release " + event.release + " was withdrawn (" + EventName(later.sequence) + ")";
        }
      }
      return {};
    });
  }

  void SupersedeUsed() {
    EndThose(End::kSuperseded, [this](const ArrivalEvent& event) -> std::string {
      if (!IsOfData(event) || event.sequence >= used_through_) return {};
      return "a run was made of the data as they were after " + EventName(used_through_) + " already";
    });
  }

  void RejectWithoutChange() {
    EndThose(End::kRejected, [this](const ArrivalEvent& event) -> std::string {
      if (LeavesLastRun(event)) return "the dataset stands as it did when the last run was made";
      if (event.kind != Kind::kArrived || event.revised_cells > 0) return {};
      if (!ChangesData(event)) return "changes no cell of the dataset";
      return rule_.revisions_only ? "revises no cell that was there before" : "";
    });
  }

  // The event that makes a run due, and whose snapshot is run: the newest that changed the data; without one, news
  // after a run that was provisional.
  const ArrivalEvent* Subject() const {
    const auto data = std::find_if(open_.rbegin(), open_.rend(), IsOfData);
    if (data != open_.rend()) return &*data;
    const auto news =
        std::find_if(open_.rbegin(), open_.rend(), [this](const auto& event) { return Completes(event); });
    return news == open_.rend() ? nullptr : &*news;
  }

  bool Completes(const ArrivalEvent& event) const { return !IsOfData(event) && history_.last_provisional; }

  // Of the newest data that came, which a withdrawal after them left there; empty: none came. News are of the dataset.
  std::string ReleaseOf(const ArrivalEvent& subject) const {
    if (!IsOfData(subject)) return history_.last_release;
    const auto arrived = std::find_if(open_.rbegin(), open_.rend(),
                                      [](const ArrivalEvent& event) { return event.kind == Kind::kArrived; });
    return arrived == open_.rend() ? "" : arrived->release;
  }

  // A period frozen or a rule declared brings no data by itself.
  void RejectWithoutData() {
    EndThose(End::kRejected, [](const ArrivalEvent&) -> std::string { return "no new data had come with it"; });
  }

  Result<ArrivalDecision> DecideOn(const ArrivalEvent& subject, const AskCompleteness& complete, Moment now) {
    const Moment newest = std::max_element(open_.begin(), open_.end(), ByTime)->at;
    const Moment oldest = std::min_element(open_.begin(), open_.end(), ByTime)->at;
    const Moment quiet_at = newest + rule_.quiet;
    // A provisional run need not be made again to be provisional again.
    const bool may_be_provisional = rule_.deadline && !Completes(subject);
    const std::optional<Moment> latest = may_be_provisional ? std::optional(oldest + *rule_.deadline) : std::nullopt;
    const bool overdue = latest && now >= *latest;
    if (!overdue && now < quiet_at) {
      decision_.look_at = latest ? std::min(quiet_at, *latest) : quiet_at;
      decision_.waits_for = "the quiet period";
      return std::move(decision_);
    }
    DueArrival due{.nominal = newest,
                   .release = ReleaseOf(subject),
                   .snapshot = subject.snapshot,
                   .provisional = false,
                   .reason = {}};
    if (rule_.needs_complete && !due.snapshot.empty()) {
      FARRELL_ASSIGN_OR_RETURN(const Completeness found, complete(due.snapshot));
      if (!found.complete && !overdue) {
        decision_.look_at = latest;
        decision_.waits_for = "completeness: " + found.found;
        return std::move(decision_);
      }
      due.provisional = !found.complete;
      if (due.provisional) due.reason = found.found;
    }
    // Back from the newest: what came before one that restates the whole is no part of the data.
    const ArrivalEvent* whole = nullptr;
    for (auto event = open_.rbegin(); event != open_.rend(); ++event) {
      if (event->kind == Kind::kArrived && whole != nullptr) {
        Finish(*event, End::kSuperseded, "superseded by " + EventName(whole->sequence) + " before a run was made");
      } else {
        Finish(*event, End::kConsumed, {});
      }
      if (event->kind == Kind::kArrived && !event->update && whole == nullptr) whole = &*event;
    }
    decision_.due = std::move(due);
    return std::move(decision_);
  }

  static bool ByTime(const ArrivalEvent& a, const ArrivalEvent& b) { return a.at < b.at; }

  const ArrivalRule& rule_;
  const ArrivalHistory& history_;
  // The newest event whose data a run was made of.
  std::int64_t used_through_;
  std::vector<ArrivalEvent> open_;
  ArrivalDecision decision_;
};

}  // namespace

Result<ArrivalDecision> DecideArrivals(const ArrivalRule& rule, std::vector<ArrivalEvent> pending,
                                       const ArrivalHistory& history, const AskCompleteness& complete, Moment now) {
  return Look(rule, std::move(pending), history).Decide(complete, now);
}

}  // namespace farrell::reporting::schedule
