#include "common/admission/admission_settings.h"

namespace farrell {

void AddAdmissionSettings(SettingTable& table, AdmissionSettings& settings) {
  table.Number("max-heavy-calls", settings.limits.heavy, 1, 1024,
               "Calls that compute, import or render, handled at a time; others are refused with QUEUE_FULL");
  table.Number("max-light-calls", settings.limits.light, 1, 2048, "The same for calls that only look something up");
  table.Number("memory-limit", settings.memory_limit_mib, 0, 1 << 24,
               "Resident mebibytes above which computing calls are refused with MEMORY_LOW; 0: nine tenths of what the "
               "container or the machine has");
  table.Seconds("min-deadline", settings.deadlines.minimum, 0, 60,
                "A call that arrives with less time left is refused with DEADLINE_TOO_SHORT");
  table.Seconds("default-deadline", settings.deadlines.heavy_default, 0, 2'592'000,
                "Time for a computing call that comes without a deadline; 0: no end");
}

std::vector<std::shared_ptr<CallStation>> AdmissionStations(const AdmissionSettings& settings) {
  AdmissionLimits limits = settings.limits;
  limits.memory_bytes =
      settings.memory_limit_mib == 0 ? DefaultMemoryLimit() : std::int64_t{settings.memory_limit_mib} * 1024 * 1024;
  return {std::make_shared<Deadlines>(settings.deadlines), std::make_shared<Admission>(limits)};
}

}  // namespace farrell
