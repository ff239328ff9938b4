// Study files damaged at random, with their data: whatever is written, the answer is a list of problems, each with a
// place in the file, in bounded time.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include "common/text/utf8.h"
#include "services/reporting/service/study_reader.h"
#include "tests/reporting/service/bad_studies.h"
#include "tests/support/long_run.h"

namespace farrell::reporting {
namespace {

// The short run is a twentieth of the full one (FARRELL_LONG, ./dev test --long).
int Rounds(int full) { return farrell::testing::LongRun() ? full : full / 20; }

class Draws {
 public:
  explicit Draws(std::uint64_t seed) : state_(seed) {}
  std::size_t operator()(std::size_t below) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::size_t>((state_ >> 33) % below);
  }
  template <typename List>
  const auto& Of(const List& list) {
    return list[(*this)(list.size())];
  }

 private:
  std::uint64_t state_;
};

// Scalars that no key wants, and some that one does.
const std::vector<std::string>& Scalars() {
  static const std::vector<std::string> scalars = {"",
                                                   "~",
                                                   "-1",
                                                   "0",
                                                   "1e308",
                                                   "-9223372036854775808",
                                                   "99999999999999999999",
                                                   ".nan",
                                                   ".inf",
                                                   "true",
                                                   "nowhere",
                                                   "{n}",
                                                   "score.x",
                                                   "a b",
                                                   "log(",
                                                   "~ x | y | z ~ w",
                                                   "'",
                                                   "`",
                                                   "区域",
                                                   "score.main",
                                                   "x ~ y",
                                                   "year",
                                                   "state",
                                                   "cr3:nowhere",
                                                   "wild:state:5",
                                                   "a:b:c",
                                                   "{dea:x:mean}",
                                                   "../..",
                                                   "2001",
                                                   "*",
                                                   "i(rate)",
                                                   "lag(rate, 99)",
                                                   std::string(5000, 'x'),
                                                   std::string(300, '('),
                                                   "i(region, ref = nowhere)"};
  return scalars;
}

// A YAML document that can be cut up at will.
struct Tree {
  enum class Kind { kScalar, kList, kMap };
  Kind kind = Kind::kScalar;
  std::string text;
  // Keys of a map; empty in a list.
  std::vector<std::pair<std::string, Tree>> parts;
};

Tree TreeOf(const YAML::Node& node) {
  Tree tree;
  if (node.IsMap()) {
    tree.kind = Tree::Kind::kMap;
    for (const auto& entry : node) tree.parts.emplace_back(entry.first.Scalar(), TreeOf(entry.second));
  } else if (node.IsSequence()) {
    tree.kind = Tree::Kind::kList;
    for (const auto& entry : node) tree.parts.emplace_back("", TreeOf(entry));
  } else {
    tree.text = node.IsNull() ? "" : node.Scalar();
  }
  return tree;
}

std::string QuotedText(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c == '\n' ? ' ' : c;
  }
  return quoted + "\"";
}

// Lists and maps in brackets below the second level, so that a line is an entry.
std::string Written(const Tree& tree, int level) {
  if (tree.kind == Tree::Kind::kScalar) return QuotedText(tree.text);
  const bool map = tree.kind == Tree::Kind::kMap;
  const bool block = level < 2 && !tree.parts.empty();
  std::string text = block ? "" : map ? "{" : "[";
  for (std::size_t i = 0; i < tree.parts.size(); ++i) {
    const auto& [key, part] = tree.parts[i];
    text += block   ? "\n" + std::string(static_cast<std::size_t>(level) * 2, ' ') + (map ? "" : "- ")
            : i > 0 ? ", "
                    : "";
    if (map) text += QuotedText(key) + ": ";
    text += Written(part, block && map ? level + 1 : 2);
  }
  return text + (block ? "" : map ? "}" : "]");
}

void Collect(Tree& tree, std::vector<Tree*>& nodes) {
  nodes.push_back(&tree);
  for (auto& [key, part] : tree.parts) Collect(part, nodes);
}

Tree Scalar(const std::string& text) { return {Tree::Kind::kScalar, text, {}}; }

