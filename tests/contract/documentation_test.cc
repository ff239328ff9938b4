// The manual names files that exist: every source file, folder and link in README.md, CONTRIBUTING.md and docs/.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace farrell {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = FARRELL_SOURCE_DIR;

std::vector<fs::path> Pages() {
  std::vector<fs::path> pages = {kRoot / "README.md", kRoot / "CONTRIBUTING.md"};
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / "docs")) {
    if (entry.path().extension() == ".md") pages.push_back(entry.path());
  }
  std::sort(pages.begin(), pages.end());
  return pages;
}

std::string Read(const fs::path& page) {
  std::ifstream file(page);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Files and folders of the code, relative to the root.
std::vector<std::string> Tree() {
  std::vector<std::string> tree;
  for (const char* top :
       {"cli", "clients", "cmake", "common", "deploy", "docs", "examples", "protos", "services", "tests"}) {
    tree.emplace_back(top);
    for (auto entry = fs::recursive_directory_iterator(kRoot / top); entry != fs::recursive_directory_iterator();
         ++entry) {
      if (entry->path().filename() == "node_modules") {
        entry.disable_recursion_pending();
        continue;
      }
      tree.push_back(entry->path().lexically_relative(kRoot).string());
    }
  }
  return tree;
}

// The path, in which * stands for any part of a name, as a pattern.
std::regex Pattern(const std::string& path) {
  std::string pattern;
  for (const char character : path) {
    if (character == '*') {
      pattern += "[^/]*";
    } else {
      if (std::string_view(".+").find(character) != std::string_view::npos) pattern += '\\';
      pattern += character;
    }
  }
  return std::regex("(.*/)?" + pattern);
}

// Whether `name` is a path from the root, the end of one below `folder`, or the name of a file anywhere.
bool Exists(const std::vector<std::string>& tree, const std::string& name, const std::string& folder) {
  const std::regex pattern = Pattern(name.back() == '/' ? name.substr(0, name.size() - 1) : name);
  return std::any_of(tree.begin(), tree.end(), [&](const std::string& path) {
    std::smatch match;
    if (!std::regex_match(path, match, pattern)) return false;
    return match.length(1) == 0 || path.starts_with(folder) || name.find('/') == std::string::npos;
  });
}

// The names in a page that stand for nothing. A short name such as engine/csv.cc belongs to the service whose folder
// was named last.
std::string MissingNames(const std::string& page, const std::vector<std::string>& tree) {
  static const std::regex kName(
      R"((?:cli|clients|cmake|common|deploy|docs|engine|examples|protos|service|services|tests)/[\w.*/<>-]*[\w*/>]|[\w*/-]+\.(?:cc|h|mjs|proto|cmake)\b)");
  static const std::regex kService(R"(services/\w+)");
  std::string missing;
  std::string folder;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    for (auto name = std::sregex_iterator(line.begin(), line.end(), kName); name != std::sregex_iterator(); ++name) {
      const std::string text = name->str();
      std::smatch service;
      if (std::regex_search(text, service, kService, std::regex_constants::match_continuous))
        folder = service.str() + "/";
      if (text.find('<') != std::string::npos) continue;  // a placeholder
      if (!Exists(tree, text, folder)) missing += "  " + text + "\n";
    }
  }
  return missing;
}

TEST(DocumentationTest, NamesOnlyFilesThatExist) {
  const std::vector<std::string> tree = Tree();
  for (const fs::path& page : Pages()) {
    // Cites the files of other projects as the sources of published numbers.
    if (page.filename() == "published-digits.md") continue;
    EXPECT_EQ(MissingNames(Read(page), tree), "") << page;
  }
}

TEST(DocumentationTest, LinksLeadSomewhere) {
  static const std::regex kLink(R"(\]\(([^)#\s]+)(#[^)]*)?\))");
  for (const fs::path& page : Pages()) {
    const std::string text = Read(page);
    for (auto link = std::sregex_iterator(text.begin(), text.end(), kLink); link != std::sregex_iterator(); ++link) {
      const std::string target = (*link)[1];
      if (target.find("://") != std::string::npos) continue;
      EXPECT_TRUE(fs::exists(page.parent_path() / target)) << page << " links to " << target;
    }
  }
}

TEST(DocumentationTest, TheSearchItselfSeesWhatIsMissing) {
  const std::vector<std::string> tree = Tree();
  EXPECT_EQ(MissingNames("services/data and engine/csv.cc, engine/expression/, common/status/status.h", tree), "");
  EXPECT_EQ(MissingNames("services/data: engine/simplex.cc, simplest.cc", tree),
            "  engine/simplex.cc\n  simplest.cc\n");
  EXPECT_EQ(MissingNames("services/dea: engine/zz*.cc, common/nothing/", tree), "  engine/zz*.cc\n  common/nothing/\n");
}

}  // namespace
}  // namespace farrell
