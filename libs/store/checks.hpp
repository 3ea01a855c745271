#pragma once
// Check definitions. Written by api; the checker's scheduler (store/check_schedule.hpp) and the
// notifier read them. Each change wakes whoever listens on the channel "checks_changed": a trigger
// says so.

#include "base/clock.hpp"
#include "store/page.hpp"
#include "store/scope.hpp"
#include "store/tx.hpp"

namespace monitron::store {

struct Check {
  Uuid id{};
  std::string name{};
  std::optional<Uuid> instance_id{};
  std::string kind{};  // the name of a kind or of an own type
  std::string target{};
  int interval_seconds = 60;
  bool interval_inherited = false;  // from its instance or kind
  int timeout_seconds = 10;
  int retry_interval_seconds = 0;
  std::vector<std::string> locations{"default"};
  int quorum = 0;
  bool enabled = true;
  Labels labels{};
  int failures_before_down = 3;
  int successes_before_up = 2;
  bool flap_detection = true;
  std::string settings = "{}";  // JSON: the members of its kind, complete with defaults
  int version = 1;
  Instant created_at{};
  Instant updated_at{};
};

struct CheckQuery {
  PageQuery page{};
  Scope scope{};
  std::vector<Uuid> ids{};  // of these; empty: all
  std::string kind{};
  std::string status{};  // up, down, unknown, paused
  std::optional<bool> enabled{};
  std::vector<Uuid> instances{};   // of these; empty: all
  int limit_each = 0;              // of each instance at most so many; 0: as many as there are
  LabelFilters labels{};           // it or its instance has them all
  std::optional<Uuid> group_id{};  // members of this one
};

std::optional<Check> find_check(pqxx::work& tx, const Uuid& id);
const Listing& check_listing();
Page<Check> list_checks(pqxx::work& tx, const CheckQuery& query);
std::vector<Check> checks_of_kind(pqxx::work& tx, const std::string& kind);
Check insert_check(pqxx::work& tx, const Check& check);
std::optional<Check> update_check(pqxx::work& tx, const Check& check);
bool delete_check(pqxx::work& tx, const Uuid& id);

std::vector<Check> checks_of_instance(pqxx::work& tx, const Uuid& instance);
// Those of an instance that have its interval.
std::vector<Check> inheriting_checks(pqxx::work& tx, const Uuid& instance);
void set_interval(pqxx::work& tx, const std::vector<Uuid>& checks, int seconds);

// A trial run, with its definition as the API took it (JSON).
void insert_check_test(pqxx::work& tx, const Uuid& id, const std::string& definition);
// How many seconds ago it was asked for.
std::optional<int> check_test_age(pqxx::work& tx, const Uuid& id);
// The check that its definition names, whether it is stored or not.
std::optional<Uuid> check_of_test(pqxx::work& tx, const Uuid& id);

}  // namespace monitron::store
