#include "common/observe/otlp_exporter.h"

#include <httplib.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string_view>
#include <thread>

#include "common/rpc/log.h"

namespace farrell {
namespace {

constexpr std::size_t kBatch = 512;
constexpr std::chrono::seconds kConnectTimeout{1};
constexpr std::chrono::seconds kAnswerTimeout{2};
constexpr int kServerSpan = 2;
constexpr int kStatusUnset = 0;
constexpr int kStatusError = 2;

struct Endpoint {
  std::string origin;  // "http://host:4318"
  std::string path;
};

Endpoint Split(const std::string& url) {
  const std::size_t slash = url.find('/', url.find("://") + 3);
  if (slash == std::string::npos) return {url, "/v1/traces"};
  const std::string path = url.substr(slash);
  return {url.substr(0, slash), path == "/" ? "/v1/traces" : path};
}

nlohmann::json Attribute(const std::string& key, const std::string& value) {
  return {{"key", key}, {"value", {{"stringValue", value}}}};
}

std::string UnixNanoseconds(std::chrono::system_clock::time_point time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count());
}

nlohmann::json SpanJson(const Span& span) {
  nlohmann::json json = {{"traceId", span.trace.trace_id},
                         {"spanId", span.trace.span_id},
                         {"name", span.name},
                         {"kind", kServerSpan},
                         {"startTimeUnixNano", UnixNanoseconds(span.start)},
                         {"endTimeUnixNano", UnixNanoseconds(span.start + span.duration)},
                         {"attributes", nlohmann::json::array()},
                         {"status", {{"code", span.code == Code::kOk ? kStatusUnset : kStatusError}}}};
  if (!span.trace.parent_span_id.empty()) json["parentSpanId"] = span.trace.parent_span_id;
  if (!span.trace.state.empty()) json["traceState"] = span.trace.state;
  if (!span.message.empty()) json["status"]["message"] = span.message;
  for (const auto& [key, value] : span.attributes) json["attributes"].push_back(Attribute(key, value));
  return json;
}

std::string Body(const OtlpOptions& options, const std::vector<Span>& spans) {
  nlohmann::json list = nlohmann::json::array();
  for (const Span& span : spans) list.push_back(SpanJson(span));
  const nlohmann::json resource = {
      {"attributes",
       {Attribute("service.name", options.service_name), Attribute("service.version", options.service_version)}}};
  const nlohmann::json scope = {{"scope", {{"name", "farrell"}, {"version", options.service_version}}},
                                {"spans", list}};
  const nlohmann::json body = {
      {"resourceSpans",
       nlohmann::json::array({{{"resource", resource}, {"scopeSpans", nlohmann::json::array({scope})}}})}};
  // Texts of a request may be in any encoding.
  return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

class OtlpExporter::State {
 public:
  explicit State(OtlpOptions options)
      : options_(std::move(options)), endpoint_(Split(options_.url)), client_(endpoint_.origin) {
    client_.set_connection_timeout(kConnectTimeout);
    client_.set_read_timeout(kAnswerTimeout);
    client_.set_write_timeout(kAnswerTimeout);
    thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
  }

  void Submit(Span span) {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= options_.max_queued) {
      ++counts_.dropped;
      return;
    }
    queue_.push_back(std::move(span));
    if (queue_.size() >= kBatch) filled_.notify_one();
  }

  Counts counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

 private:
  void Run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::vector<Span> batch = Take(stop);
      if (!batch.empty()) Deliver(batch, stop);
    }
    // The last spans tell why the program ended: one attempt, whatever it takes.
    for (std::vector<Span> batch = Take(stop); !batch.empty() && Deliver(batch, stop); batch = Take(stop)) {
    }
  }

  // What is queued once a batch is full or the interval is over.
  std::vector<Span> Take(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    filled_.wait_for(lock, stop, options_.interval, [this] { return queue_.size() >= kBatch; });
    const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(std::min(queue_.size(), kBatch));
    std::vector<Span> batch(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
    queue_.erase(queue_.begin(), end);
    return batch;
  }

  bool Deliver(const std::vector<Span>& batch, const std::stop_token& stop) {
    const std::string body = Body(options_, batch);
    bool sent = Send(body);
    for (int attempt = 1; !sent && attempt < options_.attempts && !stop.stop_requested(); ++attempt) {
      std::unique_lock lock(mutex_);
      filled_.wait_for(lock, stop, options_.interval * attempt, [] { return false; });
      lock.unlock();
      sent = Send(body);
    }
    const std::lock_guard lock(mutex_);
    (sent ? counts_.exported : counts_.failed) += std::ssize(batch);
    if (sent != reachable_) {
      Log(sent ? LogLevel::kInfo : LogLevel::kWarning,
          sent ? "the trace collector takes spans" : "the trace collector does not take spans; they are dropped",
          {{"url", endpoint_.origin + endpoint_.path}});
      reachable_ = sent;
    }
    return sent;
  }

  bool Send(const std::string& body) {
    const httplib::Result answer = client_.Post(endpoint_.path, body, "application/json");
    return answer && answer->status >= 200 && answer->status < 300;
  }

  const OtlpOptions options_;
  const Endpoint endpoint_;
  httplib::Client client_;
  mutable std::mutex mutex_;
  std::condition_variable_any filled_;
  std::deque<Span> queue_;
  Counts counts_;
  bool reachable_ = true;
  std::jthread thread_;  // last: uses the members above
};

Status CheckOtlpUrl(const std::string& name, const std::string& url) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    const std::string rest = url.starts_with(scheme) ? url.substr(scheme.size()) : std::string();
    const std::string authority = rest.substr(0, rest.find('/'));
    // Credentials in an address would stand in logs.
    if (!authority.empty() && authority.find_first_of(" @?#") == std::string::npos) return {};
  }
  const std::string expected = "expected http://HOST:PORT or https://HOST:PORT, without user or password";
  return InvalidArgument("URL_INVALID", name + ": " + expected).WithViolations({{name, expected}});
}

OtlpExporter::OtlpExporter(OtlpOptions options) : state_(std::make_unique<State>(std::move(options))) {}
OtlpExporter::~OtlpExporter() = default;
void OtlpExporter::Submit(Span span) { state_->Submit(std::move(span)); }
OtlpExporter::Counts OtlpExporter::counts() const { return state_->counts(); }

}  // namespace farrell
