#pragma once
// Flags of the form NAME=VALUE.

#include "base/result.hpp"

#include <string>

namespace monitron::agent {

struct NamedValue {
  std::string name;
  std::string value;
};

// `form` is what it should be, "name=URL". A name is letters, digits, - and _, 100 at most. Fault:
// invalid.
Result<NamedValue> parse_named(const std::string& text, const char* form);

}  // namespace monitron::agent
