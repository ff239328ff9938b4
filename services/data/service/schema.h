// The tables of the data service.
#pragma once

#include "common/sql/component.h"

namespace farrell::data {

const sql::Component& Schema();

}  // namespace farrell::data
