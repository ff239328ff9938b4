#include "services/reporting/service/facts.h"

#include <algorithm>
#include <set>

#include "services/reporting/engine/brief_sentences.h"
#include "services/reporting/engine/inside_log.h"
#include "services/reporting/service/claim_references.h"
#include "services/reporting/service/claim_text.h"
#include "services/reporting/service/expression_names.h"
#include "services/reporting/service/layout_reader.h"
#include "services/reporting/service/planner.h"
#include "services/reporting/service/projection_steps.h"
#include "services/reporting/service/study_requests.h"
#include "services/reporting/service/study_scores.h"
#include "services/reporting/service/variables.h"

namespace farrell::reporting {
namespace {

class FactMaker {
 public:
  FactMaker(const FinishedStudy& finished, const std::string& language)
      : finished_(finished), study_(finished.study), words_(WordsOf(finished.study, language)) {}

  Result<ReportFacts> Make() {
    MakeStudy();
    MakeData();
    MakeClassifications();
    for (const v1::StudyDea& entry : study_.dea()) {
      const v1::StoredStep& stored = Stored("dea:" + entry.id());
      facts_.deas.push_back(stored.has_network() ? FactsOfNetwork(entry, stored.network())
                                                 : FactsOfEvaluation(entry, stored.evaluation()));
    }
    for (const v1::StudyProductivity& entry : study_.productivity()) {
      facts_.productivity.push_back(FactsOfProductivity(entry, Stored("productivity:" + entry.id()).productivity()));
    }
    for (const v1::StudyRegression& entry : study_.regressions()) facts_.fits.push_back(MakeFit(entry));
    for (const v1::StudyChannels& entry : study_.channels()) facts_.channels.push_back(MakeChannels(entry));
    for (const v1::StudyComparison& entry : study_.comparisons()) facts_.comparisons.push_back(MakeComparison(entry));
    for (const v1::StudySpecificationTest& entry : study_.specification_tests()) {
      facts_.specifications.push_back(MakeSpecification(entry));
    }
    for (const v1::StudySecondStage& entry : study_.second_stages()) {
      facts_.second_stages.push_back(MakeSecondStage(entry));
    }
    for (const v1::StudyCurve& entry : study_.curves()) facts_.curves.push_back(MakeCurve(entry));
    for (const v1::StudyReturnsToScale& entry : study_.returns_to_scale()) {
      facts_.returns_to_scale.push_back(MakeReturnsToScale(entry));
    }
    for (const v1::StudyProjection& entry : study_.projections()) facts_.projections.push_back(MakeProjection(entry));
    for (const v1::StudyNowcast& entry : study_.nowcasts()) facts_.nowcasts.push_back(MakeNowcast(entry));
    for (const v1::StudyEarlyWarning& entry : study_.early_warnings()) {
      facts_.early_warnings.push_back(MakeEarlyWarning(entry));
    }
    for (const StudyOnVintage& vintage : finished_.vintages) facts_.vintages.push_back(MakeVintage(vintage));
    MakeDescriptives();
    MakeTables();
    FARRELL_RETURN_IF_ERROR(MakeFigures());
    FARRELL_RETURN_IF_ERROR(MakeClaims());
    FARRELL_RETURN_IF_ERROR(MakeBrief());
    for (const v1::StudyNotAvailable& entry : study_.not_available()) {
      facts_.not_available.push_back({Text(entry.what()), Text(entry.why())});
    }
    for (const NotAvailableFacts& lost : finished_.withheld.lost) {
      facts_.not_available.push_back({Text(lost.what), words_("The data lack {1}.", {lost.why})});
    }
    TranslateUnits();
    return std::move(facts_);
  }

 private:
  static Words WordsOf(const v1::Study& study, const std::string& language) {
    std::map<std::string, std::string> texts;
    if (language == "zh") texts.insert(study.translations().begin(), study.translations().end());
    return Words(language, std::move(texts));
  }

  // A text of the study in the language of the report.
  std::string Text(const std::string& text) const { return words_.Study(text); }

