// A collector of traces: takes OTLP over HTTP on a free port of this machine.
#pragma once

#include <httplib.h>

#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

namespace farrell::testing {

class Collector {
 public:
  Collector() {
    server_.new_task_queue = [] { return new httplib::ThreadPool(2); };
    server_.set_keep_alive_max_count(1);
    server_.Post("/v1/traces", [this](const httplib::Request& request, httplib::Response& response) {
      const std::lock_guard lock(mutex_);
      ++requests;
      response.status = status;
      if (status != 200) return;
      if (request.get_header_value("Content-Type") != "application/json") return;
      const auto body = nlohmann::json::parse(request.body);
      for (const auto& resource : body.at("resourceSpans")) {
        const auto service = resource.at("resource").at("attributes").at(0).at("value").at("stringValue");
        for (const auto& scope : resource.at("scopeSpans")) {
          for (const auto& span : scope.at("spans")) {
            spans_.push_back(span);
            spans_.back()["service"] = service;
          }
        }
      }
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~Collector() {
    server_.stop();
    thread_.join();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  // As they came, with the name of the service as "service".
  std::vector<nlohmann::json> spans() const {
    const std::lock_guard lock(mutex_);
    return spans_;
  }

  std::atomic<int> status = 200;  // of the next answers; other than 200: the spans are refused
  std::atomic<int> requests = 0;

 private:
  httplib::Server server_;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<nlohmann::json> spans_;
  std::thread thread_;
};

}  // namespace farrell::testing
