// Sign-in at an OpenID provider, and which ways of signing in there are. The browser is sent to the
// provider and comes back; what waits meanwhile is sealed in a cookie of that browser. Then another
// cookie, good for a minute and once, is what the page gets its session for: no token is ever in an
// address.

#include "store/oidc.hpp"

#include "api/accounts.hpp"
#include "api/identity_provider.hpp"
#include "api/resource.hpp"
#include "api/sign_in.hpp"
#include "api/user_json.hpp"
#include "auth/password.hpp"
#include "base/bytes.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "store/roles.hpp"

namespace monitron::api {
namespace {

constexpr std::string_view kCookie = "monitron_sign_in";
constexpr const char* kLoginContext = "oidc-login";
constexpr const char* kTicketContext = "oidc-ticket";
constexpr std::chrono::seconds kTicketLifetime{60};
constexpr int kFreeFailures = 20;  // of a network

// What a person is told; the log knows more. Each is a page of the web UI.
enum class Reason { expired, refused, unavailable, unknown, throttled };

const char* name_of(Reason reason) {
  switch (reason) {
    case Reason::expired:
      return "expired";
    case Reason::refused:
      return "refused";
    case Reason::unknown:
      return "unknown";
    case Reason::throttled:
      return "throttled";
    case Reason::unavailable:
      break;
  }
  return "unavailable";
}

struct Settled {
  std::optional<store::User> user{};
  Reason reason = Reason::unknown;
};

class Oidc {
 public:
  explicit Oidc(Context& context)
      : context_(context),
        config_(context.config.oidc),
        provider_(config_, context.clock),
        throttle_(context.clock, {.account_and_network = kFreeFailures,
                                  .network = kFreeFailures,
                                  .account = kFreeFailures}) {}

  // On a thread that may wait for the provider.
  void answer(const std::shared_ptr<http::Exchange>& exchange,
              http::Response (Oidc::*work)(const http::Request&));

  http::Response begin(const http::Request& request);
  http::Response come_back(const http::Request& request);
  http::Response leave(const http::Request& request);
  Outcome<http::Response> open(const http::Request& request);
  Json way() const { return config_.issuer.empty() ? Json() : Json{{"label", config_.label}}; }

 private:
  std::string cookie(const std::string& value, std::chrono::seconds lifetime) const;
  std::optional<Json> opened_cookie(const http::Request& request, const char* context) const;
  bool claim(const std::string& step, Instant ends);
  http::Response failed(const http::Request& request, Reason reason, const std::string& why);
  Settled settle(const http::Request& request, const auth::Identity& who);
  Settled settle_in(pqxx::work& tx, const http::Request& request, const auth::Identity& who);
  std::optional<store::User> account_of(pqxx::work& tx, const http::Request& request,
                                        const auth::Identity& who);
  Settled new_account(pqxx::work& tx, const http::Request& request, const auth::Identity& who,
                      const std::string& role);
  store::User with_role(pqxx::work& tx, const http::Request& request, store::User user,
                        const std::string& role, int admins);
  std::string role_of(const auth::Identity& who) const;

