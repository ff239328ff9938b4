#include "common/sql/blob_text.h"

#include <array>
#include <cstdint>

namespace farrell::sql {
namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNotADigit = 255;

constexpr std::array<std::uint8_t, 256> MakeValues() {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNotADigit);
  for (std::size_t index = 0; index < kDigits.size(); ++index) {
    values[static_cast<unsigned char>(kDigits[index])] = static_cast<std::uint8_t>(index);
  }
  return values;
}
constexpr std::array<std::uint8_t, 256> kValues = MakeValues();

std::uint32_t Byte(char character) { return static_cast<unsigned char>(character); }

Status NotBase64() { return {Code::kDataLoss, "STORE_CORRUPT", "a stored value is damaged (not base64)"}; }

}  // namespace

std::string EncodeBlob(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4, '=');
  std::size_t out = 0;
  std::size_t in = 0;
  for (; in + 3 <= bytes.size(); in += 3) {
    const std::uint32_t group = Byte(bytes[in]) << 16U | Byte(bytes[in + 1]) << 8U | Byte(bytes[in + 2]);
    text[out++] = kDigits[group >> 18U];
    text[out++] = kDigits[group >> 12U & 63U];
    text[out++] = kDigits[group >> 6U & 63U];
    text[out++] = kDigits[group & 63U];
  }
  if (const std::size_t rest = bytes.size() - in; rest > 0) {
    const std::uint32_t group = Byte(bytes[in]) << 16U | (rest == 2 ? Byte(bytes[in + 1]) << 8U : 0U);
    text[out++] = kDigits[group >> 18U];
    text[out++] = kDigits[group >> 12U & 63U];
    if (rest == 2) text[out] = kDigits[group >> 6U & 63U];
  }
  return text;
}

Result<std::string> DecodeBlob(std::string_view text) {
  if (text.size() % 4 != 0) return NotBase64();
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  std::string bytes(text.size() / 4 * 3, '\0');
  std::size_t out = 0;
  for (std::size_t in = 0; in < text.size(); in += 4) {
    std::uint32_t group = 0;
    for (std::size_t digit = 0; digit < 4; ++digit) {
      const std::uint8_t value =
          in + digit >= text.size() - padding ? std::uint8_t{0} : kValues[Byte(text[in + digit])];
      if (value == kNotADigit) return NotBase64();
      group = group << 6U | value;
    }
    bytes[out++] = static_cast<char>(group >> 16U & 255U);
    bytes[out++] = static_cast<char>(group >> 8U & 255U);
    bytes[out++] = static_cast<char>(group & 255U);
  }
  bytes.resize(bytes.size() - padding);
  return bytes;
}

}  // namespace farrell::sql
