#include "services/dea/service/plain_certificate.h"

#include <algorithm>
#include <vector>

#include "services/dea/engine/technology.h"

namespace farrell::dea {

bool TellsItsSolution(const Model& model) {
  return model.kind == ModelKind::kRadial && model.rts != ReturnsToScale::kGrs && !model.super &&
         model.bad_outputs.empty() && model.non_discretionary.empty() && model.weight_restrictions.empty();
}

void RestoreCertificate(const Model& model, const Formulation& formulation, const Question& question,
                        UnitScore& score) {
  std::vector<double> slacks = score.input_slacks;
  slacks.insert(slacks.end(), score.output_slacks.begin(), score.output_slacks.end());
  std::vector<double> prices = score.input_prices;
  prices.insert(prices.end(), score.output_prices.begin(), score.output_prices.end());
  const auto measures = static_cast<std::size_t>(question.data.dimension());
  if (score.status != UnitStatus::kOptimal || slacks.size() != measures || prices.size() != measures) return;

  const Technology technology(model, question.data);
  LinearProgram program;
  formulation.Build(question, program);
  std::vector<double>& columns = score.certificate.variables;
  columns.assign(static_cast<std::size_t>(program.column_count), 0.0);
  score.certificate.prices.assign(static_cast<std::size_t>(program.row_count), 0.0);
  for (std::size_t i = 0; i < measures; ++i) {
    const double scale = Technology::Scale(program, static_cast<int>(i));
    columns[static_cast<std::size_t>(technology.slack_column(static_cast<int>(i)))] = slacks[i] * scale;
    score.certificate.prices[i] = -prices[i] / scale;
  }
  if (model.rts != ReturnsToScale::kCrs) {
    // The row of the sum of weights, and its slack behind those of the measures.
    const double factor = program.factor[measures];
    score.certificate.prices[measures] = program.sense * score.scale_price / factor;
    if (model.rts != ReturnsToScale::kVrs) {
      double left = program.rhs[measures];
      for (const Peer& peer : score.peers) left -= factor * peer.weight;
      columns[measures] = std::max(left, 0.0);
    }
  }
  columns[static_cast<std::size_t>(program.first_artificial - 1)] = score.farrell;
}

}  // namespace farrell::dea
