#include "api/people.hpp"

namespace monitron::api {

store::Actor actor_of(pqxx::work& tx, const http::Caller& caller) {
  store::Actor actor{caller.kind, caller.id, caller.name};
  if (caller.kind != "user") return actor;
  const auto name = store::name_of_user(tx, Uuid::parse(caller.id).value_or(Uuid{}));
  if (name) actor.name = *name;
  return actor;
}

}  // namespace monitron::api
