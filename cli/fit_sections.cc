#include "cli/fit_sections.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "cli/rows.h"

namespace farrell::cli {
namespace {

using regression::v1::FitResult;
using regression::v1::TermInference;

const std::vector<std::string> kInferenceColumns{"estimate", "std_error", "statistic", "p_value",
                                                 "conf_low", "conf_high", "df"};

// NAME..., then the columns of an estimate.
std::vector<std::string> Header(std::vector<std::string> names) {
  names.insert(names.end(), kInferenceColumns.begin(), kInferenceColumns.end());
  return names;
}

void AddInference(const TermInference& inference, std::vector<RowCell>& cells) {
  cells.push_back(inference.has_std_error() ? Number(inference.std_error()) : RowCell());
  cells.push_back(inference.has_statistic() ? Number(inference.statistic()) : RowCell());
  cells.push_back(inference.has_p_value() ? Number(inference.p_value()) : RowCell());
  cells.push_back(inference.has_conf_low() ? Number(inference.conf_low()) : RowCell());
  cells.push_back(inference.has_conf_high() ? Number(inference.conf_high()) : RowCell());
  cells.push_back(inference.has_df() ? Number(inference.df()) : RowCell());
}

std::string PartialEffects(const FitResult& fit, Format format) {
  if (fit.partial_effects().empty()) return {};
  Rows rows(format, Header({"term"}), fit.provenance().synthetic());
  for (const regression::v1::PartialEffect& effect : fit.partial_effects()) {
    std::vector<RowCell> cells{Text(effect.term()), effect.has_estimate() ? Number(effect.estimate()) : RowCell()};
    AddInference(effect.inference(), cells);
    rows.Add(std::move(cells));
  }
  return rows.Take();
}

std::string Margins(const FitResult& fit, Format format) {
  if (fit.margins().empty()) return {};
  std::vector<std::string> header = Header({"margin", "level"});
  header.emplace_back("rows");
  Rows rows(format, header, fit.provenance().synthetic());
  for (const regression::v1::Margin& margin : fit.margins()) {
    std::vector<RowCell> cells{Text(margin.text()), Text(margin.level()), Number(margin.estimate())};
    AddInference(margin.inference(), cells);
    cells.push_back(Whole(margin.observation_count()));
    rows.Add(std::move(cells));
  }
  return rows.Take();
}

std::vector<RowCell> JointCells(const std::string& name, const regression::v1::JointTest& test) {
  return {Text(name),
          Number(test.statistic()),
          Text(test.distribution()),
          Number(test.df1()),
          test.df2() > 0.0 ? Number(test.df2()) : RowCell(),
          Number(test.p_value())};
}

const std::vector<std::string> kTestColumns{"test", "statistic", "distribution", "df1", "df2", "p_value"};

std::string Hypotheses(const FitResult& fit, Format format) {
  if (fit.hypotheses().empty()) return {};
  Rows rows(format, kTestColumns, fit.provenance().synthetic());
  for (const regression::v1::Hypothesis& hypothesis : fit.hypotheses()) {
    if (hypothesis.has_joint()) {
      rows.Add(JointCells(hypothesis.text(), hypothesis.joint()));
      continue;
    }
    const bool normal = !(hypothesis.df() > 0.0);
    rows.Add({Text(hypothesis.text()), Number(hypothesis.statistic()), Text(normal ? "normal" : "t"),
              normal ? RowCell() : Number(hypothesis.df()), RowCell(), Number(hypothesis.p_value())});
  }
  return rows.Take();
}

// A statistic without degrees of freedom.
std::vector<RowCell> PlainCells(const std::string& name, double value) {
  return {Text(name), Number(value), RowCell(), RowCell(), RowCell(), RowCell()};
}

std::string SetText(const regression::v1::InstrumentDiagnostics& instruments) {
  if (instruments.anderson_rubin_empty()) return "empty";
  std::string text;
  for (const auto& interval : instruments.anderson_rubin_set()) {
    text += fmt::format("{}[{}, {}]", text.empty() ? "" : " and ",
                        interval.has_low() ? fmt::format("{:.6g}", interval.low()) : "-inf",
                        interval.has_high() ? fmt::format("{:.6g}", interval.high()) : "inf");
  }
  return text;
}

std::string Instruments(const FitResult& fit, Format format) {
  if (!fit.has_instruments()) return {};
  const regression::v1::InstrumentDiagnostics& instruments = fit.instruments();
  Rows rows(format, kTestColumns, fit.provenance().synthetic());
  for (const auto& stage : instruments.first_stages()) {
    if (stage.has_joint()) rows.Add(JointCells("first stage of " + stage.term(), stage.joint()));
    rows.Add(PlainCells("partial R2 of " + stage.term(), stage.partial_r2()));
    if (stage.has_effective_f()) {
      rows.Add(PlainCells(stage.has_effective_f_critical() ? fmt::format("effective F of {} (critical {:.4g})",
                                                                         stage.term(), stage.effective_f_critical())
                                                           : "effective F of " + stage.term(),
                          stage.effective_f()));
    }
  }
  if (instruments.has_kleibergen_paap_f()) rows.Add(PlainCells("Kleibergen-Paap F", instruments.kleibergen_paap_f()));
  if (instruments.has_cragg_donald_f()) rows.Add(PlainCells("Cragg-Donald F", instruments.cragg_donald_f()));
  if (instruments.has_anderson_rubin()) rows.Add(JointCells("Anderson-Rubin", instruments.anderson_rubin()));
  if (const std::string set = SetText(instruments); !set.empty()) {
    rows.Add({Text("Anderson-Rubin set: " + set), RowCell(), RowCell(), RowCell(), RowCell(), RowCell()});
  }
  if (instruments.has_overidentification()) {
    rows.Add(JointCells(instruments.overidentification_name(), instruments.overidentification()));
  }
  if (instruments.has_endogeneity()) rows.Add(JointCells("endogeneity (Durbin-Wu-Hausman)", instruments.endogeneity()));
  return rows.Take();
}

std::string Design(const FitResult& fit, Format format) {
  if (fit.design().empty()) return {};
  Rows rows(format,
            {"term", "reference", "std_error", "power", "minimum_detectable", "exaggeration", "wrong_sign", "level",
             "wanted_power"},
            fit.provenance().synthetic());
  for (const regression::v1::DesignAnswer& answer : fit.design()) {
    rows.Add({Text(answer.term()), Number(answer.reference()), Number(answer.std_error()), Number(answer.power()),
              Number(answer.minimum_detectable()),
              answer.exaggeration() > 0.0 ? Number(answer.exaggeration()) : RowCell(), Number(answer.wrong_sign()),
              Number(answer.level()), Number(answer.wanted_power())});
  }
  return rows.Take();
}

std::string LeaveOneOut(const FitResult& fit, Format format) {
  if (fit.leave_one_out().empty()) return {};
  std::vector<std::string> header = Header({"left_out", "term"});
  header.emplace_back("rows");
  Rows rows(format, header, fit.provenance().synthetic());
  for (const regression::v1::LeaveOneOutFit& left : fit.leave_one_out()) {
    for (const regression::v1::PartialEffect& term : left.terms()) {
      std::vector<RowCell> cells{Text(left.level()), Text(term.term()),
                                 term.has_estimate() ? Number(term.estimate()) : RowCell()};
      AddInference(term.inference(), cells);
      cells.push_back(Whole(left.observation_count()));
      rows.Add(std::move(cells));
    }
  }
  return rows.Take();
}

std::string Clusters(const FitResult& fit, Format format) {
  if (!fit.has_cluster_diagnostics()) return {};
  const regression::v1::ClusterDiagnostics& diagnostics = fit.cluster_diagnostics();
  Rows rows(format,
            {"cluster", "rows", "leverage", "term", "partial_leverage", "estimate_without", "effective_clusters"},
            fit.provenance().synthetic());
  for (const auto& cluster : diagnostics.clusters()) {
    for (int k = 0; k < fit.terms_size(); ++k) {
      if (fit.terms(k).collinear()) continue;
      const auto at = [k](const auto& list) { return k < list.size() ? Number(list.Get(k)) : RowCell(); };
      rows.Add({Text(cluster.label()), Whole(cluster.observation_count()), Number(cluster.leverage()),
                Text(fit.terms(k).name()), at(cluster.partial_leverage()), at(cluster.leave_out_estimates()),
                at(diagnostics.effective_clusters())});
    }
  }
  return rows.Take();
}

std::string Dropped(const FitResult& fit, Format format) {
  if (fit.dropped().empty()) return {};
  Rows rows(format, {"reason", "column", "period", "rows"}, fit.provenance().synthetic());
  for (const regression::v1::DroppedRows& dropped : fit.dropped()) {
    rows.Add({Text(dropped.reason()), Text(dropped.column()),
              dropped.has_period() ? Whole(dropped.period()) : RowCell(), Whole(dropped.count())});
  }
  return rows.Take();
}

struct Kind {
  const char* name;
  const char* title;
  std::string (*rows)(const FitResult&, Format);
};

constexpr std::array kSections = {
    Kind{"partial-effects", "Average partial effects on the observed outcome", PartialEffects},
    Kind{"margins", "Average marginal effects", Margins},
    Kind{"hypotheses", "Hypotheses", Hypotheses},
    Kind{"instruments", "Instruments", Instruments},
    Kind{"design", "What the design can see", Design},
    Kind{"leave-one-out", "Without one level at a time", LeaveOneOut},
    Kind{"clusters", "Clusters", Clusters},
    Kind{"dropped", "Rows left out", Dropped},
};

}  // namespace

const std::vector<std::string>& FitSectionNames() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const Kind& kind : kSections) list.emplace_back(kind.name);
    return list;
  }();
  return names;
}

FitSection SectionOf(const FitResult& fit, const std::string& name, Format format) {
  for (const Kind& kind : kSections) {
    if (name == kind.name) return {kind.name, kind.title, kind.rows(fit, format)};
  }
  return {};
}

std::string PrintedSections(const FitResult& fit) {
  std::string text;
  for (const Kind& kind : kSections) {
    // The warnings say what was left out.
    if (std::string_view(kind.name) == "dropped") continue;
    const std::string rows = kind.rows(fit, Format::kTable);
    if (!rows.empty()) text += fmt::format("\n{}\n{}", kind.title, rows);
  }
  return text;
}

}  // namespace farrell::cli
