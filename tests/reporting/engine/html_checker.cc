#include "tests/reporting/engine/html_checker.h"

#include <regex>
#include <set>
#include <vector>

namespace farrell::reporting {

std::string HtmlProblem(const std::string& html) {
  static const std::set<std::string> empty_elements = {"br", "meta", "link", "img", "hr", "input", "col", "wbr"};
  std::vector<std::string> open;
  std::set<std::string> ids;
  std::vector<std::string> links;
  std::size_t at = 0;
  while ((at = html.find('<', at)) != std::string::npos) {
    if (html.compare(at, 2, "<!") == 0) {
      at = html.find('>', at);
      continue;
    }
    // Attribute values hold no '>' because they are escaped.
    const std::size_t end = html.find('>', at);
    if (end == std::string::npos) return "a tag does not end";
    const std::string tag = html.substr(at + 1, end - at - 1);
    at = end + 1;
    if (tag.front() == '/') {
      const std::string name = tag.substr(1);
      if (open.empty() || open.back() != name) {
        return "</" + name + "> closes " + (open.empty() ? "nothing" : "<" + open.back() + ">") + " at " +
               std::to_string(end);
      }
      open.pop_back();
      continue;
    }
    const std::string name = tag.substr(0, tag.find_first_of(" \n/"));
    static const std::regex attribute("(id|href)=\"([^\"]*)\"");
    for (auto found = std::sregex_iterator(tag.begin(), tag.end(), attribute); found != std::sregex_iterator();
         ++found) {
      const std::string value = (*found)[2];
      if ((*found)[1] == "href" && value.front() == '#') links.push_back(value.substr(1));
      if ((*found)[1] == "id" && !ids.insert(value).second) return "id " + value + " is used twice";
    }
    if (tag.back() == '/' || empty_elements.count(name) > 0) continue;
    open.push_back(name);
    if (name == "style") {
      at = html.find("</style>", at);
      if (at == std::string::npos) return "<style> does not end";
    }
  }
  if (!open.empty()) return "<" + open.back() + "> is not closed";
  for (const std::string& link : links) {
    if (ids.count(link) == 0) return "#" + link + " leads nowhere";
  }
  return {};
}

}  // namespace farrell::reporting
