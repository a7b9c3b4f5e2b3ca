// Dockerfiles: parse, print, and expand every word of what was parsed.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "builder/dockerfile/parser.h"
#include "builder/dockerfile/print.h"
#include "builder/dockerfile/shell_word.h"
#include "builder/dockerfile/text.h"

using namespace rundlet::builder::dockerfile;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  Variables variables = [](std::string_view name) -> std::optional<std::string> {
    if (name.size() > 2) return std::nullopt;
    return std::string(name) + " value/with.parts";
  };
  try {
    Dockerfile file = parse(text);
    print(file);
    for (const std::string& word : split_quoted(text, file.escape))
      expand_words(word, variables, {file.escape, false});
  } catch (const rundlet::Error&) {
  }
  return 0;
}