  template <typename Texts>
  std::vector<std::string> Translated(const Texts& texts) const {
    std::vector<std::string> translated;
    for (const std::string& text : texts) translated.push_back(Text(text));
    return translated;
  }

  // A label; of an entry without one its name, where that has a translation.
  std::string Label(const std::string& label, const std::string& name) const {
    if (!label.empty()) return Text(label);
    std::string translated = Text(name);
    return translated == name ? std::string() : translated;
  }

  const v1::StoredStep& Stored(const std::string& step) const { return finished_.results.at(step).stored; }

  void MakeStudy() {
    StudyFacts& facts = facts_.study;
    facts.id = study_.id();
    facts.words = words_;
    if (words_.language() != LanguagesOf(study_).front()) facts.file_suffix = "." + words_.language();
    facts.title = Text(study_.title());
    facts.question = Text(study_.question());
    facts.authors = Translated(study_.authors());
    facts.limits = Text(study_.limits());
    facts.unit_word = Text(study_.unit_word());
    facts.digest = finished_.digest;
    facts.seed = study_.seed();
    if (!study_.design().empty()) facts.design = study_.design();
    facts.mediators.assign(study_.mediators().begin(), study_.mediators().end());
    // An unknown name was refused with the study.
    if (const Result<Preset> preset = FindPreset(study_.preset()); preset.ok()) facts.preset = *preset;
    facts.stars = study_.stars().empty() ? std::string(facts.preset.stars) : study_.stars();
  }

  void MakeData() {
    const data::v1::Snapshot& snapshot = finished_.snapshot;
    DataFacts& facts = facts_.data;
    facts.snapshot_digest = snapshot.digest();
    facts.known_at = study_.data().known_at().empty() ? snapshot.known_at() : study_.data().known_at();
    facts.synthetic = finished_.base.synthetic() || snapshot.synthetic();
    facts.source = study_.data().source().empty() ? snapshot.source() : Text(study_.data().source());
    facts.citation = Text(study_.data().citation());
    facts.name = study_.data().file().empty() ? study_.data().dataset() : study_.data().file();
    facts.unit_key = snapshot.unit_key();
    facts.time_key = snapshot.time_key();
    facts.where = study_.data().where();
    facts.file_row_count = facts.row_count = snapshot.row_count();
    facts.file_unit_count = facts.unit_count = snapshot.unit_count();
    std::set<std::int64_t> periods;
    for (const data::v1::PeriodSlice& slice : snapshot.periods()) {
      if (slice.has_period()) periods.insert(slice.period());
    }
    if (finished_.sample) {
      const data::v1::TableHeader& sample = *finished_.sample;
      facts.row_count = sample.row_count();
      const std::set<std::string> units(sample.units().begin(), sample.units().end());
      facts.unit_count = static_cast<std::int64_t>(units.size());
      periods = {sample.periods().begin(), sample.periods().end()};
    }
    facts.periods.assign(periods.begin(), periods.end());
    for (const v1::StudyVariable& variable : study_.variables()) {
      VariableFacts made = {variable.name(), Label(variable.label(), variable.name()), Text(variable.unit()),
                            Text(variable.source()), variable.expression()};
      made.role = variable.role();
      made.stands_for = variable.stands_for();
      made.vintage = variable.vintage();
      if (variable.has_first_period()) made.first_period = variable.first_period();
      for (const v1::StudyBreak& each : variable.breaks()) made.breaks.push_back({each.period(), each.text()});
      AddDeclaredBreaks(variable.name(), made);
      facts.variables.push_back(std::move(made));
    }
    MakeBrokenColumns();
  }

  // What is declared for the dataset, unless the study says it itself.
  void AddDeclaredBreaks(const std::string& name, VariableFacts& variable) const {
    for (const data::v1::Column& column : finished_.base.columns()) {
      if (column.name() == name) AddBreaks(column.metadata(), variable);
    }
  }

