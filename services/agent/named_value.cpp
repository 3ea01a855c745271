#include "agent/named_value.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace monitron::agent {
namespace {

bool is_name(std::string_view name) {
  const auto fits = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; };
  return !name.empty() && name.size() <= 100 && std::all_of(name.begin(), name.end(), fits);
}

}  // namespace

Result<NamedValue> parse_named(const std::string& text, const char* form) {
  const auto equals = text.find('=');
  if (equals == std::string::npos) return fail(Fault::invalid, std::string("is not ") + form);
  NamedValue named{text.substr(0, equals), text.substr(equals + 1)};
  if (is_name(named.name)) return named;
  return fail(Fault::invalid, "the name must be letters, digits, - and _, 100 at most");
}

}  // namespace monitron::agent
