#include <algorithm>
#include <utility>

#include "services/regression/engine/formula_parser.h"

namespace farrell::regression {
namespace {

// One stepwise function and the lists of elements it stands for.
struct Stepwise {
  // The whole call.
  Span span;
  std::vector<Span> elements;
  // Number of formulas, and how the first differs: `csw0(a, b)` stands for nothing, a, a + b.
  bool cumulative = false;
  bool with_none = false;
  // Every subset of the elements, smaller ones first, then in the order of the elements.
  bool multiverse = false;
  // In the order of variation: effects 0, left side 1, terms 2, instruments 3.
  int part = 0;

  std::size_t count() const {
    // More than kMaxStepwise of subsets need not be told apart.
    if (multiverse) return std::size_t{1} << std::min<std::size_t>(elements.size(), 20);
    return elements.size() + (with_none ? 1 : 0);
  }
  // Positions of the elements of choice k.
  std::vector<std::size_t> Choice(std::size_t k) const {
    if (multiverse) return Subset(k);
    if (with_none) {
      if (k == 0) return {};
      --k;
    }
    std::vector<std::size_t> chosen;
    for (std::size_t e = cumulative ? 0 : k; e <= k; ++e) chosen.push_back(e);
    return chosen;
  }

 private:
  std::vector<std::size_t> Subset(std::size_t k) const {
    for (std::size_t size = 0;; ++size) {
      // Chosen elements stand first, so that the permutations of the marks go through subsets in order.
      std::vector<bool> marks(elements.size(), false);
      std::fill_n(marks.begin(), size, true);
      do {
        if (k-- > 0) continue;
        std::vector<std::size_t> chosen;
        for (std::size_t e = 0; e < marks.size(); ++e) {
          if (marks[e]) chosen.push_back(e);
        }
        return chosen;
      } while (std::prev_permutation(marks.begin(), marks.end()));
    }
  }
};

bool IsStepwiseName(std::string_view name) {
  return name == "sw" || name == "csw" || name == "sw0" || name == "csw0" || name == "mvsw" || name == "c";
}

class Expander {
 public:
  Expander(const BracketedText& source, Mistakes& mistakes) : source_(source), mistakes_(mistakes) {}

  std::vector<ExpandedFormula> Run(std::vector<std::size_t>& found) {
    Mistakes ignored(source_.text());
    // Mistakes in the parts are those of the parser.
    SplitParts(source_, parts_, ignored);
    FindCalls();
    for (const Stepwise& call : calls_) found.push_back(call.span.begin);
    std::size_t count = 1;
    for (const Stepwise& call : calls_) {
      count *= call.count();
      if (count <= kMaxStepwise) continue;
      mistakes_.Add(call.span.begin, "the stepwise functions stand for more than 1000 formulas");
      return {};
    }
    std::vector<std::size_t> order(calls_.size());
    for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return calls_[a].part < calls_[b].part; });
    std::vector<ExpandedFormula> formulas;
    std::vector<std::size_t> choice(calls_.size());
    for (std::size_t index = 0; index < count; ++index) {
      std::size_t rest = index;
      for (std::size_t k = order.size(); k-- > 0;) {
        choice[order[k]] = rest % calls_[order[k]].count();
        rest /= calls_[order[k]].count();
      }
      formulas.push_back(Write(choice));
    }
    return formulas;
  }

 private:
  // Every stepwise name before a parenthesis, outside quotes.
  void FindCalls() {
    const std::string_view text = source_.text();
    for (std::size_t k = 0; k < text.size();) {
      if (source_.Quoted(k) || !IsNameCharacter(text[k])) {
        ++k;
        continue;
      }
      std::size_t end = k;
      while (end < text.size() && IsNameCharacter(text[end])) ++end;
      std::size_t open = end;
      while (open < text.size() && IsSpace(text[open])) ++open;
      const std::string_view name = text.substr(k, end - k);
      if (source_.At(open) == '(' && IsStepwiseName(name)) ReadStepwise(name, k, open);
      k = end;
    }
  }

