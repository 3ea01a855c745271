#include "api/check_secrets.hpp"

#include "domain/check_secrets.hpp"

#include <algorithm>
#include <map>

namespace monitron::api {
namespace {

using nlohmann::json;

json* own_settings(json& settings) {
  return settings.is_object() && settings.size() == 1 ? &settings.begin().value() : nullptr;
}

// "/tls/client_key" of settings.http as the API names it.
std::string field_of(const json& settings, std::string place) {
  std::replace(place.begin(), place.end(), '/', '.');
  return "settings." + settings.begin().key() + place;
}

}  // namespace

json masked(json settings) {
  if (settings.is_string() && auth::Vault::is_envelope(settings.get_ref<const std::string&>())) {
    return kMask;
  }
  if (settings.is_structured()) {
    for (auto& member : settings) member = masked(std::move(member));
  }
  return settings;
}

void seal_secrets(const auth::Vault& vault, const json& schema, const Uuid& id,
                  const Uuid& before_id, json before, json& settings,
                  std::vector<http::FieldError>& errors) {
  auto* const own = own_settings(settings);
  if (own == nullptr) return;
  const std::string context = domain::secret_context({id});
  std::map<std::string, std::string> earlier;
  if (auto* const own_before = own_settings(before)) {
    contracts::for_each_secret(*own_before, schema,
                               [&](const auto& place, const auto& text) { earlier[place] = text; });
  }
  contracts::for_each_secret(*own, schema, [&](const std::string& place, std::string& text) {
    const auto refuse = [&](std::string why) {
      errors.push_back({field_of(settings, place), "invalid", std::move(why)});
    };
    if (text != kMask) {
      auto sealed = vault.seal(text, context);
      if (!sealed) return refuse(sealed.error().text);
      text = std::move(*sealed);
      return;
    }
    const auto kept = earlier.find(place);
    if (kept == earlier.end()) return refuse("has no earlier value to keep");
    if (id == before_id) {
      text = kept->second;
      return;
    }
    const auto plain = vault.open(kept->second, domain::secret_context({before_id}));
    auto sealed = plain ? vault.seal(*plain, context) : plain;
    if (!sealed) return refuse(sealed.error().text);
    text = std::move(*sealed);
  });
}

}  // namespace monitron::api
