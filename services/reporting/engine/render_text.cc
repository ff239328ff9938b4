// The table on a terminal: three rules, columns padded to their display width.
#include <algorithm>

#include "common/text/display.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kNoteWidth = 96;

std::string Padded(const std::string& words, std::size_t width, bool left) {
  const std::size_t taken = text::DisplayWidth(words);
  const std::string blanks(width > taken ? width - taken : 0, ' ');
  return left ? words + blanks : blanks + words;
}

std::string Trimmed(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

// A number right-aligned so that its last digit, not its star or parenthesis, meets those above and below.
struct Aligned {
  std::string body;
  std::string tail;
};
Aligned Split(const Cell& cell) {
  std::string words = CellText(cell);
  if (cell.kind != Cell::Kind::kReal && cell.kind != Cell::Kind::kCount) return {words, ""};
  std::size_t tail = cell.stars.size();
  if (cell.wrap != Cell::Wrap::kNone) ++tail;
  return {words.substr(0, words.size() - tail), words.substr(words.size() - tail)};
}

struct Layout {
  std::size_t stub = 0;
  std::vector<std::size_t> bodies;
  std::vector<std::size_t> tails;

  std::size_t Width(std::size_t column) const { return bodies[column] + tails[column]; }
  std::size_t Total() const {
    std::size_t total = stub;
    for (std::size_t i = 0; i < bodies.size(); ++i) total += kGap + Width(i);
    return total;
  }
};

Layout Measure(const Table& table) {
  Layout layout;
  layout.stub = text::DisplayWidth(table.stub);
  layout.bodies.resize(table.columns.size());
  layout.tails.resize(table.columns.size());
  for (const Panel& panel : table.panels) {
    for (const Row& row : panel.rows) {
      layout.stub = std::max(layout.stub, text::DisplayWidth(row.label));
      for (std::size_t i = 0; i < row.cells.size(); ++i) {
        const Aligned aligned = Split(row.cells[i]);
        layout.bodies[i] = std::max(layout.bodies[i], text::DisplayWidth(aligned.body));
        layout.tails[i] = std::max(layout.tails[i], text::DisplayWidth(aligned.tail));
      }
    }
  }
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const std::size_t head = text::DisplayWidth(table.columns[i].label);
    if (head > layout.Width(i)) layout.bodies[i] += head - layout.Width(i);
  }
  for (const Spanner& spanner : table.spanners) {
    std::size_t inside = kGap * (spanner.last - spanner.first);
    for (std::size_t i = spanner.first; i <= spanner.last; ++i) inside += layout.Width(i);
    const std::size_t wanted = text::DisplayWidth(spanner.label);
    if (wanted > inside) layout.bodies[spanner.first] += wanted - inside;
  }
  return layout;
}

std::string SpannerLine(const Table& table, const Layout& layout, bool rule) {
  std::string line(layout.stub, ' ');
  std::size_t column = 0;
  for (const Spanner& spanner : table.spanners) {
    for (; column < spanner.first; ++column) line.append(kGap + layout.Width(column), ' ');
    std::size_t inside = kGap * (spanner.last - spanner.first);
    for (; column <= spanner.last; ++column) inside += layout.Width(column);
    line.append(kGap, ' ');
    if (rule) {
      for (std::size_t i = 0; i < inside; ++i) line += "─";
      continue;
    }
    const std::size_t spare = inside - std::min(inside, text::DisplayWidth(spanner.label));
    line += std::string(spare / 2, ' ') + spanner.label + std::string(spare - spare / 2, ' ');
  }
  return Trimmed(line);
}

std::string RuleLine(const std::string& mark, std::size_t width) {
  std::string line;
  for (std::size_t i = 0; i < width; ++i) line += mark;
  return line + "\n";
}

std::string Wrapped(const std::string& words, std::size_t width) {
  std::string out;
  std::string line;
  std::size_t at = 0;
  while (at < words.size()) {
    std::size_t end = words.find(' ', at);
    if (end == std::string::npos) end = words.size();
    const std::string word = words.substr(at, end - at);
    if (!line.empty() && text::DisplayWidth(line) + 1 + text::DisplayWidth(word) > width) {
      out += line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
    at = end + 1;
  }
  return out + line + "\n";
}

}  // namespace

std::string RenderText(const Table& table) {
  const Layout layout = Measure(table);
  const std::size_t total = layout.Total();
  std::string out;
  if (table.synthetic) out += table.words("SYNTHETIC DATA - effects were planted") + "\n";
  std::string head;
  if (!table.number.empty()) head = table.words("Table {1}.", {table.number}) + " ";
  head += table.title;
  if (!head.empty()) out += Wrapped(head, std::max<std::size_t>(total, 60));
  out += RuleLine("━", total);
  if (!table.spanners.empty()) {
    out += SpannerLine(table, layout, false) + "\n" + SpannerLine(table, layout, true) + "\n";
  }
  std::string labels = Padded(table.stub, layout.stub, true);
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    labels += std::string(kGap, ' ') + Padded(table.columns[i].label, layout.Width(i), table.columns[i].text);
  }
  out += Trimmed(labels) + "\n" + RuleLine("─", total);
  bool first_panel = true;
  for (const Panel& panel : table.panels) {
    if (!panel.title.empty()) out += (first_panel ? "" : "\n") + panel.title + "\n";
    first_panel = false;
    for (const Row& row : panel.rows) {
      if (row.rule_above) out += RuleLine("─", total);
      std::string line = Padded(row.label, layout.stub, true);
      for (std::size_t i = 0; i < row.cells.size(); ++i) {
        const Aligned aligned = Split(row.cells[i]);
        line += std::string(kGap, ' ');
        if (table.columns[i].text) {
          line += Padded(aligned.body + aligned.tail, layout.Width(i), true);
        } else if (row.cells[i].kind == Cell::Kind::kText) {
          line += Padded(aligned.body, layout.bodies[i], false) + std::string(layout.tails[i], ' ');
        } else {
          line += Padded(aligned.body, layout.bodies[i], false) + Padded(aligned.tail, layout.tails[i], true);
        }
      }
      out += Trimmed(line) + "\n";
    }
  }
  out += RuleLine("━", total);
  for (const std::string& note : table.notes) out += Wrapped(note, std::max(total, kNoteWidth));
  return out;
}

}  // namespace farrell::reporting
