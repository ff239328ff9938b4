// Counters, gauges and histograms with labels, for Prometheus.
//
// Every metric of Farrell is declared in catalogue.h and used where something happens:
//
//   metrics::kShardsTaken.Add({"interactive"});
//
// Nothing is recorded until a program serves its metrics (Enable): in a command-line program each call costs one load.
// Thread-safe throughout. Nothing here may reach a result.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace farrell::metrics {

// Recording begins; it cannot be switched off again.
void Enable();
bool Enabled();

// One value a label, in the order of the declaration. Few distinct values: each combination is a time series.
using LabelValues = std::vector<std::string>;

enum class Type : std::uint8_t { kCounter, kGauge, kHistogram };

struct Description {
  std::string name;  // "farrell_THING_UNIT", counters "farrell_THING_total"
  Type type = Type::kCounter;
  std::string help;                 // one line
  std::vector<std::string> labels;  // names
  std::vector<double> bounds;       // upper bounds of a histogram's buckets, ascending, without infinity
};

// What one combination of labels stands at.
struct Sample {
  LabelValues labels;
  double value = 0.0;                  // of a histogram: the sum of what was observed
  std::vector<std::uint64_t> buckets;  // of a histogram: observations in each bucket, the last one above every bound
};

// Declared at namespace scope only and never destroyed before the last thread ends.
class Metric {
 public:
  explicit Metric(Description description);
  Metric(const Metric&) = delete;
  Metric& operator=(const Metric&) = delete;

  const Description& description() const { return description_; }
  // In the order of the labels.
  std::vector<Sample> Collect() const;

 protected:
  ~Metric() = default;
  void Change(const LabelValues& labels, const std::function<void(Sample&)>& change);

 private:
  friend class Reading;
  struct Source {
    LabelValues labels;
    std::function<double()> read;
  };

  Description description_;
  mutable std::mutex mutex_;
  std::map<LabelValues, Sample> samples_;
  std::map<const void*, Source> sources_;
};

class Counter : public Metric {
 public:
  Counter(std::string name, std::string help, std::vector<std::string> labels = {});
  void Add(const LabelValues& labels = {}, double amount = 1.0);  // amount >= 0
};

class Gauge : public Metric {
 public:
  Gauge(std::string name, std::string help, std::vector<std::string> labels = {});
  void Set(const LabelValues& labels, double value);
  void Add(const LabelValues& labels, double amount);
};

class Histogram : public Metric {
 public:
  Histogram(std::string name, std::string help, std::vector<std::string> labels, std::vector<double> bounds);
  void Observe(const LabelValues& labels, double value);
};

// A counter or gauge that is read when somebody looks, from where the number is kept anyway, while this lives. Readings
// with equal labels are added up. `read` runs on the thread that serves the metrics and must be quick; it is never
// running any more when the destructor returns. Of a counter `read` must not fall.
class Reading {
 public:
  Reading(Metric& metric, LabelValues labels, std::function<double()> read);
  ~Reading();
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

 private:
  Metric& metric_;
};

// Every declared metric, by name.
std::vector<const Metric*> All();

}  // namespace farrell::metrics
