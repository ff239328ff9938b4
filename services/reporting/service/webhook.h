// Messages to other programs over HTTP: which addresses may be told, how a message is signed, one attempt to send it.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "common/status/status.h"

namespace farrell::reporting {

struct WebhookOptions {
  // Hosts that may be told, "HOST" (its port 80 or 443) or "HOST:PORT": whoever writes a schedule must not reach what
  // is beside this server. None: nobody is told.
  std::vector<std::string> hosts;
  // Its content signs messages. Required with hosts.
  std::string secret_file;
};

// What is wrong with an address; empty: it may be told.
std::string WebhookProblem(const WebhookOptions& options, const std::string& url);

// The header `Farrell-Signature`: "t=SECONDS,v1=HEX", where HEX is the HMAC-SHA-256 of "SECONDS.BODY" under the secret.
// A receiver computes it again and refuses what is old.
std::string WebhookSignature(const std::string& secret, std::chrono::sys_seconds at, const std::string& body);

struct WebhookMessage {
  std::string url;
  std::string id;  // header `Farrell-Notification`; the same for every attempt
  std::string signature;
  std::string body;  // JSON
};

// One attempt, at most about twenty seconds; redirections are not followed. Ok for an answer 2xx. Errors: UNAVAILABLE
// WEBHOOK_FAILED with what happened.
Status SendWebhook(const WebhookMessage& message);

}  // namespace farrell::reporting
