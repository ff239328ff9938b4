#include "tests/bench/capacity_model.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <numeric>
#include <queue>

#include "common/numeric/random.h"

namespace farrell::capacity {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double SumOfShares(const Network& network) {
  return std::accumulate(network.kinds.begin(), network.kinds.end(), 0.0,
                         [](double sum, const Kind& kind) { return sum + kind.share; });
}

// Of all visits to a station: how many a call, and the first two moments of their service times.
struct Demand {
  double visits = 0;
  double seconds = 0;
  double squares = 0;
};

std::vector<Demand> Demands(const Network& network) {
  std::vector<Demand> demands(network.stations.size());
  const double all = SumOfShares(network);
  const double cv = network.shape == Shape::kExponential ? 1 : network.variation;
  for (const Kind& kind : network.kinds) {
    for (const Visit& visit : kind.visits) {
      Demand& demand = demands[visit.station];
      demand.visits += kind.share / all;
      demand.seconds += kind.share / all * visit.seconds;
      demand.squares += kind.share / all * visit.seconds * visit.seconds * (1 + cv * cv);
    }
  }
  return demands;
}

// Random numbers in order.
class Draws {
 public:
  explicit Draws(std::int64_t seed) : seed_(seed) {}
  double Uniform() { return numeric::UniformDraw(seed_, 1, next_++); }
  double Exponential(double mean) { return -mean * std::log(Uniform()); }
  double Service(const Network& network, double mean) {
    if (network.shape == Shape::kExponential) return Exponential(mean);
    const double variance = std::log1p(network.variation * network.variation);
    return mean * std::exp(std::sqrt(variance) * numeric::NormalDraw(seed_, 2, next_++) - variance / 2);
  }

 private:
  std::int64_t seed_;
  std::int64_t next_ = 0;
};

struct Call {
  const Kind* kind = nullptr;
  double arrived = 0;
  std::size_t visit = 0;
  double queued = 0;  // since when it waits at this station
  bool counted = false;
};

class Simulation {
 public:
  Simulation(const Network& network, double rate, std::int64_t calls, std::int64_t seed)
      : network_(network), rate_(rate), warm_up_(calls / 10), calls_(calls + calls / 10), draws_(seed) {
    for (const Station& station : network.stations) queues_.push_back({.free = station.servers});
  }

  Forecast Run() {
    double next_arrival = draws_.Exponential(1 / rate_);
    std::int64_t arrived = 0;
    while (arrived < calls_ || !events_.empty()) {
      if (arrived < calls_ && (events_.empty() || next_arrival <= events_.top().time)) {
        Advance(next_arrival);
        if (arrived == warm_up_) StartCounting();
        Arrive(Call{.kind = &DrawKind(), .arrived = now_, .counted = arrived >= warm_up_});
        ++arrived;
        // What empties at the end is no steady state.
        if (arrived == calls_) StopCounting();
        next_arrival = now_ + draws_.Exponential(1 / rate_);
      } else {
        const Event event = events_.top();
        events_.pop();
        Advance(event.time);
        Leave(event.call);
      }
    }
    return Summary();
  }

 private:
  struct Queue {
    int free = 0;
    std::deque<std::size_t> waiting{};
    int number = 0;
    double busy_seconds = 0;
    double number_seconds = 0;
    double waited = 0;
    std::int64_t visits = 0;
  };
  struct Event {
    double time;
    std::int64_t order;  // of events at one time
    std::size_t call;
    bool operator<(const Event& other) const { return time != other.time ? time > other.time : order > other.order; }
  };

  const Kind& DrawKind() {
    double left = draws_.Uniform() * SumOfShares(network_);
    for (const Kind& kind : network_.kinds) {
      if (left < kind.share) return kind;
      left -= kind.share;
    }
    return network_.kinds.back();
  }

  void Advance(double time) {
    if (counting_) {
      for (std::size_t i = 0; i < queues_.size(); ++i) {
        Queue& queue = queues_[i];
        queue.busy_seconds += (time - now_) * (network_.stations[i].servers - queue.free);
        queue.number_seconds += (time - now_) * queue.number;
      }
    }
    now_ = time;
  }
  void StartCounting() {
    counting_ = true;
    counted_from_ = now_;
  }
  void StopCounting() {
    counting_ = false;
    counted_seconds_ = now_ - counted_from_;
  }

  void Arrive(const Call& call) {
    std::size_t at = calls_in_.size();
    if (free_.empty()) {
      calls_in_.push_back(call);
    } else {
      at = free_.back();
      free_.pop_back();
      calls_in_[at] = call;
    }
    Enter(at);
  }

