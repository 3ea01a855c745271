#include "ingest/door.hpp"

#include "base/text.hpp"
#include "contracts/compression.hpp"
#include "ingest/agent_batch.hpp"
#include "ingest/blocks.hpp"
#include "ingest/import_request.hpp"
#include "ingest/json_push.hpp"

namespace monitron::ingest {
namespace {

constexpr std::size_t kMaxKeyBytes = 255;
constexpr std::chrono::seconds kKeepServer{30};  // a server that was deleted is refused after it
constexpr std::size_t kMaxServers = 100'000;
constexpr std::size_t kMaxBodyBytes = 4u << 20;      // unpacked
constexpr std::size_t kImportBytes = 32u << 20;      // unpacked; of larger ones one at a time
constexpr std::size_t kMaxImportBytes = 256u << 20;  // unpacked

const std::vector<double> kConfirmBuckets = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                             0.1,   0.25,   0.5,   1,    2.5};

std::string media_type(const http::Request& request) {
  const auto type = to_lower(request.header("content-type"));
  return type.substr(0, type.find_first_of("; "));
}

tl::unexpected<Refusal> too_large(std::size_t limit) {
  return refuse(413, "too_large",
                "the body has more than " + std::to_string(limit >> 20) + " MiB, unpacked");
}

// What the first bytes say that it is packed with; no text, JSON or batch begins like that.
std::string_view packing_of(std::string_view body) {
  if (body.starts_with("\x1f\x8b")) return "gzip";
  if (body.starts_with("\x28\xb5\x2f\xfd")) return "zstd";
  return {};
}

// The body, unpacked. `unpacked` keeps it when it was packed.
Taken<const std::string*> body_of(const http::Request& request, std::size_t limit,
                                  std::string& unpacked) {
  const auto encoding = to_lower(request.header("content-encoding"));
  if (request.body.size() > limit) return too_large(limit);
  if (encoding.empty() || encoding == "identity") {
    const auto packing = std::string(packing_of(request.body));
    if (packing.empty()) return &request.body;
    return refuse(400, "unreadable",
                  "the body is " + packing + "; send Content-Encoding: " + packing);
  }
  if (encoding != "zstd" && encoding != "gzip") {
    return refuse(415, "media_type",
                  "of all values of Content-Encoding only zstd and gzip are read here");
  }
  auto plain = encoding == "zstd" ? contracts::zstd_unpack(request.body, limit)
                                  : contracts::gzip_unpack(request.body, limit);
  if (!plain && plain.error().fault == Fault::denied) return too_large(limit);
  if (!plain) return refuse(400, "unreadable", "the body " + plain.error().text);
  unpacked = std::move(*plain);
  return &unpacked;
}

Taken<const std::string*> body_of(const http::Request& request, std::string_view type,
                                  std::string& unpacked) {
  if (media_type(request) != type) {
    return refuse(415, "media_type", "send Content-Type: " + std::string(type));
  }
  return body_of(request, kMaxBodyBytes, unpacked);
}

// About what the batch takes in memory and on the wire, however it came: packed, or with a hash in
// the place of a dictionary.
std::size_t bytes_of(const contracts::Batch& batch) {
  std::size_t bytes = 0;
  for (const auto& one : batch.metadata) {
    bytes += 64 + one.name.size() + one.help.size() + one.unit.size();
  }
  for (const auto& block : batch.blocks) {
    bytes += block.dictionary.packed.size() + block.points.size() * sizeof(contracts::Point);
    for (const auto& frame : block.frames) bytes += 16 + frame.values.size() * sizeof(double);
  }
  return bytes;
}

std::size_t count_samples(const contracts::Batch& batch) {
  std::size_t count = 0;
  for (const auto& block : batch.blocks) count += block.samples();
  return count;
}

// `configuration`: a version, in hexadecimal digits.
http::Response accepted(std::size_t samples, const std::string& configuration) {
  auto text = "{\"accepted\":" + std::to_string(samples);
  if (!configuration.empty()) text += R"(,"configuration":")" + configuration + '"';
  return http::json_response(202, text + "}");
}

