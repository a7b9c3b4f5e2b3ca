// One line of the --log file in its JSON form, as logrus writes it.
#pragma once

#include <string>

namespace rundlet::runtime {

std::string json_log_line(const std::string& message);

}  // namespace rundlet::runtime
