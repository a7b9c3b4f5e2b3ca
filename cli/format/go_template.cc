#include "cli/format/go_template.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/format/go_template_functions.h"
#include "cli/format/go_template_tree.h"

namespace rundlet::cli {
namespace go_template {
namespace {

enum class Flow { normal, break_, continue_ };

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_but_for_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

class Evaluator {
 public:
  Evaluator(Json dot, const std::map<std::string, std::string>& labels, bool heading)
      : labels_(labels), heading_(heading) {
    variables_.emplace_back("$", std::move(dot));
  }

  std::string run(const Node& root) {
    Json dot = variables_[0].second;
    walk_list(root.body, dot);
    return std::move(out_);
  }

 private:
  Flow walk_list(const std::vector<Node>& nodes, const Json& dot) {
    size_t scope = variables_.size();
    Flow flow = Flow::normal;
    for (const Node& node : nodes) {
      flow = walk(node, dot);
      if (flow != Flow::normal) break;
    }
    variables_.erase(variables_.begin() + static_cast<ptrdiff_t>(scope), variables_.end());
    return flow;
  }

  Flow walk(const Node& node, const Json& dot) {
    switch (node.kind) {
      case Node::Kind::text:
        out_ += node.text;
        return Flow::normal;
      case Node::Kind::action:
        if (Json value = evaluate(node.pipeline, dot); node.pipeline.variables.empty())
          out_ += print_value(value);
        return Flow::normal;
      case Node::Kind::if_:
      case Node::Kind::with:
        return walk_condition(node, dot);
      case Node::Kind::range:
        return walk_range(node, dot);
      case Node::Kind::break_:
        return Flow::break_;
      case Node::Kind::continue_:
        return Flow::continue_;
      case Node::Kind::list:
        return walk_list(node.body, dot);
    }
    return Flow::normal;
  }

  // Variables of the condition live until its end.
  Flow walk_condition(const Node& node, const Json& dot) {
    size_t scope = variables_.size();
    Json value = evaluate(node.pipeline, dot);
    const Json& inner = node.kind == Node::Kind::with ? value : dot;
    Flow flow = is_true(value) ? walk_list(node.body, inner) : walk_list(node.otherwise, dot);
    variables_.erase(variables_.begin() + static_cast<ptrdiff_t>(scope), variables_.end());
    return flow;
  }

  Flow walk_range(const Node& node, const Json& dot) {
    Pipeline source = node.pipeline;
    source.variables.clear();
    Json whole = evaluate(source, dot);
    auto items = items_of(whole);
    if (items.empty()) return walk_list(node.otherwise, dot);
    for (auto& [key, item] : items) {
      size_t scope = variables_.size();
      const auto& names = node.pipeline.variables;
      if (names.size() > 1) variables_.emplace_back(names[0], key);
      if (!names.empty()) variables_.emplace_back(names.back(), item);
      Flow flow = walk_list(node.body, item);
      variables_.erase(variables_.begin() + static_cast<ptrdiff_t>(scope), variables_.end());
      if (flow == Flow::break_) break;
    }
    return Flow::normal;
  }

  // Maps in the order of their keys, as Go ranges over them.
  std::vector<std::pair<Json, Json>> items_of(const Json& whole) const {
    std::vector<std::pair<Json, Json>> items;
    if (whole.is_object()) {
      for (const auto& [key, item] : whole.items()) items.emplace_back(key, item);
      std::sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    } else if (whole.is_array()) {
      for (const Json& item : whole) items.emplace_back(items.size(), item);
    } else if (whole.is_number_integer()) {
      for (int64_t i = 0; i < whole.get<int64_t>(); ++i) items.emplace_back(i, i);
    } else if (!whole.is_null() && !heading_) {
      throw_invalid(fmt::format("template: range can't iterate over {}", print_value(whole)));
    }
    return items;
  }

  Json evaluate(const Pipeline& pipeline, const Json& dot) {
    std::optional<Json> piped;
    for (const Call& call : pipeline.calls) piped = evaluate_call(call, dot, piped);
    if (pipeline.variables.size() > 1) throw_invalid("template: too many declarations in command");
    for (const std::string& name : pipeline.variables) assign(name, *piped, pipeline.declares);
    return *piped;
  }

  void assign(const std::string& name, const Json& value, bool declares) {
    if (declares) {
      variables_.emplace_back(name, value);
    } else {
      variable(name) = value;
    }
  }

  Json& variable(const std::string& name) {
    auto found =
        std::find_if(variables_.rbegin(), variables_.rend(), [&](const auto& v) { return v.first == name; });
    if (found == variables_.rend())
      throw_invalid(fmt::format("template parsing error: template: undefined variable \"{}\"", name));
    return found->second;
  }

  Json evaluate_call(const Call& call, const Json& dot, const std::optional<Json>& piped) {
    const Term& first = call[0];
    if (const auto* function = std::get_if<Function>(&first.operand)) {
      Json value = call_named(*function, first, call, dot, piped);
      return pick(std::move(value), first, 0);
    }
    if (call.size() == 1 && !piped) return value_of(first, dot);
    if (!first.fields.empty() && first.fields.back() == "Label" && call.size() == 2)
      return label(value_of(call[1], dot));
    fail(first, "can't give argument to non-function " + first.text);
  }

