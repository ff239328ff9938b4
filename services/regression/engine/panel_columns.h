// Columns of a panel by the names a formula gives them: with or without back quotes, and the panel's keys.
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "common/panel/panel.h"
#include "common/status/status.h"
#include "services/regression/engine/levels.h"

namespace farrell::regression {

const PanelColumn* FindColumn(const Panel& panel, const std::string& name);
bool IsUnitKey(const Panel& panel, const std::string& name);
bool IsTimeKey(const Panel& panel, const std::string& name);

// Numbers of a column, or of the time key, in these rows. Such a column must exist.
Eigen::VectorXd NumbersOf(const Panel& panel, const std::string& name, const std::vector<std::size_t>& rows);

// The levels of a column over given rows of the panel; missing cells are the caller's business. The column is found by
// its name, with or without back quotes, or as unit or time key. NOT_FOUND COLUMN_NOT_FOUND.
Result<Levels> ClassifyRows(const Panel& panel, const std::string& column, const std::vector<std::size_t>& rows);

// The levels of the panel's units, whatever their key.
Levels ClassifyUnits(const Panel& panel, const std::vector<std::size_t>& rows);

// The combinations of several classifications that occur, labelled "a^b". One: itself. `parts` is not empty.
Levels CombineLevels(std::vector<Levels> parts, const std::string& name);

// True where the column (or key) has a cell in that row of the panel.
std::vector<char> PresentCells(const Panel& panel, const std::string& column);

// COLUMN_NOT_FOUND with the nearest name that there is.
Status ColumnNotFound(const Panel& panel, const std::string& name);
// The names a column could have: columns and keys.
std::vector<std::string> ColumnNames(const Panel& panel);

}  // namespace farrell::regression
