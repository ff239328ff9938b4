// The tables of the data service.
#pragma once

#include <vector>

#include "common/sql/migration.h"

namespace farrell::data {

const std::vector<sql::Migration>& SchemaMigrations();

}  // namespace farrell::data
