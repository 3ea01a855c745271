#include "access/access.hpp"

#include "access/roles.hpp"
#include "auth/token.hpp"

namespace monitron::access {
namespace {

// A revoked token is refused, and one whose maker lost permissions loses them, after this at the
// latest.
constexpr std::chrono::seconds kKeepToken{5};
constexpr std::size_t kMaxKnown = 10'000;

}  // namespace

Access::Access(db::Pool& database, const auth::Jwt& jwt, Grants& grants, const Clock& clock)
    : database_(database),
      jwt_(jwt),
      grants_(grants),
      clock_(clock),
      callers_([this](const std::string& hash) { return look_up(hash); }, clock, kKeepToken,
               kMaxKnown) {}

Result<http::Caller> Access::operator()(const http::Request& request) {
  const auto header = request.header("authorization");
  if (const auto password = auth::basic_password_of(header);
      auth::looks_like(auth::TokenKind::api, password)) {
    return token_caller(*auth::token_hash(auth::TokenKind::api, password));
  }
  const auto bearer = auth::bearer_of(header);
  if (bearer.empty()) {
    return fail(Fault::denied,
                "send Authorization: Bearer <token>, or an API token as the password of Basic");
  }
  if (auth::looks_like(auth::TokenKind::api, bearer)) {
    const auto hash = auth::token_hash(auth::TokenKind::api, bearer);
    return token_caller(*hash);
  }
  const auto claims = jwt_.verify(auth::Use::access, bearer);
  if (!claims) return fail(claims.error());
  return grants_.caller_of_now(*claims);
}

Result<http::Caller> Access::token_caller(const std::string& hash) {
  auto caller = callers_.find(hash);
  if (!caller) return fail(caller.error());
  if (!*caller) return fail(Fault::denied, "the token is not valid");
  const std::lock_guard lock(mutex_);
  used_.insert(hash);
  return std::move(**caller);
}

Result<http::Caller> Access::again(const std::string& kind, const std::string& id,
                                   const Standing& standing) {
  if (kind == "user") {
    // However long ago: what was asked for may have waited for longer than a token is good for.
    const auto ended = database_.transact([&](pqxx::work& tx) {
      return !Uuid::parse(standing.session) ||
             !store::ended_families(tx, {standing.session}).empty();
    });
    if (!ended) return fail(ended.error());
    if (*ended) return fail(Fault::denied, "the session has ended");
    auth::Claims claims;
    claims.subject = id;
    claims.session = standing.session;
    claims.version = standing.version;
    return grants_.caller_of_now(claims);
  }
  const auto token = Uuid::parse(id);
  if (kind != "token" || !token) return fail(Fault::denied, "nobody has asked for it");
  auto caller = caller_by([&](pqxx::work& tx) {
    auto found = store::find_api_token_by_id(tx, *token);
    const bool over = found && found->expires_at && *found->expires_at <= clock_.now();
    return over ? std::nullopt : std::move(found);
  });
  if (!caller) return fail(caller.error());
  if (!*caller) return fail(Fault::denied, "the token is not valid");
  return std::move(**caller);
}

Result<std::optional<http::Caller>> Access::look_up(const std::string& hash) {
  return caller_by([&](pqxx::work& tx) { return store::find_api_token(tx, hash); });
}

Result<std::optional<http::Caller>> Access::caller_by(const FindToken& find) {
  std::optional<Held> of_maker;
  const auto token = database_.transact([&](pqxx::work& tx) {
    auto found = find(tx);
    if (!found || !found->created_by) return found;
    const auto maker = store::find_user(tx, *found->created_by);
    if (maker) of_maker = held_by(tx, *maker);
    // Deleted a moment ago, and the token with him.
    return maker ? found : std::nullopt;
  });
  if (!token) return fail(token.error());
  if (!*token) return std::optional<http::Caller>();
  http::Caller caller{.kind = "token", .id = (*token)->id.str(), .name = (*token)->name};
  if ((*token)->instance_id) caller = {.kind = "agent", .id = (*token)->instance_id->str()};
  caller.permissions = auth::permissions_of_scopes((*token)->scopes);
  if (!of_maker) return caller;
  for (const auto& [permissions, labels] : of_maker->limited) {
    caller.limited.push_back({auth::common(caller.permissions, permissions), labels});
  }
  caller.permissions = auth::common(caller.permissions, of_maker->everywhere);
  return caller;
}

void Access::note_used_tokens() {
  std::vector<std::string> hashes;
  {
    const std::lock_guard lock(mutex_);
    hashes.assign(used_.begin(), used_.end());
    used_.clear();
  }
  if (hashes.empty()) return;
  const auto noted =
      database_.transact([&](pqxx::work& tx) { store::touch_api_tokens(tx, hashes); });
  if (noted) return;
  const std::lock_guard lock(mutex_);
  used_.insert(hashes.begin(), hashes.end());
}

}  // namespace monitron::access
