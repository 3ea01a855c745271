#pragma once
// Instances in JSON, as instances and as servers (the same rows under the names that scripts use).

#include "api/fields.hpp"
#include "api/maintenance.hpp"
#include "store/instances.hpp"
#include "store/live_state.hpp"

namespace monitron::api {

// {hostname, ip_address?, os?, labels{}?, agent_version?} of POST /servers and of enrolment.
store::Instance read_registration(Fields& fields);
// When store::register_instance() makes nothing.
tl::unexpected<Refusal> refuse_labels();

// What is known of instances besides their rows: freshness and the states of their checks.
using HealthMap = std::map<Uuid, store::InstanceHealth>;
Json instance_json(const store::Instance& instance, const HealthMap& health,
                   const MaintenanceNow& maintenance);
Json server_json(const store::Instance& instance, const HealthMap& health);

}  // namespace monitron::api
