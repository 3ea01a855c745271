#pragma once
// The api service, put together: REST, queries, stream, live feed, relay, and the housekeeping
// between them.

#include "api/context.hpp"
#include "api/graphql/door.hpp"
#include "api/job_runner.hpp"
#include "api/status_board.hpp"
#include "api/stream.hpp"
#include "api/tap.hpp"
#include "http/loop_server.hpp"
#include "http/router.hpp"
#include "http/server.hpp"
#include "mq/publisher.hpp"
#include "presence/presence.hpp"
#include "relay/relay.hpp"
#include "service/runtime.hpp"

namespace monitron::api {

class Service {
 public:
  // Faults of the start are logged and make it not ready.
  Service(const Config& config, service::Runtime& runtime);
  ~Service();

  Result<void> start();

 private:
  http::Handler handler();
  void housekeeping();
  void observe_requests();
  void tap();

  const Config& config_;
  service::Runtime& runtime_;
  db::Pool database_;
  auth::Jwt jwt_;
  Grants grants_;
  Throttles throttles_;
  loop::Workers hashing_;
  Queries queries_;
  Waits waits_;
  auth::Vault vault_;
  Access access_;
  StatusBoard status_;
  Context context_;
  mq::Endpoint broker_;
  mq::Publisher publisher_;
  std::optional<http::RateLimit> rate_limit_;
  http::Router router_;
  GraphqlDoor graphql_;  // its threads use the routes
  JobRunner jobs_;       // so do its
  http::Server rest_;
  http::LoopServer query_server_;  // the same routes; it notices clients that go
  Stream stream_;
  std::once_flag connected_;
  std::unique_ptr<Tap> samples_;
  std::unique_ptr<Tap> events_;
  std::optional<relay::Relay> relay_;
  std::optional<presence::Presence> presence_;
};

}  // namespace monitron::api