  static void AddBreaks(const data::v1::ColumnMetadata& metadata, VariableFacts& variable) {
    for (const data::v1::DeclaredBreak& each : metadata.breaks()) {
      const bool said = std::any_of(variable.breaks.begin(), variable.breaks.end(),
                                    [&](const auto& own) { return own.period == each.period(); });
      if (!said) variable.breaks.push_back({each.period(), each.note()});
    }
  }

  void MakeBrokenColumns() {
    for (const data::v1::Column& column : finished_.snapshot.columns()) {
      if (column.metadata().breaks().empty() || FindVariable(study_, column.name()) != nullptr) continue;
      VariableFacts made = {column.name(), column.name(), "", "", ""};
      AddBreaks(column.metadata(), made);
      facts_.data.broken_columns.push_back(std::move(made));
    }
  }

  void MakeClassifications() {
    for (const v1::StudyClassification& classification : study_.classifications()) {
      ClassificationFacts facts{
          .name = classification.name(), .label = Label(classification.label(), classification.name()), .groups = {}};
      for (const v1::StudyGroup& group : classification.groups()) {
        facts.groups.push_back(
            {group.name(), Label(group.label(), group.name()), {group.members().begin(), group.members().end()}});
      }
      facts_.classifications.push_back(std::move(facts));
    }
    facts_.classifications.insert(facts_.classifications.end(), finished_.groupings.begin(), finished_.groupings.end());
  }

  // The label of a variable, or of its logarithm; empty for anything else.
  std::string LabelOf(const std::string& term) const {
    if (const v1::StudyVariable* variable = FindVariable(study_, term))
      return Label(variable->label(), variable->name());
    const v1::StudyVariable* inner = FindVariable(study_, InsideLog(term));
    if (inner != nullptr && !inner->label().empty()) return words_("log {1}", {Text(inner->label())});
    return {};
  }

  bool IsTime(const std::string& effect) const {
    const std::vector<UsedName> names = NamesIn(effect);
    return std::any_of(names.begin(), names.end(),
                       [&](const UsedName& used) { return used.name == finished_.snapshot.time_key(); });
  }

  // What the study knows about a fit and the result does not say.
  void Complete(const std::string& entry, FitFacts& fit) const {
    const std::string outcome = Unfolded(study_, fit.outcome);
    const std::vector<std::string> scores = ScoresUsed(study_, outcome);
    fit.outcome_label = LabelOf(fit.outcome);
    const auto dea =
        std::find_if(scores.begin(), scores.end(), [](const std::string& step) { return step.starts_with("dea:"); });
    fit.outcome_dea = dea == scores.end() ? std::string() : dea->substr(4);
    fit.outcome_is_log = outcome.starts_with("log(");
    fit.period_count = finished_.snapshot.time_key().empty() ? 1 : std::max(1, finished_.snapshot.periods_size());
    for (EffectFacts& effect : fit.effects) {
      effect.is_unit = effect.name == finished_.snapshot.unit_key();
      effect.is_time = IsTime(effect.name);
      if (effect.name == finished_.snapshot.time_key()) fit.period_count = effect.level_count;
    }
    for (TermFacts& term : fit.terms) {
      term.label = LabelOf(term.name);
      const auto trend = finished_.results.find("trend:" + entry + ":" + Squeeze(term.name));
      if (trend == finished_.results.end()) continue;
      const regression::v1::FitResult& result = trend->second.stored.fit();
      if (result.has_r2_within()) term.trend_r2 = result.r2_within();
      // Within units the dummies of all periods but one can be told apart: what the trend was measured on.
      fit.period_count = 1 + std::count_if(result.terms().begin(), result.terms().end(),
                                           [](const regression::v1::Term& dummy) { return dummy.has_estimate(); });
    }
  }

  template <typename Entry>
  std::vector<PublishedFacts> PublishedOf(const Entry& entry) const {
    std::vector<PublishedFacts> published;
    for (const v1::PublishedValue& value : entry.published()) {
      PublishedFacts facts;
      facts.term = value.term();
      if (value.has_estimate()) facts.estimate = value.estimate();
      if (value.has_std_error()) facts.std_error = value.std_error();
      facts.text = Text(value.text());
      facts.source = Text(value.source());
      if (value.has_tolerance()) facts.tolerance = value.tolerance();
      facts.group = value.group();
      published.push_back(std::move(facts));
    }
    return published;
  }

