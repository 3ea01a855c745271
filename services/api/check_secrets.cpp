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

bool go_to_the_same(const json& before, const json& settings) {
  constexpr const char* kWays[] = {"/proxy",           "/management_url",    "/use_tls",
                                   "/starttls",        "/command",           "/arguments",
                                   "/query",           "/sasl_mechanism",    "/tls/verify",
                                   "/tls/server_name", "/tls/ca_certificate"};
  return std::all_of(std::begin(kWays), std::end(kWays), [&](const std::string& way) {
    const json::json_pointer place(way);
    const auto at = [&](const json& from) { return from.contains(place) ? from[place] : json(); };
    return at(before) == at(settings);
  });
}

std::vector<http::FieldError> seal_secrets(const auth::Vault& vault, const json& schema,
                                           const Uuid& id, KnownSecrets known,
                                           const std::string& target, json& settings) {
  auto* const own = own_settings(settings);
  if (own == nullptr) return {};
  std::vector<http::FieldError> errors;
  const std::string context = domain::secret_context({id});
  std::map<std::string, std::string> earlier;
  bool elsewhere = known.target != target;
  if (auto* const own_before = own_settings(known.settings)) {
    elsewhere = elsewhere || !go_to_the_same(*own_before, *own);
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
    if (elsewhere) return refuse("must be given again, because it would go elsewhere than before");
    if (id == known.id) {
      text = kept->second;
      return;
    }
    const auto plain = vault.open(kept->second, domain::secret_context({known.id}));
    auto sealed = plain ? vault.seal(*plain, context) : plain;
    if (!sealed) return refuse(sealed.error().text);
    text = std::move(*sealed);
  });
  return errors;
}

}  // namespace monitron::api
