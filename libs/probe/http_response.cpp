#include "probe/http_response.hpp"

#include <algorithm>
#include <http_parser.h>
#include <strings.h>

namespace monitron::probe {

void HttpResponse::add_head(std::string_view text) {
  head.append(text.substr(0, kHeadLimit - std::min(kHeadLimit, head.size())));
}

std::vector<std::string_view> HttpResponse::headers(std::string_view name) const {
  std::vector<std::string_view> values;
  std::string_view rest = head;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const bool named = line.size() >= name.size() + 2 && line[name.size()] == ':' &&
                       strncasecmp(line.data(), name.data(), name.size()) == 0;
    if (named) values.push_back(line.substr(name.size() + 2));
  }
  return values;
}

std::optional<std::string_view> HttpResponse::header(std::string_view name) const {
  const auto values = headers(name);
  if (values.empty()) return std::nullopt;
  return values.front();
}

struct HttpResponseReader::Parsing {
  http_parser parser{};
  HttpResponse response;
  std::size_t body_limit = 0;
  bool head_request = false;
  bool done = false;
  bool over_limit = false;
  bool reusable = false;
  enum class Place { status, field, value } place = Place::status;
  const char* error = nullptr;
};

namespace {

using Parsing = HttpResponseReader::Parsing;

Parsing& of(http_parser* parser) { return *static_cast<Parsing*>(parser->data); }

int on_status(http_parser* parser, const char* text, std::size_t size) {
  HttpResponse& response = of(parser).response;
  if (response.head.empty()) {
    response.add_head("HTTP/" + std::to_string(parser->http_major) + "." +
                      std::to_string(parser->http_minor) + " " +
                      std::to_string(parser->status_code) + " ");
  }
  response.add_head({text, size});
  return 0;
}

int on_field(http_parser* parser, const char* text, std::size_t size) {
  Parsing& parsing = of(parser);
  if (parsing.place != Parsing::Place::field) parsing.response.add_head("\n");
  parsing.place = Parsing::Place::field;
  parsing.response.add_head({text, size});
  return 0;
}

int on_value(http_parser* parser, const char* text, std::size_t size) {
  Parsing& parsing = of(parser);
  if (parsing.place != Parsing::Place::value) parsing.response.add_head(": ");
  parsing.place = Parsing::Place::value;
  parsing.response.add_head({text, size});
  return 0;
}

int on_headers(http_parser* parser) {
  Parsing& parsing = of(parser);
  HttpResponse& response = parsing.response;
  response.status = static_cast<int>(parser->status_code);
  response.version = parser->http_major + parser->http_minor / 10.0;
  if (parser->content_length != UINT64_MAX) {
    response.content_length = static_cast<std::int64_t>(parser->content_length);
  }
  response.body = HttpBody(parsing.body_limit);
  if (const auto coding = response.header("content-encoding")) response.body.set_encoding(*coding);
  return parsing.head_request ? 1 : 0;
}

int on_body(http_parser* parser, const char* text, std::size_t size) {
  Parsing& parsing = of(parser);
  const auto state = parsing.response.body.feed({text, size});
  parsing.over_limit = state == HttpBody::State::cut;
  if (state == HttpBody::State::broken) parsing.error = "the packed body is broken";
  return state == HttpBody::State::more ? 0 : 1;
}

int on_complete(http_parser* parser) {
  Parsing& parsing = of(parser);
  const bool interim = parser->status_code < 200 && parser->status_code != 101;
  if (interim) {
    parsing.response = {};
    parsing.place = Parsing::Place::status;
    return 0;
  }
  if (!parsing.response.body.whole()) {
    parsing.error = "the packed body is cut short";
    return 1;
  }
  parsing.done = true;
  parsing.reusable = http_should_keep_alive(parser) != 0 && parser->status_code != 101;
  http_parser_pause(parser, 1);  // bytes after the answer are not ours to read
  return 0;
}

const http_parser_settings& callbacks() {
  static const http_parser_settings kCallbacks = [] {
    http_parser_settings settings;
    http_parser_settings_init(&settings);
    settings.on_status = on_status;
    settings.on_header_field = on_field;
    settings.on_header_value = on_value;
    settings.on_headers_complete = on_headers;
    settings.on_body = on_body;
    settings.on_message_complete = on_complete;
    return settings;
  }();
  return kCallbacks;
}

}  // namespace

HttpResponseReader::HttpResponseReader(bool head_request, std::size_t body_limit)
    : parsing_(std::make_unique<Parsing>()) {
  parsing_->head_request = head_request;
  parsing_->body_limit = body_limit;
  http_parser_init(&parsing_->parser, HTTP_RESPONSE);
  parsing_->parser.data = parsing_.get();
}

HttpResponseReader::~HttpResponseReader() = default;

HttpResponseReader::State HttpResponseReader::feed(std::string_view bytes) {
  Parsing& parsing = *parsing_;
  const std::size_t read =
      http_parser_execute(&parsing.parser, &callbacks(), bytes.data(), bytes.size());
  if (parsing.done && read != bytes.size()) parsing.reusable = false;  // it said more than asked
  if (parsing.done || parsing.over_limit) return State::done;
  const auto error = HTTP_PARSER_ERRNO(&parsing.parser);
  if (error == HPE_OK) return State::more;
  if (parsing.error == nullptr) parsing.error = http_errno_description(error);
  return State::broken;
}

HttpResponseReader::State HttpResponseReader::end() {
  Parsing& parsing = *parsing_;
  if (parsing.done || parsing.over_limit) return State::done;
  http_parser_execute(&parsing.parser, &callbacks(), nullptr, 0);
  if (parsing.done) return State::done;
  if (parsing.error == nullptr) {
    parsing.error = "the connection was closed before the answer was complete";
  }
  return State::broken;
}

const HttpResponse& HttpResponseReader::response() const { return parsing_->response; }
bool HttpResponseReader::reusable() const { return parsing_->reusable; }
std::string HttpResponseReader::error() const {
  return parsing_->error == nullptr ? "" : parsing_->error;
}

}  // namespace monitron::probe
