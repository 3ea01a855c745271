#pragma once
// What agents are told to do otherwise than they were started with. Written by api; ingest reads
// which an agent is to have.

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "store/page.hpp"
#include "store/tx.hpp"

namespace monitron::store {

struct AgentConfiguration {
  Uuid id{};
  std::string name{};  // no other has it
  std::string description{};
  Labels labels{};  // of the instances it is for; none: for all
  int priority = 0;
  std::string settings = "{}";  // a JSON object
  int version = 1;
  Instant created_at{};
  Instant updated_at{};
};

std::optional<AgentConfiguration> find_agent_configuration(pqxx::work& tx, const Uuid& id);
std::optional<AgentConfiguration> find_agent_configuration_by_name(pqxx::work& tx,
                                                                   const std::string& name);
const Listing& agent_configuration_listing();
Page<AgentConfiguration> list_agent_configurations(pqxx::work& tx, const PageQuery& query);
// Throws unique_violation for a name that is taken.
AgentConfiguration insert_agent_configuration(pqxx::work& tx, const AgentConfiguration& one);
// Nothing when it has another version.
std::optional<AgentConfiguration> update_agent_configuration(pqxx::work& tx,
                                                             const AgentConfiguration& one);
bool delete_agent_configuration(pqxx::work& tx, const Uuid& id);

// What holds for one agent: of each setting, what the configuration of the highest priority says,
// and of those the last by name.
struct AgentSettings {
  std::string version{};   // the same for the same settings, and for no others
  std::string settings{};  // a JSON object
};
// Nothing when there is no such instance.
std::optional<AgentSettings> agent_settings_of(pqxx::work& tx, const Uuid& instance);

}  // namespace monitron::store