  FitFacts MakeFit(const v1::StudyRegression& entry) const {
    FitFacts fit = FactsOfFit(Stored("regression:" + entry.id()).fit());
    fit.id = entry.id();
    fit.label = Text(entry.label());
    fit.provenance.step = "regression:" + entry.id();
    fit.published = PublishedOf(entry);
    if (!fit.leave_one_out.empty()) fit.left_out_column = entry.leave_one_out();
    Complete(entry.id(), fit);
    // The log target is output over score: what is regressed is no efficiency.
    for (const v1::StudyChannels& channels : study_.channels()) {
      if (entry.id() == ChannelRegression(channels.id(), kChannelParts[2])) fit.outcome_dea.clear();
    }
    return fit;
  }

  ChannelsFacts MakeChannels(const v1::StudyChannels& entry) const {
    const auto fit = [&](std::size_t part) {
      return *FindFit(facts_, ChannelRegression(entry.id(), kChannelParts[part]));
    };
    return {entry.id(), Text(entry.label()), entry.dea(), fit(0), fit(1), fit(2)};
  }

  CompareFacts MakeComparison(const v1::StudyComparison& entry) const {
    CompareFacts facts = FactsOfComparison(Stored("comparison:" + entry.id()).compare());
    facts.id = entry.id();
    facts.label = Text(entry.label());
    facts.provenance.step = "comparison:" + entry.id();
    facts.published = PublishedOf(entry);
    const ClassificationFacts* classification = FindClassification(facts_, facts.by);
    if (classification != nullptr) facts.by_label = classification->label;
    facts.pooled.id = entry.id() + "/";
    Complete(entry.id(), facts.pooled);
    for (GroupFacts& group : facts.groups) {
      group.fit.id = entry.id() + "/" + group.group;
      Complete(entry.id(), group.fit);
      // Trends were measured over all groups together.
      for (TermFacts& term : group.fit.terms) term.trend_r2.reset();
      if (classification == nullptr) {
        group.label = Label({}, group.group);
        continue;
      }
      for (const ClassificationFacts::Group& known : classification->groups) {
        if (known.name == group.group) group.label = known.label;
      }
    }
    for (TermFacts& term : facts.terms) term.label = LabelOf(term.name);
    return facts;
  }

  SpecificationFacts MakeSpecification(const v1::StudySpecificationTest& entry) const {
    const std::string step = "specification:" + entry.id();
    SpecificationFacts facts = FactsOfSpecification(Stored(step).specification());
    facts.id = entry.id();
    facts.label = Text(entry.label());
    facts.provenance.step = step;
    for (InflationFacts& inflation : facts.inflation) inflation.label = LabelOf(inflation.term);
    return facts;
  }

  SecondStageFacts MakeSecondStage(const v1::StudySecondStage& entry) const {
    const std::string step = "second_stage:" + entry.id();
    SecondStageFacts facts = FactsOfSecondStage(Stored(step).second_stage());
    facts.id = entry.id();
    facts.label = Text(entry.label());
    facts.dea = entry.dea();
    facts.provenance.step = step;
    facts.published = PublishedOf(entry);
    for (SecondStageTermFacts& term : facts.terms) term.label = LabelOf(term.name);
    return facts;
  }

  CurveFacts MakeCurve(const v1::StudyCurve& entry) const {
    const std::string step = "curve:" + entry.id();
    CurveFacts facts = FactsOfCurve(Stored(step).curve());
    facts.id = entry.id();
    facts.label = Text(entry.label());
    facts.provenance.step = step;
    for (CurveSpecificationFacts& each : facts.specifications) each.sample = Text(each.sample);
    return facts;
  }

