// What an operator sets about admission.
#pragma once

#include <memory>
#include <vector>

#include "common/admission/admission.h"
#include "common/admission/deadlines.h"
#include "common/program/settings.h"

namespace farrell {

struct AdmissionSettings {
  AdmissionLimits limits{};
  // Mebibytes; 0: DefaultMemoryLimit.
  int memory_limit_mib = 0;
  DeadlinePolicy deadlines{.heavy_default = std::chrono::hours(4)};
};

// --max-heavy-calls, --max-light-calls, --memory-limit, --min-deadline, --default-deadline.
void AddAdmissionSettings(SettingTable& table, AdmissionSettings& settings);

// The stations that the settings ask for, in order.
std::vector<std::shared_ptr<CallStation>> AdmissionStations(const AdmissionSettings& settings);

}  // namespace farrell
