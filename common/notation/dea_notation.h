// DEA models as people write them, on the command line and in study files.
//
// All parsers ignore case in keywords, keep it in column names, and fail with INVALID_ARGUMENT, reason MODEL_INVALID, a
// message that quotes the offending text and lists the choices. Empty text gives the default. Every Format… returns
// text that its parser reads back.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"
#include "farrell/dea/v1/dea.pb.h"

namespace farrell::notation {

// "contemporaneous" (default), "global", "sequential", "biennial", "window:W" with W >= 1; each may be followed by
// "+group:COLUMN", and "group:COLUMN" alone is contemporaneous within the group.
Result<dea::v1::Frontier> ParseFrontier(std::string_view text);
std::string FormatFrontier(const dea::v1::Frontier& frontier);

// "crs", "vrs", "nirs", "ndrs"; empty: the model's own default.
Result<dea::v1::ReturnsToScale> ParseRts(std::string_view text);
std::string FormatRts(dea::v1::ReturnsToScale rts);

// As above, and "grs:L,U": the sum of weights within [L, U], 0 <= L <= 1 <= U. Sets rts and both bounds.
Status ParseRts(std::string_view text, dea::v1::Model& model);
std::string FormatRts(const dea::v1::Model& model);

// "input", "output", "none"; empty: the model's own default.
Result<dea::v1::Orientation> ParseOrientation(std::string_view text);
std::string FormatOrientation(dea::v1::Orientation orientation);

// "radial" (default), "fdh", "additive", "ram", "bam", "sbm", "ddf", "rdm".
Result<dea::v1::ModelKind> ParseModelKind(std::string_view text);
std::string FormatModelKind(dea::v1::ModelKind kind);

// "none" (default), "cook", "ddf".
Result<dea::v1::SuperRemedy> ParseSuperRemedy(std::string_view text);
std::string FormatSuperRemedy(dea::v1::SuperRemedy remedy);

// "none" (default), "arbitrary", "aggressive", "benevolent", "aggressive-iii", "benevolent-iii".
Result<dea::v1::CrossEfficiency> ParseCrossEfficiency(std::string_view text);
std::string FormatCrossEfficiency(dea::v1::CrossEfficiency cross);

// "strong", "weak", "kuosmanen"; empty: strong where there are bad outputs.
Result<dea::v1::Disposability> ParseDisposability(std::string_view text);
std::string FormatDisposability(dea::v1::Disposability disposability);

// "banker-morey", "ncn"; empty: Banker & Morey where there are non-discretionary measures.
Result<dea::v1::NonDiscretionaryRule> ParseNonDiscretionaryRule(std::string_view text);
std::string FormatNonDiscretionaryRule(dea::v1::NonDiscretionaryRule rule);

// "own" (default), "mean", or columns split at commas: one for each input, output and bad output.
Result<dea::v1::Direction> ParseDirection(std::string_view text);
std::string FormatDirection(const dea::v1::Direction& direction);

// A table in CSV (RFC 4180) with the columns measure,over,low,high named in its first line; an empty `over` bounds the
// weight itself, an empty bound is none. Blank lines and lines that begin with '#' are left out. Errors name the line,
// all at once.
Result<std::vector<dea::v1::WeightRestriction>> ParseWeightRestrictions(std::string_view csv);
// "0.2 <= nurse / doctor <= 5", for people.
std::string DescribeWeightRestriction(const dea::v1::WeightRestriction& restriction);

// "none" (default), "sw98", "ksw".
Result<dea::v1::Bootstrap::Method> ParseBootstrapMethod(std::string_view text);
std::string FormatBootstrapMethod(dea::v1::Bootstrap::Method method);

// "reflected-set" (default), "shrink-reflect", "shrink-about-one", "reflect-shrink".
Result<dea::v1::Bootstrap::Smoothing> ParseSmoothing(std::string_view text);
std::string FormatSmoothing(dea::v1::Bootstrap::Smoothing smoothing);

// "basic" (default), "percentile", "percentile-bias".
Result<dea::v1::Bootstrap::Interval> ParseInterval(std::string_view text);
std::string FormatInterval(dea::v1::Bootstrap::Interval interval);

// "silverman" (default), "cross-validation", "normal-reference", or a positive number. Sets bandwidth_rule and
// bandwidth.
Status ParseBandwidth(std::string_view text, dea::v1::Bootstrap& bootstrap);
std::string FormatBandwidth(const dea::v1::Bootstrap& bootstrap);

// "malmquist" (default), "fgnz", "ray-desli", "sequential", "biennial", "global", "malmquist-luenberger",
// "global-malmquist-luenberger", "luenberger".
Result<dea::v1::ProductivityIndex> ParseProductivityIndex(std::string_view text);
std::string FormatProductivityIndex(dea::v1::ProductivityIndex index);

// "kao-hwang" (default), "chen".
Result<dea::v1::Decomposition> ParseDecomposition(std::string_view text);
std::string FormatDecomposition(dea::v1::Decomposition decomposition);

// "ratio-of-means" (default), "mean-of-ratios".
Result<dea::v1::TestReturnsToScaleRequest::Statistic> ParseScaleStatistic(std::string_view text);
std::string FormatScaleStatistic(dea::v1::TestReturnsToScaleRequest::Statistic statistic);

// "clt" (default), "t-test".
Result<dea::v1::CompareGroupsRequest::Method> ParseGroupMethod(std::string_view text);
std::string FormatGroupMethod(dea::v1::CompareGroupsRequest::Method method);

// "wilson" (default), "leave-one-out".
Result<dea::v1::FindOutliersRequest::Method> ParseOutlierMethod(std::string_view text);
std::string FormatOutlierMethod(dea::v1::FindOutliersRequest::Method method);

// Rows with a role of their own: those where a column has a value.
struct MarkedRows {
  std::string column;  // empty: none
  std::string value;   // empty: any of the role's own name, "1", "true"
};
// "COLUMN" or "COLUMN=VALUE", split at the first '='; `role` as in the role's own name, e.g. "reference_only".
Result<MarkedRows> ParseMarkedRows(std::string_view text, std::string_view role);

// "optimal", "infeasible", "unbounded", "reference_only", "excluded", "not_solved".
std::string FormatStatus(dea::v1::Status status);

// "increasing", "constant", "decreasing"; empty when it was not asked for.
std::string FormatScaleClass(dea::v1::ScaleClass scale_class);

}  // namespace farrell::notation
