#include "cli/dea_rows.h"

#include <utility>

#include "common/notation/dea_model_text.h"
#include "common/notation/dea_notation.h"
#include "common/text/number.h"

namespace farrell::cli {
namespace {

using dea::v1::Model;
using dea::v1::UnitResult;

bool HasBootstrap(const Model& model) {
  return model.bootstrap().method() != dea::v1::Bootstrap::METHOD_UNSPECIFIED &&
         model.bootstrap().method() != dea::v1::Bootstrap::METHOD_NONE;
}

// One cell a measure, empty where the row has no such vector.
template <typename Values>
void AddVector(std::vector<RowCell>& cells, const Values& values, int count) {
  for (int i = 0; i < count; ++i) cells.push_back(i < values.size() ? Number(values[i]) : RowCell());
}

void AddMeasures(std::vector<std::string>& columns, const std::string& prefix, const Model& model) {
  for (const auto* names : {&model.inputs(), &model.outputs(), &model.bad_outputs()}) {
    for (const std::string& name : *names) columns.push_back(prefix + name);
  }
}

template <typename Peers>
std::string PeersText(const Peers& peers) {
  std::string text;
  for (const dea::v1::Peer& peer : peers) {
    if (!text.empty()) text += ';';
    text += peer.unit();
    if (peer.has_time()) text += "@" + std::to_string(peer.time());
    text += ":" + text::FormatReal(peer.weight());
  }
  return text;
}

void AddInterval(std::vector<RowCell>& cells, const DeaColumns& columns, const Model& model, const UnitResult& result) {
  const bool shown = result.has_interval();
  const dea::v1::Interval& interval = result.interval();
  // phi is the distance itself: the ends of 1/phi change places.
  const bool phi = columns.farrell && result.measure() == "1/phi";
  const double corrected = phi ? result.farrell() - interval.distance_bias() : interval.corrected();
  for (const double value :
       {phi ? interval.distance_bias() : interval.bias(), corrected,
        phi ? 1 / interval.conf_high() : interval.conf_low(), phi ? 1 / interval.conf_low() : interval.conf_high()}) {
    cells.push_back(shown ? Number(value) : RowCell());
  }
  if (!model.bootstrap().ranks()) return;
  cells.push_back(interval.has_rank_low() ? Number(interval.rank_low()) : RowCell());
  cells.push_back(interval.has_rank_high() ? Number(interval.rank_high()) : RowCell());
}

}  // namespace

std::vector<std::string> HeaderOf(const DeaColumns& columns, const Model& model) {
  std::vector<std::string> header{"unit", "time", "score", "status"};
  const auto add = [&](std::initializer_list<const char*> names) {
    header.insert(header.end(), names.begin(), names.end());
  };
  if (model.scale()) add({"scale_efficiency", "rts_class"});
  if (columns.slacks) {
    AddMeasures(header, "slack.", model);
    AddMeasures(header, "target.", model);
  }
  if (columns.peers) add({"peers"});
  // Columns that came later stand behind those that programs may count on.
  if (columns.peers && model.disposability() == dea::v1::DISPOSABILITY_KUOSMANEN) add({"abated_peers"});
  if (model.scale()) add({"elasticity_low", "elasticity_high", "mpss_low", "mpss_high"});
  if (model.non_radial()) AddMeasures(header, "beta.", model);
  if (columns.multipliers) {
    AddMeasures(header, "price.", model);
    add({"scale_price", "prices_unique"});
  }
  if (HasBootstrap(model)) {
    add({"bias", "corrected", "conf_low", "conf_high"});
    if (model.bootstrap().ranks()) add({"rank_low", "rank_high"});
  }
  if (!model.metafrontier_column().empty()) add({"group_score", "gap_ratio"});
  if (model.cross() > dea::v1::CROSS_EFFICIENCY_NONE) add({"cross_score"});
  if (model.super_remedy() > dea::v1::SUPER_REMEDY_NONE) add({"remedy_score"});
  if (model.influence()) add({"peer_count", "mean_change", "largest_change"});
  add({"measure"});
  return header;
}

std::vector<RowCell> RowOf(const DeaColumns& columns, const Model& model, const UnitResult& result) {
  std::vector<RowCell> cells;
  cells.push_back(Text(result.unit()));
  cells.push_back(result.has_time() ? Whole(result.time()) : RowCell());
  const bool scored = columns.farrell ? result.has_farrell() : result.has_score();
  cells.push_back(scored ? Number(columns.farrell ? result.farrell() : result.score()) : RowCell());
  cells.push_back(Text(notation::FormatStatus(result.status())));
  const auto add = [&](bool has, double value) { cells.push_back(has ? Number(value) : RowCell()); };
  if (model.scale()) {
    add(result.has_scale_efficiency(), result.scale_efficiency());
    cells.push_back(Text(notation::FormatScaleClass(result.scale_class())));
  }
  if (columns.slacks) {
    AddVector(cells, result.input_slacks(), model.inputs_size());
    AddVector(cells, result.output_slacks(), model.outputs_size());
    AddVector(cells, result.bad_output_slacks(), model.bad_outputs_size());
    AddVector(cells, result.input_targets(), model.inputs_size());
    AddVector(cells, result.output_targets(), model.outputs_size());
    AddVector(cells, result.bad_output_targets(), model.bad_outputs_size());
  }
  if (columns.peers) {
    cells.push_back(Text(PeersText(result.peers())));
    if (model.disposability() == dea::v1::DISPOSABILITY_KUOSMANEN) {
      cells.push_back(Text(PeersText(result.abated_peers())));
    }
  }
  if (model.scale()) {
    add(result.has_elasticity_low(), result.elasticity_low());
    add(result.has_elasticity_high(), result.elasticity_high());
    add(result.has_mpss_low(), result.mpss_low());
    add(result.has_mpss_high(), result.mpss_high());
  }
  if (model.non_radial()) {
    AddVector(cells, result.betas(), model.inputs_size() + model.outputs_size() + model.bad_outputs_size());
  }
  if (columns.multipliers) {
    AddVector(cells, result.input_prices(), model.inputs_size());
    AddVector(cells, result.output_prices(), model.outputs_size());
    AddVector(cells, result.bad_output_prices(), model.bad_outputs_size());
    add(!result.input_prices().empty(), result.scale_price());
    cells.push_back(result.input_prices().empty() ? RowCell() : Text(result.prices_unique() ? "true" : "false"));
  }
  if (HasBootstrap(model)) AddInterval(cells, columns, model, result);
  if (!model.metafrontier_column().empty()) {
    add(result.has_group_score(), result.group_score());
    add(result.has_gap_ratio(), result.gap_ratio());
  }
  if (model.cross() > dea::v1::CROSS_EFFICIENCY_NONE) add(result.has_cross_score(), result.cross_score());
  if (model.super_remedy() > dea::v1::SUPER_REMEDY_NONE) add(result.has_remedy_score(), result.remedy_score());
  if (model.influence()) {
    const bool has = result.has_influence();
    add(has, static_cast<double>(result.influence().peer_count()));
    add(has, result.influence().mean_change());
    add(has, result.influence().largest_change());
  }
  cells.push_back(Text(notation::FormatMeasure(result, columns.farrell)));
  return cells;
}

}  // namespace farrell::cli
