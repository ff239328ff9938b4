// Who spans whose frontier.
#pragma once

#include <cstdint>
#include <vector>

#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"

namespace farrell::dea {

// Reference sets of a panel and the set every scored row belongs to. Rows index Observations; sets hold ascending rows,
// that is (unit, time) order.
struct ReferenceSets {
  static constexpr std::int32_t kNone = -1;
  std::vector<std::vector<std::int32_t>> sets;
  std::vector<std::int32_t> set_of_row;  // kNone for rows that are not scored

  // Smallest and total size over the sets in use.
  std::int64_t smallest() const;
};

// Contemporaneous (Faere, Grosskopf, Norris & Zhang 1994), global (Pastor & Lovell 2005), sequential (Tulkens & Vanden
// Eeckaut 1995), window (Charnes, Clark, Cooper & Golany 1985): the W periods ending at t, the first W for earlier t;
// biennial (Pastor, Asmild & Lovell 2011): t and the period after it, for the last period the one before.
// Periods are the distinct times of rows that span frontiers. With groups, only rows of the same group. Excluded rows
// belong to no set; reference-only rows span the frontiers of their own period like any other. Rows that are frozen out
// are in no set either and have one: that of their period, or, of a period that nobody spans, that of the latest period
// before it; the set is empty where there is none, and under the contemporaneous scheme.
ReferenceSets MakeReferenceSets(const Observations& data, const Frontier& frontier);
// The same with groups given as one code a row; empty: no groups.
ReferenceSets MakeReferenceSets(const Observations& data, const Frontier& frontier,
                                const std::vector<std::int32_t>& groups);

}  // namespace farrell::dea
