#include "common/notation/second_stage_notation.h"

#include "common/notation/choices.h"

namespace farrell::notation {
namespace {

using internal::Choice;
using internal::Trim;
using regression::v1::SecondStageRequest;

constexpr std::string_view kReason = "REQUEST_INVALID";

constexpr std::array kAlgorithms = {
    Choice<SecondStageRequest::Algorithm>{"1", SecondStageRequest::ALGORITHM_1},
    Choice<SecondStageRequest::Algorithm>{"2", SecondStageRequest::ALGORITHM_2},
    Choice<SecondStageRequest::Algorithm>{"joint", SecondStageRequest::ALGORITHM_JOINT},
    Choice<SecondStageRequest::Algorithm>{"log-within", SecondStageRequest::ALGORITHM_LOG_WITHIN},
};

constexpr std::array kResamples = {
    Choice<SecondStageRequest::Resample>{"rows", SecondStageRequest::RESAMPLE_ROWS},
    Choice<SecondStageRequest::Resample>{"unit", SecondStageRequest::RESAMPLE_UNIT},
};

constexpr std::array<std::string_view, 28> kSpecificationTests = {"f",
                                                                  "poolability",
                                                                  "hausman",
                                                                  "hausman-sigma",
                                                                  "hausman-robust",
                                                                  "mundlak",
                                                                  "bp-lm",
                                                                  "bp-lm-time",
                                                                  "honda",
                                                                  "honda-time",
                                                                  "king-wu",
                                                                  "ghm",
                                                                  "bsy-joint",
                                                                  "bsy-ar",
                                                                  "bsy-re",
                                                                  "breusch-pagan",
                                                                  "modified-wald",
                                                                  "wooldridge",
                                                                  "wooldridge-within",
                                                                  "wooldridge-fd",
                                                                  "wooldridge-fe",
                                                                  "wooldridge-effects",
                                                                  "breusch-godfrey",
                                                                  "cd",
                                                                  "cd-individual",
                                                                  "cd-lm",
                                                                  "cd-scaled-lm",
                                                                  "vif"};

}  // namespace

Result<SecondStageRequest::Algorithm> ParseAlgorithm(std::string_view text) {
  if (Trim(text).empty()) return SecondStageRequest::ALGORITHM_1;
  return internal::Choose(text, kAlgorithms, kReason, "algorithm");
}
std::string FormatAlgorithm(SecondStageRequest::Algorithm algorithm) { return internal::Name(algorithm, kAlgorithms); }

Result<SecondStageRequest::Resample> ParseResample(std::string_view text) {
  if (Trim(text).empty()) return SecondStageRequest::RESAMPLE_UNSPECIFIED;
  return internal::Choose(text, kResamples, kReason, "resampling");
}
std::string FormatResample(SecondStageRequest::Resample resample) { return internal::Name(resample, kResamples); }

std::span<const std::string_view> SpecificationTestNames() { return kSpecificationTests; }

}  // namespace farrell::notation
