// The part of Go's text/template that `--format` needs, evaluated over JSON: fields, variables, pipelines,
// if, range, with, comments and trim markers; Go's functions and those docker adds (json, join, split, upper,
// lower, title, pad, truncate). define, template, block and call are refused by name.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace rundlet::cli {

namespace go_template {
struct Node;
}

class GoTemplate {
 public:
  // Throws invalid_argument: "template parsing error: template: :1: …".
  explicit GoTemplate(std::string_view text);
  ~GoTemplate();
  GoTemplate(GoTemplate&&) noexcept;
  GoTemplate& operator=(GoTemplate&&) noexcept;

  // What `.` is. `labels` answers the method call `.Label "name"` that rows of docker's lists have.
  struct Data {
    std::string json;
    std::map<std::string, std::string> labels;
  };
  // Throws invalid_argument: "template: :1:2: executing \"\" at <.Foo>: map has no entry for key \"Foo\"".
  std::string render(const Data& data) const;
  std::string render(std::string_view json) const { return render(Data{std::string(json), {}}); }
  // The heading of a table: field names become what `headers` says; functions that reshape values leave them
  // alone.
  std::string render_header(const std::map<std::string, std::string>& headers) const;

 private:
  std::unique_ptr<go_template::Node> root_;
};

}  // namespace rundlet::cli
