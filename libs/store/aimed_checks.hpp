#pragma once
// Which checks ask whom: by the host that their targets name, and by their instances.

#include "store/scope.hpp"

namespace monitron::store {

struct AimedCheck {
  Uuid id{};
  std::string name{};
  std::string kind{};
  std::string target{};
  std::optional<Uuid> instance_id{};
  std::string status{};  // up, down, unknown
};

struct Aim {
  std::vector<std::string> hosts{};  // names and addresses, in small letters
  std::vector<Uuid> instances{};
  Scope scope{};  // of checks
};
inline constexpr int kMostAimedChecks = 5000;

// Those that are enabled, by name; at most kMostAimedChecks.
std::vector<AimedCheck> aimed_checks(pqxx::work& tx, const Aim& aim);

}  // namespace monitron::store
