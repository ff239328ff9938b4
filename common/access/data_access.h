// Which data a grant opens: projects, their datasets and releases, named by patterns.
//
//   provinces/*           everything of the project, also what has no name
//   national/gdp          all releases of one dataset
//   national/gdp@2020*    some of them; * stands for any characters
//   /*                    what belongs to no project
//   *                     everything
//
// A grant without patterns opens its own project.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/access/grants.h"

namespace farrell::access {

bool IsDataPattern(std::string_view text);

// Whose data, and which: without a dataset, what was stored without a name.
struct DataName {
  std::string project;
  std::string dataset;
  std::string release;
};

// What is open to one caller. Cheap to copy.
class DataAccess {
 public:
  // Everything: nobody is asked who they are.
  DataAccess() = default;
  explicit DataAccess(std::shared_ptr<const Grant> grant) : grant_(std::move(grant)) {}
  // Of the call under way (common/rpc/call.h); everything outside of one.
  static DataAccess OfCurrentCall();

  bool everything() const { return grant_ == nullptr; }
  // Their home, where names without a project lead.
  const std::string& project() const;
  const std::string& principal() const;
  const Quota& quota() const;

  // Whether the release may be read at `now`: a pattern covers it, and its embargo (Time(): none) is over or does not
  // bind this caller.
  bool MayRead(const DataName& name, Time embargo_until, Time now) const;
  // Everything, with an embargo or without; all of a project as a pattern names it.
  bool MayReadAll() const;
  bool MayReadProject(const std::string& project) const;
  // What a project's principals store without a name is open to all of them, and to whoever may read PROJECT/*.
  bool MayReadUnnamed(const std::string& project) const;
  // Home, or a project of which a pattern covers the release.
  bool MayWrite(const DataName& name) const;

 private:
  const Grant& grant() const;

  std::shared_ptr<const Grant> grant_;
};

}  // namespace farrell::access