// One change of meaning somewhere in the tree.
void Damage(Tree& root, Draws& draw) {
  std::vector<Tree*> nodes;
  Collect(root, nodes);
  Tree& node = *nodes[draw(nodes.size())];
  const bool scalar = node.kind == Tree::Kind::kScalar;
  switch (draw(10)) {
    case 0:  // a key or an entry less
      if (!node.parts.empty())
        node.parts.erase(node.parts.begin() + static_cast<std::ptrdiff_t>(draw(node.parts.size())));
      return;
    case 1:  // another scalar
    case 2: node = Scalar(draw.Of(Scalars())); return;
    case 3:  // a list or a map where there was none
      node = {draw(2) == 0 ? Tree::Kind::kList : Tree::Kind::kMap, "", {{"id", Scalar("x")}, {"of", Scalar("y")}}};
      return;
    case 4: node = {draw(2) == 0 ? Tree::Kind::kList : Tree::Kind::kMap, "", {}}; return;
    case 5:  // the same entry or key twice
      if (!node.parts.empty()) node.parts.push_back(std::pair(draw.Of(node.parts)));
      return;
    case 6: {  // something from elsewhere
      Tree other = *draw.Of(nodes);
      node = std::move(other);
      return;
    }
    case 7:  // a key that nobody knows
      if (node.kind == Tree::Kind::kMap) node.parts.emplace_back(draw.Of(Scalars()), Scalar(draw.Of(Scalars())));
      return;
    case 8:  // deep
      for (std::size_t level = draw(60); level > 0; --level) {
        Tree outer{Tree::Kind::kList, "", {{"", std::move(node)}}};
        node = std::move(outer);
      }
      return;
    default:  // one word of a text
      if (scalar && !node.text.empty()) {
        node.text.replace(draw(node.text.size()), draw(4), draw(3) == 0 ? draw.Of(Scalars()).substr(0, 20) : "q");
      }
      return;
  }
}

struct File {
  std::string path;
  std::vector<std::pair<std::string, std::string>> others;
  std::string data;
};

class StudyFuzz : public ::testing::Test {
 protected:
  // Every problem has a place in one of the files and says something; the answer takes seconds of the processor at
  // most.
  void Check(const std::string& text, const File& file, const std::string& digest) {
    std::vector<std::pair<std::string, std::string>> files = {{file.path, text}};
    files.insert(files.end(), file.others.begin(), file.others.end());
    const std::clock_t begin = std::clock();
    const v1::ValidateStudyResponse response = Answer(files, {file.data, digest});
    EXPECT_LT(static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC, 20.0) << text.substr(0, 5000);
    for (const v1::StudyProblem& problem : response.problems()) {
      const auto written =
          std::find_if(files.begin(), files.end(), [&](const auto& each) { return each.first == problem.file(); });
      ASSERT_NE(written, files.end()) << FormatProblem(problem);
      EXPECT_FALSE(problem.message().empty());
      EXPECT_EQ(problem.message().find('\n'), std::string::npos) << FormatProblem(problem);
      EXPECT_TRUE(IsInside(problem, written->second)) << FormatProblem(problem) << "\n" << text;
    }
  }

  // A message cannot carry bytes that are no text; what reads files is asked itself.
  v1::ValidateStudyResponse Answer(const std::vector<std::pair<std::string, std::string>>& files,
                                   const std::pair<std::string, std::string>& data) {
    const std::string& text = files.front().second;
    if (text::ValidUtf8Length(text) == text.size()) return Validate(services_, files, data);
    v1::ValidateStudyResponse response;
    for (const v1::StudyProblem& problem : ReadStudySource(Source(files)).problems.Sorted()) {
      *response.add_problems() = problem;
    }
    EXPECT_FALSE(response.problems().empty());
    return response;
  }

