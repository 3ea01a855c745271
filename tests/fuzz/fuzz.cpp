#include "fuzz.hpp"

#include "base/bytes.hpp"

#include <stdexcept>

namespace monitron::fuzz {

std::map<std::string, Target>& targets() {
  static std::map<std::string, Target> all;
  return all;
}

void must(bool holds, const std::string& what) {
  if (!holds) throw std::logic_error(what);
}

void must_be_text(const std::string& text, const std::string& what) {
  must(text.empty() || is_valid_utf8(text), what + " is not UTF-8");
}

}  // namespace monitron::fuzz
