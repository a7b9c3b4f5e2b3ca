#include "base/http/parser.h"

#include <boost/beast/http/basic_parser.hpp>
#include <limits>

namespace rundlet::http {

namespace beast = boost::beast;

struct Parser::Machine {
  virtual ~Machine() = default;
  virtual Step parse(std::string_view input) = 0;
  virtual void end_of_stream() = 0;
  virtual bool head_done() const = 0;
  virtual bool done() const = 0;

  Head head;
};

namespace {

std::string to_string(beast::string_view text) {
  return {text.data(), text.size()};
}

[[noreturn]] void refuse(const beast::error_code& error, size_t max_header_bytes) {
  if (error == beast::http::error::header_limit) {
    throw ProtocolError(431, "request header is larger than " + std::to_string(max_header_bytes) + " bytes");
  }
  throw ProtocolError(400, "malformed HTTP message: " + error.message());
}

}  // namespace

template <bool is_request>
struct Parser::BeastMachine final : Parser::Machine, private beast::http::basic_parser<is_request> {
  using Base = beast::http::basic_parser<is_request>;

  BeastMachine(Kind kind, size_t max_header_bytes)
      : head_bytes_left_(max_header_bytes), max_(max_header_bytes) {
    this->header_limit(static_cast<std::uint32_t>(max_header_bytes));
    // Not boost::none: Boost 1.74 takes that for less than any Content-Length.
    this->body_limit(std::numeric_limits<std::uint64_t>::max());
    this->skip(kind == Kind::bodiless_response);
  }

  Step parse(std::string_view input) override {
    body_ = {};
    beast::error_code error;
    bool was_head = !Base::is_header_done();
    size_t consumed = this->put(boost::asio::const_buffer(input.data(), input.size()), error);
    if (was_head) count_head_bytes(consumed);
    bool need_more = error == beast::http::error::need_more;
    if (error && !need_more) refuse(error, max_);
    return {consumed, body_, need_more};
  }

  void end_of_stream() override {
    beast::error_code error;
    if (Base::got_some()) this->put_eof(error);
    if (error || !Base::is_done())
      throw_error(ErrorCode::unavailable, "connection closed in the middle of a message");
  }

  bool head_done() const override { return Base::is_header_done(); }
  bool done() const override { return Base::is_done(); }

 private:
  // Beast limits single lines; the sum is ours to count.
  void count_head_bytes(size_t consumed) {
    if (consumed > head_bytes_left_)
      refuse(beast::http::make_error_code(beast::http::error::header_limit), max_);
    head_bytes_left_ -= consumed;
  }

  void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target, int version,
                       beast::error_code&) override {
    head.method = to_string(method);
    head.target = to_string(target);
    head.http_1_0 = version < 11;
  }
  void on_response_impl(int status, beast::string_view, int version, beast::error_code&) override {
    head.status = status;
    head.http_1_0 = version < 11;
  }
  void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value,
                     beast::error_code&) override {
    // Trailers come here too; nobody reads them, and they must not pass for headers.
    if (!Base::is_header_done()) head.headers.add(to_string(name), to_string(value));
  }
  void on_header_impl(beast::error_code&) override {
    head.keep_alive = Base::keep_alive();
    head.chunked = Base::chunked();
    if (auto length = Base::content_length()) head.content_length = *length;
    refuse_ambiguous_length();
  }
  // RFC 9112 section 6: who reads such a request differently than the next one could be made to smuggle
  // another.
  void refuse_ambiguous_length() {
    if (!is_request || !head.headers.get("Transfer-Encoding")) return;
    if (!head.chunked || head.http_1_0) throw ProtocolError(400, "unsupported Transfer-Encoding");
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
  size_t on_body_impl(beast::string_view body, beast::error_code&) override {
    body_ = {body.data(), body.size()};
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
  size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, beast::error_code& error) override {
    return on_body_impl(body, error);
  }
  void on_finish_impl(beast::error_code&) override {}

  size_t head_bytes_left_, max_;
  std::string_view body_;
};

Parser::Parser(Kind kind, size_t max_header_bytes) {
  if (kind == Kind::request) {
    machine_ = std::make_unique<BeastMachine<true>>(kind, max_header_bytes);
  } else {
    machine_ = std::make_unique<BeastMachine<false>>(kind, max_header_bytes);
  }
}

Parser::~Parser() = default;

Parser::Step Parser::parse(std::string_view input) {
  return machine_->parse(input);
}
void Parser::end_of_stream() {
  machine_->end_of_stream();
}
bool Parser::head_done() const {
  return machine_->head_done();
}
bool Parser::done() const {
  return machine_->done();
}
Head& Parser::head() {
  return machine_->head;
}

}  // namespace rundlet::http
