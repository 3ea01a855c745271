#include "checker/watched.hpp"

#include "base/log.hpp"
#include "domain/check_slots.hpp"
#include "store/check_definitions.hpp"
#include "store/leases.hpp"

namespace monitron::checker {

WatchedChecks read_watched(pqxx::work& tx, domain::CheckKind kind) {
  WatchedChecks checks;
  store::CheckQuery query;
  query.kind = domain::to_string(kind);
  query.page.limit = 500;
  for (bool more = true; more;) {
    const auto page = store::list_checks(tx, query);
    for (const auto& row : page.items) {
      query.page.after = row.id;
      if (!row.enabled) continue;
      auto check = store::definition_of(row, {});
      if (check) {
        checks.emplace(row.id, std::move(*check));
      } else {
        log::error("watcher.definition", "a check cannot be watched",
                   {{"check_id", row.id.str()}, {"error", check.error().text}});
      }
    }
    more = page.more;
  }
  return checks;
}

domain::CheckResult watched_result(const domain::CheckDefinition& check, Instant slot,
                                   domain::ProbeOutcome outcome) {
  auto result = domain::make_result(check, check.locations.front(), slot, slot, std::move(outcome));
  result.locations = result.quorum = 1;
  result.failures_before_down = result.successes_before_up = result.unknowns_before_unknown = 1;
  return result;
}

std::optional<Instant> latest_slot(const domain::CheckDefinition& check, Instant after,
                                   Instant until) {
  const auto span = std::chrono::milliseconds(check.interval).count();
  const auto phase = domain::phase_of(check.id, check.interval).count();
  const auto slot = until - std::chrono::milliseconds((to_ms(until) - phase) % span);
  if (slot <= after) return std::nullopt;
  return slot;
}

Result<void> check_lease(pqxx::work& tx, const WatcherLease& lease) {
  if (store::holds_lease(tx, lease.name, lease.holder, lease.fence)) return {};
  return fail(Fault::unavailable, "somebody else has the lease " + lease.name);
}

}  // namespace monitron::checker
