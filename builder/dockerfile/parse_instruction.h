// One logical line → one instruction.
#pragma once

#include "builder/dockerfile/instruction.h"
#include "builder/dockerfile/lexer.h"

namespace rundlet::builder::dockerfile {

// Throws invalid_argument, "dockerfile parse error line N: …".
Instruction parse_instruction(const LogicalLine& line, char escape);

}  // namespace rundlet::builder::dockerfile
