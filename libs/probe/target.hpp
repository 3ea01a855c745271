#pragma once
// What the target of a check names.

#include "domain/check.hpp"

#include <string>

namespace monitron::probe {

struct Target {
  std::string host{};  // without brackets; empty: of a kind that names none
  int port = 0;        // 0: of none
};
Target target_of(const domain::KindInfo& kind, const std::string& target);

}  // namespace monitron::probe