  ReturnsToScaleFacts MakeReturnsToScale(const v1::StudyReturnsToScale& entry) const {
    const std::string step = "returns_to_scale:" + entry.id();
    ReturnsToScaleFacts facts = FactsOfReturnsToScale(Stored(step).returns_to_scale());
    facts.id = entry.id();
    const v1::StudyDea* dea = FindDeaEntry(study_, entry.dea());
    facts.label = entry.label().empty() && dea != nullptr ? Label(dea->label(), dea->id()) : Text(entry.label());
    facts.by_unit = entry.by_unit();
    facts.provenance.step = step;
    return facts;
  }

  ProjectionFacts MakeProjection(const v1::StudyProjection& entry) const {
    const ChannelsFacts& channels = *FindChannels(facts_, entry.channels());
    const v1::StudyDea& dea = *FindDeaEntry(study_, channels.dea);
    std::vector<DeaFacts> evaluations;
    for (const std::string_view point : kSlopePoints) {
      const std::string step = "projection:" + entry.id() + ":" + std::string(point);
      evaluations.push_back(FactsOfEvaluation(dea, Stored(step).evaluation()));
    }
    ProjectionFacts facts =
        FactsOfProjection(entry, finished_.projections.at(entry.id()), *FindDea(facts_, channels.dea), evaluations);
    facts.label = Text(entry.label());
    facts.variable_label = NameOf(entry.variable());
    facts.output_label = NameOf(dea.outputs(0));
    return facts;
  }

  // The label, or what stands in its place.
  std::string NameOf(const std::string& column) const {
    const std::string label = LabelOf(column);
    return label.empty() ? column : label;
  }

  NowcastFacts MakeNowcast(const v1::StudyNowcast& entry) {
    const std::string step = "nowcast:" + entry.id();
    NowcastFacts facts = FactsOfNowcast(Stored(step).nowcast());
    facts.id = entry.id();
    facts.label = Text(entry.label());
    facts.provenance.step = step;
    if (const v1::StudyDea* dea = FindDeaEntry(study_, entry.dea())) {
      const std::string frontier = "frontier:" + entry.id();
      AddUnitScores(Stored(frontier).evaluation(), facts);
      facts.dea = dea->label().empty() ? dea->id() : Text(dea->label());
      facts_.other_provenance.push_back(
          FactsOfProvenance(frontier, Stored(frontier).evaluation().summary().provenance()));
    }
    return facts;
  }

  EarlyWarningFacts MakeEarlyWarning(const v1::StudyEarlyWarning& entry) const {
    const std::string step = "early_warning:" + entry.id();
    EarlyWarningFacts facts = FactsOfEarlyWarning(Stored(step).early_warning());
    facts.id = entry.id();
    facts.label = Text(entry.label());
    facts.provenance.step = step;
    for (WarningPredictorFacts& predictor : facts.predictors) predictor.label = LabelOf(predictor.name);
    return facts;
  }

  VintageFacts MakeVintage(const StudyOnVintage& vintage) {
    facts_.data.synthetic = facts_.data.synthetic || vintage.snapshot.synthetic();
    VintageFacts facts;
    facts.id = vintage.id;
    facts.snapshot_digest = vintage.snapshot.digest();
    for (const v1::StudyVintage& entry : study_.vintages()) {
      if (entry.id() != vintage.id) continue;
      facts.label = Label(entry.label(), entry.id());
      facts.name = entry.file().empty() ? entry.dataset() : entry.file();
      for (const std::string& regression : entry.regressions()) {
        facts.fits.push_back(MakeVintageFit(vintage, entry, regression));
      }
    }
    for (const Step& step : finished_.steps) {
      const auto found = finished_.results.find(step.id);
      if (step.vintage != vintage.id || found == finished_.results.end()) continue;
      facts.provenance.push_back(FactsOfProvenance(step.id, ProvenanceOf(found->second.stored)));
    }
    return facts;
  }

