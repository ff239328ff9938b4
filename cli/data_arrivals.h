// farrell data diff, status, history, watch, declare, freeze, push: a dataset through its releases.
#pragma once

#include <string>

#include "cli/options.h"
#include "farrell/data/v1/arrivals.pb.h"

namespace CLI {
class App;
}

namespace farrell::cli {

// data_arrivals.cc: what is there and what changed.
void AddDataDiff(CLI::App* data, Program& program);
void AddDataStatus(CLI::App* data, Program& program);
void AddDataHistory(CLI::App* data, Program& program);
void AddDataWatch(CLI::App* data, Program& program);

// data_declarations.cc: what is said about it, and cells that programs send.
void AddDataDeclare(CLI::App* data, Program& program);
void AddDataFreeze(CLI::App* data, Program& program);
void AddDataPush(CLI::App* data, Program& program);

// "2018: 3 revised (frozen), 12 appeared".
std::string DescribeChange(const data::v1::PeriodChange& change);

// "open", "complete" or "frozen".
std::string StateName(data::v1::PeriodState state);

// "dataset:NAME" and "NAME" are the same where only datasets are meant.
std::string WithoutKind(const std::string& reference);

}  // namespace farrell::cli
