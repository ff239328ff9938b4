#include "common/observe/exposition.h"

#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <prometheus/metric_family.h>

#include <exception>
#include <limits>
#include <utility>
#include <vector>

#include "common/observe/metrics.h"
#include "common/rpc/channel.h"

namespace farrell {
namespace {

prometheus::MetricType TypeOf(metrics::Type type) {
  switch (type) {
    case metrics::Type::kCounter: return prometheus::MetricType::Counter;
    case metrics::Type::kGauge: return prometheus::MetricType::Gauge;
    case metrics::Type::kHistogram: return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

prometheus::ClientMetric::Histogram HistogramOf(const metrics::Sample& sample, const std::vector<double>& bounds) {
  prometheus::ClientMetric::Histogram histogram;
  for (std::size_t bucket = 0; bucket < sample.buckets.size(); ++bucket) {
    histogram.sample_count += sample.buckets[bucket];
    const double bound = bucket < bounds.size() ? bounds[bucket] : std::numeric_limits<double>::infinity();
    histogram.bucket.push_back({histogram.sample_count, bound});
  }
  histogram.sample_sum = sample.value;
  return histogram;
}

prometheus::ClientMetric MetricOf(const metrics::Sample& sample, const metrics::Description& description) {
  prometheus::ClientMetric metric;
  for (std::size_t label = 0; label < description.labels.size(); ++label) {
    metric.label.push_back({description.labels[label], sample.labels.at(label)});
  }
  switch (description.type) {
    case metrics::Type::kCounter: metric.counter.value = sample.value; break;
    case metrics::Type::kGauge: metric.gauge.value = sample.value; break;
    case metrics::Type::kHistogram: metric.histogram = HistogramOf(sample, description.bounds); break;
  }
  return metric;
}

class Everything final : public prometheus::Collectable {
 public:
  std::vector<prometheus::MetricFamily> Collect() const override {
    std::vector<prometheus::MetricFamily> families;
    for (const metrics::Metric* metric : metrics::All()) {
      const metrics::Description& description = metric->description();
      prometheus::MetricFamily family{description.name, description.help, TypeOf(description.type), {}};
      for (const metrics::Sample& sample : metric->Collect()) family.metric.push_back(MetricOf(sample, description));
      if (!family.metric.empty()) families.push_back(std::move(family));
    }
    return families;
  }
};

}  // namespace

class MetricsServer::State {
 public:
  explicit State(const std::string& address) : exposer(address) { exposer.RegisterCollectable(everything); }
  std::shared_ptr<Everything> everything = std::make_shared<Everything>();  // the exposer holds it weakly
  prometheus::Exposer exposer;
};

Result<std::unique_ptr<MetricsServer>> MetricsServer::Start(const std::string& address) {
  FARRELL_RETURN_IF_ERROR(CheckTarget("--metrics", address));
  metrics::Enable();
  try {
    return std::unique_ptr<MetricsServer>(new MetricsServer(std::make_unique<State>(address)));
  } catch (const std::exception&) {
    return Unavailable(
        "ADDRESS_UNAVAILABLE",
        "cannot serve metrics on '" + address + "': the address is not ours or the port is taken; --metrics HOST:PORT");
  }
}

MetricsServer::MetricsServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
MetricsServer::~MetricsServer() = default;

int MetricsServer::port() const {
  const std::vector<int> ports = state_->exposer.GetListeningPorts();
  return ports.empty() ? 0 : ports.front();
}

}  // namespace farrell
