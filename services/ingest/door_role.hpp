#pragma once
// The door with what it stands in: server, router, authentication, gatherer, publisher.

//
// Built so that what comes back late finds everybody at home: what waits in the gatherer goes to
// the publisher, whose answers go to the door.

#include "access/access.hpp"
#include "http/loop_server.hpp"
#include "ingest/config.hpp"
#include "ingest/door.hpp"
#include "ingest/heartbeat_door.hpp"
#include "mq/publisher.hpp"

namespace monitron::ingest {

class DoorRole {
 public:
  // `database` is asked for tokens, accounts and servers.
  DoorRole(const Config& config, service::Runtime& runtime, db::Pool& database);
  ~DoorRole();
  Result<void> start() { return server_.start(); }

 private:
  void observe_requests(service::Metrics& metrics);
  void measure_queues(service::Runtime& runtime);

  auth::Jwt jwt_;
  access::Grants grants_;
  access::Access access_;
  Door door_;
  mq::Publisher publisher_;
  service::Counter bytes_;
  Gatherer gatherer_;
  mq::Publisher ping_publisher_;  // its messages wait behind no telemetry
  HeartbeatDoor heartbeats_;
  loop::Workers workers_;  // of requests alone: no housekeeping that hangs holds them up
  http::Router router_;
  http::LoopServer server_;
};

}  // namespace monitron::ingest