  Json label(const Json& name) {
    if (heading_) return print_value(name);
    auto found = labels_.find(name.is_string() ? name.get<std::string>() : "");
    return found == labels_.end() ? "" : found->second;
  }

  Json call_named(const Function& function, const Term& at, const Call& call, const Json& dot,
                  const std::optional<Json>& piped) {
    const std::string& name = function.name;
    if (!is_function(name))
      throw_invalid(fmt::format("template parsing error: template: :1: function \"{}\" not defined", name));
    if (name == "and" || name == "or") return short_circuit(name == "and", at, call, dot, piped);
    std::vector<Json> args;
    for (size_t i = 1; i < call.size(); ++i) args.push_back(value_of(call[i], dot));
    if (piped) args.push_back(*piped);
    if (heading_ && !args.empty() && reshapes(name)) return args[name == "printf" && args.size() > 1 ? 1 : 0];
    try {
      return call_function(name, args);
    } catch (const Error& e) {
      fail(at, e.message());
    }
  }

  // In a heading the values are column titles, which no function may take apart.
  static bool reshapes(std::string_view name) {
    constexpr std::string_view kReshaping[] = {"json", "split",    "join",  "upper", "lower", "title",
                                               "pad",  "truncate", "slice", "index", "printf"};
    return std::find(std::begin(kReshaping), std::end(kReshaping), name) != std::end(kReshaping);
  }

  Json short_circuit(bool is_and, const Term& at, const Call& call, const Json& dot,
                     const std::optional<Json>& piped) {
    Json value;
    size_t seen = 0;
    for (size_t i = 1; i < call.size(); ++i, ++seen) {
      value = value_of(call[i], dot);
      if (is_true(value) != is_and) return value;
    }
    if (piped) return *piped;
    if (seen == 0) fail(at, "wrong number of args: want at least 1 got 0");
    return value;
  }

  Json value_of(const Term& term, const Json& dot) {
    struct Base {
      Evaluator& self;
      const Term& term;
      const Json& dot;
      Json operator()(const Dot&) const { return dot; }
      Json operator()(const Nil&) const { return nullptr; }
      Json operator()(const Variable& v) const { return self.variable(v.name); }
      Json operator()(const Function& f) const { return self.call_named(f, term, {term}, dot, std::nullopt); }
      Json operator()(const std::shared_ptr<Pipeline>& p) const { return self.evaluate(*p, dot); }
      Json operator()(bool b) const { return b; }
      Json operator()(int64_t n) const { return n; }
      Json operator()(double d) const { return d; }
      Json operator()(const std::string& s) const { return s; }
    };
    return pick(std::visit(Base{*this, term, dot}, term.operand), term, 0);
  }

  Json pick(Json value, const Term& term, size_t from) {
    for (size_t i = from; i < term.fields.size(); ++i) value = field(value, term.fields[i], term);
    return value;
  }

  // Go's field names differ from JSON's in case only (ID and Id), so that is tolerated.
  Json field(const Json& value, const std::string& name, const Term& term) {
    if (value.is_null()) {
      fail(term, fmt::format("nil data; no entry for key \"{}\"", name));
    }
    if (!value.is_object())
      fail(term, fmt::format("can't evaluate field {} in type {}", name, value.type_name()));
    if (auto found = value.find(name); found != value.end()) return *found;
    for (const auto& [key, item] : value.items())
      if (same_but_for_case(key, name)) return item;
    if (heading_) return "";
    fail(term, fmt::format("map has no entry for key \"{}\"", name));
  }

  [[noreturn]] void fail(const Term& term, const std::string& message) const {
    throw_invalid(
        fmt::format("template: :1:{}: executing \"\" at <{}>: {}", term.column, term.text, message));
  }

  std::vector<std::pair<std::string, Json>> variables_;
  const std::map<std::string, std::string>& labels_;
  bool heading_;
  std::string out_;
};

}  // namespace
}  // namespace go_template

GoTemplate::GoTemplate(std::string_view text)
    : root_(std::make_unique<go_template::Node>(go_template::parse(text))) {}
GoTemplate::~GoTemplate() = default;
GoTemplate::GoTemplate(GoTemplate&&) noexcept = default;
GoTemplate& GoTemplate::operator=(GoTemplate&&) noexcept = default;

std::string GoTemplate::render(const Data& data) const {
  auto dot = go_template::Json::parse(data.json, nullptr, false);
  if (dot.is_discarded()) throw_invalid("malformed JSON from the daemon");
  return go_template::Evaluator(std::move(dot), data.labels, false).run(*root_);
}

std::string GoTemplate::render_header(const std::map<std::string, std::string>& headers) const {
  static const std::map<std::string, std::string> kNoLabels;
  go_template::Json dot(headers);
  return go_template::Evaluator(std::move(dot), kNoLabels, true).run(*root_);
}

}  // namespace rundlet::cli
