// The tables of the reporting service.
#pragma once

#include "common/sql/component.h"

namespace farrell::reporting {

const sql::Component& Schema();

}  // namespace farrell::reporting
