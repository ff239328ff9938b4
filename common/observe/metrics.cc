#include "common/observe/metrics.h"

#include <algorithm>
#include <atomic>
#include <utility>

namespace farrell::metrics {
namespace {

std::atomic<bool> g_enabled = false;

std::vector<const Metric*>& Declared() {
  static std::vector<const Metric*> declared;  // filled before main, on one thread
  return declared;
}

}  // namespace

void Enable() { g_enabled.store(true, std::memory_order_relaxed); }
bool Enabled() { return g_enabled.load(std::memory_order_relaxed); }

Metric::Metric(Description description) : description_(std::move(description)) { Declared().push_back(this); }

void Metric::Change(const LabelValues& labels, const std::function<void(Sample&)>& change) {
  if (!Enabled()) return;
  const std::lock_guard lock(mutex_);
  const auto [at, added] = samples_.try_emplace(labels);
  if (added) at->second.labels = labels;
  change(at->second);
}

std::vector<Sample> Metric::Collect() const {
  const std::lock_guard lock(mutex_);
  std::map<LabelValues, Sample> samples = samples_;
  for (const auto& [key, source] : sources_) {
    Sample& sample = samples[source.labels];
    sample.labels = source.labels;
    sample.value += source.read();
  }
  std::vector<Sample> sorted;
  for (auto& [labels, sample] : samples) sorted.push_back(std::move(sample));
  return sorted;
}

Counter::Counter(std::string name, std::string help, std::vector<std::string> labels)
    : Metric({std::move(name), Type::kCounter, std::move(help), std::move(labels), {}}) {}

void Counter::Add(const LabelValues& labels, double amount) {
  Change(labels, [amount](Sample& sample) { sample.value += std::max(amount, 0.0); });
}

Gauge::Gauge(std::string name, std::string help, std::vector<std::string> labels)
    : Metric({std::move(name), Type::kGauge, std::move(help), std::move(labels), {}}) {}

void Gauge::Set(const LabelValues& labels, double value) {
  Change(labels, [value](Sample& sample) { sample.value = value; });
}

void Gauge::Add(const LabelValues& labels, double amount) {
  Change(labels, [amount](Sample& sample) { sample.value += amount; });
}

Histogram::Histogram(std::string name, std::string help, std::vector<std::string> labels, std::vector<double> bounds)
    : Metric({std::move(name), Type::kHistogram, std::move(help), std::move(labels), std::move(bounds)}) {}

void Histogram::Observe(const LabelValues& labels, double value) {
  const std::vector<double>& bounds = description().bounds;
  Change(labels, [&](Sample& sample) {
    sample.buckets.resize(bounds.size() + 1);
    ++sample.buckets[static_cast<std::size_t>(std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin())];
    sample.value += value;
  });
}

Reading::Reading(Metric& metric, LabelValues labels, std::function<double()> read) : metric_(metric) {
  const std::lock_guard lock(metric_.mutex_);
  metric_.sources_[this] = {std::move(labels), std::move(read)};
}

Reading::~Reading() {
  const std::lock_guard lock(metric_.mutex_);
  metric_.sources_.erase(this);
}

std::vector<const Metric*> All() {
  std::vector<const Metric*> all = Declared();
  std::sort(all.begin(), all.end(),
            [](const Metric* a, const Metric* b) { return a->description().name < b->description().name; });
  return all;
}

}  // namespace farrell::metrics
