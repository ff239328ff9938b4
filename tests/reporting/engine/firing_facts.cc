#include "tests/reporting/engine/firing_facts.h"

#include "tests/reporting/engine/sample_facts.h"

namespace farrell::reporting {
namespace {

FitFacts& Full(ReportFacts& facts) { return facts.fits.back(); }

void AddClaim(ReportFacts& facts, const std::string& text) { facts.claims = {{"said", text, "", false, {}}}; }

void AddInstruments(ReportFacts& facts, double count, double effective_f) {
  InstrumentFacts instruments;
  InstrumentFacts::FirstStage stage;
  stage.term = "log(ai)";
  stage.joint.df1 = count;
  stage.effective_f = effective_f;
  instruments.first_stages = {stage};
  instruments.anderson_rubin_set = {{-0.1, 0.4}};
  Full(facts).instruments = instruments;
}

void AddCrossSection(ReportFacts& facts, double p_value) {
  SpecificationFacts tests;
  tests.id = "tests";
  tests.formula = "log(output) ~ log(ai) | state + year";
  tests.tests = {{"cd", "no correlation between units", "normal", 3.1, 0, 0, p_value, ""}};
  facts.specifications = {tests};
}

}  // namespace

ReportFacts QuietFacts() {
  ReportFacts facts = SampleFacts();
  facts.comparisons.clear();
  facts.claims.clear();
  for (FitFacts& fit : facts.fits) {
    fit.outcome_dea.clear();
    fit.published.clear();
  }
  return facts;
}

const std::vector<FiringCase>& FiringCases() {
  static const std::vector<FiringCase> cases = {
      {"W01", [](ReportFacts& f) { Full(f).outcome_dea = "main"; }, [](ReportFacts&) {}},
      {"W02", [](ReportFacts& f) { Full(f).outcome_dea = "main"; },
       [](ReportFacts& f) {
         Full(f).outcome_dea = "main";
         AddCrossSection(f, 0.5);
         f.specifications[0].tests[0].name = "separability";
       }},
      {"W03", [](ReportFacts& f) { f.deas[0].share_at_one = 0.125; },
       [](ReportFacts& f) { f.deas[0].share_at_one = 0.10; }},
      {"W04", [](ReportFacts& f) { f.deas[0].smallest_reference_count = 8; },
       [](ReportFacts& f) { f.deas[0].smallest_reference_count = 9; }},
      {"W05",
       [](ReportFacts& f) {
         f.deas[0].rts = "vrs";
         Full(f).outcome_dea = "main";
         f.fits[0].outcome = "log(capital)";
       },
       [](ReportFacts& f) {
         Full(f).outcome_dea = "main";
         f.fits[0].outcome = "log(capital)";
       }},
      {"W06", [](ReportFacts& f) { f.deas[0].frontier = "contemporaneous"; },
       [](ReportFacts& f) { f.deas[0].frontier = "window:2"; }},
      {"W07",
       [](ReportFacts& f) {
         f.fits[0] = Full(f);
         f.fits[0].id = "other";
         f.fits[0].outcome_dea = "vrs";
         f.fits[0].terms[0].estimate = -0.01;
         Full(f).outcome_dea = "main";
       },
       [](ReportFacts& f) {
         f.fits[0] = Full(f);
         f.fits[0].id = "other";
         f.fits[0].outcome_dea = "vrs";
         Full(f).outcome_dea = "main";
       }},
      {"W08",
       [](ReportFacts& f) {
         Full(f).effects.pop_back();
         Full(f).terms[0].trend_r2 = 0.61;
       },
       [](ReportFacts& f) { Full(f).terms[0].trend_r2 = 0.61; }},
      {"W09", [](ReportFacts& f) { Full(f).inferences = {SampleInference(InferenceType::kHc1, Full(f), 0)}; },
       [](ReportFacts& f) { Full(f).inferences = {SampleInference(InferenceType::kCr1, Full(f), 48)}; }},
      {"W10", [](ReportFacts& f) { Full(f).inferences[0].cluster_count = 39; },
       [](ReportFacts& f) { Full(f).inferences[0].cluster_count = 40; }},
      {"W11", [](ReportFacts& f) { Full(f).inferences[0].cluster_count = 11; },
       [](ReportFacts& f) { Full(f).inferences[0].cluster_count = 12; }},
      {"W12", [](ReportFacts& f) { Full(f).outcome = "log(market / gdp)"; },
       [](ReportFacts& f) { Full(f).outcome = "log(market / population)"; }},
      {"W13", [](ReportFacts& f) { Full(f).terms[1].name = "log(gdp)"; },
       [](ReportFacts& f) { Full(f).terms[1].name = "log(area)"; }},
      {"W14", [](ReportFacts& f) { AddClaim(f, "The association is stronger in the east."); },
       [](ReportFacts& f) { AddClaim(f, "Scores are higher in the east."); }},
      {"W15", [](ReportFacts& f) { f.comparisons = SampleFacts().comparisons; },
       [](ReportFacts& f) {
         f.comparisons = SampleFacts().comparisons;
         f.comparisons[0].groups.pop_back();
         f.comparisons[0].differences.resize(1);
       }},
      {"W16",
       [](ReportFacts& f) {
         Full(f).design = {{"log(ai)", 0.01, 0.0113, 0.14, 0.03, 2.9, 0.04, 0.05, 0.8}};
       },
       [](ReportFacts& f) {
         // The reference value decides, not what others published.
         Full(f).design = {{"log(ai)", 0.04, 0.0113, 0.94, 0.03, 1.0, 0.0, 0.05, 0.8}};
         Full(f).published = {{"log(ai)", 0.005, {}, "", "s", {}, ""}};
       }},
      {"W17",
       [](ReportFacts& f) {
         f.comparisons = SampleFacts().comparisons;
         f.comparisons[0].pooled.terms[0].estimate = 0.0903;
       },
       [](ReportFacts& f) { f.comparisons = SampleFacts().comparisons; }},
      {"W18", [](ReportFacts& f) { Full(f).outcome_dea = "main"; },
       [](ReportFacts& f) {
         Full(f).outcome_dea = "main";
         Full(f).outcome_is_log = false;
       }},
      {"W19",
       [](ReportFacts& f) {
         Full(f).outcome_dea = "main";
         Full(f).outcome_is_log = false;
         AddClaim(f, "The elasticity is small.");
         f.claims[0].regressions = {"full"};
       },
       [](ReportFacts& f) {
         Full(f).outcome_dea = "main";
         AddClaim(f, "The elasticity is small.");
         f.claims[0].regressions = {"full"};
       }},
      {"W20",
       [](ReportFacts& f) {
         Full(f).outcome_dea = "main";
         Full(f).estimator = "tobit";
       },
       [](ReportFacts& f) { Full(f).estimator = "tobit"; }},
      {"W21",
       [](ReportFacts& f) {
         f.second_stages.resize(1);
         f.second_stages[0].id = "sw";
       },
       [](ReportFacts& f) {
         f.second_stages.resize(1);
         f.second_stages[0].id = "sw";
         f.second_stages[0].resample = "unit";
       }},
      {"W22", [](ReportFacts& f) { Full(f).terms[1].name = "log(human_capital)"; },
       [](ReportFacts& f) { Full(f).terms[1].name = "log(chc)"; }},
      {"W23", [](ReportFacts& f) { f.study.mediators = {"human_capital"}; }, [](ReportFacts&) {}},
      {"W24", [](ReportFacts& f) { AddInstruments(f, 49, 60); }, [](ReportFacts& f) { AddInstruments(f, 48, 60); }},
      {"W25", [](ReportFacts& f) { AddInstruments(f, 1, 22.9); }, [](ReportFacts& f) { AddInstruments(f, 1, 23); }},
      {"W26", [](ReportFacts& f) { Full(f).outcome = "log(patents + 1)"; },
       [](ReportFacts& f) { Full(f).outcome = "log(patents + 12)"; }},
      {"W27",
       [](ReportFacts& f) {
         f.data.variables[0].breaks = {{2011, "threshold of five million"}};
       },
       [](ReportFacts& f) {
         f.data.variables[0].breaks = {{2010, "threshold"}, {2014, "after the sample"}};
       }},
      {"W28",
       [](ReportFacts& f) {
         f.data.variables.push_back({"gdp", "", "", "", ""});
         f.data.variables[0].vintage = "2018";
         f.data.variables[1].vintage = "2020";
       },
       [](ReportFacts& f) {
         f.data.variables.push_back({"gdp", "", "", "", ""});
         f.data.variables.back().vintage = "2020";
         f.data.variables[1].vintage = "2020";
       }},
      {"W29",
       [](ReportFacts& f) {
         f.data.variables[0].role = "proxy";
         f.data.variables[0].stands_for = "digital infrastructure";
       },
       [](ReportFacts& f) { f.data.variables[1].role = "proxy"; }},
      {"W30",
       [](ReportFacts& f) {
         f.data.variables[1].role = "patent_count";
         Full(f).outcome = "log(output)";
       },
       [](ReportFacts& f) { f.data.variables[1].role = "patent_count"; }},
      {"W31",
       [](ReportFacts& f) {
         Full(f).leave_one_out = {{"Corrin", {0.0330, -0.2}}, {"Kelso", {0.05, -0.2}}};
       },
       [](ReportFacts& f) {
         Full(f).leave_one_out = {{"Corrin", {0.0345, -0.2}}, {"Kelso", {0.05, -0.2}}};
       }},
      {"W32", [](ReportFacts& f) { AddCrossSection(f, 0.04); }, [](ReportFacts& f) { AddCrossSection(f, 0.05); }},
      {"W33", [](ReportFacts& f) { f.fits[0].terms[0].name = "lag(log(ai), -1)"; },
       [](ReportFacts& f) { f.fits[0].terms[0].name = "lag(log(ai), 1)"; }},
      {"W34",
       [](ReportFacts& f) {
         f.deas[0].super_efficiency = true;
         f.deas[0].rts = "vrs";
         f.deas[0].infeasible_count = 3;
       },
       [](ReportFacts& f) {
         f.deas[0].super_efficiency = true;
         f.deas[0].rts = "vrs";
       }},
      {"W35",
       [](ReportFacts& f) {
         f.data.variables.push_back({"zone", "", "", "", ""});
         f.data.variables.back().role = "treatment";
         f.data.variables.back().first_period = 2012;
       },
       [](ReportFacts& f) {
         f.data.variables.push_back({"zone", "", "", "", ""});
         f.data.variables.back().role = "treatment";
         f.data.variables.back().first_period = 2011;
       }},
      {"W36", [](ReportFacts& f) { f.data.synthetic = true; }, [](ReportFacts&) {}},
      {"W37",
       [](ReportFacts& f) {
         f.fits.push_back(f.fits[0]);
         f.fits.back().id = "unseen";
       },
       [](ReportFacts&) {}},
      {"W38", [](ReportFacts& f) { AddClaim(f, "AI drives efficiency."); },
       [](ReportFacts& f) {
         AddClaim(f, "AI drives efficiency.");
         f.study.design = "experiment";
       }},
  };
  return cases;
}

}  // namespace farrell::reporting
