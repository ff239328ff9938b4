#include "cli/load_mix.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>

#include "cli/options.h"
#include "common/numeric/random.h"
#include "common/text/nearest.h"
#include "common/text/number.h"

namespace farrell::cli {
namespace {

constexpr std::int64_t kStreamOfKinds = 1;
constexpr const char* kMixed = "cached=60,small=10,fit=10,read=10,describe=10";

std::vector<std::string> Names() {
  std::vector<std::string> names;
  for (const CallKind kind : kCallKinds) names.emplace_back(NameOf(kind));
  return names;
}

}  // namespace

const char* NameOf(CallKind kind) {
  switch (kind) {
    case CallKind::kCached: return "cached";
    case CallKind::kSmall: return "small";
    case CallKind::kFit: return "fit";
    case CallKind::kRead: return "read";
    case CallKind::kDescribe: return "describe";
  }
  return "";
}

CallKind Mix::Draw(std::int64_t seed, std::int64_t number) const {
  const double all = std::accumulate(shares.begin(), shares.end(), 0.0);
  double left = numeric::UniformDraw(seed, kStreamOfKinds, number) * all;
  std::size_t drawn = 0;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (shares[i] <= 0) continue;
    drawn = i;
    if (left < shares[i]) break;
    left -= shares[i];
  }
  return kCallKinds[drawn];
}

Result<Mix> ParseMix(const std::string& text) {
  const std::vector<std::string> names = Names();
  Mix mix;
  Violations violations;
  for (const std::string& part : SplitList(text == "mixed" ? kMixed : text)) {
    const std::size_t equals = part.find('=');
    const std::string name = part.substr(0, equals);
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
      violations.Add("--mix",
                     fmt::format("'{}' is no kind of call{}; there are cached, small, fit, read, describe, and "
                                 "mixed for all of them",
                                 name, text::DidYouMean(name, names)));
      continue;
    }
    const auto share = equals == std::string::npos ? 1.0 : text::ParseReal(part.substr(equals + 1));
    if (!share || *share < 0 || *share > 1e9) {
      violations.Add("--mix", fmt::format("the share of {} is a number from 0 to 1e9, as in {}=10", name, name));
      continue;
    }
    mix.shares[static_cast<std::size_t>(found - names.begin())] += *share;
  }
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("MIX_INVALID", "the mix of calls cannot be read"));
  if (std::all_of(mix.shares.begin(), mix.shares.end(), [](double share) { return share <= 0; })) {
    return InvalidArgument("MIX_INVALID", "the mix asks for nothing")
        .WithViolations({{"--mix", "give at least one kind a share, as in cached=60,small=10"}});
  }
  return mix;
}

}  // namespace farrell::cli
