#pragma once
// The members that a ping's result has besides those of every result. Latencies are milliseconds,
// rates percent. Private to this room. Pure.

#include "series/reader.hpp"

#include <nlohmann/json_fwd.hpp>

namespace monitron::series {

using Packets = std::map<int, double>;  // round trips in seconds, by number from 1

void note_packet(Packets& packets, const std::string& number, double seconds);

// Of `result`, complete but for these members. One that could not be run has none of the counts;
// one that failed before a packet was sent has failed with all of them.
void add_ping(nlohmann::ordered_json& result, const PingedHost& host, const Packets& packets);

}  // namespace monitron::series
