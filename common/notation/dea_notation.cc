#include "common/notation/dea_notation.h"

#include <array>
#include <limits>
#include <optional>

#include "common/notation/choices.h"
#include "common/text/number.h"

namespace farrell::notation {
namespace {

using dea::v1::Frontier;
using internal::Choice;
using internal::Lower;
using internal::Trim;

constexpr std::string_view kReason = "MODEL_INVALID";
constexpr std::string_view kGroup = "group:";
constexpr std::string_view kWindow = "window:";

constexpr std::array kRts = {
    Choice<dea::v1::ReturnsToScale>{"crs", dea::v1::RETURNS_TO_SCALE_CRS},
    Choice<dea::v1::ReturnsToScale>{"vrs", dea::v1::RETURNS_TO_SCALE_VRS},
    Choice<dea::v1::ReturnsToScale>{"nirs", dea::v1::RETURNS_TO_SCALE_NIRS},
    Choice<dea::v1::ReturnsToScale>{"ndrs", dea::v1::RETURNS_TO_SCALE_NDRS},
};
constexpr std::array kOrientations = {
    Choice<dea::v1::Orientation>{"input", dea::v1::ORIENTATION_INPUT},
    Choice<dea::v1::Orientation>{"output", dea::v1::ORIENTATION_OUTPUT},
};
constexpr std::array kSchemes = {
    Choice<Frontier::Scheme>{"contemporaneous", Frontier::SCHEME_CONTEMPORANEOUS},
    Choice<Frontier::Scheme>{"global", Frontier::SCHEME_GLOBAL},
    Choice<Frontier::Scheme>{"sequential", Frontier::SCHEME_SEQUENTIAL},
};
constexpr std::array kStatuses = {
    Choice<dea::v1::Status>{"optimal", dea::v1::STATUS_OPTIMAL},
    Choice<dea::v1::Status>{"infeasible", dea::v1::STATUS_INFEASIBLE},
    Choice<dea::v1::Status>{"unbounded", dea::v1::STATUS_UNBOUNDED},
    Choice<dea::v1::Status>{"reference_only", dea::v1::STATUS_REFERENCE_ONLY},
    Choice<dea::v1::Status>{"excluded", dea::v1::STATUS_EXCLUDED},
    Choice<dea::v1::Status>{"not_solved", dea::v1::STATUS_NOT_SOLVED},
};
constexpr std::array kScaleClasses = {
    Choice<dea::v1::ScaleClass>{"increasing", dea::v1::SCALE_CLASS_INCREASING},
    Choice<dea::v1::ScaleClass>{"constant", dea::v1::SCALE_CLASS_CONSTANT},
    Choice<dea::v1::ScaleClass>{"decreasing", dea::v1::SCALE_CLASS_DECREASING},
};

Status FrontierError(std::string_view text, const std::string& detail) {
  return InvalidArgument(std::string(kReason), detail + " in frontier '" + std::string(text) +
                                                   "': choose one of contemporaneous, global, sequential, window:W, "
                                                   "group:COLUMN, or one of the first four with +group:COLUMN");
}

}  // namespace

Result<Frontier> ParseFrontier(std::string_view text) {
  Frontier frontier;
  frontier.set_scheme(Frontier::SCHEME_CONTEMPORANEOUS);
  std::string_view scheme = Trim(text);
  if (scheme.empty()) return frontier;

  // A column name may hold any character, so everything after the first "group:" is the name.
  const std::size_t group_at = Lower(scheme).find(kGroup);
  if (group_at != std::string::npos && (group_at == 0 || scheme[group_at - 1] == '+')) {
    const std::string_view column = Trim(scheme.substr(group_at + kGroup.size()));
    if (column.empty()) return FrontierError(text, "the column after 'group:' is missing");
    frontier.set_group_column(std::string(column));
    if (group_at == 0) return frontier;
    scheme = scheme.substr(0, group_at - 1);
  }

  if (Lower(scheme).starts_with(kWindow)) {
    const std::optional<long long> periods = text::ParseInteger(Trim(scheme.substr(kWindow.size())));
    if (!periods || *periods < 1 || *periods > std::numeric_limits<std::int32_t>::max()) {
      return FrontierError(text, "the number of periods after 'window:' must be a whole number of at least 1");
    }
    frontier.set_scheme(Frontier::SCHEME_WINDOW);
    frontier.set_window(static_cast<std::int32_t>(*periods));
    return frontier;
  }
  const Result<Frontier::Scheme> found = internal::Choose(scheme, kSchemes, kReason, "scheme");
  if (!found.ok()) return FrontierError(text, "unknown scheme '" + std::string(Trim(scheme)) + "'");
  frontier.set_scheme(*found);
  return frontier;
}

std::string FormatFrontier(const Frontier& frontier) {
  const bool contemporaneous =
      frontier.scheme() == Frontier::SCHEME_CONTEMPORANEOUS || frontier.scheme() == Frontier::SCHEME_UNSPECIFIED;
  std::string scheme = internal::Name(frontier.scheme(), kSchemes);
  if (contemporaneous) scheme = "contemporaneous";
  if (frontier.scheme() == Frontier::SCHEME_WINDOW) scheme = std::string(kWindow) + std::to_string(frontier.window());
  if (frontier.group_column().empty()) return scheme;
  const std::string group = std::string(kGroup) + frontier.group_column();
  return contemporaneous ? group : scheme + "+" + group;
}

Result<dea::v1::ReturnsToScale> ParseRts(std::string_view text) {
  if (Trim(text).empty()) return dea::v1::RETURNS_TO_SCALE_CRS;
  return internal::Choose(text, kRts, kReason, "returns to scale");
}
std::string FormatRts(dea::v1::ReturnsToScale rts) {
  return internal::Name(rts == dea::v1::RETURNS_TO_SCALE_UNSPECIFIED ? dea::v1::RETURNS_TO_SCALE_CRS : rts, kRts);
}

Result<dea::v1::Orientation> ParseOrientation(std::string_view text) {
  if (Trim(text).empty()) return dea::v1::ORIENTATION_INPUT;
  return internal::Choose(text, kOrientations, kReason, "orientation");
}
std::string FormatOrientation(dea::v1::Orientation orientation) {
  return internal::Name(orientation == dea::v1::ORIENTATION_UNSPECIFIED ? dea::v1::ORIENTATION_INPUT : orientation,
                        kOrientations);
}

Result<ReferenceOnly> ParseReferenceOnly(std::string_view text) {
  const std::string_view trimmed = Trim(text);
  if (trimmed.empty()) return ReferenceOnly{};
  const std::size_t equals = trimmed.find('=');
  const std::string_view column = Trim(trimmed.substr(0, equals));
  const std::string_view value =
      equals == std::string_view::npos ? std::string_view() : Trim(trimmed.substr(equals + 1));
  if (column.empty() || (equals != std::string_view::npos && value.empty())) {
    return InvalidArgument(std::string(kReason),
                           "reference-only rows '" + std::string(text) +
                               "' must be written COLUMN or COLUMN=VALUE, e.g. role=reference_only");
  }
  return ReferenceOnly{.column = std::string(column), .value = std::string(value)};
}

std::string FormatStatus(dea::v1::Status status) { return internal::Name(status, kStatuses); }
std::string FormatScaleClass(dea::v1::ScaleClass scale_class) { return internal::Name(scale_class, kScaleClasses); }

}  // namespace farrell::notation
