// What a server accepts of one connection. docs/operations/limits.md explains them.
#pragma once

namespace farrell {

// Largest message a client or server accepts; RESOURCE_EXHAUSTED from gRPC beyond it.
inline constexpr int kMaxReceiveBytes = 64 * 1024 * 1024;

// Headers of one call, all together. Larger ones are refused before they reach a handler. gRPC 1.51 has known aborts
// with crafted headers above this size, so it must not grow.
inline constexpr int kMaxMetadataBytes = 8 * 1024;

// Calls under way on one connection; the client keeps further ones back.
inline constexpr int kMaxStreamsPerConnection = 128;

}  // namespace farrell
