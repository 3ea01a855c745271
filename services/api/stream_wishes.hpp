#pragma once
// What a client of the live stream asks for in its address. Pure.

#include "api/live_event.hpp"
#include "base/result.hpp"
#include "http/message.hpp"

#include <set>
#include <string>

namespace monitron::api {

struct StreamWishes {
  std::set<Topic> topics{};
  // Of those that are given, any will do; none: all.
  std::set<std::string, std::less<>> sources{};  // ids of instances and checks
  std::set<std::string, std::less<>> metric_types{};
  std::set<std::string, std::less<>> metric_names{};
  domain::LabelSet labels{};  // all of them
  bool batch = false;
  std::string after{};  // id of the last event that the client has; empty: it begins
};

// topics= (comma list; metrics unless told), server_id=, metric_type=, metric_name= (each also
// several times), label=name:value (several times), format=batch, after=.
// Fault: invalid, naming the parameter.
Result<StreamWishes> read_stream_wishes(const http::Request& request);

// Whether the event is among them, whoever asks.
bool wants(const StreamWishes& wishes, const LiveEvent& event);

}  // namespace monitron::api
