#include "common/notation/dea_notation.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "common/notation/choices.h"
#include "common/text/number.h"

namespace farrell::notation {
namespace {

using dea::v1::Bootstrap;
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
constexpr std::string_view kGrs = "grs";
constexpr std::array kOrientations = {
    Choice<dea::v1::Orientation>{"input", dea::v1::ORIENTATION_INPUT},
    Choice<dea::v1::Orientation>{"output", dea::v1::ORIENTATION_OUTPUT},
    Choice<dea::v1::Orientation>{"none", dea::v1::ORIENTATION_NONE},
};
constexpr std::array kSchemes = {
    Choice<Frontier::Scheme>{"contemporaneous", Frontier::SCHEME_CONTEMPORANEOUS},
    Choice<Frontier::Scheme>{"global", Frontier::SCHEME_GLOBAL},
    Choice<Frontier::Scheme>{"sequential", Frontier::SCHEME_SEQUENTIAL},
    Choice<Frontier::Scheme>{"biennial", Frontier::SCHEME_BIENNIAL},
};
constexpr std::array kKinds = {
    Choice<dea::v1::ModelKind>{"radial", dea::v1::MODEL_KIND_RADIAL},
    Choice<dea::v1::ModelKind>{"fdh", dea::v1::MODEL_KIND_FDH},
    Choice<dea::v1::ModelKind>{"additive", dea::v1::MODEL_KIND_ADDITIVE},
    Choice<dea::v1::ModelKind>{"ram", dea::v1::MODEL_KIND_RAM},
    Choice<dea::v1::ModelKind>{"bam", dea::v1::MODEL_KIND_BAM},
    Choice<dea::v1::ModelKind>{"sbm", dea::v1::MODEL_KIND_SBM},
    Choice<dea::v1::ModelKind>{"ddf", dea::v1::MODEL_KIND_DDF},
    Choice<dea::v1::ModelKind>{"rdm", dea::v1::MODEL_KIND_RDM},
};
constexpr std::array kRemedies = {
    Choice<dea::v1::SuperRemedy>{"none", dea::v1::SUPER_REMEDY_NONE},
    Choice<dea::v1::SuperRemedy>{"cook", dea::v1::SUPER_REMEDY_COOK},
    Choice<dea::v1::SuperRemedy>{"ddf", dea::v1::SUPER_REMEDY_DDF},
};
constexpr std::array kCross = {
    Choice<dea::v1::CrossEfficiency>{"none", dea::v1::CROSS_EFFICIENCY_NONE},
    Choice<dea::v1::CrossEfficiency>{"arbitrary", dea::v1::CROSS_EFFICIENCY_ARBITRARY},
    Choice<dea::v1::CrossEfficiency>{"aggressive", dea::v1::CROSS_EFFICIENCY_AGGRESSIVE},
    Choice<dea::v1::CrossEfficiency>{"benevolent", dea::v1::CROSS_EFFICIENCY_BENEVOLENT},
    Choice<dea::v1::CrossEfficiency>{"aggressive-iii", dea::v1::CROSS_EFFICIENCY_AGGRESSIVE_III},
    Choice<dea::v1::CrossEfficiency>{"benevolent-iii", dea::v1::CROSS_EFFICIENCY_BENEVOLENT_III},
};
constexpr std::array kDisposabilities = {
    Choice<dea::v1::Disposability>{"strong", dea::v1::DISPOSABILITY_STRONG},
    Choice<dea::v1::Disposability>{"weak", dea::v1::DISPOSABILITY_WEAK},
    Choice<dea::v1::Disposability>{"kuosmanen", dea::v1::DISPOSABILITY_KUOSMANEN},
};
constexpr std::array kRules = {
    Choice<dea::v1::NonDiscretionaryRule>{"banker-morey", dea::v1::NON_DISCRETIONARY_RULE_BANKER_MOREY},
    Choice<dea::v1::NonDiscretionaryRule>{"ncn", dea::v1::NON_DISCRETIONARY_RULE_NCN},
};
constexpr std::array kBootstraps = {
    Choice<Bootstrap::Method>{"none", Bootstrap::METHOD_NONE},
    Choice<Bootstrap::Method>{"sw98", Bootstrap::METHOD_SW98},
    Choice<Bootstrap::Method>{"ksw", Bootstrap::METHOD_KSW},
};
constexpr std::array kSmoothings = {
    Choice<Bootstrap::Smoothing>{"reflected-set", Bootstrap::SMOOTHING_REFLECTED_SET},
    Choice<Bootstrap::Smoothing>{"shrink-reflect", Bootstrap::SMOOTHING_SHRINK_REFLECT},
    Choice<Bootstrap::Smoothing>{"shrink-about-one", Bootstrap::SMOOTHING_SHRINK_ABOUT_ONE},
    Choice<Bootstrap::Smoothing>{"reflect-shrink", Bootstrap::SMOOTHING_REFLECT_SHRINK},
};
constexpr std::array kIntervals = {
    Choice<Bootstrap::Interval>{"basic", Bootstrap::INTERVAL_BASIC},
    Choice<Bootstrap::Interval>{"percentile", Bootstrap::INTERVAL_PERCENTILE},
    Choice<Bootstrap::Interval>{"percentile-bias", Bootstrap::INTERVAL_PERCENTILE_BIAS},
};
constexpr std::array kIndices = {
    Choice<dea::v1::ProductivityIndex>{"malmquist", dea::v1::PRODUCTIVITY_INDEX_MALMQUIST},
    Choice<dea::v1::ProductivityIndex>{"fgnz", dea::v1::PRODUCTIVITY_INDEX_FGNZ},
    Choice<dea::v1::ProductivityIndex>{"ray-desli", dea::v1::PRODUCTIVITY_INDEX_RAY_DESLI},
    Choice<dea::v1::ProductivityIndex>{"sequential", dea::v1::PRODUCTIVITY_INDEX_SEQUENTIAL},
    Choice<dea::v1::ProductivityIndex>{"biennial", dea::v1::PRODUCTIVITY_INDEX_BIENNIAL},
    Choice<dea::v1::ProductivityIndex>{"global", dea::v1::PRODUCTIVITY_INDEX_GLOBAL},
    Choice<dea::v1::ProductivityIndex>{"malmquist-luenberger", dea::v1::PRODUCTIVITY_INDEX_MALMQUIST_LUENBERGER},
    Choice<dea::v1::ProductivityIndex>{"global-malmquist-luenberger",
                                       dea::v1::PRODUCTIVITY_INDEX_GLOBAL_MALMQUIST_LUENBERGER},
    Choice<dea::v1::ProductivityIndex>{"luenberger", dea::v1::PRODUCTIVITY_INDEX_LUENBERGER},
};
constexpr std::array kDecompositions = {
    Choice<dea::v1::Decomposition>{"kao-hwang", dea::v1::DECOMPOSITION_KAO_HWANG},
    Choice<dea::v1::Decomposition>{"chen", dea::v1::DECOMPOSITION_CHEN},
};
constexpr std::array kStatistics = {
    Choice<dea::v1::TestReturnsToScaleRequest::Statistic>{"ratio-of-means",
                                                          dea::v1::TestReturnsToScaleRequest::STATISTIC_RATIO_OF_MEANS},
    Choice<dea::v1::TestReturnsToScaleRequest::Statistic>{"mean-of-ratios",
                                                          dea::v1::TestReturnsToScaleRequest::STATISTIC_MEAN_OF_RATIOS},
};
constexpr std::array kGroupMethods = {
    Choice<dea::v1::CompareGroupsRequest::Method>{"clt", dea::v1::CompareGroupsRequest::METHOD_CLT},
    Choice<dea::v1::CompareGroupsRequest::Method>{"t-test", dea::v1::CompareGroupsRequest::METHOD_T_TEST},
};
constexpr std::array kOutlierMethods = {
    Choice<dea::v1::FindOutliersRequest::Method>{"wilson", dea::v1::FindOutliersRequest::METHOD_WILSON},
    Choice<dea::v1::FindOutliersRequest::Method>{"leave-one-out", dea::v1::FindOutliersRequest::METHOD_LEAVE_ONE_OUT},
};
constexpr std::array kBandwidthRules = {
    Choice<Bootstrap::BandwidthRule>{"silverman", Bootstrap::BANDWIDTH_RULE_SILVERMAN},
    Choice<Bootstrap::BandwidthRule>{"cross-validation", Bootstrap::BANDWIDTH_RULE_CROSS_VALIDATION},
    Choice<Bootstrap::BandwidthRule>{"normal-reference", Bootstrap::BANDWIDTH_RULE_NORMAL_REFERENCE},
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

// The value 0 of every enumeration stands for the first choice.
template <typename T, std::size_t N>
std::string NameOrFirst(T value, const std::array<Choice<T>, N>& choices) {
  return internal::Name(value == T() ? choices.front().value : value, choices);
}

// The fewest digits that read back as the same number.
std::string Shortest(double value) {
  std::string digits;
  for (int count = 1; count <= 17; ++count) {
    digits = text::FormatSignificant(value, count);
    if (text::ParseReal(digits) == value) break;
  }
  return digits;
}

Status FrontierError(std::string_view text, const std::string& detail) {
  return InvalidArgument(std::string(kReason), detail + " in frontier '" + std::string(text) +
                                                   "': choose one of contemporaneous, global, sequential, biennial, "
                                                   "window:W, group:COLUMN, or one of the first five with "
                                                   "+group:COLUMN");
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
  if (Trim(text).empty()) return dea::v1::RETURNS_TO_SCALE_UNSPECIFIED;
  return internal::Choose(text, kRts, kReason, "returns to scale");
}
std::string FormatRts(dea::v1::ReturnsToScale rts) {
  if (rts == dea::v1::RETURNS_TO_SCALE_GRS) return std::string(kGrs);
  return internal::Name(rts == dea::v1::RETURNS_TO_SCALE_UNSPECIFIED ? dea::v1::RETURNS_TO_SCALE_CRS : rts, kRts);
}

Status ParseRts(std::string_view text, dea::v1::Model& model) {
  const std::string_view trimmed = Trim(text);
  if (Lower(trimmed.substr(0, kGrs.size())) != kGrs) {
    const Result<dea::v1::ReturnsToScale> rts = ParseRts(text);
    if (!rts.ok()) return InvalidArgument(std::string(kReason), rts.status().message() + ", grs:L,U");
    model.set_rts(*rts);
    model.clear_weight_sum_low();
    model.clear_weight_sum_high();
    return Status::Ok();
  }
  const std::string_view bounds = trimmed.substr(kGrs.size());
  const std::size_t comma = bounds.find(',');
  const auto bound = [&](std::size_t from, std::size_t to) -> std::optional<double> {
    if (!bounds.starts_with(':') || comma == std::string_view::npos) return std::nullopt;
    return text::ParseReal(Trim(bounds.substr(from, to - from)));
  };
  const std::optional<double> low = bound(1, comma);
  const std::optional<double> high = bound(comma + 1, bounds.size());
  if (!low || !high || *low < 0 || *low > 1 || *high < 1) {
    return InvalidArgument(
        std::string(kReason),
        "returns to scale '" + std::string(text) + "' must be written grs:L,U with 0 <= L <= 1 <= U, e.g. grs:0.8,1.2");
  }
  model.set_rts(dea::v1::RETURNS_TO_SCALE_GRS);
  model.set_weight_sum_low(*low);
  model.set_weight_sum_high(*high);
  return Status::Ok();
}
std::string FormatRts(const dea::v1::Model& model) {
  if (model.rts() != dea::v1::RETURNS_TO_SCALE_GRS) return FormatRts(model.rts());
  return std::string(kGrs) + ":" + Shortest(model.weight_sum_low()) + "," + Shortest(model.weight_sum_high());
}

Result<dea::v1::Orientation> ParseOrientation(std::string_view text) {
  if (Trim(text).empty()) return dea::v1::ORIENTATION_UNSPECIFIED;
  return internal::Choose(text, kOrientations, kReason, "orientation");
}
std::string FormatOrientation(dea::v1::Orientation orientation) {
  return internal::Name(orientation == dea::v1::ORIENTATION_UNSPECIFIED ? dea::v1::ORIENTATION_INPUT : orientation,
                        kOrientations);
}

Result<dea::v1::ModelKind> ParseModelKind(std::string_view text) {
  if (Trim(text).empty()) return dea::v1::MODEL_KIND_RADIAL;
  return internal::Choose(text, kKinds, kReason, "model");
}
std::string FormatModelKind(dea::v1::ModelKind kind) { return NameOrFirst(kind, kKinds); }

Result<dea::v1::SuperRemedy> ParseSuperRemedy(std::string_view text) {
  if (Trim(text).empty()) return dea::v1::SUPER_REMEDY_NONE;
  return internal::Choose(text, kRemedies, kReason, "super-efficiency remedy");
}
std::string FormatSuperRemedy(dea::v1::SuperRemedy remedy) { return NameOrFirst(remedy, kRemedies); }

Result<dea::v1::CrossEfficiency> ParseCrossEfficiency(std::string_view text) {
  if (Trim(text).empty()) return dea::v1::CROSS_EFFICIENCY_NONE;
  return internal::Choose(text, kCross, kReason, "cross-efficiency");
}
std::string FormatCrossEfficiency(dea::v1::CrossEfficiency cross) { return NameOrFirst(cross, kCross); }

Result<dea::v1::Disposability> ParseDisposability(std::string_view text) {
  if (Trim(text).empty()) return dea::v1::DISPOSABILITY_UNSPECIFIED;
  return internal::Choose(text, kDisposabilities, kReason, "disposability");
}
std::string FormatDisposability(dea::v1::Disposability disposability) {
  return internal::Name(disposability, kDisposabilities);
}

Result<dea::v1::NonDiscretionaryRule> ParseNonDiscretionaryRule(std::string_view text) {
  if (Trim(text).empty()) return dea::v1::NON_DISCRETIONARY_RULE_UNSPECIFIED;
  return internal::Choose(text, kRules, kReason, "rule for non-discretionary measures");
}
std::string FormatNonDiscretionaryRule(dea::v1::NonDiscretionaryRule rule) { return internal::Name(rule, kRules); }

Result<Bootstrap::Method> ParseBootstrapMethod(std::string_view text) {
  if (Trim(text).empty()) return Bootstrap::METHOD_NONE;
  return internal::Choose(text, kBootstraps, kReason, "bootstrap");
}
std::string FormatBootstrapMethod(Bootstrap::Method method) { return NameOrFirst(method, kBootstraps); }

Result<Bootstrap::Smoothing> ParseSmoothing(std::string_view text) {
  if (Trim(text).empty()) return Bootstrap::SMOOTHING_REFLECTED_SET;
  return internal::Choose(text, kSmoothings, kReason, "smoothing");
}
std::string FormatSmoothing(Bootstrap::Smoothing smoothing) { return NameOrFirst(smoothing, kSmoothings); }

Result<Bootstrap::Interval> ParseInterval(std::string_view text) {
  if (Trim(text).empty()) return Bootstrap::INTERVAL_BASIC;
  return internal::Choose(text, kIntervals, kReason, "interval");
}
std::string FormatInterval(Bootstrap::Interval interval) { return NameOrFirst(interval, kIntervals); }

Result<dea::v1::ProductivityIndex> ParseProductivityIndex(std::string_view text) {
  if (Trim(text).empty()) return dea::v1::PRODUCTIVITY_INDEX_MALMQUIST;
  return internal::Choose(text, kIndices, kReason, "productivity index");
}
std::string FormatProductivityIndex(dea::v1::ProductivityIndex index) { return NameOrFirst(index, kIndices); }

Result<dea::v1::Decomposition> ParseDecomposition(std::string_view text) {
  if (Trim(text).empty()) return dea::v1::DECOMPOSITION_KAO_HWANG;
  return internal::Choose(text, kDecompositions, kReason, "decomposition");
}
std::string FormatDecomposition(dea::v1::Decomposition decomposition) {
  return NameOrFirst(decomposition, kDecompositions);
}

Result<dea::v1::TestReturnsToScaleRequest::Statistic> ParseScaleStatistic(std::string_view text) {
  if (Trim(text).empty()) return dea::v1::TestReturnsToScaleRequest::STATISTIC_RATIO_OF_MEANS;
  return internal::Choose(text, kStatistics, kReason, "statistic");
}
std::string FormatScaleStatistic(dea::v1::TestReturnsToScaleRequest::Statistic statistic) {
  return NameOrFirst(statistic, kStatistics);
}

Result<dea::v1::CompareGroupsRequest::Method> ParseGroupMethod(std::string_view text) {
  if (Trim(text).empty()) return dea::v1::CompareGroupsRequest::METHOD_CLT;
  return internal::Choose(text, kGroupMethods, kReason, "way of comparing groups");
}
std::string FormatGroupMethod(dea::v1::CompareGroupsRequest::Method method) {
  return NameOrFirst(method, kGroupMethods);
}

Result<dea::v1::FindOutliersRequest::Method> ParseOutlierMethod(std::string_view text) {
  if (Trim(text).empty()) return dea::v1::FindOutliersRequest::METHOD_WILSON;
  return internal::Choose(text, kOutlierMethods, kReason, "search for outliers");
}
std::string FormatOutlierMethod(dea::v1::FindOutliersRequest::Method method) {
  return NameOrFirst(method, kOutlierMethods);
}

Result<dea::v1::Direction> ParseDirection(std::string_view text) {
  dea::v1::Direction direction;
  const std::string keyword = Lower(Trim(text));
  if (keyword.empty() || keyword == "own") {
    direction.set_kind(dea::v1::Direction::KIND_OWN);
    return direction;
  }
  if (keyword == "mean") {
    direction.set_kind(dea::v1::Direction::KIND_MEAN);
    return direction;
  }
  direction.set_kind(dea::v1::Direction::KIND_COLUMNS);
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view column = Trim(text.substr(begin, end - begin));
    if (column.empty()) {
      return InvalidArgument(std::string(kReason), "a column is missing in direction '" + std::string(text) +
                                                       "': write own, mean, or one column for each input, output and "
                                                       "bad output");
    }
    direction.add_columns(std::string(column));
    begin = end + 1;
  }
  return direction;
}
std::string FormatDirection(const dea::v1::Direction& direction) {
  if (direction.kind() == dea::v1::Direction::KIND_MEAN) return "mean";
  if (direction.kind() != dea::v1::Direction::KIND_COLUMNS) return "own";
  std::string columns;
  for (const std::string& column : direction.columns()) columns += (columns.empty() ? "" : ",") + column;
  return columns;
}

Status ParseBandwidth(std::string_view text, Bootstrap& bootstrap) {
  const std::string_view trimmed = Trim(text);
  bootstrap.clear_bandwidth();
  if (const std::optional<double> bandwidth = text::ParseReal(trimmed); bandwidth && *bandwidth > 0) {
    bootstrap.set_bandwidth_rule(Bootstrap::BANDWIDTH_RULE_FIXED);
    bootstrap.set_bandwidth(*bandwidth);
    return Status::Ok();
  }
  if (trimmed.empty()) {
    bootstrap.set_bandwidth_rule(Bootstrap::BANDWIDTH_RULE_SILVERMAN);
    return Status::Ok();
  }
  const Result<Bootstrap::BandwidthRule> rule = internal::Choose(trimmed, kBandwidthRules, kReason, "bandwidth");
  if (!rule.ok()) return InvalidArgument(std::string(kReason), rule.status().message() + " or a positive number");
  bootstrap.set_bandwidth_rule(*rule);
  return Status::Ok();
}
std::string FormatBandwidth(const Bootstrap& bootstrap) {
  if (bootstrap.bandwidth_rule() == Bootstrap::BANDWIDTH_RULE_FIXED) return Shortest(bootstrap.bandwidth());
  return NameOrFirst(bootstrap.bandwidth_rule(), kBandwidthRules);
}

std::string DescribeWeightRestriction(const dea::v1::WeightRestriction& restriction) {
  std::string text = restriction.has_low() ? Shortest(restriction.low()) + " <= " : "";
  text += restriction.measure();
  if (!restriction.over().empty()) text += " / " + restriction.over();
  if (restriction.has_high()) text += " <= " + Shortest(restriction.high());
  return text;
}

Result<MarkedRows> ParseMarkedRows(std::string_view text, std::string_view role) {
  const std::string_view trimmed = Trim(text);
  if (trimmed.empty()) return MarkedRows{};
  const std::size_t equals = trimmed.find('=');
  const std::string_view column = Trim(trimmed.substr(0, equals));
  const std::string_view value =
      equals == std::string_view::npos ? std::string_view() : Trim(trimmed.substr(equals + 1));
  if (column.empty() || (equals != std::string_view::npos && value.empty())) {
    return InvalidArgument(
        std::string(kReason),
        "rows '" + std::string(text) + "' must be written COLUMN or COLUMN=VALUE, e.g. role=" + std::string(role));
  }
  return MarkedRows{.column = std::string(column), .value = std::string(value)};
}

std::string FormatStatus(dea::v1::Status status) { return internal::Name(status, kStatuses); }
std::string FormatScaleClass(dea::v1::ScaleClass scale_class) { return internal::Name(scale_class, kScaleClasses); }

}  // namespace farrell::notation
