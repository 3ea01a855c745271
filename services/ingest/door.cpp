#include "ingest/door.hpp"

#include "auth/roles.hpp"
#include "base/text.hpp"
#include "contracts/compression.hpp"
#include "ingest/json_push.hpp"

namespace monitron::ingest {
namespace {

constexpr std::size_t kMaxKeyBytes = 255;
constexpr std::size_t kMaxBodyBytes = 4u << 20;  // unpacked
// Of one batch: a few bytes can hold dictionaries that take long to unpack.
constexpr std::size_t kMaxBlocks = 100;
constexpr std::size_t kMaxSeries = 50'000;

const std::vector<double> kConfirmBuckets = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                             0.1,   0.25,   0.5,   1,    2.5};

std::string media_type(const http::Request& request) {
  const auto type = to_lower(request.header("content-type"));
  const auto end = type.find_first_of("; ");
  return type.substr(0, end);
}

// The body, unpacked. `unpacked` keeps it when it was packed.
Taken<const std::string*> body_of(const http::Request& request, std::string_view type,
                                  std::string& unpacked) {
  if (media_type(request) != type) {
    return refuse(415, "send Content-Type: " + std::string(type));
  }
  const auto encoding = to_lower(request.header("content-encoding"));
  if (encoding.empty() || encoding == "identity") return &request.body;
  if (encoding != "zstd") {
    return refuse(415, "of all values of Content-Encoding only zstd is read here");
  }
  auto plain = contracts::zstd_unpack(request.body, kMaxBodyBytes);
  if (!plain) {
    return refuse(plain.error().fault == Fault::denied ? 413 : 400,
                  "the body " + plain.error().text);
  }
  unpacked = std::move(*plain);
  return &unpacked;
}

// About what the batch takes in memory and on the wire, however it came: packed, or with a hash in
// the place of a dictionary.
std::size_t bytes_of(const contracts::Batch& batch) {
  std::size_t bytes = 0;
  for (const auto& block : batch.blocks) {
    bytes += block.dictionary.packed.size() + block.points.size() * sizeof(contracts::Point);
    for (const auto& frame : block.frames) bytes += 16 + frame.values.size() * sizeof(double);
  }
  return bytes;
}

// What the writer could not store, or only with an effort that no sender is worth.
Taken<void> check_size(const contracts::Batch& batch) {
  std::size_t series = 0;
  for (const auto& block : batch.blocks) series += block.series_count;
  if (batch.blocks.size() > kMaxBlocks) {
    return refuse(413, "more than " + std::to_string(kMaxBlocks) + " blocks in a batch");
  }
  if (series > kMaxSeries) {
    return refuse(413, "more than " + std::to_string(kMaxSeries) + " series in a batch");
  }
  return {};
}

std::size_t count_samples(const contracts::Batch& batch) {
  std::size_t count = 0;
  for (const auto& block : batch.blocks) count += block.samples();
  return count;
}

Taken<void> check_samples(const contracts::Batch& batch, const TimeWindow& window) {
  std::vector<http::FieldError> errors;
  const auto complain = [&](std::size_t block, const std::string& field, const char* code,
                            const std::string& message) {
    if (errors.size() >= kMaxComplaints) return;
    errors.push_back({"blocks[" + std::to_string(block) + "]." + field, code, message});
  };
  const auto look = [&](std::size_t block, const char* what, std::size_t index, std::int64_t ms) {
    if (window.contains(ms)) return;
    complain(block, std::string(what) + "[" + std::to_string(index) + "].time", "out_of_range",
             window.text());
  };
  for (std::size_t b = 0; b < batch.blocks.size(); ++b) {
    const auto& block = batch.blocks[b];
    for (std::size_t i = 0; i < block.frames.size(); ++i) {
      look(b, "frames", i, block.frames[i].time_ms);
    }
    for (std::size_t i = 0; i < block.points.size(); ++i) {
      look(b, "points", i, block.points[i].time_ms);
      if (!contracts::is_absent(block.points[i].value)) continue;
      complain(b, "points[" + std::to_string(i) + "].value", "invalid", "is the absent value");
    }
  }
  if (errors.empty()) return {};
  return refuse(422, "nothing was stored: some samples are not acceptable", std::move(errors));
}

}  // namespace

Door::Door(KnownServers::LookUp look_up, Gatherer& gatherer, service::Metrics& metrics,
           const Clock& clock, std::chrono::hours max_age)
    : gatherer_(gatherer),
      clock_(clock),
      max_age_(max_age),
      metrics_(metrics),
      samples_(metrics.counter("monitron_ingest_samples_total", "Samples taken in.")),
      confirm_seconds_(metrics.histogram("monitron_ingest_confirm_seconds",
                                         "From a batch's arrival to the broker's confirm.",
                                         kConfirmBuckets)),
      servers_(std::move(look_up), clock) {}

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
  const auto bytes = bytes_of(taking->batch);
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
  std::string unpacked;
  const auto body = body_of(request, "application/x-protobuf", unpacked);
  if (!body) return tl::unexpected(body.error());
  auto batch = contracts::decode_batch(**body);
  if (!batch) return refuse(400, "the batch is not readable: " + batch.error().text);
  if (auto fit = check_size(*batch); !fit) return tl::unexpected(fit.error());
  if (auto may = may_write(request.caller, batch->id.source.value); !may) {
    return tl::unexpected(may.error());
  }
  if (auto complete = dictionaries_.complete(*batch); !complete) {
    return refuse(complete.error().fault == Fault::not_found ? 409 : 400, complete.error().text);
  }
  if (auto good = check_samples(*batch, window()); !good) return tl::unexpected(good.error());
  const auto samples = count_samples(*batch);
  return Taking{std::move(*batch), samples};
}

Taken<Door::Taking> Door::read_push(const http::Request& request) {
  std::string unpacked;
  const auto body = body_of(request, "application/json", unpacked);
  if (!body) return tl::unexpected(body.error());
  const auto key = request.header("idempotency-key");
  if (key.size() > kMaxKeyBytes) return refuse(400, "Idempotency-Key is longer than 255 bytes");
  auto push = parse_push(**body, window(), clock_.now());
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
  const auto known = servers_.knows(server);
  if (!known) return tl::unexpected(try_later("cannot look up the server now; try again"));
  if (!*known) {
    return refuse(404, "no server has this id: register it first",
                  {{"server_id", "not_found", "no server has this id"}});
  }
  return {};
}

}  // namespace monitron::ingest