  void ReadStepwise(std::string_view name, std::size_t begin, std::size_t open) {
    const std::string written = "`" + std::string(name) + "()`";
    if (source_.Depth(begin) > 0) {
      // A function c of the data service, should there be one, is none of our business.
      if (name != "c") mistakes_.Add(begin, written + " stands outside of other brackets");
      return;
    }
    const std::size_t close = source_.Closing(open);
    Stepwise call;
    call.span = {begin, close + 1};
    call.part = PartOf(begin);
    if ((name == "c") != (call.part == kLeft)) {
      mistakes_.Add(begin, name == "c" ? "`c()` lists left sides; on the right write terms joined by `+`, or `sw()`"
                                       : written + " lists terms; on the left write c(y1, y2)");
      return;
    }
    const bool whole = call.part == kLeft ? IsWholeLeft(call.span) : StandsAlone(call.span);
    if (!whole) {
      mistakes_.Add(begin, written + (call.part == kLeft ? " is the whole left side" : " stands alone between `+`"));
      return;
    }
    call.multiverse = name == "mvsw";
    call.cumulative = name.front() == 'c' && name != "c";
    call.with_none = name.back() == '0';
    call.elements = source_.Split({open + 1, close}, ",");
    bool complete = true;
    for (Span element : call.elements) {
      if (!element.empty()) continue;
      mistakes_.Add(element.begin, "an element of " + written + " is missing here");
      complete = false;
    }
    if (complete) calls_.push_back(std::move(call));
  }

  static constexpr int kLeft = 1;
  int PartOf(std::size_t offset) const {
    const auto inside = [&](Span span) { return offset >= span.begin && offset < span.end; };
    if (inside(parts_.response)) return kLeft;
    if (parts_.has_effects && inside(parts_.effects)) return 0;
    if (parts_.has_instruments && inside(parts_.instruments)) return 3;
    return 2;
  }

  std::size_t Before(std::size_t offset) const {
    while (offset > 0 && IsSpace(source_.text()[offset - 1])) --offset;
    return offset;
  }
  std::size_t After(std::size_t offset) const {
    while (offset < source_.text().size() && IsSpace(source_.text()[offset])) ++offset;
    return offset;
  }

  bool IsWholeLeft(Span span) const { return Before(span.begin) == 0 && After(span.end) == parts_.response.end; }
  bool StandsAlone(Span span) const {
    const std::size_t before = Before(span.begin);
    const char left = before > 0 ? source_.text()[before - 1] : '+';
    const std::size_t after = After(span.end);
    const char right = after < source_.text().size() ? source_.text()[after] : '+';
    return std::string_view("+~|").find(left) != std::string_view::npos &&
           std::string_view("+-~|").find(right) != std::string_view::npos;
  }

  // The text with every call replaced by its choice; one that stands for nothing takes its `+` with it.
  ExpandedFormula Write(const std::vector<std::size_t>& choice) const {
    ExpandedFormula out;
    const std::string_view text = source_.text();
    std::size_t at = 0;
    const auto copy = [&](std::size_t end) {
      for (; at < end; ++at) {
        out.text += text[at];
        out.origin.push_back(at);
      }
    };
    const auto add = [&](std::string_view added, std::size_t origin) {
      out.text += added;
      out.origin.insert(out.origin.end(), added.size(), origin);
    };
    for (std::size_t k = 0; k < calls_.size(); ++k) {
      const Stepwise& call = calls_[k];
      copy(call.span.begin);
      const std::vector<std::size_t> chosen = call.Choice(choice[k]);
      for (std::size_t e : chosen) {
        if (e != chosen.front()) add(" + ", call.span.begin);
        at = call.elements[e].begin;
        copy(call.elements[e].end);
      }
      at = call.span.end;
      if (!chosen.empty()) continue;
      while (!out.text.empty() && IsSpace(out.text.back())) Drop(out);
      if (!out.text.empty() && out.text.back() == '+') {
        Drop(out);
        while (!out.text.empty() && IsSpace(out.text.back())) Drop(out);
        continue;
      }
      // The first of its part: the next sign goes, or a placeholder takes the whole part.
      if (!out.text.empty()) add(" ", call.span.begin);
      at = After(at);
      if (at < text.size() && text[at] == '+') {
        at = After(at + 1);
      } else if (at >= text.size() || text[at] != '-') {
        add(call.part == 0 ? "0" : "1", call.span.begin);
        if (at < text.size()) add(" ", call.span.begin);
      }
    }
    copy(text.size());
    out.origin.push_back(text.size());
    return out;
  }

  static void Drop(ExpandedFormula& out) {
    out.text.pop_back();
    out.origin.pop_back();
  }

  const BracketedText& source_;
  Mistakes& mistakes_;
  FormulaParts parts_;
  std::vector<Stepwise> calls_;
};

}  // namespace

std::vector<ExpandedFormula> ExpandStepwise(const BracketedText& source, Mistakes& mistakes,
                                            std::vector<std::size_t>& found) {
  return Expander(source, mistakes).Run(found);
}

}  // namespace farrell::regression
