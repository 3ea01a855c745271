#include "api/service.hpp"

#include "api/accounts.hpp"
#include "api/alertmanager.hpp"
#include "api/app.hpp"
#include "api/openapi.hpp"
#include "base/log.hpp"
#include "contracts/topology.hpp"
#include "store/account_tokens.hpp"
#include "store/idempotency_keys.hpp"
#include "store/invitations.hpp"
#include "store/jobs.hpp"
#include "store/oidc.hpp"
#include "store/second_factor.hpp"

namespace monitron::api {
namespace {

constexpr std::size_t kConnections = 6;
constexpr std::chrono::seconds kDrain{8};
constexpr std::chrono::seconds kWriting{20};

mq::Endpoint endpoint_of(const Config& config) {
  auto endpoint = mq::parse_endpoint(config.rabbitmq_url).value_or(mq::Endpoint{});
  endpoint.ca_file = config.rabbitmq_ca_file;
  return endpoint;
}

http::ServerConfig server_config(const Config& config, const Endpoint& endpoint) {
  http::ServerConfig server;
  server.address = endpoint.address;
  server.port = endpoint.port;
  // Both servers take a request that is being worked on for one that does not come.
  server.request_timeout = std::max(server.request_timeout, config.query_limits.time + kWriting);
  return server;
}

http::ServerConfig rest_config(const Config& config) {
  auto server = server_config(config, config.rest);
  server.max_body_bytes_at.emplace(kNotificationsPath, kLongestNotification);
  return server;
}

}  // namespace

Service::Service(const Config& config, service::Runtime& runtime)
    : config_(config),
      runtime_(runtime),
      database_(
          {.url = config.database_url, .application_name = "monitron-api", .size = kConnections}),
      jwt_(config.jwt_secret),
      grants_(database_),
      throttles_(runtime.clock()),
      hashing_("hashing", 2, 32),
      queries_({.database_url = config.database_url,
                .concurrency = static_cast<std::size_t>(config.query_concurrency),
                .jobs = kJobsAtOnce,
                .limits = config.query_limits},
               runtime.metrics()),
      waits_(database_),
      vault_(config.encryption_keys),
      access_(database_, jwt_, grants_, runtime.clock()),
      status_(database_, runtime.clock()),
      context_{config,   runtime.clock(), database_, jwt_,   grants_, throttles_,
               hashing_, queries_,        waits_,    vault_, status_},
      broker_(endpoint_of(config)),
      publisher_({.endpoint = broker_,
                  .topology = contracts::durable_topology(),
                  .name = "monitron-api publisher"}),
      router_(runtime.workers(), [this](const http::Request& request) { return access_(request); }),
      graphql_(router_, openapi_text(), {.introspection = config.graphql_introspection}),
      jobs_(context_, router_, access_, runtime.metrics()),
      rest_(rest_config(config), handler()),
      query_server_(server_config(config, config.queries), handler()),
      stream_(context_, access_, graphql_) {}

Service::~Service() = default;

http::Handler Service::handler() {
  return [this](http::Request request, http::Responder responder) {
    router_.serve(std::move(request), std::move(responder));
  };
}

// Samples and results are many; states, alerts and what people do wait for none of them.
void Service::tap() {
  const std::string all = "#";
  samples_ =
      std::make_unique<Tap>(Tap::Config{.endpoint = broker_,
                                        .name = "monitron-api live samples",
                                        .bindings = {{contracts::kTelemetryExchange, all}}},
                            [this](const contracts::Message& message) { stream_.take(message); });
  events_ = std::make_unique<Tap>(
      Tap::Config{.endpoint = broker_,
                  .name = "monitron-api live",
                  .bindings = {{contracts::kAlertsExchange, all},
                               {contracts::kEventsExchange, "check.state.#"},
                               {contracts::kEventsExchange, "incident.#"},
                               {contracts::kEventsExchange, "job.#"},
                               {contracts::kEventsExchange, "personal.incident.#"}},
                  .prefetch = 200},
      [this](const contracts::Message& message) { stream_.take(message); });
}

void Service::observe_requests() {
  static const std::vector<double> buckets = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                              0.1,   0.25,   0.5,   1,    2.5,   10};
  router_.observe(
      [this](std::string_view method, std::string_view route, int status, double seconds) {
        runtime_.metrics()
            .histogram("monitron_api_request_seconds", "Time to answer a request", buckets,
                       {{"method", std::string(method)},
                        {"route", std::string(route)},
                        {"status", std::to_string(status)}})
            .observe(seconds);
      });
}

