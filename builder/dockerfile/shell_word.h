// Variables and quotes in the words of instructions, as a POSIX shell would take them (Dockerfile reference,
// "Environment replacement"): $x ${x} ${x:-d} ${x-d} ${x:+a} ${x+a} ${x:?e} ${x?e} ${x#p} ${x##p} ${x%p}
// ${x%%p}
// ${x/p/r} ${x//p/r}; '…' keeps everything, "…" keeps blanks, the escape character keeps the next one.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rundlet::builder::dockerfile {

// nullopt: unset.
using Variables = std::function<std::optional<std::string>(std::string_view name)>;

struct ShellWordOptions {
  char escape = '\\';
  bool keep_quotes = false;  // quotes and escapes stay in the result (heredoc contents)
};

// Throws invalid_argument with docker's words ("unexpected end of statement while looking for matching
// single-quote", "syntax error: missing '}'", "unsupported modifier (x) in substitution").
std::string expand_word(std::string_view word, const Variables& variables,
                        const ShellWordOptions& options = {});
// As expand_word, then split at blanks that are neither quoted nor escaped: $PORTS may hold several ports.
std::vector<std::string> expand_words(std::string_view word, const Variables& variables,
                                      const ShellWordOptions& options = {});

}  // namespace rundlet::builder::dockerfile