  VintageFitFacts MakeVintageFit(const StudyOnVintage& vintage, v1::StudyVintage entry,
                                 const std::string& regression) const {
    VintageFitFacts facts;
    facts.regression = regression;
    const std::string step = VintagePrefix(vintage.id) + "regression:" + regression;
    if (const auto found = finished_.results.find(step); found != finished_.results.end()) {
      facts.fit = FactsOfFit(found->second.stored.fit());
      for (TermFacts& term : facts.fit->terms) term.label = LabelOf(term.name);
    } else if (const auto lacking = vintage.unavailable.find(regression); lacking != vintage.unavailable.end()) {
      facts.reason = words_("the vintage lacks {1}", {words_.Listed(lacking->second.variables)});
    } else if (const auto why = finished_.not_allowed.find(step); why != finished_.not_allowed.end()) {
      facts.reason = why->second;
    }
    const auto revisions = finished_.revisions.find(vintage.id);
    entry.clear_regressions();
    entry.add_regressions(regression);
    for (const std::string& column : ColumnsBehind(StudyOf(study_, entry), finished_.snapshot)) {
      if (revisions == finished_.revisions.end() || !revisions->second.contains(column)) continue;
      facts.cells += revisions->second.at(column);
    }
    return facts;
  }

  void MakeDescriptives() {
    for (const Step& step : finished_.steps) {
      if (step.kind != "describe") continue;
      const data::v1::DescribeTableResponse& response = finished_.results.at(step.id).description;
      for (const data::v1::ColumnDescription& description : response.columns()) {
        DescriptiveFacts facts = FactsOfDescription(description);
        if (const v1::StudyVariable* variable = FindVariable(study_, facts.variable)) {
          facts.label = Label(variable->label(), variable->name());
          facts.unit = Text(variable->unit());
        }
        for (const ScoreColumn& column : ScoreColumns(study_)) {
          if (facts.variable == column.name) facts.label = words_(column.of, {Text(column.named)});
        }
        facts_.descriptives[description.column()] = std::move(facts);
      }
      facts_.other_provenance.push_back(FactsOfProvenance(step.id, response.provenance()));
    }
  }

  void MakeTables() {
    facts_.unavailable = finished_.withheld.entries;
    for (auto& [id, entry] : facts_.unavailable) entry.label = Text(entry.label);
    for (const v1::StudyTable& table : finished_.withheld.tables) {
      facts_.tables.push_back({.id = table.id(),
                               .title = Text(table.title()),
                               .kind = table.kind(),
                               .columns = {table.columns().begin(), table.columns().end()},
                               .terms = {table.terms().begin(), table.terms().end()},
                               .notes = Translated(table.notes()),
                               .stars = table.stars(),
                               .number = table.number(),
                               .by = table.by()});
    }
  }

  Status MakeFigures() {
    for (const v1::StudyFigure& figure : study_.figures()) {
      FigureSpec spec;
      spec.id = figure.id();
      spec.title = Text(figure.title());
      spec.kind = figure.kind();
      spec.of.assign(figure.of().begin(), figure.of().end());
      spec.term = figure.term();
      spec.by = figure.by();
      spec.caption = Text(figure.caption());
      if (!figure.layout().empty()) {
        const auto layout = finished_.layouts.find(figure.layout());
        FARRELL_ASSIGN_OR_RETURN(spec.layout,
                                 ReadLayout(layout == finished_.layouts.end() ? std::string() : layout->second));
      }
      if (figure.kind() == "margins") NameAxes(figure, spec);
      const auto points = finished_.points.find(figure.id());
      if (points != finished_.points.end()) spec.points = points->second;
      if (figure.kind() == "missing") {
        for (PointFacts& point : spec.points) point.unit = NameOf(point.unit);
      } else if (points != finished_.points.end()) {
        spec.x_label = NameOf(figure.of(0));
        spec.y_label = NameOf(figure.of(figure.of_size() - 1));
      }
      facts_.figures.push_back(std::move(spec));
    }
    return Status::Ok();
  }

