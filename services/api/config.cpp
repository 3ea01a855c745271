#include "api/config.hpp"

#include "alertmanager/configured.hpp"
#include "base/text.hpp"

namespace monitron::api {
namespace {

constexpr std::chrono::seconds kAlertmanagerAnswers{3};

// "127.0.0.1:18081"; the form is checked by the table of settings.
Endpoint endpoint_of(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return {};
  const auto port = parse_number<int>(std::string_view(text).substr(colon + 1));
  return {text.substr(0, colon), port.value_or(0)};
}

Registration registration_of(const std::string& text) {
  if (text == "open" || text == "true") return Registration::open;
  return text == "invitation" ? Registration::invitation : Registration::off;
}

// Exact ones, as browsers send them: scheme, host and, if it is not the usual one, port.
Result<std::vector<std::string>> origins_of(const service::Settings& settings) {
  auto origins = settings.list("MONITRON_API_ALLOWED_ORIGINS");
  for (auto& origin : origins) {
    origin = to_lower(origin);
    const auto scheme = origin.find("://");
    const bool known = origin.starts_with("https://") || origin.starts_with("http://");
    const auto host = known ? std::string_view(origin).substr(scheme + 3) : std::string_view();
    if (host.empty() || host.find_first_of("/?#*@ ") != std::string_view::npos) {
      return fail(Fault::invalid, "MONITRON_API_ALLOWED_ORIGINS: " + origin +
                                      " is not an origin like https://status.example.org");
    }
  }
  return origins;
}

Result<std::vector<std::pair<std::string, std::string>>> roles_of_groups(
    const service::Settings& settings) {
  std::vector<std::pair<std::string, std::string>> roles;
  for (const auto& one : settings.list("MONITRON_API_OIDC_ROLES")) {
    const auto equals = one.rfind('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == one.size()) {
      return fail(Fault::invalid, "MONITRON_API_OIDC_ROLES: " + one + " is not group=role");
    }
    roles.emplace_back(one.substr(0, equals), one.substr(equals + 1));
  }
  return roles;
}

Result<OidcConfig> oidc_of(const service::Settings& settings) {
  OidcConfig oidc;
  oidc.issuer = settings.text("MONITRON_API_OIDC_ISSUER");
  if (oidc.issuer.empty()) return oidc;
  // Plain http only to this machine itself.
  if (auto good = auth::check_issuer(oidc.issuer, auth::PlainHttp::on_loopback); !good) {
    return fail(good.error().in("MONITRON_API_OIDC_ISSUER"));
  }
  oidc.client.id = settings.text("MONITRON_API_OIDC_CLIENT_ID");
  if (oidc.client.id.empty()) {
    return fail(Fault::invalid, "MONITRON_API_OIDC_CLIENT_ID: is needed with an issuer");
  }
  oidc.client.secret = settings.text("MONITRON_API_OIDC_CLIENT_SECRET");
  oidc.client.redirect_uri = settings.text("MONITRON_PUBLIC_URL") + "/api/v1/auth/oidc/callback";
  oidc.client.scope = settings.text("MONITRON_API_OIDC_SCOPES");
  oidc.label = settings.text("MONITRON_API_OIDC_LABEL");
  oidc.groups_claim = settings.text("MONITRON_API_OIDC_GROUPS_CLAIM");
  auto roles = roles_of_groups(settings);
  if (!roles) return fail(roles.error());
  oidc.roles = std::move(*roles);
  oidc.new_role = settings.text("MONITRON_API_OIDC_NEW_ROLE");
  oidc.link_by_email = settings.boolean("MONITRON_API_OIDC_LINK_BY_EMAIL");
  oidc.ca_file = settings.text("MONITRON_API_OIDC_CA_FILE");
  return oidc;
}

promql::Limits query_limits_of(const service::Settings& settings) {
  const auto number = [&](std::string_view name) {
    return static_cast<std::uint64_t>(settings.integer(name));
  };
  return {.samples = number("MONITRON_API_QUERY_MAX_SAMPLES"),
          .steps = number("MONITRON_API_QUERY_MAX_STEPS"),
          .bytes = number("MONITRON_API_QUERY_MAX_MEMORY_MB") << 20,
          .time = std::chrono::seconds(settings.integer("MONITRON_API_QUERY_TIMEOUT_SECONDS"))};
}

}  // namespace

Result<Config> config_of(const service::Settings& settings) {
  Config config;
  config.database_url = settings.database_url();
  config.shown = settings.shown();
  config.rabbitmq_url = settings.text("RABBITMQ_URL");
  config.rabbitmq_ca_file = settings.text("RABBITMQ_CA_FILE");
  config.rest = endpoint_of(settings.text("MONITRON_API_ADDRESS"));
  config.queries = endpoint_of(settings.text("MONITRON_API_QUERY_ADDRESS"));
  config.stream = endpoint_of(settings.text("MONITRON_API_STREAM_ADDRESS"));
  config.probes_address = settings.text("MONITRON_API_PROBES_ADDRESS");
  config.gateway_port = static_cast<int>(settings.integer("PORT"));
  config.jwt_secret = settings.text("JWT_SECRET");
  config.encryption_keys = settings.encryption_keys();
  config.bcrypt_cost = static_cast<int>(settings.integer("MONITRON_API_BCRYPT_COST"));
  config.public_url = settings.text("MONITRON_PUBLIC_URL");
  config.registration = registration_of(settings.text("MONITRON_API_REGISTRATION"));
  auto oidc = oidc_of(settings);
  if (!oidc) return fail(oidc.error());
  config.oidc = std::move(*oidc);
  auto origins = origins_of(settings);
  if (!origins) return fail(origins.error());
  config.allowed_origins = std::move(*origins);
  config.rate_limit = static_cast<int>(settings.integer("MONITRON_API_RATE_LIMIT"));
  config.streams_of_caller =
      static_cast<std::size_t>(settings.integer("MONITRON_API_STREAMS_PER_CALLER"));
  config.admin_email = settings.text("ADMIN_EMAIL");
  config.admin_password = settings.text("ADMIN_PASSWORD");
  config.graphql_introspection = settings.boolean("MONITRON_API_GRAPHQL_INTROSPECTION");
  config.query_concurrency = static_cast<int>(settings.integer("MONITRON_API_QUERY_CONCURRENCY"));
  config.query_limits = query_limits_of(settings);
  auto alertmanagers = alertmanager::configured(settings, kAlertmanagerAnswers);
  if (!alertmanagers) return fail(alertmanagers.error());
  config.alertmanagers = std::move(alertmanagers->peers);
  config.webhook_token = settings.text("MONITRON_ALERTMANAGER_WEBHOOK_TOKEN");
  config.log_level = settings.text("LOG_LEVEL");
  auto outgoing = probe::Outgoing::make(settings.list("MONITRON_WEBHOOK_ALLOW_NETWORKS"));
  if (!outgoing) return fail(outgoing.error().in("MONITRON_WEBHOOK_ALLOW_NETWORKS"));
  config.outgoing = std::move(*outgoing);
  return config;
}

Result<Config> load_config() {
  const auto settings = service::Settings::load("api");
  if (!settings) return fail(settings.error());
  return config_of(*settings);
}

}  // namespace monitron::api
