#include "services/regression/engine/likelihood/separated_pairs.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

namespace farrell::regression {
namespace {

using Arrows = std::vector<std::pair<std::size_t, std::size_t>>;

class Components {
 public:
  explicit Components(std::size_t nodes) : parent_(nodes) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }

  std::size_t Find(std::size_t node) {
    while (parent_[node] != node) {
      parent_[node] = parent_[parent_[node]];
      node = parent_[node];
    }
    return node;
  }
  void Join(std::size_t a, std::size_t b) { parent_[Find(a)] = Find(b); }

 private:
  std::vector<std::size_t> parent_;
};

// Heads of the arrows of every node, one node after the other; start[n] is where those of node n begin.
struct Neighbours {
  std::vector<std::size_t> start;
  std::vector<std::size_t> heads;
};

Neighbours SortByTail(std::size_t nodes, const Arrows& arrows, bool reversed) {
  Neighbours neighbours;
  neighbours.start.assign(nodes + 1, 0);
  for (const auto& [from, to] : arrows) ++neighbours.start[(reversed ? to : from) + 1];
  std::partial_sum(neighbours.start.begin(), neighbours.start.end(), neighbours.start.begin());
  neighbours.heads.resize(arrows.size());
  std::vector<std::size_t> next(neighbours.start.begin(), neighbours.start.end() - 1);
  for (const auto& [from, to] : arrows) neighbours.heads[next[reversed ? to : from]++] = reversed ? from : to;
  return neighbours;
}

// Depth first from `root` over nodes without a label; they get the label, and go to `finished` in the order left.
void Visit(std::size_t root, const Neighbours& neighbours, std::size_t label, std::vector<std::size_t>& labels,
           std::vector<std::size_t>* finished) {
  std::vector<std::pair<std::size_t, std::size_t>> path = {{root, neighbours.start[root]}};
  labels[root] = label;
  while (!path.empty()) {
    auto& [node, next] = path.back();
    if (next == neighbours.start[node + 1]) {
      if (finished != nullptr) finished->push_back(node);
      path.pop_back();
      continue;
    }
    const std::size_t head = neighbours.heads[next++];
    if (labels[head] != 0) continue;
    labels[head] = label;
    path.emplace_back(head, neighbours.start[head]);
  }
}

// Labels of the strongly connected components, in two searches (Sharir 1981).
std::vector<std::size_t> StrongComponents(std::size_t nodes, const Arrows& arrows) {
  const Neighbours forward = SortByTail(nodes, arrows, false);
  const Neighbours backward = SortByTail(nodes, arrows, true);
  std::vector<std::size_t> seen(nodes, 0);
  std::vector<std::size_t> finished;
  for (std::size_t node = 0; node < nodes; ++node) {
    if (seen[node] == 0) Visit(node, forward, 1, seen, &finished);
  }
  std::vector<std::size_t> labels(nodes, 0);
  std::size_t label = 0;
  std::reverse(finished.begin(), finished.end());
  for (const std::size_t node : finished) {
    if (labels[node] == 0) Visit(node, backward, ++label, labels, nullptr);
  }
  return labels;
}

}  // namespace

void MarkSeparated(const Levels& first, const Levels& second, const Eigen::VectorXd& y, std::vector<char>& keep) {
  const std::size_t nodes = first.count() + second.count();
  const auto tail = [&](std::size_t row) { return static_cast<std::size_t>(first.ids[row]); };
  const auto head = [&](std::size_t row) { return first.count() + static_cast<std::size_t>(second.ids[row]); };
  Components components(nodes);
  for (std::size_t row = 0; row < keep.size(); ++row) {
    if (y(static_cast<Eigen::Index>(row)) > 0.0) components.Join(tail(row), head(row));
  }
  Arrows arrows;
  for (std::size_t row = 0; row < keep.size(); ++row) {
    const std::size_t from = components.Find(tail(row));
    const std::size_t to = components.Find(head(row));
    if (from != to) arrows.emplace_back(from, to);
  }
  if (arrows.empty()) return;
  const std::vector<std::size_t> strong = StrongComponents(nodes, arrows);
  for (std::size_t row = 0; row < keep.size(); ++row) {
    if (strong[components.Find(tail(row))] != strong[components.Find(head(row))]) keep[row] = 0;
  }
}

}  // namespace farrell::regression
