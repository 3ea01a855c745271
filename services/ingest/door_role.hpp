#pragma once
// The door with what it stands in: server, router, authentication, gatherer, publisher.

#include "access/access.hpp"
#include "ingest/config.hpp"
#include "ingest/door.hpp"
#include "mq/publisher.hpp"

namespace monitron::ingest {

class DoorRole {
 public:
  DoorRole(const Config& config, service::Runtime& runtime, db::Pool& database);
  Result<void> start() { return server_.start(); }

 private:
  void observe_requests(service::Metrics& metrics);

  auth::Jwt jwt_;
  access::Grants grants_;
  access::Access access_;
  mq::Publisher publisher_;
  Gatherer gatherer_;
  Door door_;
  http::Router router_;
  http::Server server_;
};

}  // namespace monitron::ingest
