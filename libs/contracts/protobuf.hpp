#pragma once
// protozero, told to throw where it would abort: a field of another wire type than expected is bad
// input, not a broken invariant, and in a build without assertions it would be misread silently.
// Private to this room; include it instead of protozero's own headers.

#include <protozero/exception.hpp>

namespace monitron::contracts {

struct WrongWireType : protozero::exception {
  const char* what() const noexcept override { return "a field has another wire type"; }
};
[[noreturn]] inline void refuse_wire_type() { throw WrongWireType(); }

}  // namespace monitron::contracts

#define protozero_assert(condition) \
  ((condition) ? static_cast<void>(0) : ::monitron::contracts::refuse_wire_type())

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
