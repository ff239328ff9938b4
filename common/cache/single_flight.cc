#include "common/cache/single_flight.h"

#include <condition_variable>
#include <optional>
#include <utility>

namespace farrell {

struct SingleFlight::Flight {
  std::mutex mutex;
  std::condition_variable_any landed;
  int waiting = 1;  // the leader's own caller included
  std::stop_source stop;
  std::optional<Result<std::string>> result;

  // One caller less; the last one to go stops the work.
  void Leave() {
    bool last = false;
    {
      const std::lock_guard lock(mutex);
      last = --waiting == 0;
    }
    if (last) stop.request_stop();
  }
};

SingleFlight::Outcome SingleFlight::Do(const std::string& key, std::stop_token stop, const Work& work) {
  if (stop.stop_requested()) return {Cancelled(), false};
  bool leads = false;
  const std::shared_ptr<Flight> flight = Join(key, leads);
  return leads ? Lead(key, flight, std::move(stop), work) : Follow(flight, std::move(stop));
}

int SingleFlight::WaitingForTest(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = flights_.find(key);
  if (found == flights_.end()) return 0;
  const std::lock_guard flight_lock(found->second->mutex);
  return found->second->waiting;
}

std::shared_ptr<SingleFlight::Flight> SingleFlight::Join(const std::string& key, bool& leads) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Flight>& flight = flights_[key];
  if (flight != nullptr) {
    const std::lock_guard flight_lock(flight->mutex);
    // A flight that everybody left is being stopped: its outcome is of no use to a newcomer.
    if (flight->waiting > 0) {
      ++flight->waiting;
      leads = false;
      return flight;
    }
  }
  flight = std::make_shared<Flight>();
  leads = true;
  return flight;
}

SingleFlight::Outcome SingleFlight::Lead(const std::string& key, const std::shared_ptr<Flight>& flight,
                                         const std::stop_token& stop, const Work& work) {
  Result<std::string> result = Internal("UNEXPECTED_EXCEPTION", "the shared computation of this result failed");
  {
    const std::stop_callback leave(stop, [&flight] { flight->Leave(); });
    try {
      result = work(flight->stop.get_token());
    } catch (...) {
      Land(key, flight, result);
      throw;
    }
  }
  Land(key, flight, result);
  if (stop.stop_requested() && !result.ok()) return {Cancelled(), true};
  return {std::move(result), true};
}

SingleFlight::Outcome SingleFlight::Follow(const std::shared_ptr<Flight>& flight, std::stop_token stop) {
  {
    std::unique_lock lock(flight->mutex);
    if (flight->landed.wait(lock, std::move(stop), [&flight] { return flight->result.has_value(); })) {
      return {*flight->result, false};
    }
  }
  flight->Leave();
  return {Cancelled(), false};
}

void SingleFlight::Land(const std::string& key, const std::shared_ptr<Flight>& flight, Result<std::string> result) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = flights_.find(key);
    if (found != flights_.end() && found->second == flight) flights_.erase(found);
  }
  {
    const std::lock_guard lock(flight->mutex);
    flight->result = std::move(result);
  }
  flight->landed.notify_all();
}

}  // namespace farrell
