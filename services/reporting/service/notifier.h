// Sends the messages that publications have queued, and tries again what was not taken: the pauses grow from half a
// minute to an hour, and after a day it is given up.
#pragma once

#include <atomic>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include "common/program/secret_file.h"
#include "services/reporting/service/publication_store.h"
#include "services/reporting/service/scheduled_execution.h"
#include "services/reporting/service/webhook.h"

namespace farrell::reporting {

class Notifier {
 public:
  Notifier(const ScheduleEnvironment& environment, WebhookOptions options);
  // Ends after the attempts under way.
  ~Notifier();

  // Begins to send what is due, on a thread of its own, unless that is under way.
  void Send();

 private:
  void SendDue(const std::stop_token& stop);
  void SendOne(const DueNotification& due);
  Status Attempt(const DueNotification& due, schedule::Moment now);

  const ScheduleEnvironment& environment_;
  const WebhookOptions options_;
  PublicationStore store_;
  std::shared_ptr<SecretFile> secret_;
  std::atomic<bool> sending_ = false;
  std::jthread thread_;
};

// The JSON that a webhook gets: {"id": …, "publication": …} with the fields of the contract.
std::string NotificationBody(const v1::Notification& notification, const v1::Publication& publication);

}  // namespace farrell::reporting
