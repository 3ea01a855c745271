#pragma once
// Reads one HTTP/1.1 answer from bytes as they come. Interim answers (1xx) are passed over.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace monitron::probe {

struct HttpResponse {
  int status = 0;
  double version = 0;
  std::string head;      // status line and headers, at most 4 KiB
  std::string location;  // of a redirect
  std::string body;      // at most kBodyLimit
  std::uint64_t body_bytes = 0;
  std::int64_t content_length = -1;
};

class HttpResponseReader {
 public:
  static constexpr std::size_t kBodyLimit = 1 << 20;

  explicit HttpResponseReader(bool head_request);
  ~HttpResponseReader();

  enum class State { more, done, broken };
  // `done` as well once the body has passed kBodyLimit: the rest is not read.
  State feed(std::string_view bytes);
  State end();  // the connection has ended
  const HttpResponse& response() const;
  std::string error() const;

  struct Parsing;

 private:
  std::unique_ptr<Parsing> parsing_;
};

}  // namespace monitron::probe
