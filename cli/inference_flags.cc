#include "cli/inference_flags.h"

#include <algorithm>

#include "cli/flags.h"
#include "cli/options.h"
#include "common/notation/regression_notation.h"

namespace farrell::cli {
namespace {

bool IsBootstrapWeights(const std::string& text) { return !text.empty() && notation::ParseWeights(text).ok(); }

// --vcov a,b is two kinds; the comma of twoway:U,T and cr1:U,T joins clusters. A part that is no kind of its own
// belongs to the one before.
std::vector<std::string> KindsOf(const std::vector<std::string>& texts) {
  std::vector<std::string> kinds;
  for (const std::string& part : SplitLists(texts)) {
    const bool joins =
        !kinds.empty() && kinds.back().find(':') != std::string::npos && !notation::ParseInference(part, "").ok();
    if (joins) {
      kinds.back() += "," + part;
    } else {
      kinds.push_back(part);
    }
  }
  return kinds;
}

}  // namespace

std::string RowWeights(const InferenceFlags& flags) {
  return IsBootstrapWeights(flags.weights) ? std::string() : flags.weights;
}

void AddInferenceFlags(CLI::App* verb, InferenceFlags& flags) {
  std::string ssc_names;
  for (const std::string_view name : notation::SscNames())
    ssc_names += (ssc_names.empty() ? "" : ", ") + std::string(name);
  AddRepeated(
      verb, "--vcov", flags.vcov,
      "Standard errors: iid, hc0..hc4, cr0:COLUMN..cr3:COLUMN, twoway:COLUMN,COLUMN, dk[:LAG], nw[:LAG], pcse, "
      "wild:COLUMN[:DRAWS]; may be repeated, the first is the primary one. Default: cr3 by unit (--unit, else the "
      "first effect), else hc3")
      ->type_name("KIND");
  verb->add_option("--ssc", flags.ssc, "Small-sample correction: " + ssc_names + "; all: one result under every one")
      ->type_name("PRESET");
  verb->add_option("--draws", flags.draws, "Draws of the wild cluster bootstrap; default 9999")
      ->type_name("N")
      ->check(Silent(CLI::Range(99, 999999)));
  verb->add_option("--weights", flags.weights,
                   "Column of positive weights of the rows. The words rademacher and webb name the weights of the "
                   "bootstrap instead; a column so called is written in back quotes")
      ->type_name("COLUMN");
  verb->add_option("--bootstrap-weights", flags.bootstrap_weights,
                   "Weights of the bootstrap; default: webb below 12 clusters, else rademacher")
      ->type_name("rademacher|webb");
  verb->add_option("--variant", flags.variant,
                   "Variant of the wild bootstrap: 11 (default), 13, 31 or 33; the first 3 jackknifes the errors, the "
                   "second the variance")
      ->type_name("11|13|31|33");
  verb->add_flag("--unrestricted", flags.unrestricted, "Wild bootstrap that does not impose the null");
  verb->add_option("--seed", flags.seed, "Seed of the bootstrap; default 0")->type_name("N");
  verb->add_option("--level", flags.level, "Level of confidence intervals; default 0.95")
      ->type_name("P")
      ->check([](const std::string& text) -> std::string {
        double level = 0.0;
        if (CLI::detail::lexical_cast(text, level) && level > 0.0 && level < 1.0) return {};
        return "the level must lie between 0 and 1: " + text;
      });
}

Result<std::vector<regression::v1::Inference>> InferencesOf(const InferenceFlags& flags) {
  std::vector<std::string> kinds = KindsOf(flags.vcov);
  if (kinds.empty() && (!flags.ssc.empty())) kinds.emplace_back();
  std::vector<regression::v1::Inference> inferences;
  Violations violations;
  const bool named = IsBootstrapWeights(flags.weights);
  const Result<regression::v1::Inference::Weights> weights =
      notation::ParseWeights(named ? flags.weights : flags.bootstrap_weights);
  if (!weights.ok()) violations.Add("--bootstrap-weights", weights.status().message());
  // A wrong correction is one mistake, however many kinds it is for.
  const Status correction = notation::ParseInference("", flags.ssc).status();
  if (!correction.ok()) violations.Add("--ssc", correction.message());
  const std::string ssc = correction.ok() ? flags.ssc : std::string();
  for (const std::string& kind : kinds) {
    Result<regression::v1::Inference> inference = notation::ParseInference(kind, ssc);
    if (!inference.ok()) {
      violations.Add("--vcov", inference.status().message());
      continue;
    }
    const auto type = inference->type();
    const bool wild = type == regression::v1::Inference::TYPE_WILD;
    if (notation::UsesDraws(type)) {
      if (inference->draws() == 0) inference->set_draws(flags.draws);
      inference->set_seed(flags.seed);
    }
    if (wild) {
      if (weights.ok()) inference->set_weights(*weights);
      inference->set_variant(flags.variant);
      inference->set_unrestricted(flags.unrestricted);
    }
    inferences.push_back(std::move(*inference));
  }
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("INFERENCE_INVALID", "the inference cannot be read"));
  return inferences;
}

}  // namespace farrell::cli
