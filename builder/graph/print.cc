#include "builder/graph/print.h"

#include <fmt/format.h>

#include <map>

namespace rundlet::builder::graph {
namespace {

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (char c : text) {
    if (c == '\n') {
      result += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

class Text {
 public:
  explicit Text(std::string kind) : text_(std::move(kind)) {}
  Text& word(std::string_view name, std::string_view value) {
    if (!value.empty()) text_ += fmt::format(" {}={}", name, quoted(value));
    return *this;
  }
  Text& number(std::string_view name, uint64_t value) {
    if (value != 0) text_ += fmt::format(" {}={}", name, value);
    return *this;
  }
  Text& flag(std::string_view name, bool value) {
    if (value) text_ += fmt::format(" {}", name);
    return *this;
  }
  Text& words(std::string_view name, const std::vector<std::string>& values) {
    if (values.empty()) return *this;
    text_ += fmt::format(" {}=[", name);
    for (size_t i = 0; i < values.size(); ++i) text_ += (i == 0 ? "" : " ") + quoted(values[i]);
    text_ += ']';
    return *this;
  }
  Text& add(std::string_view text) {
    text_ += text;
    return *this;
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string_view type_name(ExecMount::Type type) {
  switch (type) {
    case ExecMount::Type::bind:
      return "bind";
    case ExecMount::Type::cache:
      return "cache";
    case ExecMount::Type::tmpfs:
      return "tmpfs";
    case ExecMount::Type::file:
      return "file";
  }
  return "";
}

std::string mount_text(const ExecMount& mount) {
  Text text(fmt::format(" mount({}", type_name(mount.type)));
  text.word("target", mount.target).number("input", mount.input);
  if (mount.type == ExecMount::Type::bind) text.word("source", mount.source);
  if (mount.type == ExecMount::Type::cache) text.word("id", mount.id).word("sharing", mount.sharing);
  text.flag("ro", mount.read_only).number("size", mount.size).word("content", mount.content);
  return text.add(")").take();
}

struct OpText {
  std::string operator()(const ImageOp& op) const {
    return Text("image/1").word("chain", op.chain.str()).take();
  }
  std::string operator()(const ContextOp&) const { return "context/1"; }
  std::string operator()(const HttpOp& op) const {
    return Text("http/1").word("url", op.url).word("checksum", op.checksum).take();
  }
  std::string operator()(const ExecOp& op) const {
    Text text("exec/1");
    text.words("argv", op.argv).words("env", op.env).word("user", op.user).word("cwd", op.directory);
    text.word("network", op.network).words("hosts", op.extra_hosts);
    text.number("shm", static_cast<uint64_t>(op.shm_size));
    for (const ExecMount& mount : op.mounts) text.add(mount_text(mount));
    return text.take();
  }
  std::string operator()(const CopyOp& op) const {
    Text text("copy/1");
    for (const CopyOp::Source& source : op.sources) {
      text.add(" source(")
          .add(quoted(source.path))
          .number("input", source.input)
          .word("content", source.content);
      text.flag("unpack", source.unpack).add(")");
    }
    text.word("to", op.destination).word("owner", op.owner).flag("root-owner", op.root_owner);
    if (op.mode) text.add(fmt::format(" mode={:o}", *op.mode));
    return text.take();
  }
  std::string operator()(const MakeDirectoryOp& op) const {
    return Text("mkdir/1").word("path", op.path).word("owner", op.owner).take();
  }
};

// Each vertex's own line, after those of its inputs.
class GraphPrinter {
 public:
  std::string name_of(const VertexPtr& vertex) {
    if (!vertex) return "scratch";
    auto known = names_.find(vertex.get());
    if (known != names_.end()) return known->second;
    std::string inputs;
    for (const VertexPtr& input : vertex->inputs) inputs += (inputs.empty() ? "" : ", ") + name_of(input);
    std::string name = fmt::format("v{}", names_.size() + 1);
    names_[vertex.get()] = name;
    text_ += fmt::format("{} = {}", name, canonical(vertex->op));
    text_ += inputs.empty() ? "\n" : fmt::format(" ({})\n", inputs);
    return name;
  }
  std::string take() { return std::move(text_); }

 private:
  std::map<const Vertex*, std::string> names_;
  std::string text_;
};

}  // namespace

std::string canonical(const Op& op) {
  return std::visit(OpText{}, op);
}

std::string print(const std::vector<VertexPtr>& targets) {
  GraphPrinter printer;
  for (const VertexPtr& target : targets) printer.name_of(target);
  return printer.take();
}

}  // namespace rundlet::builder::graph
