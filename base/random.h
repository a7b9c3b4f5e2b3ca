// Random names from the kernel's generator.
#pragma once

#include <cstddef>
#include <string>

namespace rundlet {

// `bytes` random bytes as lower-case hex: random_hex(32) is a container id.
std::string random_hex(size_t bytes);

}  // namespace rundlet
