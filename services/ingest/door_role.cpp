#include "ingest/door_role.hpp"

#include "contracts/topology.hpp"
#include "store/agent_configurations.hpp"

#include <mutex>
#include <vector>

namespace monitron::ingest {
namespace {

using namespace std::chrono_literals;

const std::vector<double> kRequestBuckets = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                             0.1,   0.25,   0.5,   1,    2.5,   10};

// Looks a histogram up by its labels once only. Threads: any.
class RequestTimes {
 public:
  explicit RequestTimes(service::Metrics& metrics) : metrics_(metrics) {}

  void observe(std::string_view method, std::string_view route, int status, double seconds) {
    const std::lock_guard lock(mutex_);
    for (auto& known : known_) {
      if (known.status == status && known.route == route && known.method == method) {
        return known.seconds.observe(seconds);
      }
    }
    auto histogram = metrics_.histogram("monitron_ingest_request_seconds",
                                        "Time to answer a request.", kRequestBuckets,
                                        {{"method", std::string(method)},
                                         {"route", std::string(route)},
                                         {"status", std::to_string(status)}});
    histogram.observe(seconds);
    known_.push_back({std::string(method), std::string(route), status, histogram});
  }

 private:
  struct Known {
    std::string method;
    std::string route;
    int status;
    service::Histogram seconds;
  };
  service::Metrics& metrics_;
  std::mutex mutex_;  // guards what follows
  std::vector<Known> known_;
};

// Tokens, accounts and servers are each asked for by one worker at a time: one is always left.
constexpr std::size_t kWorkers = 4;
constexpr std::size_t kWaitingRequests = 4096;  // many agents have one rhythm

Door::LookUp instances_in(db::Pool& database) {
  return [&database](const Uuid& server) {
    return database.transact([&](pqxx::work& tx) -> std::optional<std::string> {
      const auto settings = store::agent_settings_of(tx, server);
      return settings ? std::optional(settings->version) : std::nullopt;
    });
  };
}

}  // namespace

DoorRole::DoorRole(const Config& config, service::Runtime& runtime, db::Pool& database)
    : jwt_(config.jwt_secret),
      grants_(database),
      access_(database, jwt_, grants_, runtime.clock()),
      door_(instances_in(database), runtime.metrics(), runtime.clock(), config.times),
      publisher_({.endpoint = config.broker,
                  .topology = contracts::durable_topology(),
                  .name = "ingest door",
                  .deadline = 1500ms}),  // so that a refusal comes within two seconds
      bytes_(runtime.metrics().counter("monitron_ingest_published_bytes_total",
                                       "Bytes of telemetry given to the broker.")),
      gatherer_(
          [this](auto message, auto done) {
            bytes_.add(static_cast<double>(message.body.size()));
            return publisher_.publish(std::move(message), std::move(done));
          },
          runtime.clock()),
      ping_publisher_({.endpoint = config.broker,
                       .topology = contracts::durable_topology(),
                       .name = "ingest heartbeats",
                       .deadline = contracts::kPingDeadline}),
      heartbeats_(
          config.encryption_keys,
          [this](auto message, auto done) {
            return ping_publisher_.publish(std::move(message), std::move(done));
          },
          runtime.metrics(), runtime.clock()),
      workers_("door", kWorkers, kWaitingRequests),
      router_(workers_, [this](const http::Request& request) { return access_(request); }),
      server_(config.server, [this](http::Request request, http::Responder responder) {
        router_.serve(std::move(request), std::move(responder));
      }) {
  door_.add_routes(router_, gatherer_);
  heartbeats_.add_routes(router_);
  observe_requests(runtime.metrics());
  measure_queues(runtime);
  runtime.every(5s, [this] { (void)grants_.refresh(); });
  runtime.every(30s, [this] { access_.note_used_tokens(); });
  runtime.ready_when("door", [this]() -> Result<void> {
    if (publisher_.connected()) return {};
    return fail(Fault::unavailable, "RabbitMQ is not connected");
  });
  runtime.on_stop([this] { server_.drain(8s); });
}

// What requests work with is torn down after this.
DoorRole::~DoorRole() { workers_.stop(); }

void DoorRole::observe_requests(service::Metrics& metrics) {
  router_.observe([times = std::make_shared<RequestTimes>(metrics)](
                      std::string_view method, std::string_view route, int status, double seconds) {
    times->observe(method, route, status, seconds);
  });
}

void DoorRole::measure_queues(service::Runtime& runtime) {
  auto& metrics = runtime.metrics();
  auto requests = metrics.gauge("monitron_ingest_waiting_requests", "Requests not looked at yet.");
  auto bytes = metrics.gauge("monitron_ingest_gathering_bytes", "Batches that wait for others.");
  auto messages = metrics.gauge("monitron_ingest_unconfirmed_messages",
                                "Messages that the broker has not confirmed yet.");
  auto blocked = metrics.gauge("monitron_ingest_broker_blocked",
                               "1 while the broker takes nothing, short of memory or disk.");
  runtime.every(2s, [=, this]() mutable {
    const auto published = publisher_.stats();
    requests.set(static_cast<double>(workers_.queued()));
    bytes.set(static_cast<double>(gatherer_.waiting_bytes()));
    messages.set(static_cast<double>(published.waiting));
    blocked.set(published.blocked ? 1 : 0);
  });
}

}  // namespace monitron::ingest
