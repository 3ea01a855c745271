#include "api/people.hpp"

namespace monitron::api {

std::string name_of(const store::User& user) { return user.name.empty() ? user.email : user.name; }

store::Actor actor_of(pqxx::work& tx, const http::Caller& caller) {
  store::Actor actor{caller.kind, caller.id, caller.name};
  if (caller.kind != "user") return actor;
  const auto user = store::find_user(tx, Uuid::parse(caller.id).value_or(Uuid{}));
  if (user) actor.name = name_of(*user);
  return actor;
}

}  // namespace monitron::api
