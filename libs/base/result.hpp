#pragma once
// What can be expected to go wrong is a value. The fault alone decides what happens next: ack,
// retry or dead-letter for a message (mq::verdict), the status of an HTTP answer (http::status_of).

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace monitron {

enum class Fault {
  invalid,      // the input will never be acceptable
  not_found,    // the thing named does not exist
  conflict,     // somebody else did it already, or it contradicts what is there
  denied,       // not allowed
  unavailable,  // a server we need is away or full: later
  timeout,      // no answer in time: later
  busy,         // its turn has not come: soon, and as often as it takes
  bug,          // a mistake of ours
};

std::string_view to_string(Fault fault);

struct Error {
  Fault fault = Fault::bug;
  std::string text;

  // The same error with the place put in front: error.in("check.slice") -> "check.slice: text".
  Error in(std::string_view place) const { return {fault, std::string(place) + ": " + text}; }
  bool operator==(const Error&) const = default;
};

// True when the same action may succeed later without any change of input.
inline bool is_transient(Fault fault) {
  return fault == Fault::unavailable || fault == Fault::timeout || fault == Fault::busy;
}

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Fault fault, std::string text) {
  return tl::unexpected<Error>(Error{fault, std::move(text)});
}
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

// A broken invariant ends the process, in release builds too.
[[noreturn]] void broken_invariant(const char* condition, const char* file, int line);

}  // namespace monitron

#define MONITRON_EXPECTS(condition) \
  ((condition) ? void(0) : ::monitron::broken_invariant(#condition, __FILE__, __LINE__))
