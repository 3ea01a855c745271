#include "base/label_name.hpp"

#include <algorithm>

namespace monitron {

bool is_label_name(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

std::string as_label_name(std::string_view text) {
  std::string name(text);
  std::replace_if(
      name.begin(), name.end(),
      [](char c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        return !letter && (c < '0' || c > '9');
      },
      '_');
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) name.insert(0, 1, '_');
  return name;
}

std::map<std::string, std::string> with_plain_names(
    const std::map<std::string, std::string>& labels) {
  std::map<std::string, std::string> plain;
  for (const auto& [name, value] : labels) plain.try_emplace(as_label_name(name), value);
  return plain;
}

}  // namespace monitron
