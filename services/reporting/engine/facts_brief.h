// What a study wants said on one page.
#pragma once

#include <string>

namespace farrell::reporting {

struct BriefFacts {
  // Regression and term of the headline.
  std::string regression;
  std::string term;
  // Empty: not shown.
  std::string comparison;
  std::string dea;
  std::string figure;
  // Sentences with their numbers filled in (brief_sentences.h); the comparison's may be empty.
  std::string headline = {};
  std::string compared = {};
  std::string method = {};
};

}  // namespace farrell::reporting
