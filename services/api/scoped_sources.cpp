#include "api/scoped_sources.hpp"

#include "db/limited.hpp"

namespace monitron::api {

std::string ScopedSources::name_of(const std::vector<store::Scope>& scopes) {
  std::set<std::string> limits;
  for (const auto& scope : scopes) {
    if (scope) limits.insert(*store::scope_parameter(scope));
  }
  std::string name;
  for (const auto& limit : limits) name += limit + '\n';
  return name;
}

Result<ScopedSources::Sources> ScopedSources::within(const std::vector<store::Scope>& scopes) {
  const auto name = name_of(scopes);
  if (name.empty()) return Sources();
  const std::lock_guard lock(mutex_);
  const auto known = known_.find(name);
  if (known != known_.end()) return known->second;
  return known_.emplace(name, read(scopes)).first->second;
}

void ScopedSources::renew() {
  const std::lock_guard lock(mutex_);
  known_.clear();
}

// With the mutex held.
Result<ScopedSources::Sources> ScopedSources::read(const std::vector<store::Scope>& scopes) {
  std::map<std::string, store::Scope> limits;
  for (const auto& scope : scopes) {
    if (scope) limits.emplace(*store::scope_parameter(scope), scope);
  }
  std::optional<std::set<std::string>> all;
  for (const auto& [parameter, scope] : limits) {
    const db::Limited held(parameter);
    const auto found = database_.transact(
        [&, &limit = scope](pqxx::work& tx) { return store::sources_in_scope(tx, limit); });
    if (!found) return fail(found.error());
    if (!all) all = *found;
    std::erase_if(*all, [&](const auto& id) { return !found->contains(id); });
  }
  return std::make_shared<const std::set<std::string>>(std::move(*all));
}

}  // namespace monitron::api
