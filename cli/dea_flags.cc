#include "cli/dea_flags.h"

#include <algorithm>
#include <utility>

#include "cli/byte_source.h"
#include "cli/flags.h"
#include "cli/options.h"
#include "common/notation/dea_notation.h"

namespace farrell::cli {
namespace {

std::string FlagName(std::string_view member) {
  std::string name = "--" + std::string(member);
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

}  // namespace

void AddTechnologyFlags(CLI::App* verb, DeaFlags& flags) {
  notation::DeaModelText& model = flags.model;
  AddTableFlags(verb, flags.table);
  AddRepeated(verb, "--inputs", model.inputs, "Input columns or expressions")->type_name("a,b,...");
  AddRepeated(verb, "--outputs", model.outputs, "Output columns or expressions")->type_name("y,...");
  verb->add_option("--rts", model.rts, "Returns to scale; default crs; grs:L,U bounds the sum of weights")
      ->type_name("crs|vrs|nirs|ndrs|grs:L,U");
  verb->add_option("--orientation", model.orientation, "Default input for radial and fdh, none for the others")
      ->type_name("input|output|none");
  verb->add_option(
          "--frontier", model.frontier,
          "Who spans the frontier of a row: contemporaneous (default), global, sequential, biennial, window:W, "
          "group:COLUMN, or one of the first five with +group:COLUMN, e.g. global+group:region")
      ->type_name("SCHEME");
  verb->add_option(
          "--reference-only", model.reference_only,
          "Rows where COLUMN is VALUE (default: reference_only, 1 or true) span the frontier and are not scored")
      ->type_name("COLUMN[=VALUE]");
  verb->add_option(
          "--frozen-out", model.frozen_out,
          "Rows where COLUMN is VALUE (default: frozen_out, 1 or true) are scored and do not span the frontier")
      ->type_name("COLUMN[=VALUE]");
  verb->add_flag("--exclude-invalid", model.exclude_invalid,
                 "Print rows with negative or missing cells as excluded instead of refusing the table");
}

void AddBadOutputFlags(CLI::App* verb, DeaFlags& flags) {
  notation::DeaModelText& model = flags.model;
  AddRepeated(verb, "--bad-outputs", model.bad_outputs, "Undesirable outputs, columns or expressions")
      ->type_name("c,d,...");
  verb->add_option("--disposability", model.disposability,
                   "What less of a bad output costs: strong (default, as an input), weak (Shephard), kuosmanen")
      ->type_name("strong|weak|kuosmanen");
  verb->add_option("--direction", model.direction,
                   "Of directional distances: own (default), mean, or a column for each input, output and bad output")
      ->type_name("own|mean|COLUMN,...");
}

void AddModelFlags(CLI::App* verb, DeaFlags& flags) {
  notation::DeaModelText& model = flags.model;
  verb->add_option("--model", model.model,
                   "What is measured: radial (default), fdh, additive, ram, bam, sbm, ddf (directional), rdm (range "
                   "directional, for negative data)")
      ->type_name("radial|fdh|additive|ram|bam|sbm|ddf|rdm");
  AddBadOutputFlags(verb, flags);
  verb->add_flag("--non-radial", model.non_radial, "With ddf: a distance of its own for every measure");
  verb->add_flag("--super", model.super, "Leave the evaluated row out of its own reference set");
  verb->add_option("--super-remedy", model.super_remedy,
                   "What to print in remedy_score where super-efficiency is infeasible; default none")
      ->type_name("none|cook|ddf");
  verb->add_option("--cross", model.cross,
                   "Cross-efficiency: arbitrary, aggressive, benevolent, aggressive-iii, benevolent-iii")
      ->type_name("SECONDARY GOAL");
  AddRepeated(verb, "--non-discretionary", model.non_discretionary, "Inputs or outputs that the row cannot choose")
      ->type_name("x,...");
  verb->add_option("--nd-rule", model.nd_rule, "How they enter: banker-morey (default), ncn")
      ->type_name("banker-morey|ncn");
  verb->add_option("--weights", flags.weights,
                   "Bounds on multipliers: CSV with the columns measure,over,low,high; empty over bounds the weight "
                   "itself, else the ratio measure / over")
      ->type_name("FILE");
  verb->add_option("--metafrontier", model.metafrontier,
                   "Also score against the row's own group: adds group_score and gap_ratio")
      ->type_name("COLUMN");
  verb->add_flag("--scale", model.scale,
                 "Print scale_efficiency, rts_class, scale elasticity and most productive scale size");
  verb->add_flag("--influence", model.influence, "Print how other scores change when the row is left out");
}

void AddBootstrapFlags(CLI::App* verb, DeaFlags& flags) {
  notation::DeaModelText& model = flags.model;
  verb->add_option("--bootstrap", model.bootstrap,
                   "Bias and interval of every score: sw98 (smoothed), ksw (subsampling)")
      ->type_name("none|sw98|ksw");
  verb->add_option("--reps", model.reps, "Replications; default 2000")->type_name("B");
  verb->add_option("--seed", model.seed, "Seed of all draws; default 0")->type_name("S");
  verb->add_option("--level", model.level, "Confidence level; default 0.95")->type_name("P");
  verb->add_option("--smoothing", model.smoothing,
                   "Of sw98: reflected-set (default), shrink-reflect, shrink-about-one, reflect-shrink")
      ->type_name("VARIANT");
  verb->add_option("--interval", model.interval, "basic (default), percentile, percentile-bias")->type_name("VARIANT");
  verb->add_option("--bandwidth", model.bandwidth, "silverman (default), cross-validation, or a number")
      ->type_name("RULE");
  verb->add_flag("--by-unit", model.by_unit, "Draw all periods of a unit together");
  verb->add_option("--subsample", model.subsample, "Of ksw: units in a subsample; default n^0.7")->type_name("M");
  verb->add_flag("--ranks", model.ranks, "Also the interval of every row's rank");
}

Result<dea::v1::Model> ModelOf(Session& session, const DeaFlags& flags) {
  notation::DeaModelText text = flags.model;
  for (std::vector<std::string>* list : {&text.inputs, &text.outputs, &text.bad_outputs, &text.non_discretionary}) {
    *list = SplitLists(*list);
  }
  if (!flags.weights.empty()) {
    FARRELL_ASSIGN_OR_RETURN(const std::string csv, ReadFile(flags.weights, session.interrupt()));
    FARRELL_ASSIGN_OR_RETURN(text.weights, notation::ParseWeightRestrictions(csv));
  }
  return notation::ParseDeaModel(text, FlagName);
}

}  // namespace farrell::cli
