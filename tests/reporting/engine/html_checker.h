// A small check of generated HTML.
#pragma once

#include <string>

namespace farrell::reporting {

// Empty, or the first thing that is wrong: a tag that is not closed or closes another, an id used twice, a link within
// the page that leads nowhere.
std::string HtmlProblem(const std::string& html);

}  // namespace farrell::reporting
