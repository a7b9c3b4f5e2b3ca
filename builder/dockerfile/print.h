// A Dockerfile's instructions as text, one a line, every part quoted: what tests compare.
#pragma once

#include <string>

#include "builder/dockerfile/instruction.h"

namespace rundlet::builder::dockerfile {

std::string print(const Dockerfile& file);

}  // namespace rundlet::builder::dockerfile
