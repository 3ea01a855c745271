#include "api/check_interval.hpp"

#include "store/check_definitions.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

// Kinds that no checker runs are told of by their own rhythm.
int inherited(const domain::KindInfo& kind, std::optional<int> of_instance) {
  if (!kind.active || !of_instance) return static_cast<int>(kind.interval.count());
  return std::max(*of_instance, static_cast<int>(kind.least_interval.count()));
}

// What it would inherit. Fault: why it cannot have that.
Result<int> inherited(store::Check check, std::optional<int> of_instance,
                      const contracts::CheckTypes& types) {
  const auto* kind = contracts::kind_of(types, check.kind);
  if (kind == nullptr) return check.interval_seconds;  // complained about already
  const int seconds = inherited(*kind, of_instance);
  if (std::exchange(check.interval_seconds, seconds) == seconds) return seconds;
  const auto definition = store::definition_of(check, types);
  if (!definition) return fail(definition.error());
  return seconds;
}

}  // namespace

void inherit_interval(pqxx::work& tx, store::Check& check, std::vector<http::FieldError>& errors) {
  if (!check.interval_inherited) return;
  const auto given = check.interval_seconds;
  const auto of_instance =
      check.instance_id ? store::hold_check_interval(tx, *check.instance_id) : std::nullopt;
  const auto seconds = inherited(check, of_instance, store::own_check_types(tx, check.kind));
  if (!seconds) {
    errors.push_back(
        {"interval_seconds", "out_of_range", "cannot be inherited: " + seconds.error().text});
    return;
  }
  check.interval_seconds = *seconds;
  if (given != 0 && given != check.interval_seconds) {
    errors.push_back({"interval_seconds", "invalid",
                      "is not the " + std::to_string(check.interval_seconds) +
                          " seconds that are inherited; set interval_inherited to false, too"});
  }
}

void try_check_interval(pqxx::work& tx, const store::Instance& instance,
                        std::vector<http::FieldError>& errors) {
  store::lock_instance(tx, instance.id);
  const auto types = store::own_check_types(tx);
  for (const auto& check : store::inheriting_checks(tx, instance.id)) {
    const auto fits = inherited(check, instance.check_interval_seconds, types);
    if (fits) continue;
    errors.push_back({"check_interval_seconds", "out_of_range",
                      "does not fit check \"" + check.name + "\": " + fits.error().text});
    return;
  }
}

void pass_on_check_interval(pqxx::work& tx, const store::Instance& instance) {
  const auto types = store::own_check_types(tx);
  std::map<int, std::vector<Uuid>> changed;
  for (const auto& check : store::inheriting_checks(tx, instance.id)) {
    const auto seconds = inherited(check, instance.check_interval_seconds, types);
    if (seconds && *seconds != check.interval_seconds) changed[*seconds].push_back(check.id);
  }
  for (const auto& [seconds, checks] : changed) store::set_interval(tx, checks, seconds);
}

}  // namespace monitron::api
