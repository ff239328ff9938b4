#include "common/canonical/canonical.h"

#include <openssl/evp.h>
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <tuple>

#include "common/text/json_text.h"

namespace farrell::canonical {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

// The same letter may be written composed or decomposed; both must give one key. Bytes that are not UTF-8 stay as they
// are.
std::string Normalized(const std::string& text) {
  const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (ascii) return text;
  utf8proc_uint8_t* composed = nullptr;
  const utf8proc_ssize_t length =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &composed, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  if (length < 0) return text;
  std::string result(reinterpret_cast<const char*>(composed), static_cast<std::size_t>(length));
  std::free(composed);  // NOLINT(cppcoreguidelines-no-malloc): utf8proc allocates with malloc
  return result;
}

}  // namespace

std::string Value::Encode() const {
  std::string out;
  EncodeTo(out);
  return out;
}

void Value::EncodeTo(std::string& out) const {
  if (std::holds_alternative<std::nullptr_t>(data_)) {
    out += "null";
  } else if (const bool* boolean = std::get_if<bool>(&data_)) {
    out += *boolean ? "true" : "false";
  } else if (const std::int64_t* integer = std::get_if<std::int64_t>(&data_)) {
    out += std::to_string(*integer);
  } else if (const std::string* text = std::get_if<std::string>(&data_)) {
    text::AppendJsonText(out, Normalized(*text));
  } else if (const Array* array = std::get_if<Array>(&data_)) {
    out += '[';
    for (std::size_t index = 0; index < array->size(); ++index) {
      if (index > 0) out += ',';
      (*array)[index].EncodeTo(out);
    }
    out += ']';
  } else {
    out += '{';
    bool first = true;
    for (const auto& [key, value] : std::get<Object>(data_)) {
      if (!first) out += ',';
      first = false;
      text::AppendJsonText(out, Normalized(key));
      out += ':';
      value.EncodeTo(out);
    }
    out += '}';
  }
}

std::string Real(double value) {
  if (!std::isfinite(value)) return "nonfinite";
  if (value == 0.0) value = +0.0;  // -0.0 compares equal and becomes +0.0
  auto bits = std::bit_cast<std::uint64_t>(value);
  std::string digits(16, '0');
  for (std::size_t position = 16; position-- > 0; bits >>= 4U) digits[position] = kHexDigits[bits & 15U];
  return digits;
}

Value Set(std::vector<std::string> texts) {
  for (std::string& text : texts) text = Normalized(text);
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  Value::Array array;
  for (std::string& text : texts) array.emplace_back(std::move(text));
  return array;
}

Sha256Stream::Sha256Stream() : context_(EVP_MD_CTX_new()) {
  EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_), EVP_sha256(), nullptr);
}
Sha256Stream::~Sha256Stream() { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_)); }
void Sha256Stream::Update(std::string_view bytes) {
  EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), bytes.data(), bytes.size());
}
std::string Sha256Stream::Finish() {
  std::array<unsigned char, 32> digest{};
  EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), digest.data(), nullptr);
  std::string text;
  text.reserve(64);
  for (const unsigned char byte : digest) {
    text += kHexDigits[byte >> 4U];
    text += kHexDigits[byte & 15U];
  }
  return text;
}

std::string Sha256(std::string_view bytes) {
  Sha256Stream stream;
  stream.Update(bytes);
  return stream.Finish();
}

std::string Digest(std::string_view domain, const Value& value) {
  Sha256Stream stream;
  stream.Update(domain);
  stream.Update(std::string_view("\0", 1));
  stream.Update(value.Encode());
  return stream.Finish();
}

SliceStream::SliceStream() : pending_("farrell.slice.v1") {
  pending_ += '\0';
  pending_ += R"({"cells":[)";
}
void SliceStream::Add(const std::string& unit, const std::string& variable, const Value& value) {
  constexpr std::size_t kFlushBytes = std::size_t{1} << 14U;
  if (pending_.back() == ']') pending_ += ',';
  pending_ += '[';
  text::AppendJsonText(pending_, Normalized(unit));
  pending_ += ',';
  text::AppendJsonText(pending_, Normalized(variable));
  pending_ += ',';
  value.EncodeTo(pending_);
  pending_ += ']';
  if (pending_.size() < kFlushBytes) return;
  // The last bracket stays behind: it tells that a comma comes next.
  stream_.Update(std::string_view(pending_).substr(0, pending_.size() - 1));
  pending_.erase(0, pending_.size() - 1);
}
std::string SliceStream::Finish(const Value& period) {
  stream_.Update(pending_);
  stream_.Update(R"(],"year":)");
  stream_.Update(period.Encode());
  stream_.Update("}");
  return stream_.Finish();
}

std::string SliceDigest(const Value& period, std::vector<Cell> cells) {
  std::sort(cells.begin(), cells.end(),
            [](const Cell& a, const Cell& b) { return std::tie(a.unit, a.variable) < std::tie(b.unit, b.variable); });
  Value::Array encoded;
  encoded.reserve(cells.size());
  for (Cell& cell : cells) {
    encoded.emplace_back(
        Value::Array{Value(std::move(cell.unit)), Value(std::move(cell.variable)), std::move(cell.value)});
  }
  return Digest("farrell.slice.v1", Value::Object{{"cells", std::move(encoded)}, {"year", period}});
}

}  // namespace farrell::canonical
