// Every published number that radial models cover.
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "services/dea/engine/cross_efficiency.h"
#include "services/dea/engine/evaluate.h"
#include "services/dea/engine/network.h"
#include "services/dea/engine/productivity.h"
#include "services/dea/engine/radial.h"
#include "tests/published/dea/agreement.h"
#include "tests/published/dea/fixtures.h"

namespace farrell::dea::testing {
namespace {

ReturnsToScale Technology(const std::string& rts) {
  if (rts == "vrs") return ReturnsToScale::kVrs;
  if (rts == "nirs") return ReturnsToScale::kNirs;
  if (rts == "ndrs") return ReturnsToScale::kNdrs;
  EXPECT_TRUE(rts == "crs" || rts == "-") << rts;
  return ReturnsToScale::kCrs;
}

// One data set with its engine view.
class Study {
 public:
  Study(const std::string& id, const std::string& variant) : fixture_(LoadFixture(id, variant)) {
    for (int i = 0; i < fixture_.input_count; ++i) model_.inputs.push_back("i" + std::to_string(i));
    for (int r = 0; r < fixture_.output_count; ++r) model_.outputs.push_back("o" + std::to_string(r));
    for (int b = 0; b < fixture_.bad_count; ++b) model_.bad_outputs.push_back("b" + std::to_string(b));
    Result<Observations> data = MakeObservations(fixture_.panel, model_);
    EXPECT_TRUE(data.ok()) << id << ": " << data.status().ToString();
    if (data.ok()) data_ = std::move(*data);
    data_.directions.assign(data_.cells.size(), 1.0);  // of the models along columns
  }

  std::size_t size() const { return fixture_.panel.size(); }
  const std::string& unit(std::int32_t row) const { return fixture_.panel.units[static_cast<std::size_t>(row)]; }
  std::int64_t time(std::int32_t row) const {
    return fixture_.panel.has_time() ? fixture_.panel.times[static_cast<std::size_t>(row)] : 0;
  }
  double category(std::int32_t row) const {
    return fixture_.panel.Find("category")->numbers[static_cast<std::size_t>(row)];
  }

  std::int32_t Find(const std::string& unit_name, std::int64_t period) const {
    for (std::size_t row = 0; row < size(); ++row) {
      const auto at = static_cast<std::int32_t>(row);
      if (unit(at) == unit_name && time(at) == period) return at;
    }
    ADD_FAILURE() << "no row " << unit_name << " " << period;
    return 0;
  }

  // Through the whole evaluation, as a request does it.
  const std::vector<UnitScore>& Evaluate(ReturnsToScale rts, Orientation orientation, FrontierScheme scheme) {
    const auto key = std::tuple(rts, orientation, scheme);
    const auto found = evaluated_.find(key);
    if (found != evaluated_.end()) return found->second;
    Model model = model_;
    model.rts = rts;
    model.orientation = orientation;
    model.frontier.scheme = scheme;
    model.scale = true;
    return evaluated_[key] = Evaluate(model);
  }

  // The model of the row, where it is more than a technology and an orientation.
  const std::vector<UnitScore>& Evaluate(const Record& row, const Model& model) {
    std::vector<UnitScore>& results = special_[row.at("model") + row.at("rts") + row.at("orientation")];
    if (results.empty()) results = Evaluate(model);
    return results;
  }

  const Model& model() const { return model_; }

  // Against the rows for which `spans` holds.
  template <typename Spans>
  UnitScore Against(std::int32_t row, ReturnsToScale rts, Orientation orientation, const Spans& spans) const {
    std::vector<std::int32_t> members;
    for (std::size_t other = 0; other < size(); ++other) {
      if (spans(static_cast<std::int32_t>(other))) members.push_back(static_cast<std::int32_t>(other));
    }
    const ReferenceMatrix reference(data_, members);
    RadialSolver solver(data_.dimension());
    return solver.Solve(data_, row, reference, rts, orientation, {}, {});
  }

  // Of a data set with two intermediates.
  const NetworkScore& NetworkScoreOf(const std::string& name, Decomposition decomposition) {
    std::vector<NetworkScore>& scores = networks_[decomposition];
    if (scores.empty()) {
      NetworkModel model;
      model.decomposition = decomposition;
      const NetworkObservations data = SplitStages(data_, 2);
      const Network network(data, model);
      scores = network.EmptyResults();
      EXPECT_TRUE(network.Solve(0, network.unit_count(), scores, {}, nullptr));
    }
    return scores[static_cast<std::size_t>(Find(name, 0))];
  }

