#include "access/access.hpp"

#include "auth/roles.hpp"
#include "auth/token.hpp"
#include "store/tokens.hpp"

namespace monitron::access {
namespace {

// A revoked token is refused after this at the latest.
constexpr std::chrono::seconds kKeepToken{5};
constexpr std::chrono::hours kKeepTokenAlone{1};  // while the database cannot be asked
constexpr std::chrono::seconds kLeaveAlone{2};    // after it failed
constexpr std::size_t kMaxKnown = 10'000;

}  // namespace

Result<http::Caller> Access::operator()(const http::Request& request) {
  const auto header = request.header("authorization");
  const auto bearer = auth::bearer_of(header);
  if (bearer.empty()) return fail(Fault::denied, "send Authorization: Bearer <token>");
  if (auth::looks_like(auth::TokenKind::api, bearer)) {
    const auto hash = auth::token_hash(auth::TokenKind::api, bearer);
    return token_caller(*hash);
  }
  const auto claims = jwt_.verify(auth::Use::access, bearer);
  if (!claims) return fail(claims.error());
  return grants_.caller_of_now(*claims);
}

Result<http::Caller> Access::token_caller(const std::string& hash) {
  const auto now = clock_.steady_now();
  std::optional<Known> known;
  bool away = false;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = known_.find(hash); found != known_.end()) known = found->second;
    away = now < away_until_;
  }
  if (known && now - known->asked < kKeepToken) return known->caller;
  Result<http::Caller> caller = fail(Fault::unavailable, "the database is away");
  if (!away) caller = look_up(hash);
  if (!away && !caller && is_transient(caller.error().fault)) {
    const std::lock_guard lock(mutex_);
    away_until_ = clock_.steady_now() + kLeaveAlone;
  }
  if (!caller && is_transient(caller.error().fault) && known &&
      now - known->asked < kKeepTokenAlone) {
    return known->caller;
  }
  const std::lock_guard lock(mutex_);
  if (!caller) {
    if (!is_transient(caller.error().fault)) known_.erase(hash);
    return caller;
  }
  if (known_.size() >= kMaxKnown) known_.clear();
  known_[hash] = {*caller, now};
  used_.insert(hash);
  return caller;
}

Result<http::Caller> Access::look_up(const std::string& hash) {
  const auto token =
      database_.transact([&](pqxx::work& tx) { return store::find_api_token(tx, hash); });
  if (!token) return fail(token.error());
  if (!*token) return fail(Fault::denied, "the token is not valid");
  http::Caller caller{.kind = "token", .id = (*token)->id.str(), .name = (*token)->name};
  if ((*token)->instance_id) caller = {.kind = "agent", .id = (*token)->instance_id->str()};
  caller.permissions = auth::permissions_of_scopes((*token)->scopes);
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
  (void)database_.transact([&](pqxx::work& tx) { store::touch_api_tokens(tx, hashes); });
}

}  // namespace monitron::access