service::Counter outside_counter(service::Metrics& metrics, const char* reason) {
  return metrics.counter("monitron_ingest_refused_samples_total",
                         "Samples that are not stored, by reason.", {{"reason", reason}});
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

Door::Door(LookUp look_up, service::Metrics& metrics, const Clock& clock, TimeLimits times)
    : clock_(clock),
      times_(times),
      keys_(clock),
      metrics_(metrics),
      batches_(metrics.counter("monitron_ingest_accepted_batches_total",
                               "Batches and pushes confirmed by the broker.")),
      samples_(metrics.counter("monitron_ingest_accepted_samples_total", "Samples in them.")),
      bytes_(metrics.counter("monitron_ingest_received_bytes_total",
                             "Bodies of requests of known senders, as they came.")),
      too_old_(outside_counter(metrics, "too_old")),
      too_new_(outside_counter(metrics, "too_new")),
      confirm_seconds_(metrics.histogram("monitron_ingest_confirm_seconds",
                                         "From a batch's arrival to the broker's confirm.",
                                         kConfirmBuckets)),
      servers_(std::move(look_up), clock, kKeepServer, kMaxServers) {}

void Door::add_routes(http::Router& router, Gatherer& gatherer) {
  const auto add = [&](const char* path, Read read) {
    router.add_async(
        http::Method::post, path, http::needs_frequently("telemetry:send"),
        [this, read, &gatherer](const auto& exchange) { take(read, exchange, gatherer); });
  };
  add("/api/v1/telemetry", &Door::read_telemetry);
  add("/api/v1/ingest", &Door::read_push);
  add("/api/v1/import/prometheus", &Door::read_import);
}

void Door::refuse_with(http::Exchange& exchange, const Refusal& refusal) {
  metrics_
      .counter("monitron_ingest_refused_requests_total",
               "Requests of known senders that were refused, by reason.",
               {{"reason", std::string(refusal.reason)}})
      .add();
  too_old_.add(static_cast<double>(refusal.outside.too_old));
  too_new_.add(static_cast<double>(refusal.outside.too_new));
  http::Problem problem{
      .status = refusal.status, .detail = refusal.detail, .errors = refusal.errors};
  if (refusal.status == 503) problem.headers.emplace_back("Retry-After", "1");
  exchange.send(http::problem_response(exchange.request(), problem));
}

void Door::take(Read read, const std::shared_ptr<http::Exchange>& exchange, Gatherer& gatherer) {
  const auto started = std::chrono::steady_clock::now();
  bytes_.add(static_cast<double>(exchange->request().body.size()));
  auto taking = (this->*read)(exchange->request());
  if (!taking) return refuse_with(*exchange, taking.error());
  send(std::make_shared<Parcel>(Parcel{exchange, started, std::move(*taking)}), gatherer);
}

// One batch after the other: they come to the broker in their order, and only one waits for it.
void Door::send(const std::shared_ptr<Parcel>& parcel, Gatherer& gatherer) {
  auto& batches = parcel->taking.batches;
  if (batches.empty()) {
    dictionaries_.remember(parcel->taking.learned);
    confirm_seconds_.observe(seconds_since(parcel->started));
    return parcel->exchange->send(accepted(parcel->accepted, parcel->taking.configuration));
  }
  auto batch = std::move(batches.front());
  batches.pop_front();
  const auto samples = count_samples(batch);
  if (samples == 0) return send(parcel, gatherer);
  const auto bytes = bytes_of(batch);
  const auto done = [this, parcel, samples, &gatherer](const Result<void>& confirmed) {
    if (!confirmed) {
      return refuse_with(*parcel->exchange,
                         try_later("broker_away", "the broker did not take it; try again"));
    }
    batches_.add();
    samples_.add(static_cast<double>(samples));
    parcel->accepted += samples;
    send(parcel, gatherer);
  };
  if (!gatherer.add(std::move(batch), bytes, done)) {
    refuse_with(*parcel->exchange,
                try_later("queue_full", "too much waits for the broker; try again"));
  }
}

Taken<Door::Taking> Door::read_telemetry(const http::Request& request) {
  std::string unpacked;
  const auto body = body_of(request, "application/x-protobuf", unpacked);
  if (!body) return tl::unexpected(body.error());
  auto batch = parse_batch(**body, window());
  if (!batch) return tl::unexpected(batch.error());
  auto configuration = may_write(request.caller, batch->id.source.value);
  if (!configuration) return tl::unexpected(configuration.error());
  auto learned = dictionaries_.complete(*batch);
  if (!learned && learned.error().fault == Fault::not_found) {
    return refuse(409, "dictionary_unknown", learned.error().text);
  }
  if (!learned) return refuse(400, "unreadable", learned.error().text);
  Taking taking;
  taking.batches.push_back(std::move(*batch));
  taking.learned = std::move(*learned);
  taking.configuration = *std::move(configuration);
  return taking;
}

Taken<Door::Taking> Door::read_push(const http::Request& request) {
  std::string unpacked;
  const auto body = body_of(request, "application/json", unpacked);
  if (!body) return tl::unexpected(body.error());
  const auto now = clock_.now();
  auto push = templates_.read(**body, window(), now);
  if (!push) {
    auto read = parse_push(**body, window(), now);
    if (!read) return tl::unexpected(read.error());
    templates_.learn(**body, *read);
    push = std::move(*read);
  }
  if (auto may = may_write(request.caller, push->server); !may) return tl::unexpected(may.error());
  auto id = id_of(request, push->server, "", **body);
  if (!id) return tl::unexpected(id.error());
  put_points(std::exchange(push->block.points, {}), push->block);
  Taking taking;
  auto& batch = taking.batches.emplace_back();
  batch.id = *id;
  batch.blocks.push_back(std::move(push->block));
  return taking;
}

Taken<Door::Taking> Door::read_import(const http::Request& request) {
  const auto wanted = read_import_request(request, clock_.now());
  if (!wanted) return tl::unexpected(wanted.error());
  if (auto may = may_import(request.caller, wanted->server); !may) {
    return tl::unexpected(may.error());
  }
  std::unique_lock turn(large_imports_, std::defer_lock);
  std::string unpacked;
  auto body = body_of(request, kImportBytes, unpacked);
  if (!body && body.error().status == 413) {
    // Not waited for: the threads are there for agents as well.
    if (!turn.try_lock()) {
      return tl::unexpected(try_later("busy", "a large import is being read; try again"));
    }
    body = body_of(request, kMaxImportBytes, unpacked);
  }
  if (!body) return tl::unexpected(body.error());
  auto read = parse_exposition(**body, window(), wanted->form);
  if (!read) return tl::unexpected(read.error());
  auto id = id_of(request, wanted->server, wanted->parameters, **body);
  if (!id) return tl::unexpected(id.error());
  Taking taking;
  for (auto& block : read->blocks) {
    auto& batch = taking.batches.emplace_back();
    batch.id = push_part_id(*id, taking.batches.size() - 1);
    batch.blocks.push_back(std::move(block));
  }
  if (!taking.batches.empty()) taking.batches.front().metadata = std::move(read->metadata);
  return taking;
}

// Of a push, by its Idempotency-Key, which stands for one body only.
Taken<contracts::BatchId> Door::id_of(const http::Request& request, const Uuid& server,
                                      std::string_view parameters, std::string_view body) {
  const auto key = request.header("idempotency-key");
  if (key.size() > kMaxKeyBytes) {
    return refuse(400, "invalid", "Idempotency-Key is longer than 255 bytes");
  }
  const auto id = push_id(server, request.caller.kind + ":" + request.caller.id, key);
  if (!key.empty() && !keys_.belongs(id.epoch, parameters, body)) {
    return refuse(422, "key_reused", "this Idempotency-Key came with another body before",
                  {{"Idempotency-Key", "reused", "came with another body: nothing was stored"}});
  }
  return id;
}

Taken<void> Door::may_import(const http::Caller& caller, const Uuid& server) {
  if (server.is_nil() && caller.kind != "agent") return {};
  return may_write(caller, server).map([](const std::string&) {});
}

Taken<std::string> Door::may_write(const http::Caller& caller, const Uuid& server) {
  if (caller.kind == "agent" && caller.id != server.str()) {
    return refuse(403, "forbidden", "this token may write only the server it was made for");
  }
  const auto known = servers_.find(server);
  if (!known) {
    return tl::unexpected(try_later("database_away", "cannot look up the server now; try again"));
  }
  if (!*known) {
    return refuse(404, "server_unknown", "no server has this id: register it first",
                  {{"server_id", "not_found", "no server has this id"}});
  }
  return **known;
}

}  // namespace monitron::ingest
