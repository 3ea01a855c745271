#include "api/start.hpp"

#include "auth/password.hpp"
#include "base/log.hpp"
#include "db/limited.hpp"
#include "db/migrations.hpp"

#include <thread>

namespace monitron::api {

Result<void> prepare_database(const Config& config, std::chrono::seconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  db::Pool probe({.url = config.database_url, .application_name = "monitron-api start", .size = 1});
  for (;;) {
    const auto reached = probe.ping();
    if (reached) break;
    if (std::chrono::steady_clock::now() > end) return reached;
    log::warning("database.waiting", reached.error().text);
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
  log::info("database.connected", "Successfully connected to database!");
  const auto applied = db::migrate_up(config.database_url, db::built_in_migrations());
  if (!applied) return fail(applied.error().in("migrations"));
  log::info("database.migrated", "Database migrations applied successfully!",
            {{"applied", *applied}});
  const auto limits = probe.transact(db::can_limit);
  if (!limits) log::error("database.unlimited", limits.error().text);
  return {};
}

void tell_hash_cost(const Config& config) {
  const int fitting = auth::measure_cost();
  log::info("passwords.cost", "cost of password hashes",
            {{"cost", config.bcrypt_cost},
             {"cost_of_this_machine", fitting},
             {"meant_ms",
              std::chrono::duration_cast<std::chrono::milliseconds>(auth::kHashTime).count()}});
}

}  // namespace monitron::api
