// What is declared of a dataset: what is expected of it, where its variables break, which periods are final. Rows
// inside a transaction.
#pragma once

#include <compare>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "common/access/data_access.h"
#include "common/sql/soci.h"
#include "services/data/engine/standing.h"

namespace farrell::data {

// `kind` numbers as in data.v1.DeclaredBreak.Kind.
struct DeclaredBreak {
  std::string variable;
  std::int64_t period = 0;
  int kind = 0;
  std::string note;
  auto operator<=>(const DeclaredBreak&) const = default;
};

struct Declaration {
  Expected expected;
  std::vector<DeclaredBreak> breaks;  // by variable and period
};

Declaration DeclarationOf(soci::session& session, const access::DataName& dataset);
// False when it is declared so already.
bool Declare(soci::session& session, const access::DataName& dataset, const Declaration& declaration);

// Adds breaks to those of a dataset, or, where it has no name, to those of the project's snapshot; one that is there
// for the same variable and period is replaced.
void AddBreaks(soci::session& session, const access::DataName& dataset, const std::string& snapshot,
               const std::vector<DeclaredBreak>& breaks);
// Of the project's snapshot without a name.
std::vector<DeclaredBreak> BreaksOfSnapshot(soci::session& session, const std::string& project,
                                            const std::string& snapshot);

std::set<std::int64_t> FrozenPeriods(soci::session& session, const access::DataName& dataset);
void Freeze(soci::session& session, const access::DataName& dataset, std::int64_t period, std::int64_t now);
void Thaw(soci::session& session, const access::DataName& dataset, std::int64_t period);

// Of a dataset that is gone.
void RemoveDeclarations(soci::session& session, const access::DataName& dataset);

}  // namespace farrell::data
