// Differences and equalities of compared coefficients under every inference asked for.
#pragma once

#include <Eigen/Core>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "services/regression/engine/compare.h"
#include "services/regression/engine/compare/models.h"
#include "services/regression/engine/wild_bootstrap.h"

namespace farrell::regression {

// All fits of a comparison. Cell (e, g, t) stands at (e * groups + g) * terms + t.
struct Compared {
  const CompareSpec* spec = nullptr;
  std::size_t equation_count = 1;
  std::size_t group_count = 1;
  std::size_t term_count = 0;
  // Labels of the groups that were fitted.
  std::vector<std::string> groups;
  // [equation][term].
  std::vector<std::vector<std::string>> terms;
  // Resolved, as asked; one a preset where all were.
  std::vector<InferenceSpec> inferences;
  // Place of each among the inferences of a fit; unset for permutations.
  std::vector<std::optional<std::size_t>> places;
  std::vector<ComparedModel> models;
  std::vector<ComparedCell> cells;
  // Degrees of freedom of every cell: [inference of a fit][cell].
  std::vector<std::vector<double>> df;
  // One an equation, one slope for all groups.
  std::vector<ComparedModel> pooled;

  std::size_t Cell(std::size_t equation, std::size_t group, std::size_t term) const {
    return (equation * group_count + group) * term_count + term;
  }
  // Empty without equations.
  std::string NameOfEquation(std::size_t equation) const {
    return spec->equations.empty() ? std::string() : spec->equations[equation].name;
  }
};

struct Contrast {
  std::size_t left = 0;
  std::size_t right = 0;
  std::vector<DifferenceInference> inferences{};
};

struct Equality {
  std::size_t equation = 0;
  std::size_t term = 0;
  std::vector<std::size_t> cells{};
  JointEquality result{};
};

class Evidence {
 public:
  Evidence(const Compared& compared, const Environment& environment, std::vector<Warning>& warnings)
      : compared_(compared), environment_(environment), warnings_(warnings) {}

  // Fills the inferences of every contrast and the tests of every equality; adjusts p-values over families. CANCELLED,
  // errors of the bootstrap and of the permutations.
  Status Gather(std::vector<Contrast>& contrasts, std::vector<Equality>& equalities);

  // Under the first inference that has standard errors; after Gather.
  const Eigen::MatrixXd& covariance() const { return covariances_.front(); }

  TermInference DifferenceOf(std::size_t left, std::size_t right) const { return Difference(0, {left, right}); }

  // The wild bootstrap of the comparison: the first asked for, else the default one by the first cluster variable.
  // Unset without clusters, or on anything but least squares.
  std::optional<WildBootstrapSpec> SharedDraws(std::string& cluster) const;

  // Fits that a bootstrap can draw, and the place of a cell's coefficient among all of theirs; -1: none.
  struct Drawn {
    std::vector<WildModel> models;
    std::vector<Eigen::Index> offsets;
    Eigen::Index size = 0;
    Eigen::Index Place(const ComparedCell& cell) const;
  };
  Drawn DrawnModels(const std::string& cluster) const;

 private:
  void Warn(std::string code, std::string text) { warnings_.push_back({std::move(code), std::move(text)}); }
  bool Usable(std::size_t place, std::size_t cell) const;
  bool Shared(std::size_t a, std::size_t b, const Eigen::MatrixXd& covariance) const;
  TermInference Difference(std::size_t place, const Contrast& contrast) const;
  std::optional<JointTest> Htz(std::size_t place, const std::vector<std::size_t>& cells) const;
  EqualityTest Test(std::size_t inference, std::size_t place, const std::vector<std::size_t>& cells,
                    Equality& equality);
  Status StackModels();
  void Chow(Equality& equality) const;
  std::optional<WildHypothesis> HypothesisOf(const std::vector<std::size_t>& cells, const Drawn& drawn) const;
  Status Wild(std::size_t inference, std::vector<Contrast>& contrasts, std::vector<Equality>& equalities);
  Status PermuteEquation(std::size_t inference, std::size_t equation, std::vector<Contrast>& contrasts,
                         std::vector<Equality>& equalities);
  Result<std::map<std::size_t, double>> StepDown(const std::vector<Contrast>& contrasts,
                                                 const std::vector<std::size_t>& family, const Drawn& drawn,
                                                 const WildBootstrapSpec& spec) const;
  Adjustment AdjustmentOf(std::size_t inference, bool shared_draws) const;
  Status Adjust(std::vector<Contrast>& contrasts);
  bool Permuted() const;
  const std::string& SscOf(std::size_t place) const { return compared_.models.front().fit.inferences[place].ssc; }
  std::vector<std::vector<std::size_t>> Families(const std::vector<Contrast>& contrasts) const;
  void WarnUnequalVariances(const std::vector<Equality>& equalities);

  const Compared& compared_;
  const Environment& environment_;
  std::vector<Warning>& warnings_;
  std::vector<Eigen::MatrixXd> covariances_;
  // One an equation, with its inferences computed in the order of the fits' inferences; only where it is needed.
  std::vector<std::optional<Fitted>> stacks_;
  std::vector<std::vector<std::optional<InferenceResult>>> stacked_;
};

}  // namespace farrell::regression
