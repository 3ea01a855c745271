#pragma once
// Reads one HTTP/1.1 answer from bytes as they come. Interim answers (1xx) are passed over.

#include "probe/http_body.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace monitron::probe {

struct HttpResponse {
  int status = 0;
  double version = 0;
  std::string head;  // status line and headers, each on a line of its own; at most kHeadLimit
  std::int64_t content_length = -1;
  HttpBody body{0};

  static constexpr std::size_t kHeadLimit = 1 << 16;

  void add_head(std::string_view text);
  // The values of all headers of that name, in any case of letters.
  std::vector<std::string_view> headers(std::string_view name) const;
  std::optional<std::string_view> header(std::string_view name) const;  // the first of them
};

class HttpResponseReader {
 public:
  // `head_request`: the answer to HEAD, which has no body.
  HttpResponseReader(bool head_request, std::size_t body_limit);
  ~HttpResponseReader();

  enum class State { more, done, broken };
  // `done` as well once the body has passed its limit: the rest is not read.
  State feed(std::string_view bytes);
  State end();  // the connection has ended
  const HttpResponse& response() const;
  std::string error() const;
  // Once done: the connection can carry another request.
  bool reusable() const;

  struct Parsing;

 private:
  std::unique_ptr<Parsing> parsing_;
};

}  // namespace monitron::probe
