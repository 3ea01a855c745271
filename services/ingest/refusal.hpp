#pragma once
// Why something is not taken in: a status, a reason to count by, and what is wrong with which part.

#include "http/message.hpp"
#include "ingest/time_window.hpp"

namespace monitron::ingest {

// More than this many complaints about one body help nobody.
inline constexpr std::size_t kMaxComplaints = 100;

struct Refusal {
  int status = 400;
  std::string_view reason;  // of a few, for the metric: "unreadable"
  std::string detail;       // for people
  std::vector<http::FieldError> errors{};
  OutsideWindow outside{};
};

template <class T>
using Taken = tl::expected<T, Refusal>;

inline tl::unexpected<Refusal> refuse(int status, std::string_view reason, std::string detail,
                                      std::vector<http::FieldError> errors = {}) {
  return tl::unexpected<Refusal>(Refusal{status, reason, std::move(detail), std::move(errors)});
}

// For now only: the sender is told to try again at once.
inline Refusal try_later(std::string_view reason, std::string detail) {
  return {503, reason, std::move(detail)};
}

}  // namespace monitron::ingest
