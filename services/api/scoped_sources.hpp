#pragma once
// What callers with permissions on some instances alone reach: the ids of these and of their
// checks. They are read once for all who have the same scope, and kept once in memory. Threads:
// any, that may wait for the database.

#include "db/pool.hpp"
#include "store/scope.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace monitron::api {

class ScopedSources {
 public:
  using Sources = std::shared_ptr<const std::set<std::string>>;  // null: all there are

  explicit ScopedSources(db::Pool& database) : database_(database) {}

  // The same for scopes that mean the same; "" for all there is.
  static std::string name_of(const std::vector<store::Scope>& scopes);

  // What is within all of the scopes, as it was at the last renew() or later. What could not be
  // read is not tried again before the next.
  Result<Sources> within(const std::vector<store::Scope>& scopes);
  // Who asks from now on gets what is read from now on.
  void renew();

 private:
  Result<Sources> read(const std::vector<store::Scope>& scopes);

  db::Pool& database_;
  std::mutex mutex_;  // guards what follows, while it is read too: whoever waits needs the same
  std::map<std::string, Result<Sources>> known_;
};

}  // namespace monitron::api