  // The change of a unit from the period before to `period`.
  const ProductivityChange& ChangeTo(const std::string& name, std::int64_t period, ProductivityIndex index,
                                     Orientation orientation) {
    std::vector<ProductivityChange>& changes = changes_[{index, orientation}];
    if (changes.empty()) {
      ProductivityRequest request{index, model_};
      request.model.orientation = orientation;
      const Productivity productivity(data_, UnitCodes(fixture_.panel), request);
      std::vector<Productivity::Score> scores(productivity.program_count());
      EXPECT_TRUE(productivity.Solve(0, scores.size(), scores, {}, nullptr));
      changes = productivity.Changes(scores);
    }
    const std::int32_t row = Find(name, period);
    for (const ProductivityChange& change : changes) {
      if (change.to_row == row) return change;
    }
    ADD_FAILURE() << "no change of " << name << " to " << period;
    return changes.front();
  }

 private:
  std::vector<UnitScore> Evaluate(const Model& model) const {
    const Evaluation evaluation(data_, model);
    std::vector<UnitScore> results = evaluation.EmptyResults();
    EXPECT_TRUE(evaluation.Solve(0, evaluation.unit_count(), results, {}, nullptr));
    if (model.cross != CrossEfficiency::kNone) {
      CrossEvaluation cross(data_, evaluation, model.cross);
      EXPECT_TRUE(cross.Rate(0, evaluation.unit_count(), results, {}, nullptr));
      EXPECT_TRUE(cross.Average(0, evaluation.unit_count(), results, {}, nullptr));
    }
    return results;
  }

