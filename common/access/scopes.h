// What each method of the contract asks of its caller. Fail closed: a method without a line here is for nobody.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace farrell::access {

struct MethodRule {
  std::string_view method;  // "farrell.data.v1.DataService/ImportTable"
  std::string_view scope;   // "data.write"; empty: every grant will do
  bool changes_state;       // what the audit log records
};

// Null: no rule names the method.
const MethodRule* RuleOf(std::string_view method);

// Whether one of `granted` lets its holder call the method: the method's scope, an area ("data.*"), everything ("*"),
// or the method itself by its full name.
bool Allows(const std::vector<std::string>& granted, const MethodRule& rule);

// Scopes that are no method's. An area does not include them: they are given by name, or with "*".
inline constexpr std::string_view kEmbargoedScope = "data.embargoed";  // see releases under embargo
inline constexpr std::string_view kForwardScope = "call.forward";  // call on behalf of others, named by their grants
inline constexpr std::string_view kAdminScope = "admin";           // see what others use
bool Holds(const std::vector<std::string>& granted, std::string_view scope);

// Everything that may be granted and is not a method: the scopes, the areas, "*".
std::vector<std::string> GrantableScopes();

}  // namespace farrell::access
