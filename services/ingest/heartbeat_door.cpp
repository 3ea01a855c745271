#include "ingest/heartbeat_door.hpp"

#include "base/bytes.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace monitron::ingest {

namespace {

constexpr std::size_t kKeptBytes = 10'000;
constexpr std::size_t kKeptAgent = 200;
constexpr std::size_t kManyBuckets = 10'000;

service::Counter counter_of(service::Metrics& metrics, const char* answer) {
  return metrics.counter("monitron_ingest_pings_total", "Pings of heartbeats, by answer.",
                         {{"answer", answer}});
}

// The number of bytes of the UTF-8 character that `text` begins with; 0: it is none.
std::size_t character_size(std::string_view text) {
  for (std::size_t size = 1; size <= 4 && size <= text.size(); ++size) {
    if (is_valid_utf8(text.substr(0, size))) return size;
  }
  return 0;
}

std::string clean(std::string_view text, std::size_t most) {
  if (text.size() <= most && is_valid_utf8(text)) return std::string(text);
  std::string kept;
  while (!text.empty()) {
    const auto size = character_size(text);
    const auto character = size == 0 ? std::string_view("?") : text.substr(0, size);
    if (kept.size() + character.size() > most) break;
    kept += character;
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return kept;
}

http::Response text_answer(int status, const char* text) {
  return {.status = status, .content_type = "text/plain; charset=utf-8", .body = text};
}

}  // namespace

bool PingRates::take(const CheckId& check, SteadyInstant now) {
  const std::lock_guard lock(mutex_);
  if (buckets_.size() >= kManyBuckets) forget_full(now);
  const auto [place, fresh] = buckets_.try_emplace(check.value, Bucket{kPings, now});
  auto& bucket = place->second;
  const std::chrono::duration<double> passed = now - bucket.at;
  bucket.left = std::min(kPings, bucket.left + passed.count());
  bucket.at = now;
  if (bucket.left < 1) return false;
  bucket.left -= 1;
  return true;
}

// As many stay as have called within the last seconds.
void PingRates::forget_full(SteadyInstant now) {
  std::erase_if(buckets_, [&](const auto& entry) {
    const std::chrono::duration<double> passed = now - entry.second.at;
    return entry.second.left + passed.count() >= kPings;
  });
}

HeartbeatDoor::HeartbeatDoor(const std::vector<std::string>& encryption_keys, Publish publish,
                             service::Metrics& metrics, const Clock& clock)
    : keys_(encryption_keys),
      publish_(std::move(publish)),
      clock_(clock),
      accepted_(counter_of(metrics, "ok")),
      unknown_(counter_of(metrics, "unknown_key")),
      too_many_(counter_of(metrics, "too_many")),
      unavailable_(counter_of(metrics, "unavailable")) {}

void HeartbeatDoor::add_routes(http::Router& router) {
  auto access = http::open_to_all();
  access.frequent = true;
  for (const auto method : {http::Method::get, http::Method::post}) {
    for (const char* pattern : {"/ping/:key", "/ping/:key/:what"}) {
      router.add_async(method, pattern, access, [this](const auto& exchange) { take(exchange); });
    }
  }
}

void HeartbeatDoor::take(const std::shared_ptr<http::Exchange>& exchange) {
  const auto& request = exchange->request();
  const auto ping = read_ping(request, clock_.now());
  const auto check = keys_.check_of(request.params.at("key"));
  if (!ping || !check) {
    unknown_.add();
    return exchange->send(text_answer(404, "not found"));
  }
  if (!rates_.take(*check, clock_.steady_now())) {
    too_many_.add();
    auto answer = text_answer(429, "too many pings: one a second");
    answer.headers.emplace_back("Retry-After", "1");
    return exchange->send(std::move(answer));
  }
  const contracts::HeartbeatPing message{
      .ping_id = Uuid::make(),
      .check_id = *check,
      .ping = *ping,
      .body = kept_body(request.body),
      .caller = request.peer,
      .user_agent = clean(request.header("user-agent"), kKeptAgent)};
  auto done = [exchange, accepted = accepted_,
               unavailable = unavailable_](const Result<void>& sent) mutable {
    (sent ? accepted : unavailable).add();
    if (sent) return exchange->send(text_answer(200, "OK"));
    auto answer = text_answer(503, "not taken now; try again");
    answer.headers.emplace_back("Retry-After", "1");
    exchange->send(std::move(answer));
  };
  if (!publish_(contracts::to_message(message), done)) {
    done(fail(Fault::unavailable, "the publisher is full"));
  }
}

std::optional<domain::HeartbeatPing> read_ping(const http::Request& request, Instant now) {
  domain::HeartbeatPing ping{.exit_code = {}, .at = now};
  const auto what = request.params.find("what");
  if (what == request.params.end()) return ping;
  const auto& word = what->second;
  if (word == "start" || word == "fail" || word == "log") {
    ping.kind = *domain::parse_ping_kind(word);
    return ping;
  }
  const bool digits =
      std::all_of(word.begin(), word.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  ping.exit_code = digits && word.size() <= 3 ? parse_number<int>(word) : std::nullopt;
  if (!ping.exit_code || *ping.exit_code > 255) return std::nullopt;
  ping.kind = *ping.exit_code == 0 ? domain::PingKind::success : domain::PingKind::fail;
  return ping;
}

std::string kept_body(std::string_view body) { return clean(body, kKeptBytes); }

}  // namespace monitron::ingest
