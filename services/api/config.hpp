#pragma once
// Settings of api; nothing else here reads them.

#include "alertmanager/client.hpp"
#include "auth/oidc_login.hpp"
#include "base/result.hpp"
#include "probe/outgoing.hpp"
#include "promql/source.hpp"
#include "service/settings.hpp"

#include <string>
#include <vector>

namespace monitron::api {

struct Endpoint {
  std::string address = "127.0.0.1";
  int port = 0;
};

enum class Registration { open, invitation, off };

// Sign-in at an OpenID provider.
struct OidcConfig {
  std::string issuer{};  // empty: there is none
  auth::OidcClient client{};
  std::string label{};
  std::string groups_claim{};
  std::vector<std::pair<std::string, std::string>> roles{};  // of groups, the first that fits
  std::string new_role{};                                    // empty: strangers are refused
  bool link_by_email = false;
  std::string ca_file{};
};

struct Config {
  std::string database_url{};
  std::string rabbitmq_url{};
  std::string rabbitmq_ca_file{};
  Endpoint rest{};
  Endpoint queries{};
  Endpoint stream{};
  std::string probes_address{};
  int gateway_port = 3000;
  std::string jwt_secret{};
  std::vector<std::string> encryption_keys{};  // the first one seals
  int bcrypt_cost = 12;
  std::string public_url{};  // of the web UI, for links in letters
  Registration registration = Registration::invitation;
  OidcConfig oidc{};
  std::vector<std::string> allowed_origins{};  // besides the page's own host; lower case
  int rate_limit = 0;                          // requests a minute of each caller; 0: none
  std::size_t streams_of_caller = 50;          // and subscriptions of GraphQL, open at once
  std::string admin_email{};
  std::string admin_password{};
  std::string log_level = "info";
  bool graphql_introspection = false;
  int query_concurrency = 4;
  promql::Limits query_limits{};
  probe::Outgoing outgoing{};  // where webhooks may go
  std::vector<alertmanager::Client> alertmanagers{};
  std::vector<service::ShownSetting> shown{};  // what it was started with, without secrets
  std::string webhook_token{};                 // of Alertmanager's webhook; empty: it is off
};

Result<Config> load_config();
Result<Config> config_of(const service::Settings& settings);

}  // namespace monitron::api
