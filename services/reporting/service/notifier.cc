#include "services/reporting/service/notifier.h"

#include <google/protobuf/util/json_util.h>

#include <map>
#include <utility>
#include <vector>

#include "common/observe/catalogue.h"
#include "common/rpc/log.h"
#include "common/text/time.h"
#include "services/reporting/engine/schedule/run_identity.h"

namespace farrell::reporting {
namespace {

constexpr int kNotificationsAtOnce = 64;
constexpr std::chrono::seconds kFirstNotifyPause{30};
constexpr std::chrono::hours kLongestNotifyPause{1};
constexpr std::chrono::hours kGiveUpAfter{24};

}  // namespace

std::string NotificationBody(const v1::Notification& notification, const v1::Publication& publication) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  // A message without maps and any always has a JSON form.
  (void)google::protobuf::util::MessageToJsonString(publication, &json, options);
  return "{\"id\":\"" + notification.id() + "\",\"publication\":" + json + "}";
}

Notifier::Notifier(const ScheduleEnvironment& environment, WebhookOptions options)
    : environment_(environment), options_(std::move(options)), store_(environment.run.store.database()) {
  if (options_.secret_file.empty()) return;
  auto secret = SecretFile::Open("webhook-secret-file", options_.secret_file);
  if (secret.ok()) secret_ = std::move(secret).value();
}

Notifier::~Notifier() { thread_.request_stop(); }

void Notifier::Send() {
  if (options_.hosts.empty() || sending_.exchange(true)) return;
  thread_ = std::jthread([this](const std::stop_token& stop) {
    SendDue(stop);
    sending_ = false;
  });
}

// One thread a host: a slow receiver keeps no other waiting.
void Notifier::SendDue(const std::stop_token& stop) {
  const Result<std::vector<DueNotification>> due = store_.DueNotifications(environment_.now(), kNotificationsAtOnce);
  if (!due.ok()) return;
  std::map<std::string, std::vector<const DueNotification*>> by_host;
  for (const DueNotification& one : *due) {
    const std::string& url = one.notification.url();
    by_host[url.substr(0, url.find('/', url.find("://") + 3))].push_back(&one);
  }
  std::vector<std::jthread> threads;
  for (const auto& [host, messages] : by_host) {
    threads.emplace_back([this, &stop, &messages = messages] {
      for (const DueNotification* one : messages) {
        if (stop.stop_requested()) return;
        SendOne(*one);
      }
    });
  }
}

Status Notifier::Attempt(const DueNotification& due, schedule::Moment now) {
  const std::string& url = due.notification.url();
  // The list may have become shorter since the schedule was made.
  if (const std::string problem = WebhookProblem(options_, url); !problem.empty()) {
    return {Code::kPermissionDenied, "WEBHOOK_NOT_ALLOWED", problem};
  }
  if (secret_ == nullptr) return FailedPrecondition("WEBHOOK_UNSIGNED", "there is no secret to sign with");
  const std::string body = NotificationBody(due.notification, due.publication);
  return SendWebhook({.url = url,
                      .id = due.notification.id(),
                      .signature = WebhookSignature(secret_->Get(), now, body),
                      .body = body});
}

void Notifier::SendOne(const DueNotification& due) {
  const schedule::Moment now = environment_.now();
  v1::Notification notification = due.notification;
  const Status sent = Attempt(due, now);
  notification.set_tries(notification.tries() + 1);
  schedule::Moment next = now;
  if (sent.ok()) {
    notification.set_state(v1::Notification::STATE_SENT);
    notification.clear_last_error();
    notification.clear_next_try_at();
  } else {
    metrics::kWebhookFailures.Add();
    notification.set_last_error(sent.message());
    next = now + std::chrono::ceil<std::chrono::seconds>(schedule::RetryPause(notification.id(), notification.tries(),
                                                                              kFirstNotifyPause, kLongestNotifyPause));
    notification.set_next_try_at(text::FormatTime(next));
    if (next > due.first + kGiveUpAfter) {
      notification.set_state(v1::Notification::STATE_GIVEN_UP);
      notification.clear_next_try_at();
    }
    Log(LogLevel::kWarning, "a webhook was not told",
        {{"url", notification.url()}, {"tries", std::to_string(notification.tries())}, {"error", sent.message()}});
  }
  (void)store_.SaveNotification(notification, next);
}

}  // namespace farrell::reporting
