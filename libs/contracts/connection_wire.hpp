#pragma once
// Wire form of ConnectionRecord (telemetry.proto). Private to this room.

#include "base/result.hpp"
#include "contracts/connection_record.hpp"
#include "contracts/protobuf.hpp"

namespace monitron::contracts {

void write_connection(protozero::pbf_writer& to, const ConnectionRecord& record);
// Fault: invalid, naming the member.
Result<ConnectionRecord> read_connection(protozero::pbf_reader reader);

}  // namespace monitron::contracts
