#pragma once
// What a request to Prometheus's HTTP API asks for: of the query string, and of the body where it
// is a form, which wins.

#include "api/promql_answer.hpp"
#include "base/clock.hpp"
#include "http/target.hpp"

#include <chrono>

namespace monitron::api {

template <class T>
using PromqlResult = tl::expected<T, PromqlError>;
inline tl::unexpected<PromqlError> refuse(PromqlError error) {
  return tl::unexpected<PromqlError>(std::move(error));
}

class PromqlParameters {
 public:
  static PromqlResult<PromqlParameters> of(const http::Request& request);

  bool has(std::string_view name) const { return given_.count(name) > 0; }
  std::string one(std::string_view name) const;  // the first; "" when absent
  std::vector<std::string> all(std::string_view name) const;

  // Unix seconds with fraction, or RFC 3339; to milliseconds. `otherwise`: when it is absent or "".
  PromqlResult<std::int64_t> time(std::string_view name,
                                  std::optional<std::int64_t> otherwise = {}) const;
  // Seconds with fraction, or 1h30m; to milliseconds.
  PromqlResult<std::int64_t> duration(std::string_view name) const;
  // A whole number, 0 when absent.
  PromqlResult<std::size_t> limit() const;
  // match[], each read. Prometheus names the parameter in errors of some paths only.
  enum class Naming { named, unnamed };
  PromqlResult<std::vector<std::vector<promql::Matcher>>> selectors(Naming naming) const;

 private:
  http::Parameters given_;
};

}  // namespace monitron::api
