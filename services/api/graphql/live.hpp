#pragma once
// The root of subscriptions: what the live stream tells of. Each field is one type of its events,
// with the filters of the stream for arguments.

#include "api/graphql/types.hpp"
#include "api/stream_wishes.hpp"

namespace monitron::api {

// What a field of the root is fed from.
struct LiveSource {
  StreamWishes wishes{};
  std::string type{};     // of the stream's events, of those that it wishes for: "alert"
  bool gathered = false;  // many at once: the root of an execution is LiveSamples, else one event
};

// The samples of a moment.
struct LiveSamples {
  Json samples = Json::array();
  std::uint64_t left_out = 0;
};

graphql::TypeDefinition subscription_type(Types& types, const Description& description);

}  // namespace monitron::api
