#include "common/rpc/call.h"

#include <google/protobuf/message_lite.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

namespace farrell {
namespace {

using std::chrono::system_clock;

constexpr std::size_t kMaxRequestIdBytes = 128;
constexpr std::chrono::milliseconds kMaxReserve{50};

constexpr const char* kAuthorizationKey = "authorization";

thread_local const CallInfo* t_current = nullptr;

std::function<std::string()>& OwnAuthorization() {
  // Never destroyed: threads may still call while the process ends.
  static auto& authorization = *new std::function<std::string()>;
  return authorization;
}

std::string_view Metadata(const grpc::ServerContext& context, std::string_view key) {
  const auto& all = context.client_metadata();
  const auto found = all.find(grpc::string_ref(key.data(), key.size()));
  return found == all.end() ? std::string_view() : std::string_view(found->second.data(), found->second.size());
}

// An id goes into logs and headers: what could break a line or hide something is refused.
bool IsRequestId(std::string_view text) {
  constexpr std::string_view kMarks = "._:/+=@-";
  return !text.empty() && text.size() <= kMaxRequestIdBytes && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

CallInfo WithoutDeadline(const CallInfo* call) {
  if (call == nullptr) return {};
  CallInfo shared = *call;
  shared.deadline = system_clock::time_point::max();
  return shared;
}

}  // namespace

const CallInfo* CurrentCall() { return t_current; }

CallScope::CallScope(const CallInfo* call) : before_(std::exchange(t_current, call)) {}
CallScope::~CallScope() { t_current = before_; }

SharedWorkScope::SharedWorkScope()
    : call_(WithoutDeadline(CurrentCall())), scope_(CurrentCall() == nullptr ? nullptr : &call_) {}

void NoteRequest(const google::protobuf::MessageLite& request) {
  if (CurrentCall() == nullptr || !CurrentCall()->audited) return;
  const std::string bytes = request.SerializeAsString();
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  std::string& text = CurrentCall()->request_digest;
  text.clear();
  for (const unsigned char byte : digest) {
    text += "0123456789abcdef"[byte >> 4U];
    text += "0123456789abcdef"[byte & 15U];
  }
}

void UseOwnAuthorization(std::function<std::string()> authorization) { OwnAuthorization() = std::move(authorization); }

void PrepareOutgoing(grpc::ClientContext& context) {
  const CallInfo* call = CurrentCall();
  const bool has_token = call != nullptr && std::any_of(call->passed_on.begin(), call->passed_on.end(),
                                                        [](const auto& one) { return one.first == kAuthorizationKey; });
  if (!has_token && OwnAuthorization()) context.AddMetadata(kAuthorizationKey, OwnAuthorization()());
  if (call == nullptr) return;
  if (call->deadline != system_clock::time_point::max()) {
    const auto remaining = call->deadline - system_clock::now();
    const auto reserve =
        std::clamp<system_clock::duration>(remaining / 10, system_clock::duration::zero(), kMaxReserve);
    context.set_deadline(call->deadline - reserve);
  }
  context.AddMetadata(std::string(kRequestIdKey), call->request_id);
  context.AddMetadata(std::string(kTraceparentKey), Traceparent(call->trace));
  if (!call->trace.state.empty()) context.AddMetadata(std::string(kTracestateKey), call->trace.state);
  for (const auto& [key, value] : call->passed_on) context.AddMetadata(key, value);
}

CallInfo ReadCall(std::string_view method, const grpc::ServerContext* context) {
  CallInfo call;
  call.method = method;
  if (context != nullptr) {
    call.request_id = Metadata(*context, kRequestIdKey);
    call.peer = context->peer();
    call.deadline = context->deadline();
    const auto caller = ParseTraceparent(Metadata(*context, kTraceparentKey), Metadata(*context, kTracestateKey));
    if (caller) call.trace = ChildOf(*caller);
  }
  if (!IsRequestId(call.request_id)) call.request_id = RandomHex(16);
  if (call.trace.trace_id.empty()) call.trace = NewTrace();
  return call;
}

}  // namespace farrell