  Context& context_;
  const OidcConfig& config_;
  IdentityProvider provider_;
  Throttle throttle_;
  loop::Workers workers_{"oidc", 2, 32};  // joined first
};

http::Response go_to(const std::string& where) {
  return {.status = 303, .content_type = "text/plain", .headers = {{"Location", where}}};
}

void Oidc::answer(const std::shared_ptr<http::Exchange>& exchange,
                  http::Response (Oidc::*work)(const http::Request&)) {
  const auto& request = exchange->request();
  if (config_.issuer.empty()) {
    return exchange->send(
        http::error_response(request, {Fault::not_found, "there is no OpenID provider"}));
  }
  const bool taken = workers_.run([this, exchange, work] {
    const auto& asked = exchange->request();
    const bool waits = throttle_.wait_of(asked.peer, asked.peer).count() > 0;
    exchange->send(waits ? failed(asked, Reason::throttled, "too many failures")
                         : (this->*work)(asked));
  });
  if (!taken) exchange->send(failed(request, Reason::unavailable, "the queue is full"));
}

std::string Oidc::cookie(const std::string& value, std::chrono::seconds lifetime) const {
  const bool secure = context_.config.public_url.starts_with("https://");
  return std::string(kCookie) + "=" + value +
         "; Path=/api/v1/auth/oidc; Max-Age=" + std::to_string(lifetime.count()) +
         "; HttpOnly; SameSite=Lax" + (secure ? "; Secure" : "");
}

// The members that were sealed, if they are still good. The gateway hands on the cookie as a
// header.
std::optional<Json> Oidc::opened_cookie(const http::Request& request, const char* context) const {
  const auto text = context_.vault.open(request.header("x-sign-in"), context);
  if (!text) return std::nullopt;
  auto members = Json::parse(*text, nullptr, false);
  if (members.is_discarded() ||
      from_ms(members.value("ends_ms", std::int64_t{0})) <= context_.clock.now()) {
    return std::nullopt;
  }
  return members;
}

bool Oidc::claim(const std::string& step, Instant ends) {
  const auto first = context_.database.transact(
      [&](pqxx::work& tx) { return store::claim_oidc_step(tx, to_hex(sha256(step)), ends); });
  return first && *first;
}

http::Response Oidc::failed(const http::Request& request, Reason reason, const std::string& why) {
  log::warning(
      "oidc.failed", why,
      {{"reason", name_of(reason)}, {"peer", request.peer}, {"request_id", request.request_id}});
  if (reason == Reason::expired || reason == Reason::refused) {
    throttle_.failed(request.peer, request.peer);
  }
  auto response = go_to("/sign-in-failed?reason=" + std::string(name_of(reason)));
  response.headers.emplace_back("Set-Cookie", cookie("", std::chrono::seconds(0)));
  return response;
}

http::Response Oidc::begin(const http::Request& request) {
  const auto provider = provider_.describe();
  if (!provider) return failed(request, Reason::unavailable, provider.error().text);
  const auto login = auth::make_pending_login();
  const Json members = {{"state", login.state},
                        {"nonce", login.nonce},
                        {"verifier", login.verifier},
                        {"ends_ms", to_ms(context_.clock.now() + auth::kLoginLifetime)}};
  const auto sealed = context_.vault.seal(members.dump(), kLoginContext);
  if (!sealed) return failed(request, Reason::unavailable, sealed.error().text);
  auto response = go_to(auth::authorization_url(*provider, config_.client, login));
  response.headers.emplace_back("Set-Cookie", cookie(*sealed, auth::kLoginLifetime));
  return response;
}

http::Response Oidc::come_back(const http::Request& request) {
  const auto members = opened_cookie(request, kLoginContext);
  if (!members) return failed(request, Reason::expired, "no login waits for this browser");
  const auth::PendingLogin login{members->value("state", ""), members->value("nonce", ""),
                                 members->value("verifier", "")};
  for (const auto* name : {"state", "code", "error", "iss"}) {
    if (request.query.count(name) > 1) {
      return failed(request, Reason::refused, std::string(name) + ": is there twice");
    }
  }
  const auto one = [&](const char* name) { return request.query_one(name).value_or(""); };
  const auto provider = provider_.describe();
  if (!provider) return failed(request, Reason::unavailable, provider.error().text);
  const auto code =
      auth::code_of({one("state"), one("code"), one("error"), one("iss")}, *provider, login);
  if (!code) return failed(request, Reason::refused, code.error().text);
  if (!claim(login.state, from_ms(members->value("ends_ms", std::int64_t{0})))) {
    return failed(request, Reason::expired, "this login was finished before");
  }
  const auto who = provider_.redeem(*provider, *code, login);
  if (!who) {
    const bool away =
        who.error().fault == Fault::unavailable || who.error().fault == Fault::timeout;
    return failed(request, away ? Reason::unavailable : Reason::refused, who.error().text);
  }
  const auto settled = settle(request, *who);
  if (!settled.user) return failed(request, settled.reason, "subject " + who->subject);
  const Json ticket = {{"user", settled.user->id.str()},
                       {"token_version", settled.user->token_version},
                       {"step", to_hex(random_string(16))},
                       {"ends_ms", to_ms(context_.clock.now() + kTicketLifetime)}};
  const auto sealed = context_.vault.seal(ticket.dump(), kTicketContext);
  if (!sealed) return failed(request, Reason::unavailable, sealed.error().text);
  auto response = go_to("/signed-in");
  response.headers.emplace_back("Set-Cookie", cookie(*sealed, kTicketLifetime));
  return response;
}

std::string Oidc::role_of(const auth::Identity& who) const {
  for (const auto& [group, role] : config_.roles) {
    if (std::find(who.groups.begin(), who.groups.end(), group) != who.groups.end()) return role;
  }
  return config_.new_role;
}

std::optional<store::User> Oidc::account_of(pqxx::work& tx, const http::Request& request,
                                            const auth::Identity& who) {
  if (const auto id = store::use_oidc_identity(tx, config_.issuer, who.subject)) {
    return store::find_user_to_change(tx, *id);
  }
  if (!config_.link_by_email || !who.email_verified) return std::nullopt;
  const auto known = store::find_user_by_email(tx, who.email);
  // Who made an account of somebody else's address, which nobody proved, knows its password.
  if (!known || !known->email_verified_at) return std::nullopt;
  if (!store::link_oidc_identity(tx, config_.issuer, who.subject, known->id)) {
    return std::nullopt;
  }
  store::append_audit(tx, audit_entry(request, "user.oidc_linked", known->id.str(),
                                      {{"subject", who.subject}, {"email", who.email}}));
  return store::find_user_to_change(tx, known->id);
}

Settled Oidc::new_account(pqxx::work& tx, const http::Request& request, const auth::Identity& who,
                          const std::string& role) {
  if (!is_email(who.email) || store::find_user_by_email(tx, who.email)) return {};
  store::User user;
  user.id = Uuid::make();
  user.email = who.email;
  user.name = who.name.substr(0, 200);
  user.role = role;
  user.password_hash = auth::dummy_hash(context_.config.bcrypt_cost);
  if (who.email_verified) user.email_verified_at = context_.clock.now();
  auto made = store::insert_user(tx, user);
  store::link_oidc_identity(tx, config_.issuer, who.subject, made.id);
  store::append_audit(tx, audit_entry(request, "user.create", made.id.str(),
                                      {{"after", user_json(made)}, {"oidc_subject", who.subject}}));
  return {std::move(made)};
}

// What somebody could do with the old role ends with it. The last administrator stays one.
store::User Oidc::with_role(pqxx::work& tx, const http::Request& request, store::User user,
                            const std::string& role, int admins) {
  if (user.role == role) return user;
  if (user.role == "admin" && admins <= 1) {
    log::warning("oidc.role", "the last administrator stays one", {{"user", user.id.str()}});
    return user;
  }
  const auto before = user_json(user);
  user.role = role;
  ++user.token_version;
  auto after = store::update_user(tx, user).value_or(user);
  store::revoke_sessions(tx, after.id);
  store::append_audit(tx, audit_entry(request, "user.update", after.id.str(),
                                      {{"before", before}, {"after", user_json(after)}}));
  return after;
}

Settled Oidc::settle_in(pqxx::work& tx, const http::Request& request, const auth::Identity& who) {
  const int admins = store::count_admins_locked(tx);
  const auto role = role_of(who);
  const bool decides = !config_.roles.empty();
  if (!role.empty() && !store::find_role_by_name(tx, role)) {
    log::error("oidc.role", "there is no such role", {{"role", role}});
    return {std::nullopt, Reason::unavailable};
  }
  auto user = account_of(tx, request, who);
  if (role.empty() && (decides || !user)) return {};
  auto settled = user ? Settled{std::move(user)} : new_account(tx, request, who, role);
  if (!settled.user) return settled;
  if (decides) settled.user = with_role(tx, request, std::move(*settled.user), role, admins);
  store::append_audit(
      tx, audit_entry(request, "session.oidc", settled.user->id.str(), {{"subject", who.subject}}));
  return settled;
}

Settled Oidc::settle(const http::Request& request, const auth::Identity& who) {
  const auto settled =
      context_.database.transact([&](pqxx::work& tx) { return settle_in(tx, request, who); });
  (void)context_.grants.refresh();
  if (settled) return *settled;
  log::error("oidc.database", settled.error().text);
  return {std::nullopt, Reason::unavailable};
}

// The second factor is the provider's business.
Outcome<http::Response> Oidc::open(const http::Request& request) {
  const auto ticket = opened_cookie(request, kTicketContext);
  const auto user = Uuid::parse(ticket ? ticket->value("user", "") : "");
  const char* over = "sign in again: this sign-in is over";
  if (!user || !claim(ticket->value("step", ""), context_.clock.now() + kTicketLifetime)) {
    return refuse(not_let_in(over));
  }
  auto response = in_transaction(context_.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto now = store::find_user_held(tx, *user);
    if (!now || now->token_version != ticket->value("token_version", 0)) {
      return refuse(not_let_in(over));
    }
    return begin_session(tx, context_, request, *now);
  });
  if (response) {
    response->headers.emplace_back("Set-Cookie", cookie("", std::chrono::seconds(0)));
  }
  return response;
}

// At the provider, too, if it knows how (OpenID Connect RP-Initiated Logout 1.0).
http::Response Oidc::leave(const http::Request&) {
  const auto provider = provider_.describe();
  if (!provider || provider->end_session_endpoint.empty()) return go_to("/");
  const auto& url = provider->end_session_endpoint;
  return go_to(url + (url.find('?') == std::string::npos ? "?" : "&") +
               "client_id=" + percent_encode(config_.client.id) +
               "&post_logout_redirect_uri=" + percent_encode(context_.config.public_url + "/"));
}

const char* registration_name(Registration registration) {
  if (registration == Registration::open) return "open";
  return registration == Registration::invitation ? "invitation" : "off";
}

}  // namespace

void add_oidc_routes(http::Router& router, Context& context) {
  using http::Method;
  const auto oidc = std::make_shared<Oidc>(context);
  mount(router, Method::get, "/api/v1/auth/methods", "", [&context, oidc](const auto&) {
    return Outcome<http::Response>(
        json_answer(200, {{"password", true},
                          {"registration", registration_name(context.config.registration)},
                          {"oidc", oidc->way()}}));
  });
  const auto add = [&](const char* path, http::Response (Oidc::*work)(const http::Request&)) {
    router.add_async(Method::get, path, http::open_to_all(),
                     [oidc, work](const auto& exchange) { oidc->answer(exchange, work); });
  };
  add("/api/v1/auth/oidc/start", &Oidc::begin);
  add("/api/v1/auth/oidc/callback", &Oidc::come_back);
  add("/api/v1/auth/oidc/logout", &Oidc::leave);
  mount(router, Method::post, "/api/v1/auth/oidc/session", "",
        [oidc](const auto& request) { return oidc->open(request); });
}

}  // namespace monitron::api
