#pragma once
// What a registry said last of a domain that is checked (check_domains), by location. Inside the
// writer's transaction. Private to this room.

#include "series/check_rows.hpp"

namespace monitron::series {

// Of results that know when the domain ends: others take nothing back.
Result<void> store_domains(Session& session, const CheckRows& checks);

}  // namespace monitron::series
