#include "common/rpc/trace_context.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <random>

#include "common/text/hexadecimal.h"

namespace farrell {
namespace {

constexpr std::size_t kTraceDigits = 32;
constexpr std::size_t kSpanDigits = 16;
constexpr std::size_t kHeaderBytes = 55;  // 00-32-16-2
constexpr std::size_t kMaxStateBytes = 512;

bool IsId(std::string_view text) {
  return text::IsHexadecimal(text) && text.find_first_not_of('0') != std::string_view::npos;
}

bool IsPrintable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

std::string RandomHex(int bytes) {
  std::array<unsigned char, 32> random{};
  const std::size_t count = std::min<std::size_t>(static_cast<std::size_t>(bytes), random.size());
  if (getrandom(random.data(), count, 0) != static_cast<ssize_t>(count)) {
    std::random_device device;
    std::generate_n(random.begin(), count, [&device] { return static_cast<unsigned char>(device()); });
  }
  if (std::all_of(random.begin(), random.begin() + count, [](unsigned char byte) { return byte == 0; })) random[0] = 1;
  std::string text;
  text.reserve(2 * count);
  for (std::size_t at = 0; at < count; ++at) {
    text += "0123456789abcdef"[random[at] >> 4U];
    text += "0123456789abcdef"[random[at] & 15U];
  }
  return text;
}

TraceContext NewTrace() {
  const std::string ids = RandomHex((kTraceDigits + kSpanDigits) / 2);
  TraceContext trace{.trace_id = ids.substr(0, kTraceDigits), .span_id = ids.substr(kTraceDigits)};
  // One draw for both: either half may still be all zeros.
  if (!IsId(trace.trace_id)) trace.trace_id = RandomHex(kTraceDigits / 2);
  if (!IsId(trace.span_id)) trace.span_id = RandomHex(kSpanDigits / 2);
  return trace;
}

TraceContext ChildOf(const TraceContext& parent) {
  TraceContext child = parent;
  child.parent_span_id = parent.span_id;
  child.span_id = RandomHex(kSpanDigits / 2);
  return child;
}

std::string Traceparent(const TraceContext& trace) {
  return "00-" + trace.trace_id + "-" + trace.span_id + (trace.sampled ? "-01" : "-00");
}

std::optional<TraceContext> ParseTraceparent(std::string_view traceparent, std::string_view tracestate) {
  if (traceparent.size() < kHeaderBytes) return std::nullopt;
  const std::string_view version = traceparent.substr(0, 2);
  if (!text::IsHexadecimal(version) || version == "ff") return std::nullopt;
  const bool ends = traceparent.size() == kHeaderBytes;
  if (!ends && (version == "00" || traceparent[kHeaderBytes] != '-')) return std::nullopt;
  if (traceparent[2] != '-' || traceparent[35] != '-' || traceparent[52] != '-') return std::nullopt;
  const std::string_view trace_id = traceparent.substr(3, kTraceDigits);
  const std::string_view span_id = traceparent.substr(36, kSpanDigits);
  const std::string_view flags = traceparent.substr(53, 2);
  if (!IsId(trace_id) || !IsId(span_id) || !text::IsHexadecimal(flags)) return std::nullopt;
  const int low = flags[1] <= '9' ? flags[1] - '0' : flags[1] - 'a' + 10;
  TraceContext trace{.trace_id = std::string(trace_id), .span_id = std::string(span_id), .sampled = (low & 1) != 0};
  if (tracestate.size() <= kMaxStateBytes && IsPrintable(tracestate)) trace.state = tracestate;
  return trace;
}

}  // namespace farrell