void Service::housekeeping() {
  using namespace std::chrono_literals;
  // Apart from each other: however many streams there are, who was revoked is known, and ends with
  // the next look at them: within 10 s.
  runtime_.every(3s, [this] { (void)grants_.refresh(); });
  runtime_.every(3s, [this] { stream_.recheck(); });
  runtime_.every(150ms, [this] {
    stream_.tapped({.samples = samples_->breaks(), .events = events_->breaks()});
    stream_.flush();
  });
  jobs_.start();
  runtime_.every(2s, [this] { status_.look(); });
  runtime_.every(3s, [this] { status_.measure(); });
  runtime_.every(30s, [this] { access_.note_used_tokens(); });
  runtime_.every(60s, [this] {
    // As long as a queue would have kept it.
    (void)database_.transact(
        [](pqxx::work& tx) { store::kApiOutbox.drop_late(tx, "check.test", 60); });
  });
  runtime_.every(600s, [this] {
    (void)database_.transact([](pqxx::work& tx) {
      store::drop_expired_sessions(tx);
      store::drop_expired_account_tokens(tx);
      store::drop_expired_challenges(tx);
      store::drop_expired_invitations(tx);
      store::drop_expired_oidc_steps(tx);
      store::drop_old_answers(tx);
    });
    const auto drop = [](pqxx::work& tx) { return store::drop_old_jobs(tx); };
    while (database_.transact(drop).value_or(false)) {
    }
  });
}

Result<void> Service::start() {
  add_routes(router_, context_);
  router_.allow_origins(config_.allowed_origins);
  if (config_.rate_limit > 0) {
    router_.limit(&rate_limit_.emplace(runtime_.clock(), config_.rate_limit));
  }
  observe_requests();
  if (auto made = make_first_admin(context_); !made) return made;
  if (auto read = grants_.refresh(); !read) return read;
  status_.look();
  tap();
  if (auto listening = rest_.start(); !listening) return listening;
  if (auto listening = query_server_.start(); !listening) return listening;
  if (auto listening = stream_.start(); !listening) return listening;
  runtime_.ready_when("postgres", [this] { return database_.ping(); });
  runtime_.ready_when("rabbitmq", [this]() -> Result<void> {
    if (publisher_.connected()) {
      std::call_once(connected_,
                     [] { log::info("broker.connected", "RabbitMQ connected successfully!"); });
      return {};
    }
    return fail(Fault::unavailable, "not connected");
  });
  housekeeping();
  runtime_.on_stop([this] {
    const auto end = std::chrono::steady_clock::now() + kDrain;
    waits_.stop();
    jobs_.prepare_stop();
    stream_.stop();
    rest_.drain(kDrain);
    query_server_.drain(std::max(
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()),
        std::chrono::milliseconds(0)));
    queries_.cancel_all();
    jobs_.stop();
    status_.stop();
  });
  relay_.emplace(runtime_, database_, config_.database_url, publisher_, store::kApiOutbox);
  presence_.emplace(runtime_, database_, "api");
  log::info("server.started", "Server is running on port " + std::to_string(config_.gateway_port),
            {{"rest_port", rest_.port()},
             {"query_port", query_server_.port()},
             {"stream_port", stream_.port()}});
  return {};
}

}  // namespace monitron::api
