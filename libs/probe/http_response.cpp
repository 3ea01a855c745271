#include "probe/http_response.hpp"

#include <algorithm>
#include <http_parser.h>
#include <strings.h>

namespace monitron::probe {

struct HttpResponseReader::Parsing {
  http_parser parser{};
  http_parser_settings settings{};
  HttpResponse response;
  bool head_request = false;
  bool done = false;
  bool over_limit = false;
  bool in_value = false;
  std::string field;
  std::string error;

  void add_head(std::string_view text) {
    constexpr std::size_t kHeadLimit = 4096;
    const std::size_t room = kHeadLimit - std::min(kHeadLimit, response.head.size());
    response.head.append(text.substr(0, room));
  }
};

namespace {

using Parsing = HttpResponseReader::Parsing;

Parsing& of(http_parser* parser) { return *static_cast<Parsing*>(parser->data); }

int on_status(http_parser* parser, const char* text, std::size_t size) {
  Parsing& parsing = of(parser);
  parsing.add_head("HTTP/" + std::to_string(parser->http_major) + "." +
                   std::to_string(parser->http_minor) + " " + std::to_string(parser->status_code) +
                   " " + std::string(text, size));
  return 0;
}

int on_field(http_parser* parser, const char* text, std::size_t size) {
  Parsing& parsing = of(parser);
  if (parsing.in_value || parsing.field.empty()) {
    parsing.field.clear();
    parsing.add_head("\n");
  }
  parsing.in_value = false;
  parsing.field.append(text, size);
  parsing.add_head({text, size});
  return 0;
}

int on_value(http_parser* parser, const char* text, std::size_t size) {
  Parsing& parsing = of(parser);
  if (!parsing.in_value) parsing.add_head(": ");
  parsing.in_value = true;
  parsing.add_head({text, size});
  if (strcasecmp(parsing.field.c_str(), "location") == 0) {
    parsing.response.location.append(text, size);
  }
  return 0;
}

int on_headers(http_parser* parser) {
  Parsing& parsing = of(parser);
  parsing.response.status = static_cast<int>(parser->status_code);
  parsing.response.version = parser->http_major + parser->http_minor / 10.0;
  if (parser->content_length != UINT64_MAX) {
    parsing.response.content_length = static_cast<std::int64_t>(parser->content_length);
  }
  return parsing.head_request ? 1 : 0;
}

int on_body(http_parser* parser, const char* text, std::size_t size) {
  Parsing& parsing = of(parser);
  HttpResponse& response = parsing.response;
  response.body_bytes += size;
  const std::size_t room = HttpResponseReader::kBodyLimit - response.body.size();
  response.body.append(text, std::min(size, room));
  parsing.over_limit = size > room;
  return parsing.over_limit ? 1 : 0;
}

int on_complete(http_parser* parser) {
  Parsing& parsing = of(parser);
  const bool interim = parser->status_code < 200 && parser->status_code != 101;
  if (interim) {
    parsing.response = {};
    parsing.field.clear();
    parsing.in_value = false;
    return 0;
  }
  parsing.done = true;
  http_parser_pause(parser, 1);  // bytes after the answer are not ours to read
  return 0;
}

}  // namespace

HttpResponseReader::HttpResponseReader(bool head_request) : parsing_(std::make_unique<Parsing>()) {
  parsing_->head_request = head_request;
  http_parser_init(&parsing_->parser, HTTP_RESPONSE);
  parsing_->parser.data = parsing_.get();
  http_parser_settings_init(&parsing_->settings);
  parsing_->settings.on_status = on_status;
  parsing_->settings.on_header_field = on_field;
  parsing_->settings.on_header_value = on_value;
  parsing_->settings.on_headers_complete = on_headers;
  parsing_->settings.on_body = on_body;
  parsing_->settings.on_message_complete = on_complete;
}

HttpResponseReader::~HttpResponseReader() = default;

HttpResponseReader::State HttpResponseReader::feed(std::string_view bytes) {
  Parsing& parsing = *parsing_;
  http_parser_execute(&parsing.parser, &parsing.settings, bytes.data(), bytes.size());
  if (parsing.done || parsing.over_limit) return State::done;
  const auto error = HTTP_PARSER_ERRNO(&parsing.parser);
  if (error == HPE_OK) return State::more;
  parsing.error = http_errno_description(error);
  return State::broken;
}

HttpResponseReader::State HttpResponseReader::end() {
  if (parsing_->done || parsing_->over_limit) return State::done;
  http_parser_execute(&parsing_->parser, &parsing_->settings, nullptr, 0);
  if (parsing_->done) return State::done;
  parsing_->error = "the connection was closed before the answer was complete";
  return State::broken;
}

const HttpResponse& HttpResponseReader::response() const { return parsing_->response; }
std::string HttpResponseReader::error() const { return parsing_->error; }

}  // namespace monitron::probe