  // "x by m": the first by a column, of the figure's term where it names one.
  void NameAxes(const v1::StudyFigure& figure, FigureSpec& spec) const {
    for (const v1::StudyRegression& entry : study_.regressions()) {
      if (figure.of().empty() || entry.id() != figure.of(0)) continue;
      for (const std::string& margin : entry.margins()) {
        const std::size_t by = margin.find(" by ");
        if (by == std::string::npos) continue;
        const std::string variable = Squeeze(margin.substr(0, by));
        if (!figure.term().empty() && variable != Squeeze(figure.term())) continue;
        spec.y_label = NameOf(variable);
        spec.x_label = NameOf(Squeeze(margin.substr(by + 4)));
        return;
      }
    }
  }

  Status MakeClaims() {
    for (const v1::StudyClaim& claim : study_.claims()) {
      const Result<std::string> text = FillClaim(Text(claim.text()), facts_);
      ClaimFacts made = {claim.id(), text.ok() ? *text : "", claim.comparison(), claim.heterogeneity()};
      if (!text.ok()) made.problem = text.status().message();
      for (const ClaimPart& part : ParseClaim(claim.text())) {
        if (part.is_reference && part.reference.kind == "regression") made.regressions.push_back(part.reference.id);
      }
      facts_.claims.push_back(std::move(made));
    }
    return Status::Ok();
  }

  Status MakeBrief() {
    if (!study_.has_brief()) return Status::Ok();
    const v1::StudyBrief& brief = study_.brief();
    facts_.brief = {.regression = brief.regression(),
                    .term = brief.term(),
                    .comparison = brief.comparison(),
                    .dea = brief.dea(),
                    .figure = brief.figure()};
    return WriteBriefSentences(
        facts_, [this](std::string_view text) { return FillClaim(text, facts_); }, *facts_.brief);
  }

  // Units are found by their names, so all of them change together, after everything was found.
  void TranslateUnits() {
    const auto translate = [this](std::string& name) { name = Text(name); };
    for (DeaFacts& dea : facts_.deas) {
      for (ScoreFacts& row : dea.scores) {
        translate(row.unit);
        for (PeerFacts& peer : row.peers) translate(peer.unit);
      }
    }
    for (ProjectionFacts& projection : facts_.projections) {
      for (ProjectedUnitFacts& unit : projection.units) translate(unit.unit);
      for (RefusedUnitFacts& unit : projection.refused) translate(unit.unit);
      for (OutsideFacts& outside : projection.outside) translate(outside.unit);
    }
    for (ProductivityFacts& productivity : facts_.productivity) {
      for (ProductivityChange& change : productivity.changes) translate(change.unit);
    }
    for (ClassificationFacts& classification : facts_.classifications) {
      for (ClassificationFacts::Group& group : classification.groups) {
        for (std::string& member : group.members) translate(member);
      }
    }
    for (FitFacts& fit : facts_.fits) {
      for (LeaveOneOutFacts& left_out : fit.leave_one_out) translate(left_out.level);
    }
    for (NowcastFacts& nowcast : facts_.nowcasts) {
      for (UnitNowcastFacts& unit : nowcast.units) translate(unit.unit);
      for (std::string& unit : nowcast.left_out) translate(unit);
    }
    for (EarlyWarningFacts& warning : facts_.early_warnings) {
      for (UnitWarningFacts& unit : warning.units) translate(unit.unit);
    }
    for (FigureSpec& figure : facts_.figures) {
      for (TileFacts& tile : figure.layout) translate(tile.unit);
      for (PointFacts& point : figure.points) translate(point.unit);
    }
  }

  const FinishedStudy& finished_;
  const v1::Study& study_;
  const Words words_;
  ReportFacts facts_;
};

}  // namespace

std::vector<std::string> LanguagesOf(const v1::Study& study) {
  if (study.languages().empty()) return {"en"};
  return {study.languages().begin(), study.languages().end()};
}

Result<ReportFacts> MakeFacts(const FinishedStudy& finished, const std::string& language) {
  return FactMaker(finished, language.empty() ? LanguagesOf(finished.study).front() : language).Make();
}

}  // namespace farrell::reporting
