// The canonical encoding behind every content key: compact JSON with sorted keys and no floating-point numbers.
//
// Reals are the 16 lower-case hexadecimal digits of the big-endian IEEE-754 double, as a string; -0.0 becomes +0.0; NaN
// and infinities are refused. Integers stay within +-(2^53 - 1). Text is UTF-8 in NFC. Absent values are null. The
// encoding never involves serialized protobuf, whose bytes are not canonical.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/status/status.h"

namespace farrell::canonical {

// A JSON value without floating-point numbers. Objects sort their keys bytewise.
class Value {
 public:
  using Array = std::vector<Value>;
  using Object = std::map<std::string, Value>;

  Value() = default;                                            // null
  Value(bool value) : data_(value) {}                           // NOLINT(google-explicit-constructor)
  Value(std::int64_t value) : data_(value) {}                   // NOLINT(google-explicit-constructor)
  Value(int value) : data_(std::int64_t{value}) {}              // NOLINT(google-explicit-constructor)
  Value(std::string value) : data_(std::move(value)) {}         // NOLINT(google-explicit-constructor)
  Value(std::string_view value) : data_(std::string(value)) {}  // NOLINT(google-explicit-constructor)
  Value(const char* value) : data_(std::string(value)) {}       // NOLINT(google-explicit-constructor)
  Value(Array value) : data_(std::move(value)) {}               // NOLINT(google-explicit-constructor)
  Value(Object value) : data_(std::move(value)) {}              // NOLINT(google-explicit-constructor)
  Value(double) = delete;                                       // use Real()

  // Compact UTF-8 JSON; appended to `out`.
  std::string Encode() const;
  void EncodeTo(std::string& out) const;

 private:
  std::variant<std::nullptr_t, bool, std::int64_t, std::string, Array, Object> data_ = nullptr;
};

// The 16 hexadecimal digits of a finite double; NaN or infinity is a programmer error and encodes as "nonfinite", which
// no reader accepts (engines refuse such data before a key is made).
std::string Real(double value);

// A set of texts: sorted bytewise, without duplicates.
Value Set(std::vector<std::string> texts);

// SHA-256 as 64 lower-case hexadecimal digits.
std::string Sha256(std::string_view bytes);

// SHA-256(domain, 0x00, value.Encode()); domain e.g. "farrell.action.v1", "farrell.slice.v1".
std::string Digest(std::string_view domain, const Value& value);

// Incremental SHA-256 for large content.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;
  void Update(std::string_view bytes);
  std::string Finish();

 private:
  void* context_;
};

// Cells of one period in the layout of "farrell.slice.v1": {"cells":[[unit, variable, real or text or null],
// ...],"year":t}, sorted by unit then variable. `year` is null for a cross-section.
struct Cell {
  std::string unit;
  std::string variable;
  Value value;
};
std::string SliceDigest(const Value& period, std::vector<Cell> cells);

// SliceDigest of cells that come one by one, in that order, in constant memory.
class SliceStream {
 public:
  SliceStream();
  void Add(const std::string& unit, const std::string& variable, const Value& value);
  std::string Finish(const Value& period);

 private:
  Sha256Stream stream_;
  std::string pending_;
};

}  // namespace farrell::canonical