  void Enter(std::size_t at) {
    Call& call = calls_in_[at];
    if (call.visit == call.kind->visits.size()) {
      if (call.counted) latencies_.push_back(now_ - call.arrived);
      free_.push_back(at);
      return;
    }
    call.queued = now_;
    Queue& queue = QueueOf(call);
    ++queue.number;
    if (queue.free == 0) {
      queue.waiting.push_back(at);
    } else {
      Serve(at);
    }
  }

  void Serve(std::size_t at) {
    const Call& call = calls_in_[at];
    Queue& queue = QueueOf(call);
    --queue.free;
    if (counting_) {
      queue.waited += now_ - call.queued;
      ++queue.visits;
    }
    events_.push({now_ + draws_.Service(network_, call.kind->visits[call.visit].seconds), order_++, at});
  }

  void Leave(std::size_t at) {
    Queue& queue = QueueOf(calls_in_[at]);
    ++queue.free;
    --queue.number;
    if (!queue.waiting.empty()) {
      const std::size_t next = queue.waiting.front();
      queue.waiting.pop_front();
      Serve(next);
    }
    ++calls_in_[at].visit;
    Enter(at);
  }

  Queue& QueueOf(const Call& call) { return queues_[call.kind->visits[call.visit].station]; }

  Forecast Summary() {
    Forecast forecast;
    for (std::size_t i = 0; i < queues_.size(); ++i) {
      const Queue& queue = queues_[i];
      forecast.stations.push_back({.utilisation = queue.busy_seconds / counted_seconds_ / network_.stations[i].servers,
                                   .mean_wait = queue.visits > 0 ? queue.waited / static_cast<double>(queue.visits) : 0,
                                   .mean_number = queue.number_seconds / counted_seconds_,
                                   .visits_per_second = static_cast<double>(queue.visits) / counted_seconds_});
    }
    std::sort(latencies_.begin(), latencies_.end());
    const double count = static_cast<double>(latencies_.size());
    forecast.mean_latency = std::accumulate(latencies_.begin(), latencies_.end(), 0.0) / count;
    forecast.p50 = latencies_[static_cast<std::size_t>(0.5 * count)];
    forecast.p99 = latencies_[static_cast<std::size_t>(0.99 * count)];
    return forecast;
  }

  const Network& network_;
  const double rate_;
  const std::int64_t warm_up_;
  const std::int64_t calls_;
  Draws draws_;
  std::vector<Queue> queues_;
  std::vector<Call> calls_in_;
  std::vector<std::size_t> free_;  // places of calls that have ended
  std::priority_queue<Event> events_;
  std::int64_t order_ = 0;
  double now_ = 0;
  bool counting_ = false;
  double counted_from_ = 0;
  double counted_seconds_ = 0;
  std::vector<double> latencies_;
};

}  // namespace

double ErlangC(int servers, double erlangs) {
  double blocked = 1;  // Erlang B by its recursion
  for (int k = 1; k <= servers; ++k) blocked = erlangs * blocked / (k + erlangs * blocked);
  return blocked / (1 - erlangs / servers * (1 - blocked));
}

Forecast OnPaper(const Network& network, double rate) {
  Forecast forecast;
  const std::vector<Demand> demands = Demands(network);
  for (std::size_t i = 0; i < demands.size(); ++i) {
    AtStation at;
    const int servers = network.stations[i].servers;
    const Demand& demand = demands[i];
    at.visits_per_second = rate * demand.visits;
    at.utilisation = rate * demand.seconds / servers;
    if (demand.visits > 0) {
      const double mean = demand.seconds / demand.visits;
      const double cv2 = demand.squares / demand.visits / (mean * mean) - 1;
      const double erlangs = rate * demand.seconds;
      at.mean_wait =
          at.utilisation < 1 ? ErlangC(servers, erlangs) * mean / (servers - erlangs) * (1 + cv2) / 2 : kInfinity;
      at.mean_number = at.visits_per_second * (at.mean_wait + mean);
      forecast.mean_latency += demand.visits * at.mean_wait + demand.seconds;
    }
    forecast.stations.push_back(at);
  }
  return forecast;
}

Forecast Simulated(const Network& network, double rate, std::int64_t calls, std::int64_t seed) {
  return Simulation(network, rate, calls, seed).Run();
}

Saturation SaturationOf(const Network& network) {
  Saturation first{.rate = kInfinity};
  const std::vector<Demand> demands = Demands(network);
  for (std::size_t i = 0; i < demands.size(); ++i) {
    if (demands[i].seconds <= 0) continue;
    const double rate = network.stations[i].servers / demands[i].seconds;
    if (rate < first.rate) first = {.rate = rate, .station = i};
  }
  return first;
}

}  // namespace farrell::capacity
