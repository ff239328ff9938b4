#include "services/reporting/service/webhook.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <thread>

namespace farrell::reporting {
namespace {

using ::testing::HasSubstr;

TEST(WebhookTest, OnlyHostsThatAreAllowedAreTold) {
  const WebhookOptions options{.hosts = {"hooks.example.org", "10.0.0.7:8080"}, .secret_file = {}};
  for (const char* allowed : {"https://hooks.example.org/farrell", "http://hooks.example.org",
                              "http://10.0.0.7:8080/x?y=1", "https://hooks.example.org:443/"}) {
    EXPECT_EQ(WebhookProblem(options, allowed), "") << allowed;
  }
  for (const char* refused :
       {"https://hooks.example.org:8443/", "http://10.0.0.7/", "http://169.254.169.254/latest", "http://data:7401/",
        "https://hooks.example.org@10.0.0.8/", "https://hooks.example.org.evil.net/", "ftp://hooks.example.org/",
        "hooks.example.org", "https:///x", "https://hooks.example.org/#x", "https://hooks.example.org/\r\nX: y",
        "https://evil.net?hooks.example.org", "https://evil.net/?@hooks.example.org"}) {
    EXPECT_NE(WebhookProblem(options, refused), "") << refused;
  }
  EXPECT_THAT(WebhookProblem({}, "https://hooks.example.org/"), HasSubstr("webhook-hosts"));
}

// Against the command line of OpenSSL.
TEST(WebhookTest, TheSignatureIsAnHmacOverTimeAndBody) {
  const auto at = std::chrono::sys_seconds(std::chrono::seconds(1'800'000'000));
  // printf '1800000000.{"a":1}' | openssl dgst -sha256 -hmac secret
  EXPECT_EQ(WebhookSignature("secret", at, "{\"a\":1}"),
            "t=1800000000,v1=440dfbb83aabca24d9e5027629cfd81cb45254690f8d410bb28f1cc17c990dbc");
  EXPECT_NE(WebhookSignature("secret", at, "{\"a\":2}"), WebhookSignature("secret", at, "{\"a\":1}"));
  EXPECT_NE(WebhookSignature("Secret", at, "{\"a\":1}"), WebhookSignature("secret", at, "{\"a\":1}"));
}

class Receiver {
 public:
  Receiver() {
    server_.Post("/farrell", [this](const httplib::Request& request, httplib::Response& response) {
      body = request.body;
      signature = request.get_header_value("Farrell-Signature");
      id = request.get_header_value("Farrell-Notification");
      response.status = status;
    });
    server_.Post("/elsewhere",
                 [](const httplib::Request&, httplib::Response& response) { response.set_redirect("/farrell"); });
    port = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~Receiver() {
    server_.stop();
    thread_.join();
  }

  int port = 0;
  int status = 200;
  std::string body, signature, id;

 private:
  httplib::Server server_;
  std::thread thread_;
};

TEST(WebhookTest, AMessageArrivesWithItsHeaders) {
  Receiver receiver;
  const std::string origin = "http://127.0.0.1:" + std::to_string(receiver.port);
  const WebhookMessage message{.url = origin + "/farrell", .id = "n1", .signature = "t=1,v1=ab", .body = "{}"};
  EXPECT_TRUE(SendWebhook(message).ok());
  EXPECT_EQ(receiver.body, "{}");
  EXPECT_EQ(receiver.signature, "t=1,v1=ab");
  EXPECT_EQ(receiver.id, "n1");
  receiver.status = 500;
  EXPECT_THAT(SendWebhook(message).message(), HasSubstr("answered 500"));
  receiver.body.clear();
  EXPECT_EQ(SendWebhook({.url = origin + "/elsewhere", .id = "n1", .signature = "", .body = "{}"}).reason(),
            "WEBHOOK_FAILED");
  EXPECT_EQ(receiver.body, "") << "a redirection is not followed";
}

TEST(WebhookTest, NobodyThereIsAnError) {
  int port = 0;
  { port = Receiver().port; }
  EXPECT_EQ(
      SendWebhook({.url = "http://127.0.0.1:" + std::to_string(port) + "/", .id = "", .signature = "", .body = ""})
          .reason(),
      "WEBHOOK_FAILED");
}

}  // namespace
}  // namespace farrell::reporting
