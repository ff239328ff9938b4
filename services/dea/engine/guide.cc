#include "services/dea/engine/guide.h"

namespace farrell::dea {
namespace {

// A working set of this size slows the scout more than a new one.
constexpr std::size_t kLargestWorkingSet = 192;

bool HasFreeDisposal(const Model& model, const Observations& data) {
  // Super-efficiency by slacks begins with the plain measure; elsewhere the unit's absence may need those behind it.
  const bool own_weight = !model.super || model.kind == ModelKind::kSbm;
  return data.bad_count == 0 && own_weight && model.non_discretionary.empty() && model.weight_restrictions.empty() &&
         model.rts != ReturnsToScale::kGrs;
}

}  // namespace

bool TakesFrame(const Model& model, const Observations& data) {
  bool envelops = false;
  switch (model.kind) {
    case ModelKind::kRadial:
    case ModelKind::kDdf:
    case ModelKind::kRdm:
    case ModelKind::kAdditive:
    case ModelKind::kRam:
    case ModelKind::kSbm: envelops = true; break;
    // Elsewhere its bounds take free disposal away.
    case ModelKind::kBam: envelops = model.rts == ReturnsToScale::kVrs; break;
    default: break;
  }
  return envelops && HasFreeDisposal(model, data);
}

Guide::Guide(const Model& model, const Observations& data) : data_(data) {
  if (model.kind == ModelKind::kRadial && TakesFrame(model, data)) {
    scout_.emplace(data.input_count, data.output_count, model.rts, model.orientation);
  }
}

void Guide::SetReference(const ReferenceMatrix& reference, const Frame* frame) {
  if (reference_ == &reference && options_.frame == frame) return;
  reference_ = &reference;
  options_.frame = frame;
  Reset();
}

void Guide::Reset() {
  if (!scout_ || reference_->size() == 0) return;
  const ReferenceMatrix& columns = options_.frame != nullptr ? options_.frame->matrix() : *reference_;
  scout_->SetReference({columns.row(0), columns.padded_size(), columns.padded_size(), 0}, columns.size());
}

const SolveOptions& Guide::OptionsFor(std::int32_t row) {
  options_.start.clear();
  if (!scout_ || reference_->size() == 0) return options_;
  if (scout_->working() > kLargestWorkingSet) Reset();
  if (scout_->Solve(data_.row(static_cast<std::size_t>(row))) != Scout::Outcome::kOptimal) return options_;
  const int stride = static_cast<int>(reference_->padded_size());
  scout_->GetBasis(stride, options_.start);
  if (options_.frame != nullptr) {
    for (int& variable : options_.start) {
      if (variable < stride) variable = options_.frame->units()[static_cast<std::size_t>(variable)];
    }
  }
  return options_;
}

}  // namespace farrell::dea
