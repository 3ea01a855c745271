#include "access/grants.hpp"

namespace monitron::access {
namespace {

constexpr std::chrono::milliseconds kPatience{250};  // with who looks before

tl::unexpected<Error> revoked() { return fail(Fault::denied, "the token is not valid"); }

}  // namespace

Result<void> Grants::refresh() {
  const auto mine = ++asked_;
  const std::lock_guard turn(reading_);
  if (answered_ >= mine) return answer_;  // one that has begun since has ended
  answered_ = asked_;
  return answer_ = read();
}

Result<void> Grants::read() {
  std::map<Uuid, store::UserGrant> users;
  RolePermissions roles;
  std::map<Uuid, std::vector<store::GrantedRole>> granted;
  std::set<std::string> families;
  auto done = database_.transact([&](pqxx::work& tx) {
    users = store::user_grants(tx);
    roles = all_roles(tx);
    granted = store::granted_to_users(tx);
    families.clear();
    for (const auto& family : store::revoked_families(tx)) families.insert(family.str());
  });
  if (!done) return done;
  const std::lock_guard lock(mutex_);
  users_ = std::move(users);
  roles_ = std::move(roles);
  granted_ = std::move(granted);
  revoked_ = std::move(families);
  loaded_ = true;
  return {};
}

Result<http::Caller> Grants::caller_of(const auth::Claims& claims) const {
  const auto id = Uuid::parse(claims.subject);
  if (!id) return revoked();
  const std::lock_guard lock(mutex_);
  if (!loaded_) return fail(Fault::unavailable, "accounts are not read yet");
  const auto user = users_.find(*id);
  if (user == users_.end() || user->second.token_version != claims.version ||
      revoked_.count(claims.session) > 0) {
    return revoked();
  }
  http::Caller caller{.kind = "user", .id = claims.subject, .name = claims.session};
  static const std::vector<store::GrantedRole> kNone;
  const auto granted = granted_.find(*id);
  auto held =
      held_of(roles_, user->second.role, granted == granted_.end() ? kNone : granted->second);
  caller.permissions = std::move(held.everywhere);
  caller.limited = std::move(held.limited);
  return caller;
}

int Grants::version_of(const std::string& user) const {
  const auto id = Uuid::parse(user);
  const std::lock_guard lock(mutex_);
  const auto found = id ? users_.find(*id) : users_.end();
  return found == users_.end() ? 0 : found->second.token_version;
}

// Another replica may have made the user or raised the version a moment ago. But no revoked session
// and no version that is past comes back: those who hold such a token cost no query.
bool Grants::may_be_behind(const auth::Claims& claims) const {
  const auto id = Uuid::parse(claims.subject);
  const std::lock_guard lock(mutex_);
  const auto user = id ? users_.find(*id) : users_.end();
  return !loaded_ || user == users_.end() || user->second.token_version < claims.version;
}

Result<http::Caller> Grants::caller_of_now(const auth::Claims& claims) {
  auto caller = caller_of(claims);
  if (caller || !may_be_behind(claims)) return caller;
  const std::unique_lock turn(looking_, kPatience);
  if (!turn) return fail(Fault::unavailable, "accounts cannot be read now");
  if (const auto read = refresh(); !read) return fail(read.error());
  return caller_of(claims);
}

}  // namespace monitron::access
