// Tables of keywords: the shared half of every parser and formatter here.
#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>

#include "common/status/status.h"

namespace farrell::notation::internal {

template <typename T>
struct Choice {
  std::string_view name;
  T value;
};

inline std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

inline std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// `what` is the option's name in the message: "returns to scale".
template <typename T, std::size_t N>
Result<T> Choose(std::string_view text, const std::array<Choice<T>, N>& choices, std::string_view reason,
                 std::string_view what) {
  const std::string wanted = Lower(Trim(text));
  std::string names;
  for (const Choice<T>& choice : choices) {
    if (choice.name == wanted) return choice.value;
    names += (names.empty() ? "" : ", ") + std::string(choice.name);
  }
  return InvalidArgument(std::string(reason),
                         "unknown " + std::string(what) + " '" + std::string(text) + "': choose one of " + names);
}

template <typename T, std::size_t N>
std::string Name(T value, const std::array<Choice<T>, N>& choices) {
  for (const Choice<T>& choice : choices) {
    if (choice.value == value) return std::string(choice.name);
  }
  return {};
}

}  // namespace farrell::notation::internal