  // Columns count characters; one past the end of a line is where something is missing.
  static bool IsInside(const v1::StudyProblem& problem, const std::string& text) {
    std::size_t begin = 0;
    for (int line = 1; line < problem.line(); ++line) {
      begin = text.find('\n', begin);
      if (begin == std::string::npos) return false;
      ++begin;
    }
    const std::string line = text.substr(begin, text.find('\n', begin) - begin);
    const auto characters =
        std::count_if(line.begin(), line.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
    return problem.line() > 0 && problem.column() > 0 && problem.column() <= characters + 1;
  }

  void DamageMeaning(const File& file, const std::string& digest, int full, std::uint64_t seed) {
    const std::string whole = SourceText(file.path);
    Draws draw(seed);
    for (int round = 0; round < Rounds(full); ++round) {
      Tree root = TreeOf(YAML::Load(whole));
      for (std::size_t faults = 1 + draw(4); faults > 0; --faults) Damage(root, draw);
      SCOPED_TRACE(file.path + ", round " + std::to_string(round));
      Check(Written(root, 0), file, digest);
      if (HasFatalFailure()) return;
    }
  }

  void DamageBytes(const File& file, const std::string& digest, int full, std::uint64_t seed) {
    const std::string whole = SourceText(file.path);
    const std::vector<std::string> pieces = {"\t",
                                             "\xff",
                                             std::string(1, '\0'),
                                             "\r\n",
                                             "\xEF\xBB\xBF",
                                             "&a ",
                                             "*a",
                                             "<<: *a\n",
                                             "---\n",
                                             "...\n",
                                             "? ",
                                             "!!binary ",
                                             "|\n",
                                             "\"",
                                             "'",
                                             "{",
                                             "[",
                                             "]",
                                             "}",
                                             ": ",
                                             "- ",
                                             "#",
                                             "%YAML 9\n",
                                             "\xE5\x8C"};
    Draws draw(seed);
    for (int round = 0; round < Rounds(full); ++round) {
      std::string text = whole;
      for (std::size_t faults = 1 + draw(4); faults > 0 && !text.empty(); --faults) {
        const std::size_t at = draw(text.size());
        switch (draw(4)) {
          case 0: text.insert(at, draw.Of(pieces)); break;
          case 1: text.erase(at, draw(80)); break;
          case 2: text.resize(at); break;
          default: text.insert(at, text.substr(draw(text.size()), draw(300))); break;
        }
      }
      SCOPED_TRACE(file.path + ", round " + std::to_string(round));
      Check(text, file, digest);
      if (HasFatalFailure()) return;
    }
  }

  RunningServices services_;
};

const char* const kTiles = "unit,row,column,label\nA,0,0,A\n";

TEST_F(StudyFuzz, TheStudyOfEveryKey) {
  const File file{kWholeStudy, {{"tests/reporting/service/tiles.csv", kTiles}}, "tests/reporting/service/panel.csv"};
  const std::string digest = services_.Import(SmallPanel()).value();
  DamageMeaning(file, digest, 6000, 1);
  DamageBytes(file, digest, 6000, 2);
}

TEST_F(StudyFuzz, TheExamples) {
  const std::string states = "examples/us-states/";
  const File first{
      states + "study.yaml", {{states + "us_tiles.csv", SourceText(states + "us_tiles.csv")}}, states + "produc.csv"};
  const std::string digest = services_.Import(SourceText(first.data)).value();
  DamageMeaning(first, digest, 400, 3);
  DamageBytes(first, digest, 400, 4);

  const std::string innovation = "examples/ai-innovation/";
  const File second{innovation + "study.yaml",
                    {{innovation + "china_tiles.csv", SourceText(innovation + "china_tiles.csv")}},
                    innovation + "golden_panel.csv"};
  const std::string panel = services_.Import(SourceText(second.data), true, "province", "year").value();
  DamageMeaning(second, panel, 200, 5);
}

// Without their data the studies of the tests are read all the same.
TEST_F(StudyFuzz, TheStudiesOfTheTests) {
  const std::string base = "examples/ai-innovation/study.yaml";
  for (const char* name : {"tests/studies/china_study.yaml", "tests/studies/instrument_study.yaml"}) {
    DamageMeaning({name, {{base, SourceText(base)}}, "nowhere.csv"}, "none", 1000, 6);
  }
}

TEST_F(StudyFuzz, FilesThatAreNoStudies) {
  const File file{"s.yaml", {}, "panel.csv"};
  const std::string digest = services_.Import(SmallPanel()).value();
  const std::string bomb = [] {
    std::string text = "id: x\ndefine:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int level = 1; level < 12; ++level) {
      const std::string below = "*a" + std::to_string(level - 1);
      text += "  a" + std::to_string(level) + ": &a" + std::to_string(level) + " [" + below;
      for (int i = 0; i < 9; ++i) text += ", " + below;
      text += "]\n";
    }
    return text;
  }();
  std::string doubling = "id: x\ndata: {file: panel.csv, unit: state, time: year}\ndefine:\n  d0: rate\n";
  for (int level = 1; level < 40; ++level) {
    const std::string below = "{d" + std::to_string(level - 1) + "}";
    doubling += "  d" + std::to_string(level) + ": \"" + below + " + " + below + "\"\n";
  }
  doubling += "regressions:\n  - {id: r, formula: \"output ~ {d39}\"}\n";
  for (const std::string& text : {std::string(),
                                  std::string("\n\n"),
                                  std::string("~"),
                                  std::string("x"),
                                  std::string("[]"),
                                  std::string("{}"),
                                  std::string("- id: x"),
                                  std::string("\xEF\xBB\xBF") + "id: x\n",
                                  std::string("\xff\xfe"),
                                  std::string("id: \xC3"),
                                  std::string("id: a\0b", 7),
                                  std::string("id:\tx\n\tdata: y\n"),
                                  std::string("a: &a [*a]\n"),
                                  std::string("dea: &a [{weights: *a}]\n"),
                                  std::string("id: ") + std::string(10'000'000, 'x'),
                                  std::string(10'000'000, '['),
                                  std::string(900'000, '['),
                                  std::string(900'000, '{'),
                                  "id: " + std::string(900'000, '"'),
                                  std::string(900'000, '\n'),
                                  "variables:\n" + std::string(400'000, '-'),
                                  bomb,
                                  doubling,
                                  std::string("id: x\n---\nid: y\n")}) {
    SCOPED_TRACE(text.substr(0, 60));
    Check(text, file, digest);
  }
}

}  // namespace
}  // namespace farrell::reporting
