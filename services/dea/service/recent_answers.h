// Answers of Evaluate that were given a moment ago, ready to be sent again: the table is not read, keyed and verified
// anew for every caller of a crowd.
//
// An answer is good for the same request of the same caller, for a second from when its table was asked for: so long
// may somebody whose access to the data was withdrawn still be given what they were given before. The bytes are those
// of an entry that was verified when the answer was made.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "farrell/dea/v1/dea.pb.h"

namespace farrell::dea {

struct RecentAnswer {
  // Carry their units as wire bytes, which serialise as the units would, and fast.
  std::vector<v1::EvaluateResponse> blocks;
  v1::EvaluationSummary summary;  // without origin
  double seconds = 0;             // that computing it took
};

// Thread-safe.
class RecentAnswers {
 public:
  using Clock = std::chrono::steady_clock;

  explicit RecentAnswers(std::size_t max_bytes = std::size_t{64} * 1024 * 1024,
                         Clock::duration life = std::chrono::seconds(1))
      : max_bytes_(max_bytes), life_(life) {}

  // The request and everything that says whose call this thread works for; empty outside of a call: never kept.
  static std::string KeyOf(const v1::EvaluateRequest& request);

  // Null when there is none.
  std::shared_ptr<const RecentAnswer> Find(const std::string& key);
  // `asked`: when the table was asked for. Answers of more than a sixteenth of all bytes are not kept; oldest out
  // first.
  void Keep(const std::string& key, Clock::time_point asked, RecentAnswer answer);

 private:
  struct Entry {
    std::string key;
    Clock::time_point asked;
    std::size_t bytes;
    std::shared_ptr<const RecentAnswer> answer;
  };
  using Entries = std::list<Entry>;  // oldest first

  void Remove(Entries::iterator entry);

  const std::size_t max_bytes_;
  const Clock::duration life_;
  std::mutex mutex_;
  std::size_t bytes_ = 0;
  Entries entries_;
  std::unordered_map<std::string, Entries::iterator> index_;  // looked up, never iterated
};

// A message of the same wire bytes as `block`, whose units need not be written one by one.
v1::EvaluateResponse Packed(const v1::EvaluateResponse& block);

}  // namespace farrell::dea
