#include "services/regression/service/call.h"

namespace farrell::regression {

common::v1::ResultOrigin::Source SourceToProto(ResultCache::Source source) {
  switch (source) {
    case ResultCache::Source::kMemory: return common::v1::ResultOrigin::SOURCE_MEMORY;
    case ResultCache::Source::kDisk: return common::v1::ResultOrigin::SOURCE_STORE;
    case ResultCache::Source::kRedis: return common::v1::ResultOrigin::SOURCE_REDIS;
    case ResultCache::Source::kCoalesced: return common::v1::ResultOrigin::SOURCE_COALESCED;
    case ResultCache::Source::kComputed: return common::v1::ResultOrigin::SOURCE_COMPUTED;
  }
  return common::v1::ResultOrigin::SOURCE_UNSPECIFIED;
}

common::v1::Provenance MakeProvenance(const common::v1::TableSpec& table, const Panel& panel,
                                      std::optional<std::int64_t> seed, const std::string& key) {
  common::v1::Provenance provenance;
  provenance.set_snapshot_digest(table.snapshot_digest());
  provenance.set_known_at(panel.known_at);
  provenance.set_action_key(key);
  provenance.set_engine("regression");
  provenance.set_algo_rev(kAlgorithmRevision);
  provenance.set_num_abi(std::string(numeric::kNumAbi));
  provenance.set_synthetic(panel.synthetic);
  if (seed) provenance.set_seed(*seed);
  return provenance;
}

std::optional<std::int64_t> SeedOf(const FitSpec& spec) {
  for (const InferenceSpec& inference : spec.inferences) {
    if (UsesDraws(inference.type)) return inference.seed;
  }
  return std::nullopt;
}

void TellAtHand(const CallContext& context, bool skip_cache_lookup, v1::PlanFitResponse& response) {
  if (skip_cache_lookup) return;
  if (const auto found = context.cache.Lookup(response.action_key())) {
    response.set_at_hand(SourceToProto(found->source));
  }
}

}  // namespace farrell::regression
