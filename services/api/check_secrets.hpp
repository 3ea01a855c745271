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

// What masks stand for.
struct KnownSecrets {
  Uuid id{};                  // of the check that has them
  nlohmann::json settings{};  // its {"<type>": {…}}; null: there are none
  std::string target{};       // where they go
};

// Seals the secrets of `settings` for the check `id`. A mask takes what `known` has at its place.
// It is an error naming the member where that has nothing, and where the secret would go elsewhere
// than before: who may not read it could send it to a host of his own. Returns the errors.
std::vector<http::FieldError> seal_secrets(const auth::Vault& vault, const nlohmann::json& schema,
                                           const Uuid& id, KnownSecrets known,
                                           const std::string& target, nlohmann::json& settings);

// Whether the members that, besides the target, say where secrets go and who sees them on the way
// are the same in both settings of a kind.
bool go_to_the_same(const nlohmann::json& before, const nlohmann::json& settings);

}  // namespace monitron::api
