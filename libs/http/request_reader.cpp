#include "http/request_reader.hpp"

#include "base/text.hpp"
#include "http/target.hpp"

#include <algorithm>
#include <http_parser.h>
#include <optional>

namespace monitron::http {
namespace {

constexpr std::size_t kFirstBody = 1u << 20;  // room that is made on a client's word alone
constexpr std::size_t kHeaderCost = 128;      // of a header, beside its text

}  // namespace

struct RequestReader::Parsing {
  http_parser parser{};
  http_parser_settings settings{};
  std::size_t max_body_bytes = 0;
  std::size_t held = 0;
  State state = State::idle;
  std::string target, field, value, body;
  Headers headers;
  bool in_value = false;
  bool wants_leave = false;
  bool keep_alive = false;

  void end_header() {
    if (field.empty()) return;
    const auto [known, added] = headers.try_emplace(to_lower(field), trim(value));
    held += kHeaderCost;
    if (!added) known->second.append(", ").append(trim(value));
    field.clear();
    value.clear();
  }

  static Parsing& of(http_parser* parser) { return *static_cast<Parsing*>(parser->data); }
  static int on_begin(http_parser* parser) {
    of(parser).state = State::reading;
    return 0;
  }
  static int on_target(http_parser* parser, const char* text, std::size_t size) {
    auto& it = of(parser);
    it.held += size;
    it.target.append(text, size);
    return 0;
  }
  static int on_field(http_parser* parser, const char* text, std::size_t size) {
    auto& it = of(parser);
    if (it.in_value) it.end_header();
    it.in_value = false;
    it.held += size;
    it.field.append(text, size);
    return 0;
  }
  static int on_value(http_parser* parser, const char* text, std::size_t size) {
    auto& it = of(parser);
    it.in_value = true;
    it.held += size;
    it.value.append(text, size);
    return 0;
  }
  static int on_headers(http_parser* parser) {
    auto& it = of(parser);
    it.end_header();
    it.in_value = false;
    if (parser->http_major != 1) return -1;
    const bool sized = (parser->flags & F_CONTENTLENGTH) != 0;
    if (sized && parser->content_length > it.max_body_bytes) {
      it.state = State::too_large;
      return -1;
    }
    if (sized) it.body.reserve(std::min<std::size_t>(parser->content_length, kFirstBody));
    const auto expected = it.headers.find("expect");
    it.wants_leave = expected != it.headers.end() && to_lower(expected->second) == "100-continue";
    return 0;
  }
  static int on_body(http_parser* parser, const char* text, std::size_t size) {
    auto& it = of(parser);
    if (it.body.size() + size > it.max_body_bytes) {
      it.state = State::too_large;
      return -1;
    }
    it.held += size;
    it.body.append(text, size);
    return 0;
  }
  static int on_complete(http_parser* parser) {
    auto& it = of(parser);
    it.end_header();  // of a trailer
    it.state = State::complete;
    it.keep_alive = http_should_keep_alive(parser) != 0;
    http_parser_pause(parser, 1);
    return 0;
  }
};

namespace {

std::optional<Method> method_of(unsigned method) {
  switch (method) {
    case HTTP_GET:
      return Method::get;
    case HTTP_HEAD:
      return Method::head;
    case HTTP_POST:
      return Method::post;
    case HTTP_PUT:
      return Method::put;
    case HTTP_PATCH:
      return Method::patch;
    case HTTP_DELETE:
      return Method::delete_;
    case HTTP_OPTIONS:
      return Method::options;
    default:
      return std::nullopt;
  }
}

Result<void> read_query(std::string_view text, Request& request) {
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const auto pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    auto name = decode_query_part(pair.substr(0, equals));
    if (!name) return fail(Fault::invalid, "a name in the query is not percent-encoded UTF-8 text");
    auto value = decode_query_part(pair.substr(std::min(equals + 1, pair.size())));
    if (!value) {
      return fail(Fault::invalid, "query parameter " + *name + ": not percent-encoded UTF-8 text");
    }
    request.query.emplace(std::move(*name), std::move(*value));
  }
  return {};
}

Result<void> read_target(std::string_view target, Request& request) {
  target = target.substr(0, target.find('#'));
  const auto question = std::min(target.find('?'), target.size());
  auto path = decode_path(target.substr(0, question));
  if (!path) return fail(path.error());
  request.path = std::move(*path);
  return read_query(target.substr(std::min(question + 1, target.size())), request);
}

}  // namespace

RequestReader::RequestReader(std::size_t max_body_bytes) : parsing_(std::make_unique<Parsing>()) {
  auto& own = *parsing_;
  own.max_body_bytes = max_body_bytes;
  http_parser_init(&own.parser, HTTP_REQUEST);
  http_parser_settings_init(&own.settings);
  own.parser.data = &own;
  own.settings.on_message_begin = Parsing::on_begin;
  own.settings.on_url = Parsing::on_target;
  own.settings.on_header_field = Parsing::on_field;
  own.settings.on_header_value = Parsing::on_value;
  own.settings.on_headers_complete = Parsing::on_headers;
  own.settings.on_body = Parsing::on_body;
  own.settings.on_message_complete = Parsing::on_complete;
}

RequestReader::~RequestReader() = default;

std::size_t RequestReader::feed(std::string_view bytes) {
  auto& it = *parsing_;
  const auto taken = http_parser_execute(&it.parser, &it.settings, bytes.data(), bytes.size());
  const auto error = HTTP_PARSER_ERRNO(&it.parser);
  if (it.state == State::too_large || it.state == State::complete) return taken;
  if (error != HPE_OK || it.parser.upgrade != 0) it.state = State::bad;
  return taken;
}

RequestReader::State RequestReader::state() const { return parsing_->state; }

std::size_t RequestReader::held() const { return parsing_->held; }

bool RequestReader::wants_leave() {
  return parsing_->state == State::reading && std::exchange(parsing_->wants_leave, false);
}

bool RequestReader::keep_alive() const { return parsing_->keep_alive; }

Result<void> RequestReader::take(Request& request) {
  auto& it = *parsing_;
  const bool whole = it.state == State::complete;
  const auto method = method_of(it.parser.method);
  request.headers = std::exchange(it.headers, {});
  request.body = std::exchange(it.body, {});
  request.method = method.value_or(Method::get);
  const auto target = std::exchange(it.target, {});
  it.state = State::idle;
  it.held = 0;
  it.wants_leave = false;
  if (!whole) {
    it.keep_alive = false;
    return read_target(target, request);
  }
  http_parser_pause(&it.parser, 0);
  if (it.parser.upgrade != 0) return fail(Fault::invalid, "there is no other protocol here");
  if (!method) return fail(Fault::invalid, "unknown method");
  for (const auto& [name, value] : request.headers) {
    if (value.find('\0') != std::string::npos) return fail(Fault::invalid, "NUL in " + name);
  }
  return read_target(target, request);
}

}  // namespace monitron::http
