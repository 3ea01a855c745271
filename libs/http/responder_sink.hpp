#pragma once
// What a Responder answers through; one kind per server. Private to this room.

#include "http/server.hpp"

namespace monitron::http {

struct Responder::Sink {
  Request about;  // id, path and method of the request, for an answer of our own
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;
  virtual void send(Response response) = 0;
};

// Without what would begin another line of a header.
std::string header_safe(std::string text);
// That of the gateway, if it is safe to log and to echo; else a new one.
std::string request_id_of(const Headers& headers);

}  // namespace monitron::http
