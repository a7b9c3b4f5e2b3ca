// Text → Dockerfile. https://docs.docker.com/reference/dockerfile/
#pragma once

#include <string_view>

#include "builder/dockerfile/instruction.h"

namespace rundlet::builder::dockerfile {

// Throws invalid_argument with docker's words: "dockerfile parse error line 3: unknown instruction: FOO".
// What is not supported is refused by name.
Dockerfile parse(std::string_view text);

// The trigger of an ONBUILD, as the child build runs it. Throws as parse does.
Instruction parse_trigger(std::string_view trigger);

}  // namespace rundlet::builder::dockerfile
