// At most one computation of a key at a time; everybody who asks meanwhile shares its outcome.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "common/status/status.h"

namespace farrell {

// Thread-safe. See ResultCache::GetOrCompute for the rules of cancellation.
class SingleFlight {
 public:
  using Work = std::function<Result<std::string>(std::stop_token)>;

  struct Outcome {
    Result<std::string> result;
    bool led;  // this call ran the work
  };

  Outcome Do(const std::string& key, std::stop_token stop, const Work& work);

  // Callers that wait for the computation of a key at this moment, the leading one included; 0: none is under way.
  int WaitingForTest(const std::string& key);

 private:
  struct Flight;

  std::shared_ptr<Flight> Join(const std::string& key, bool& leads);
  Outcome Lead(const std::string& key, const std::shared_ptr<Flight>& flight, const std::stop_token& stop,
               const Work& work);
  static Outcome Follow(const std::shared_ptr<Flight>& flight, std::stop_token stop);
  void Land(const std::string& key, const std::shared_ptr<Flight>& flight, Result<std::string> result);

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Flight>> flights_;
};

}  // namespace farrell
