#pragma once
// Secrets of checks: sealed before they are stored, never shown again.

#include "auth/vault.hpp"
#include "contracts/check_type.hpp"
#include "http/message.hpp"

#include <string>
#include <vector>

namespace monitron::api {

// Stands for a secret in what is shown; sent back it means "as it is".
inline constexpr const char* kMask = "********";

// `settings` is {"<type>": {…}}; what is sealed in it is masked.
nlohmann::json masked(nlohmann::json settings);

// Seals the secrets of `settings` for the check `id`. A mask takes what `before` (the settings of
// the check `before_id`) has at its place; where that has nothing, it is an error naming the
// member.
void seal_secrets(const auth::Vault& vault, const nlohmann::json& schema, const Uuid& id,
                  const Uuid& before_id, nlohmann::json before, nlohmann::json& settings,
                  std::vector<http::FieldError>& errors);

}  // namespace monitron::api
