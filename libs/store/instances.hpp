#pragma once
// What is watched: servers, virtual machines, containers, services. Written by api.

#include "base/clock.hpp"
#include "store/page.hpp"
#include "store/scope.hpp"
#include "store/tx.hpp"

namespace monitron::store {

struct Instance {
  Uuid id{};
  std::string name{};
  std::string hostname{};
  std::string ip_address{};
  std::string kind = "server";
  std::string os{};
  std::string description{};
  Labels labels{};
  std::vector<std::string> groups{};  // names of those that it is in, in their order
  std::optional<int> agent_port{};
  Labels credentials{};  // names, with sealed values
  std::string agent_version{};
  std::optional<int> check_interval_seconds{};  // of its checks that have none of their own
  int version = 1;
  Instant created_at{};
  Instant updated_at{};
};

struct InstanceQuery {
  PageQuery page{};
  Scope scope{};
  std::vector<Uuid> ids{};  // of these; empty: all
  std::string kind{};
  LabelFilters labels{};  // all of them
  std::string group{};    // name of one that it is in, or that such a one is within
};

// What the envelopes of its credentials are bound to.
std::string credentials_context(const Uuid& instance);

std::optional<Instance> find_instance(pqxx::work& tx, const Uuid& id);
std::optional<Instance> find_instance_by_hostname(pqxx::work& tx, const std::string& hostname);
const Listing& instance_listing();
Page<Instance> list_instances(pqxx::work& tx, const InstanceQuery& query);
// Groups that nobody has made are made. Throws unique_violation for a hostname that is taken.
Instance insert_instance(pqxx::work& tx, const Instance& instance);
// Nothing when `instance.version` is not the stored one.
std::optional<Instance> update_instance(pqxx::work& tx, const Instance& instance);
// Nobody else changes it until the transaction is over.
void lock_instance(pqxx::work& tx, const Uuid& id);
// The interval that it has for its checks, which cannot change until the transaction is over.
std::optional<int> hold_check_interval(pqxx::work& tx, const Uuid& id);
bool delete_instance(pqxx::work& tx, const Uuid& id);

struct Registration {
  Instance instance{};
  bool created = false;
};
// Of an instance.
inline constexpr int kMostLabels = 50;
// What a registration does to an instance that has the hostname already.
enum class IfKnown {
  keep,      // it stays as it is
  complete,  // labels that it has not are added, the rest that is not empty is brought up to date
  change,    // as complete, and labels that it has get other values
};
// A machine is announced by its hostname: made, or what `if_known` says. Nothing when labels would
// be added beyond kMostLabels. Nobody else changes the instance until the transaction is over.
std::optional<Registration> register_instance(pqxx::work& tx, const Instance& instance,
                                              IfKnown if_known);

}  // namespace monitron::store
