#pragma once
// Why something is not taken in: a status and what is wrong with which part.

#include "http/message.hpp"

namespace monitron::ingest {

// More than this many complaints about one body help nobody.
inline constexpr std::size_t kMaxComplaints = 100;

template <class T>
using Taken = tl::expected<T, http::Problem>;

inline tl::unexpected<http::Problem> refuse(int status, std::string detail,
                                            std::vector<http::FieldError> errors = {}) {
  return tl::unexpected<http::Problem>(
      http::Problem{.status = status, .detail = std::move(detail), .errors = std::move(errors)});
}
inline http::Problem try_later(std::string detail) {
  return {.status = 503, .detail = std::move(detail), .headers = {{"Retry-After", "1"}}};
}

}  // namespace monitron::ingest
