#include "cli/inference_flags.h"

#include <algorithm>

#include "cli/options.h"
#include "common/notation/regression_notation.h"

namespace farrell::cli {

void AddInferenceFlags(CLI::App* verb, InferenceFlags& flags) {
  std::string ssc_names;
  for (const std::string_view name : notation::SscNames())
    ssc_names += (ssc_names.empty() ? "" : ", ") + std::string(name);
  AddRepeated(verb, "--vcov", flags.vcov,
              "Standard errors: iid, hc1, hc3, cr1:COLUMN, cr3:COLUMN, wild:COLUMN; may be repeated, the first is the "
              "primary one. Default: cr3 by unit (--unit, else the first effect), else hc3")
      ->type_name("KIND");
  verb->add_option("--ssc", flags.ssc, "Small-sample correction: " + ssc_names)->type_name("PRESET");
  verb->add_option("--draws", flags.draws, "Draws of the wild cluster bootstrap; default 9999")
      ->type_name("N")
      ->check(Silent(CLI::Range(99, 999999)));
  verb->add_option("--weights", flags.weights,
                   "Weights of the bootstrap; default: webb below 12 clusters, else rademacher")
      ->type_name("rademacher|webb");
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
  std::vector<std::string> kinds = SplitLists(flags.vcov);
  if (kinds.empty() && (!flags.ssc.empty())) kinds.emplace_back();
  std::vector<regression::v1::Inference> inferences;
  Violations violations;
  const Result<regression::v1::Inference::Weights> weights = notation::ParseWeights(flags.weights);
  if (!weights.ok()) violations.Add("--weights", weights.status().message());
  for (const std::string& kind : kinds) {
    Result<regression::v1::Inference> inference = notation::ParseInference(kind, flags.ssc);
    if (!inference.ok()) {
      violations.Add("--vcov", inference.status().message());
      continue;
    }
    if (inference->type() == regression::v1::Inference::TYPE_WILD) {
      inference->set_draws(flags.draws);
      inference->set_seed(flags.seed);
      if (weights.ok()) inference->set_weights(*weights);
    }
    inferences.push_back(std::move(*inference));
  }
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("INFERENCE_INVALID", "the inference cannot be read"));
  return inferences;
}

}  // namespace farrell::cli
