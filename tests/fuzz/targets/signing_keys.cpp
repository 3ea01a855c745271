// The JWK set of an OpenID provider.

#include "auth/signing_keys.hpp"

#include "fuzz.hpp"

MONITRON_FUZZ(signing_keys) {
  using namespace monitron;
  const auto keys = auth::SigningKeys::parse(bytes);
  if (!keys) {
    fuzz::must(keys.error().fault == Fault::invalid, keys.error().text);
    fuzz::must(keys.error().text.size() <= 400, "a reason without measure");
    fuzz::must_be_text(keys.error().text, "a reason");
    return;
  }
  fuzz::must(keys->size() + keys->left_out().size() <= 100, "keys without measure");
  for (const auto& reason : keys->left_out()) {
    fuzz::must(reason.size() <= 400, "a reason without measure");
    fuzz::must_be_text(reason, "a reason");
  }
  for (const auto algorithm : {auth::SigningAlgorithm::rs256, auth::SigningAlgorithm::es256}) {
    for (const auto& signature : {std::string(), std::string(64, '\1'), std::string(256, '\1')}) {
      fuzz::must(!keys->verify(algorithm, std::nullopt, "bytes", signature), "a forgery");
    }
  }
}
