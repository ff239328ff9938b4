// The bytes of a message as they are kept in a cache.
#pragma once

#include <string>

namespace google::protobuf {
class Message;
}

namespace farrell {

// Serialized with map entries in the order of their keys: one message, one string, within one build of protobuf.
// Content keys never hash these bytes; the digest that guards a kept entry does.
std::string MessageBytes(const google::protobuf::Message& message);

}  // namespace farrell
