// Where a call stands in the trace it belongs to, as the W3C Trace Context recommendation writes it
// (https://www.w3.org/TR/trace-context/, level 1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace farrell {

inline constexpr std::string_view kTraceparentKey = "traceparent";
inline constexpr std::string_view kTracestateKey = "tracestate";

// Lower-case hexadecimal throughout; ids are never all zeros.
struct TraceContext {
  std::string trace_id{};        // 32 digits; one for everything that one outside request sets off
  std::string span_id{};         // 16 digits; this piece of work
  std::string parent_span_id{};  // 16 digits; the work that asked for this one, empty at the root of a trace
  bool sampled = true;           // whether the spans of this trace are to be kept, decided where the trace began
  std::string state{};           // what other vendors wrote, at most 512 bytes; passed on as it came

  bool operator==(const TraceContext&) const = default;
};

// A trace that begins here.
TraceContext NewTrace();

// A piece of work of its own below `parent`.
TraceContext ChildOf(const TraceContext& parent);

// "00-TRACE-SPAN-FLAGS", for whoever works on behalf of `trace`.
std::string Traceparent(const TraceContext& trace);

// The work that `traceparent` names, with no parent of its own; nothing where the text is not a valid header. Of a
// version later than 00 the first four fields count. A `tracestate` longer than 512 bytes or with bytes outside
// printable ASCII is dropped.
std::optional<TraceContext> ParseTraceparent(std::string_view traceparent, std::string_view tracestate = {});

// `bytes` random bytes as lower-case hexadecimal, never all zeros. For names only: no result may depend on it.
std::string RandomHex(int bytes);

}  // namespace farrell
