// Keepalive of both ends in one place: a client that pings more often than the server tolerates is sent away with
// GOAWAY too_many_pings.
#pragma once

namespace farrell::keepalive {

inline constexpr int kServerTimeMs = 60'000;
inline constexpr int kServerTimeoutMs = 10'000;
// The server counts pings closer together than this as abuse.
inline constexpr int kServerMinPingIntervalMs = 20'000;

inline constexpr int kClientTimeMs = 30'000;
inline constexpr int kClientTimeoutMs = 10'000;

static_assert(kClientTimeMs >= kServerMinPingIntervalMs, "the server would answer GOAWAY too_many_pings");
static_assert(kServerTimeoutMs < kServerTimeMs && kClientTimeoutMs < kClientTimeMs, "a ping must fail before the next");

// Connections are closed and reopened after this time (+-10 %), so that clients see new replicas. Calls in flight
// finish: the grace is infinite.
inline constexpr int kServerMaxConnectionAgeMs = 180'000;

// Reconnection: time allowed for one attempt, first and longest pause between attempts.
inline constexpr int kClientConnectTimeoutMs = 5'000;
inline constexpr int kClientInitialBackoffMs = 500;
inline constexpr int kClientMaxBackoffMs = 5'000;
inline constexpr int kClientDnsCooldownMs = 5'000;

}  // namespace farrell::keepalive