  Fixture fixture_;
  Model model_;
  Observations data_;
  std::map<std::tuple<ReturnsToScale, Orientation, FrontierScheme>, std::vector<UnitScore>> evaluated_;
  std::map<std::string, std::vector<UnitScore>> special_;
  std::map<std::pair<ProductivityIndex, Orientation>, std::vector<ProductivityChange>> changes_;
  std::map<Decomposition, std::vector<NetworkScore>> networks_;
};

std::optional<double> PartOf(const ChangeParts& parts, const std::string& measure) {
  if (measure == "effch" || measure == "ec") return parts.efficiency_change;
  if (measure == "techch" || measure == "tc") return parts.technical_change;
  if (measure == "pech") return parts.pure_efficiency_change;
  if (measure == "sech") return parts.scale_efficiency_change;
  EXPECT_TRUE(measure == "tfpch" || measure == "mi") << measure;
  return parts.index;
}

// `model` with what the name of the row's model adds to it; nullopt where that is nothing.
std::optional<Model> SpecialModel(const Record& row, Model model) {
  const std::string& name = row.at("model");
  model.rts = Technology(row.at("rts"));
  model.orientation = row.at("orientation") == "out" ? Orientation::kOutput : Orientation::kInput;
  if (name == "super AP") {
    model.super = true;
  } else if (name.ends_with("non-discretionary") || name == "CCR non-controllable") {
    // The last input is what the unit cannot choose: population in P18.
    model.non_discretionary = {model.inputs.back()};
    if (name == "CCR non-controllable") model.non_discretionary_rule = NonDiscretionaryRule::kNcn;
  } else if (name.starts_with("DDF g=")) {
    model.kind = ModelKind::kDdf;
    if (row.at("orientation") == "no") model.orientation = Orientation::kNone;
    if (name.starts_with("DDF g=1")) model.direction.kind = DirectionKind::kColumns;
    if (name.starts_with("DDF g=mean")) model.direction.kind = DirectionKind::kMean;
  } else if (name == "SBM" || name == "ERG=SBM" || name == "super SBM-I" || name == "Russell input (= SBM-I)") {
    model.kind = ModelKind::kSbm;
    if (row.at("orientation") == "no") model.orientation = Orientation::kNone;
    model.super = name == "super SBM-I";
  } else if (name.starts_with("cross ")) {
    model.cross = name == "cross aggressive II"   ? CrossEfficiency::kAggressive
                  : name == "cross benevolent II" ? CrossEfficiency::kBenevolent
                                                  : CrossEfficiency::kAggressiveIii;
  } else if (name == "AR-I") {
    model.weight_restrictions = {{model.inputs[1], model.inputs[0], 0.2, 5.0},
                                 {model.outputs[1], model.outputs[0], 0.2, 5.0}};
  } else if (name == "Russell output (= SBM-O)") {
    model.kind = ModelKind::kSbm;
  } else if (name == "RAM" || name == "BAM") {
    model.kind = name == "RAM" ? ModelKind::kRam : ModelKind::kBam;
    model.orientation = Orientation::kNone;
  } else if (name == "additive") {
    model.kind = ModelKind::kAdditive;
    model.orientation = Orientation::kNone;
  } else {
    return std::nullopt;
  }
  return model;
}

bool IsNetwork(const std::string& model) { return model == "Kao-Hwang" || model == "Chen"; }

std::optional<double> NetworkPartOf(const NetworkScore& score, const std::string& measure) {
  EXPECT_EQ(score.status, UnitStatus::kOptimal);
  if (measure == "stage1_alone") return score.stage1_alone;
  if (measure == "stage2_alone") return score.stage2_alone;
  if (measure == "system") return score.score;
  // Every published system has one split only.
  EXPECT_TRUE(score.split_unique);
  return measure == "stage1" ? score.first.stage1 : score.first.stage2;
}

// The number our engine gives for a row; nullopt when it reports the program infeasible.
std::optional<double> Ours(Study& study, const Record& row) {
  const std::string& model = row.at("model");
  const std::string& measure = row.at("measure");
  const std::string& unit = row.at("dmu");
  const std::int64_t period = row.at("period").empty() ? 0 : std::stoll(row.at("period"));
  const ReturnsToScale rts = Technology(row.at("rts"));
  const Orientation orientation = row.at("orientation") == "out" ? Orientation::kOutput : Orientation::kInput;

  if (IsNetwork(model)) {
    const auto kind = model == "Chen" ? Decomposition::kChen : Decomposition::kKaoHwang;
    return NetworkPartOf(study.NetworkScoreOf(unit, kind), measure);
  }
  if (model == "Malmquist FGNZ" || model == "Malmquist global") {
    const auto index = model == "Malmquist FGNZ" ? ProductivityIndex::kFgnz : ProductivityIndex::kGlobal;
    return PartOf(study.ChangeTo(unit, period, index, orientation).parts, measure);
  }
  if (measure == "te_rel_t+1") {
    return study.ChangeTo(unit, period + 1, ProductivityIndex::kFgnz, orientation).distances[1].value;
  }
  if (measure == "te_rel_t-1") {
    return study.ChangeTo(unit, period, ProductivityIndex::kFgnz, orientation).distances[2].value;
  }

  const std::int32_t at = study.Find(unit, period);
  if (const std::optional<Model> special = SpecialModel(row, study.model())) {
    const UnitScore& score = study.Evaluate(row, *special)[static_cast<std::size_t>(at)];
    if (score.status == UnitStatus::kInfeasible) return std::nullopt;
    EXPECT_EQ(score.status, UnitStatus::kOptimal) << unit;
    if (measure == "slack_x1") return score.input_slacks[0];
    if (measure == "mean phi") return 1 / score.score;
    if (measure == "slack_b1") return score.bad_output_slacks[0];
    return special->cross == CrossEfficiency::kNone ? score.farrell : score.cross_score;
  }
  if (model == "CCR categorical") {
    return study
        .Against(at, rts, orientation, [&](std::int32_t other) { return study.category(other) <= study.category(at); })
        .farrell;
  }
  const FrontierScheme scheme = model == "CCR global" ? FrontierScheme::kGlobal : FrontierScheme::kContemporaneous;
  const UnitScore& score = study.Evaluate(rts, orientation, scheme)[static_cast<std::size_t>(at)];
  EXPECT_EQ(score.status, UnitStatus::kOptimal) << unit;
  if (measure == "scale_eff") return score.scale_efficiency;
  if (measure.starts_with("slack_x")) return score.input_slacks[static_cast<std::size_t>(measure.back() - '1')];
  if (measure.starts_with("lambda_on_")) {
    for (const Peer& peer : score.peers) {
      if (study.unit(peer.row) == measure.substr(10)) return peer.weight;
    }
    return 0;
  }
  const bool reciprocal = model == "dist" || measure == "1/phi" || model == "BCC translated";
  return reciprocal ? score.score : score.farrell;
}

// The layout that a model needs of a data set with several.
std::string VariantOf(const std::string& model) {
  if (model == "CCR categorical") return "categorical";
  return IsNetwork(model) ? "network" : "";
}

// Half a unit of the last printed digit, or what the peer's own arithmetic guarantees.
double SourceTolerance(const Record& row) {
  const std::string& text = row.at("value_in_source");
  const std::size_t point = text.find('.');
  const int decimals = point == std::string::npos ? 0 : static_cast<int>(text.size() - point - 1);
  double half = 0.5;
  for (int i = 0; i < decimals; ++i) half /= 10;
  half *= 1 + 1e-9;
  if (row.at("fixture") == "P15") return std::max(half, 2e-6);
  if (row.at("fixture") == "P17" || row.at("model") == "CCR categorical") return std::max(half, 1e-3);
  // A double-precision run drops trailing zeros: "1.0" has as many digits as its neighbours.
  const bool machine = row.at("source").starts_with("deaR");
  return machine || decimals >= 7 ? std::max(machine ? 0.0 : half, 1e-7) : half;
}

TEST(PublishedDeaTest, EveryCoveredRowAgrees) {
  std::map<std::pair<std::string, std::string>, Study> studies;
  int compared = 0;
  int with_source = 0;
  int infeasible = 0;
  Agreement agreement;
  for (const Record& row : ReadCsv("expected.csv")) {
    const std::string variant = VariantOf(row.at("model"));
    const auto key = std::pair(row.at("fixture"), variant);
    Study& study = studies.try_emplace(key, key.first, key.second).first->second;
    const std::string where = row.at("fixture") + " " + row.at("model") + " " + row.at("rts") + " " +
                              row.at("orientation") + " " + row.at("period") + " " + row.at("dmu") + " " +
                              row.at("measure");
    ++compared;
    const std::optional<double> ours = Ours(study, row);
    agreement.Add(row, ours);
    if (row.at("status") == "infeasible") {
      EXPECT_FALSE(ours.has_value()) << where;
      ++infeasible;
      continue;
    }
    ASSERT_TRUE(ours.has_value()) << where;
    if (row.at("status") != "source_only") {
      ASSERT_FALSE(row.at("recomputed").empty()) << where;
      const double expected = std::stod(row.at("recomputed"));
      EXPECT_NEAR(*ours, expected, 1e-9 * std::max(1.0, std::abs(expected))) << where;
    }
    if (row.at("value_in_source").empty()) continue;
    ++with_source;
    EXPECT_NEAR(*ours, std::stod(row.at("value_in_source")), SourceTolerance(row)) << where << ", " << row.at("source");
  }
  EXPECT_GE(compared, 2088);
  EXPECT_EQ(infeasible, 6);
  EXPECT_GT(with_source, 800);
  for (const Record& row : ReadCsv("not_covered.csv")) agreement.AddNotRun(row);
  const std::string page = agreement.Render();
  if (!WriteAgreementPage(page)) {
    EXPECT_EQ(ReadAgreementPage(), page)
        << "docs/published-digits.md is not what this run computes; write it anew with "
           "FARRELL_UPDATE_DOCS=1 ctest -R published_dea";
  }
}

TEST(PublishedDeaTest, NoPublishedRowIsDroppedSilently) {
  std::map<std::string, int> covered;
  for (const Record& row : ReadCsv("expected.csv")) ++covered[row.at("fixture")];
  std::map<std::string, int> open;
  for (const Record& row : ReadCsv("not_covered.csv")) {
    open[row.at("fixture")] += std::stoi(row.at("rows"));
    EXPECT_FALSE(row.at("needs").empty());
  }
  // Rows published per data set.
  const std::map<std::string, int> published = {
      {"P01", 35}, {"P02", 25}, {"P03", 80},  {"P05a", 176}, {"P05b", 275}, {"P06", 33},  {"P07", 22},
      {"P08", 10}, {"P09", 18}, {"P13", 38},  {"P14", 40},   {"P15", 961},  {"P17", 28},  {"P18", 92},
      {"P19", 12}, {"P20", 10}, {"P21", 7},   {"P23", 30},   {"P25", 80},   {"P27", 16},  {"P28", 8},
      {"P29", 10}, {"P31", 32}, {"P32", 104}, {"P33", 20},   {"P34", 30},   {"P35", 216}, {"P36", 16}};
  int total = 0;
  for (const auto& [fixture, rows] : published) {
    EXPECT_EQ(covered[fixture] + open[fixture], rows) << fixture;
    total += rows;
  }
  EXPECT_EQ(total, 2424);
}

}  // namespace
}  // namespace farrell::dea::testing
