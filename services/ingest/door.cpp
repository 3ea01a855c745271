#include "ingest/door.hpp"

#include "auth/roles.hpp"
#include "ingest/json_push.hpp"
#include "store/instances.hpp"

namespace monitron::ingest {
namespace {

constexpr std::chrono::seconds kKnownServer{30};
constexpr std::chrono::hours kKnownServerAlone{1};  // while the database cannot be asked
constexpr std::size_t kMaxServers = 100'000;
constexpr std::size_t kMaxKeyBytes = 255;

const std::vector<double> kConfirmBuckets = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                             0.1,   0.25,   0.5,   1,    2.5};

std::string media_type(const http::Request& request) {
  const auto type = request.header("content-type");
  return type.substr(0, type.find(';'));
}

Taken<void> expect(const http::Request& request, std::string_view type) {
  if (media_type(request) != type) {
    return refuse(415, "send Content-Type: " + std::string(type));
  }
  const auto encoding = request.header("content-encoding");
  if (!encoding.empty() && encoding != "identity") {
    return refuse(415, "Content-Encoding is not supported here");
  }
  return {};
}

std::size_t count_samples(const contracts::Batch& batch) {
  std::size_t count = 0;
  for (const auto& block : batch.blocks) count += block.samples();
  return count;
}

Taken<void> check_times(const contracts::Batch& batch, const TimeWindow& window) {
  std::vector<http::FieldError> errors;
  const auto look = [&](std::size_t block, const char* what, std::size_t index, std::int64_t ms) {
    if (window.contains(ms) || errors.size() >= kMaxComplaints) return;
    errors.push_back(
        {"blocks[" + std::to_string(block) + "]." + what + "[" + std::to_string(index) + "].time",
         "out_of_range", window.text()});
  };
  for (std::size_t b = 0; b < batch.blocks.size(); ++b) {
    const auto& block = batch.blocks[b];
    for (std::size_t i = 0; i < block.frames.size(); ++i) {
      look(b, "frames", i, block.frames[i].time_ms);
    }
    for (std::size_t i = 0; i < block.points.size(); ++i) {
      look(b, "points", i, block.points[i].time_ms);
    }
  }
  if (errors.empty()) return {};
  return refuse(422, "nothing was stored: some times are not acceptable", std::move(errors));
}

}  // namespace

Door::Door(db::Pool& database, Gatherer& gatherer, service::Metrics& metrics, const Clock& clock,
           std::chrono::hours max_age)
    : database_(database),
      gatherer_(gatherer),
      clock_(clock),
      max_age_(max_age),
      metrics_(metrics),
      samples_(metrics.counter("monitron_ingest_samples_total", "Samples taken in.")),
      confirm_seconds_(metrics.histogram("monitron_ingest_confirm_seconds",
                                         "From a batch's arrival to the broker's confirm.",
                                         kConfirmBuckets)) {}

void Door::add_routes(http::Router& router) {
  const auto add = [&](const char* path, Read read) {
    router.add_async(http::Method::post, path, http::needs(std::string(auth::kIngest)),
                     [this, read](const auto& exchange) { take(read, exchange); });
  };
  add("/api/v1/telemetry", &Door::read_telemetry);
  add("/api/v1/ingest", &Door::read_push);
}

void Door::refuse_with(http::Exchange& exchange, const http::Problem& problem) {
  metrics_
      .counter("monitron_ingest_refused_total", "Requests refused, by status.",
               {{"status", std::to_string(problem.status)}})
      .add();
  exchange.send(http::problem_response(exchange.request(), problem));
}

void Door::take(Read read, const std::shared_ptr<http::Exchange>& exchange) {
  auto taking = (this->*read)(exchange->request());
  if (!taking) return refuse_with(*exchange, taking.error());
  if (taking->samples == 0) {
    return exchange->send(http::json_response(202, R"({"accepted":0})"));
  }
  const auto bytes = exchange->request().body.size();
  const auto samples = taking->samples;
  auto kept = std::make_shared<contracts::Batch>();
  for (const auto& block : taking->batch.blocks) {
    kept->blocks.push_back({block.dictionary, block.series_count, {}, {}});
  }
  const auto started = std::chrono::steady_clock::now();
  const auto done = [this, exchange, samples, kept, started](const Result<void>& confirmed) {
    if (!confirmed) {
      return refuse_with(*exchange, try_later("the broker did not take it; try again"));
    }
    dictionaries_.remember(*kept);
    samples_.add(static_cast<double>(samples));
    confirm_seconds_.observe(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
    exchange->send(http::json_response(202, "{\"accepted\":" + std::to_string(samples) + "}"));
  };
  if (!gatherer_.add(std::move(taking->batch), bytes, done)) {
    refuse_with(*exchange, try_later("too much waits for the broker; try again"));
  }
}

Taken<Door::Taking> Door::read_telemetry(const http::Request& request) {
  if (auto fit = expect(request, "application/x-protobuf"); !fit) {
    return tl::unexpected(fit.error());
  }
  auto batch = contracts::decode_batch(request.body);
  if (!batch) return refuse(400, "the batch is not readable: " + batch.error().text);
  if (auto may = may_write(request.caller, batch->id.source.value); !may) {
    return tl::unexpected(may.error());
  }
  if (auto complete = dictionaries_.complete(*batch); !complete) {
    return refuse(complete.error().fault == Fault::not_found ? 409 : 400, complete.error().text);
  }
  if (auto times = check_times(*batch, window()); !times) return tl::unexpected(times.error());
  const auto samples = count_samples(*batch);
  return Taking{std::move(*batch), samples};
}

Taken<Door::Taking> Door::read_push(const http::Request& request) {
  if (auto fit = expect(request, "application/json"); !fit) return tl::unexpected(fit.error());
  const auto key = request.header("idempotency-key");
  if (key.size() > kMaxKeyBytes) return refuse(400, "Idempotency-Key is longer than 255 bytes");
  auto push = parse_push(request.body, window(), clock_.now());
  if (!push) return tl::unexpected(push.error());
  if (auto may = may_write(request.caller, push->server); !may) return tl::unexpected(may.error());
  Taking taking;
  taking.batch.id = push_id(push->server, request.caller.kind + ":" + request.caller.id, key);
  taking.batch.blocks.push_back(std::move(push->block));
  taking.samples = count_samples(taking.batch);
  return taking;
}

Taken<void> Door::may_write(const http::Caller& caller, const Uuid& server) {
  if (caller.kind == "agent" && caller.id != server.str()) {
    return refuse(403, "this token may write only the server it was made for");
  }
  const auto known = knows(server);
  if (!known) return tl::unexpected(try_later("cannot look up the server now; try again"));
  if (!*known) {
    return refuse(404, "no server has this id: register it first",
                  {{"server_id", "not_found", "no server has this id"}});
  }
  return {};
}

Result<bool> Door::knows(const Uuid& server) {
  const auto now = clock_.steady_now();
  std::optional<SteadyInstant> asked;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = servers_.find(server); found != servers_.end()) asked = found->second;
  }
  if (asked && now - *asked < kKnownServer) return true;
  const auto found = database_.transact(
      [&](pqxx::work& tx) { return store::find_instance(tx, server).has_value(); });
  if (!found) {
    if (is_transient(found.error().fault) && asked && now - *asked < kKnownServerAlone) return true;
    return found;
  }
  const std::lock_guard lock(mutex_);
  if (servers_.size() >= kMaxServers) servers_.clear();
  if (*found) {
    servers_[server] = now;
  } else {
    servers_.erase(server);
  }
  return found;
}

}  // namespace monitron::ingest
