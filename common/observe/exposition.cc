#include "common/observe/exposition.h"

#include <httplib.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>
#include <thread>
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

std::vector<prometheus::MetricFamily> CollectAll() {
  std::vector<prometheus::MetricFamily> families;
  for (const metrics::Metric* metric : metrics::All()) {
    const metrics::Description& description = metric->description();
    prometheus::MetricFamily family{description.name, description.help, TypeOf(description.type), {}};
    for (const metrics::Sample& sample : metric->Collect()) family.metric.push_back(MetricOf(sample, description));
    if (!family.metric.empty()) families.push_back(std::move(family));
  }
  return families;
}

}  // namespace

// Not prometheus-cpp's own HTTP server: that one takes seconds to stop.
class MetricsServer::State {
 public:
  State() {
    server_.new_task_queue = [] { return new httplib::ThreadPool(2); };  // httplib deletes it
    server_.set_keep_alive_max_count(1);
    server_.Get("/metrics", [](const httplib::Request&, httplib::Response& response) {
      response.set_content(prometheus::TextSerializer().Serialize(CollectAll()), "text/plain; version=0.0.4");
    });
  }
  ~State() {
    server_.stop();
    if (thread_.joinable()) thread_.join();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  bool Listen(const std::string& host, int port) {
    // Two programs on one port would take turns.
    server_.set_socket_options([](socket_t socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    });
    port_ = port == 0 ? server_.bind_to_any_port(host) : (server_.bind_to_port(host, port) ? port : -1);
    if (port_ <= 0) return false;
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();  // stop() before that would be lost
    return true;
  }

  int port() const { return port_; }

 private:
  httplib::Server server_;
  std::thread thread_;
  int port_ = 0;
};

Result<std::unique_ptr<MetricsServer>> MetricsServer::Start(const std::string& address) {
  FARRELL_RETURN_IF_ERROR(CheckHttpAddress("--metrics", address));
  metrics::Enable();
  const std::size_t colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  auto state = std::make_unique<State>();
  if (!state->Listen(host, std::stoi(address.substr(colon + 1)))) {
    return Unavailable(
        "ADDRESS_UNAVAILABLE",
        "cannot serve metrics on '" + address + "': the address is not ours or the port is taken; --metrics HOST:PORT");
  }
  return std::unique_ptr<MetricsServer>(new MetricsServer(std::move(state)));
}

Status CheckHttpAddress(const std::string& name, const std::string& address) {
  if (CheckTarget(name, address).ok() && !address.starts_with("dns:") && !address.starts_with("unix") &&
      !address.starts_with("ipv")) {
    return {};
  }
  const std::string expected = "'" + address + "' is not an address; expected HOST:PORT";
  return InvalidArgument("ADDRESS_INVALID", name + ": " + expected).WithViolations({{name, expected}});
}

MetricsServer::MetricsServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
MetricsServer::~MetricsServer() = default;

int MetricsServer::port() const { return state_->port(); }

}  // namespace farrell
