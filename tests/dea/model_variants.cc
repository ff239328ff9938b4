#include "tests/dea/model_variants.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "services/dea/engine/model_check.h"
#include "tests/dea/problems.h"

namespace farrell::dea::testing {
namespace {

constexpr ModelKind kKinds[] = {ModelKind::kRadial, ModelKind::kFdh, ModelKind::kAdditive, ModelKind::kRam,
                                ModelKind::kBam,    ModelKind::kSbm, ModelKind::kDdf,      ModelKind::kRdm};
constexpr ReturnsToScale kTechnologies[] = {ReturnsToScale::kCrs, ReturnsToScale::kVrs, ReturnsToScale::kNirs,
                                            ReturnsToScale::kNdrs, ReturnsToScale::kGrs};
constexpr Orientation kOrientations[] = {Orientation::kInput, Orientation::kOutput, Orientation::kNone};
constexpr DirectionKind kDirections[] = {DirectionKind::kOwn, DirectionKind::kMean, DirectionKind::kColumns};

std::vector<std::string> Names(const char* prefix, int count) {
  std::vector<std::string> names;
  for (int i = 1; i <= count; ++i) names.push_back(prefix + std::to_string(i));
  return names;
}

// Adds the model, and what may be varied beside it, where that is allowed.
void Add(Model model, std::vector<Model>& models) {
  model.weight_sum_low = model.rts == ReturnsToScale::kGrs ? 0.5 : 1;
  model.weight_sum_high = model.rts == ReturnsToScale::kGrs ? 1.5 : 1;
  if (model.direction.kind == DirectionKind::kColumns) {
    for (const auto* names : {&model.inputs, &model.outputs, &model.bad_outputs}) {
      for (const std::string& name : *names) model.direction.columns.push_back("g_" + name);
    }
  }
  Violations violations;
  CheckModel(model, "", violations);
  if (violations.empty()) models.push_back(std::move(model));
}

void AddTechnologies(const Model& base, std::vector<Model>& models) {
  for (const ReturnsToScale rts : kTechnologies) {
    for (const Orientation orientation : kOrientations) {
      for (const bool super : {false, true}) {
        Model model = base;
        model.rts = rts;
        model.orientation = orientation;
        model.super = super;
        Add(model, models);
      }
    }
  }
}

// Units whose only positive output became a bad one make as much of the first output as the last unit that makes any.
void GiveEveryUnitAnOutput(Observations& data) {
  const std::size_t d = static_cast<std::size_t>(data.dimension());
  const std::size_t first = static_cast<std::size_t>(data.input_count);
  double some = 1;
  for (std::size_t row = 0; row < data.size(); ++row)
    if (data.row(row)[first] > 0) some = data.row(row)[first];
  for (std::size_t row = 0; row < data.size(); ++row) {
    double* outputs = data.cells.data() + row * d + first;
    if (std::all_of(outputs, outputs + data.output_count, [](double cell) { return cell == 0; })) outputs[0] = some;
  }
}

}  // namespace

std::vector<Model> AllModels(int input_count, int output_count, int bad_count) {
  std::vector<Model> models;
  Model base;
  base.inputs = Names("x", input_count);
  base.outputs = Names("y", output_count);
  base.bad_outputs = Names("b", bad_count);
  for (const ModelKind kind : kKinds) {
    Model model = base;
    model.kind = kind;
    for (const Disposability disposability :
         {Disposability::kStrong, Disposability::kWeak, Disposability::kKuosmanen}) {
      model.disposability = disposability;
      for (const DirectionKind direction : kDirections) {
        model.direction.kind = direction;
        for (const bool non_radial : {false, true}) {
          model.non_radial = non_radial;
          AddTechnologies(model, models);
        }
      }
    }
  }
  Model fixed = base;
  fixed.non_discretionary = {"x1"};
  if (output_count > 1) fixed.non_discretionary.emplace_back("y1");
  for (const NonDiscretionaryRule rule : {NonDiscretionaryRule::kBankerMorey, NonDiscretionaryRule::kNcn}) {
    fixed.non_discretionary_rule = rule;
    AddTechnologies(fixed, models);
  }
  // Assurance regions (Thompson, Langemeier, Lee, Lee & Thrall 1990): no input or output worth more than 50 of another.
  Model restricted = base;
  const auto bind = [&](const std::vector<std::string>& names) {
    if (names.size() > 1) restricted.weight_restrictions.push_back({names[0], names[1], 0.02, 50.0});
  };
  bind(base.inputs);
  bind(base.outputs);
  if (!restricted.weight_restrictions.empty()) AddTechnologies(restricted, models);
  return models;
}

std::string NameOf(const Model& model) {
  constexpr const char* kKindNames[] = {"radial", "fdh", "additive", "ram", "bam", "sbm", "ddf", "rdm"};
  constexpr const char* kDirectionNames[] = {"own", "mean", "columns"};
  constexpr const char* kDisposabilityNames[] = {"strong", "weak", "kuosmanen"};
  std::string name = kKindNames[static_cast<int>(model.kind)];
  name += std::string(" ") + Name(model.rts) + " " + Name(model.orientation);
  if (model.kind == ModelKind::kDdf) name += std::string(" ") + kDirectionNames[static_cast<int>(model.direction.kind)];
  if (model.non_radial) name += " non-radial";
  if (model.super) name += " super";
  if (!model.bad_outputs.empty()) name += std::string(" ") + kDisposabilityNames[static_cast<int>(model.disposability)];
  if (!model.non_discretionary.empty())
    name += model.non_discretionary_rule == NonDiscretionaryRule::kNcn ? " ncn" : " banker-morey";
  if (!model.weight_restrictions.empty()) name += " restricted";
  return name;
}

VariantProblem MakeVariantProblem(std::uint64_t number, int largest, int model_count) {
  RandomProblem base = MakeRandomProblem(number, largest);
  VariantProblem problem{std::move(base.data), {}, std::move(base.description)};
  Observations& data = problem.data;
  TestRandom random(number * 31 + 7);
  if (data.output_count > 1 && number % 2 == 1) {
    --data.output_count;
    ++data.bad_count;
    problem.description += " bad";
    GiveEveryUnitAnOutput(data);
  }
  const std::size_t d = static_cast<std::size_t>(data.dimension());
  std::vector<double> steps;
  for (std::size_t i = 0; i < d; ++i) {
    double largest_cell = 0;
    for (std::size_t row = 0; row < data.size(); ++row) largest_cell = std::max(largest_cell, data.row(row)[i]);
    steps.push_back((largest_cell > 0 ? largest_cell : 1) * (0.2 + random.Uniform()));
  }
  for (std::size_t row = 0; row < data.size(); ++row)
    data.directions.insert(data.directions.end(), steps.begin(), steps.end());
  const std::vector<Model> all = AllModels(data.input_count, data.output_count, data.bad_count);
  // Kinds with few variants come as often as those with many.
  for (int pick = 0; pick < model_count; ++pick) {
    const ModelKind kind = kKinds[(number + static_cast<std::uint64_t>(pick)) % std::size(kKinds)];
    std::vector<const Model*> of_kind;
    for (const Model& model : all)
      if (model.kind == kind) of_kind.push_back(&model);
    problem.models.push_back(*of_kind[static_cast<std::size_t>(random.Below(static_cast<int>(of_kind.size())))]);
  }
  return problem;
}

Scoring::Scoring(const Model& model, const Observations& data, std::vector<std::int32_t> members)
    : model_(model),
      data_(data),
      reference_(data, std::move(members)),
      formulation_(MakeFormulation(model, data)),
      scorer_(model, data, formulation_.get()) {}

std::vector<std::int32_t> RowsOf(const Observations& data) {
  std::vector<std::int32_t> rows(data.size());
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

bool LargerIsBetter(Measure measure) { return measure != Measure::kSlackSum && measure != Measure::kBeta; }

}  // namespace farrell::dea::testing
