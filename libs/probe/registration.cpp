#include "probe/registration.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace monitron::probe {

namespace {

constexpr std::array<std::string_view, 6> kAlarming{
    "clientHold", "serverHold", "redemptionPeriod", "pendingDelete", "pendingRestore", "inactive"};

}  // namespace

std::string epp_status(std::string_view text) {
  text = trim(text);
  text = trim(text.substr(0, std::min(text.find("http"), text.find('('))));
  std::string name;
  bool first_of_word = false;
  for (const char c : text.substr(0, 64)) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && c != ' ' && c != '_') return std::string(text.substr(0, 64));
    if (!letter) {
      first_of_word = !name.empty();
      continue;
    }
    name += first_of_word && c >= 'a' ? static_cast<char>(c - 32) : c;
    first_of_word = false;
  }
  const bool shouted = std::none_of(name.begin(), name.end(), [](char c) { return c >= 'a'; });
  return shouted ? to_lower(name) : name;
}

bool is_alarming_status(std::string_view status) {
  const std::string lower = to_lower(status);
  return std::any_of(kAlarming.begin(), kAlarming.end(),
                     [&](std::string_view one) { return to_lower(one) == lower; });
}

}  // namespace monitron::probe
