// What a cluster can carry, on paper and by simulation: an open network of queues. Calls arrive at random (Poisson);
// each visits stations in turn, waits there for one of the station's servers in order of arrival, and is served.
//
// On paper every station is taken for an M/G/c queue by itself (Erlang 1917; Allen & Cunneen's correction for service
// times that are not exponential). The simulation makes the calls one by one and knows nothing of these formulas.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace farrell::capacity {

struct Station {
  std::string name;
  int servers = 1;  // cores, or connections
};

// Of service times.
enum class Shape : std::uint8_t { kExponential, kLogNormal };

struct Visit {
  std::size_t station = 0;
  double seconds = 0;  // mean service time
};

// A kind of call: its share of all calls, and what it asks of each station in turn.
struct Kind {
  std::string name;
  double share = 1;
  std::vector<Visit> visits{};
};

struct Network {
  std::vector<Station> stations{};
  std::vector<Kind> kinds{};
  Shape shape = Shape::kLogNormal;
  double variation = 0.5;  // standard deviation of a visit's service time over its mean; exponential: 1
};

// The probability that an arrival has to wait for one of `servers`, offered `erlangs` < servers of work.
double ErlangC(int servers, double erlangs);

struct AtStation {
  double utilisation = 0;  // busy servers over servers
  double mean_wait = 0;    // s a visit, before service; infinite when saturated
  double mean_number = 0;  // waiting or served
  double visits_per_second = 0;
};

struct Forecast {
  std::vector<AtStation> stations;
  double mean_latency = 0;  // s a call, waiting and service; infinite when a station is saturated
  double p50 = 0;           // simulation only
  double p99 = 0;
};

// `rate`: calls a second, > 0.
Forecast OnPaper(const Network& network, double rate);
// `calls` calls after a tenth as many that warm up. The same for the same seed.
Forecast Simulated(const Network& network, double rate, std::int64_t calls, std::int64_t seed);

// Calls a second at which the first station is busy all the time, and which station that is.
struct Saturation {
  double rate = 0;
  std::size_t station = 0;
};
Saturation SaturationOf(const Network& network);

}  // namespace farrell::capacity
