// Files that people write in YAML for one request.
#pragma once

#include <google/protobuf/message.h>

#include <string>

#include "common/status/status.h"

namespace farrell::cli {

// Keys are the names of the message's fields (services/reporting/service/yaml_message.h). INVALID_ARGUMENT with this
// reason, every problem with its line.
Status ReadYamlFile(const std::string& text, const std::string& path, const std::string& reason,
                    google::protobuf::Message& message);

}  // namespace farrell::cli
