#include "host/connections.hpp"

#include "host/service_type.hpp"

#include <algorithm>

namespace monitron::host {
namespace {

constexpr std::size_t kMappedBits = 96;  // before the address of IPv4

bool is_v4(const IpAddress& ip) {
  static constexpr std::array<std::uint8_t, 12> mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return std::equal(mapped.begin(), mapped.end(), ip.bytes.begin());
}

bool is_loopback(const IpAddress& ip) {
  static constexpr IpAddress v6{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
  return ip == v6 || (is_v4(ip) && ip.bytes[12] == 127);
}

bool stays_within(const TcpSocket& socket) {
  return is_loopback(socket.remote.ip) || socket.local.ip == socket.remote.ip;
}

IpAddress first_bits(IpAddress ip, std::size_t bits) {
  for (std::size_t i = bits / 8; i < ip.bytes.size(); ++i) ip.bytes[i] = 0;  // whole bytes
  return ip;
}

double seconds_between(SteadyInstant from, SteadyInstant to) {
  return std::chrono::duration<double>(to - from).count();
}

// Neither a connection nor the wish for one.
bool is_counted_by_state_alone(TcpState state) {
  return state == TcpState::listening || state == TcpState::time_wait || state == TcpState::closed;
}

bool was_established(const TcpFigures& figures) {
  return figures.rtt_us > 0 || figures.bytes_acked > 0 || figures.bytes_received > 0;
}

std::uint64_t sent_once(const TcpFigures& figures) {
  return figures.bytes_sent - std::min(figures.bytes_sent, figures.bytes_resent);
}

std::uint64_t grown(std::uint64_t before, std::uint64_t now) { return now - std::min(before, now); }

}  // namespace

std::string peer_of(const EdgeKey& key) {
  if (key.prefix == 0) return "*";
  const auto text = to_string(key.peer);
  if (key.prefix == 128) return text;
  const auto bits = is_v4(key.peer) ? key.prefix - kMappedBits : key.prefix;
  return text + "/" + std::to_string(bits);
}

// What is acknowledged beyond the payload is the SYN of who began, and the FIN.
std::optional<Failure> failure_of(const TcpSocket& ended, Direction direction) {
  if (!ended.figures || ended.remote.port == 0) return std::nullopt;
  const auto& figures = *ended.figures;
  if (!was_established(figures)) {
    if (figures.segments_sent == 0) return std::nullopt;
    if (figures.segments_received > 0) return Failure::refused;
    const bool asked_again = figures.segments_resent > 0 || figures.segments_sent > 1;
    return asked_again ? Failure::timed_out : Failure::unreachable;
  }
  const std::uint64_t own_syn = direction == Direction::outbound ? 1 : 0;
  const bool fin = figures.bytes_acked > sent_once(figures) + own_syn;
  return fin ? std::nullopt : std::optional(Failure::reset);
}

void ConnectionTable::begin_round(SteadyInstant now, Instant wall) {
  now_ = now;
  wall_ = wall;
  ++round_;
  for (auto& [at, one] : listeners_) one.waiting = one.most_waiting = 0;
  states_.clear();
  for (auto& [key, slot] : slots_) {
    slot.open = slot.connecting = slot.rtt_count = 0;
    slot.rtt_sum_us = 0;
    std::erase_if(slot.open_by, [](const auto& one) { return one.second == 0; });
    for (auto& [owner, open] : slot.open_by) open = 0;
  }
}

void ConnectionTable::see_listening(const TcpSocket& socket, const Owner* owner) {
  if (socket.state != TcpState::listening) return;
  ++states_[socket.state];
  listening_.insert(socket.local.port);
  const auto [at, is_new] = listeners_.try_emplace(socket.local);
  auto& one = at->second;
  if (is_new) {
    one.at = socket.local;
    one.since = round_ == 1 ? now_ - limits_.settled : now_;
  }
  // Several processes may share a port (SO_REUSEPORT).
  if (owner != nullptr && (one.owner == nullptr || one.last != now_)) one.owner = owner;
  one.last = now_;
  one.waiting += socket.receive_queue;
  one.most_waiting += socket.send_queue;
}

// Without figures it is no connection yet (a handshake) or any more (what is left of one whose end
// was told, which keeps its cookie).
void ConnectionTable::see(const TcpSocket& socket, const Owner* owner) {
  if (socket.state == TcpState::listening) return;
  ++states_[socket.state];
  if (!socket.figures) return;
  if (is_counted_by_state_alone(socket.state) || socket.remote.port == 0) return;
  const bool is_new = !sockets_.contains(socket.cookie);
  auto& one = known(socket, now_)->second;
  one.round = round_;
  auto& slot = one.edge->second;
  if (socket.state == TcpState::syn_sent) {
    ++slot.connecting;
    return;
  }
  if (is_new && round_ == 1) begin_with(one, socket);
  count(one, socket);
  ++slot.open;
  if (owner != nullptr) ++slot.open_by[one.owner = owner];
  log(one, socket);
  if (!socket.figures || socket.figures->rtt_us == 0) return;
  slot.rtt_sum_us += socket.figures->rtt_us;
  ++slot.rtt_count;
}

void ConnectionTable::end_round() {
  for (auto at = sockets_.begin(); at != sockets_.end();) {
    // Its end was not told, as too much was at once. It may still come, so that one is waited for.
    const bool gone = at->second.round + 1 < round_;
    if (gone) lose(at->first, at->second);
    at = gone ? drop(at) : std::next(at);
  }
  for (auto& [key, slot] : slots_) {
    if (slot.open > 0 || slot.connecting > 0) slot.last_used = now_;
    slot.rtt_seconds =
        slot.rtt_count > 0 ? slot.rtt_sum_us / static_cast<double>(slot.rtt_count) / 1e6 : 0;
  }
  forget();
  forget_listeners();
  listening_.clear();
  for (const auto& [at, one] : listeners_) listening_.insert(at.port);
}

// What was not seen may be there all the same.
void ConnectionTable::abandon_round() {
  for (auto& [cookie, one] : sockets_) one.round = round_;
  if (round_ == 1) round_ = 0;
}

// After a connect() that blocked and failed the kernel has forgotten whom it was for: of those,
// only what was seen to wait is known.
void ConnectionTable::ended(const TcpSocket& socket, SteadyInstant now) {
  if (round_ == 0) return;  // nothing is known yet of who listens
  if (socket.remote.port == 0) return gave_up(socket, now);
  if (!socket.figures) return;
  const bool is_new = !sockets_.contains(socket.cookie);
  const auto found = known(socket, now);
  auto& one = found->second;
  one.edge->second.last_used = now;
  if (was_established(*socket.figures)) count(one, socket);
  const auto failure = failure_of(socket, one.edge->first.direction);
  if (failure) ++one.edge->second.counts.failed[static_cast<std::size_t>(*failure)];
  if (one.established || failure) log_end(one, socket, now, failure);
  close(one, is_new ? seconds_between(now_, now) / 2 : seconds_between(one.since, now));
  drop(found);
}

// Of a connection that was cut off by this side (SO_LINGER of 0, or nobody accepted it) the same:
// it is counted if a round has seen it.
void ConnectionTable::gave_up(const TcpSocket& socket, SteadyInstant now) {
  const auto found = sockets_.find(socket.cookie);
  if (found == sockets_.end()) return;
  auto& one = found->second;
  const auto failure = one.established ? Failure::reset : Failure::timed_out;
  ++one.edge->second.counts.failed[static_cast<std::size_t>(failure)];
  one.edge->second.last_used = now;
  auto ended = socket;
  ended.local = one.local;
  ended.remote = one.remote;
  ended.figures = one.figures;
  log_end(one, ended, now, failure);
  close(one, seconds_between(one.since, now));
  drop(found);
}

Instant ConnectionTable::wall_of(SteadyInstant time) const {
  return wall_ + std::chrono::duration_cast<Instant::duration>(time - now_);
}

LoggedConnection ConnectionTable::logged(Known& known, const TcpSocket& socket) const {
  if (known.logged == Instant{}) known.logged = wall_of(known.since);
  return {.cookie = socket.cookie,
          .opened = known.logged,
          .direction = known.edge->first.direction,
          .local = socket.local,
          .remote = socket.remote,
          .owner = known.owner,
          .bytes_sent = socket.figures ? sent_once(*socket.figures) : 0,
          .bytes_received = socket.figures ? socket.figures->bytes_received : 0};
}

// One that is open whose process is not known yet waits a round for it.
void ConnectionTable::log(Known& known, const TcpSocket& socket) {
  const bool is_logged = known.logged != Instant{};
  const bool waits = known.owner == nullptr && known.since == now_;
  if (is_logged || waits || log_.size() >= limits_.logged || stays_within(socket)) return;
  log_.push_back(logged(known, socket));
}

void ConnectionTable::log_end(Known& known, const TcpSocket& socket, SteadyInstant now,
                              const std::optional<Failure>& failure) {
  if (limits_.logged == 0 || stays_within(socket)) return;
  if (log_.size() >= limits_.logged) {
    ++unlogged_;
    return;
  }
  auto& one = log_.emplace_back(logged(known, socket));
  one.ended = std::max(wall_of(now), one.opened);
  one.failure = failure;
}

std::vector<std::pair<EdgeKey, Edge>> ConnectionTable::edges() const {
  return {slots_.begin(), slots_.end()};
}

std::vector<Listener> ConnectionTable::listeners() const {
  std::vector<Listener> all;
  for (const auto& [at, one] : listeners_) {
    all.push_back(one);
    all.back().up = one.last == now_;
  }
  return all;
}

EdgeKey ConnectionTable::key_of(const TcpSocket& socket) const {
  if (listening_.contains(socket.local.port)) {
    return {Direction::inbound, socket.local.port, socket.remote.ip};
  }
  return {Direction::outbound, socket.remote.port, socket.remote.ip};
}

EdgeKey ConnectionTable::with_room(EdgeKey key) const {
  const auto fits = [&](const EdgeKey& one, std::size_t used, std::size_t most) {
    return slots_.contains(one) || used < most;
  };
  if (fits(key, single_, limits_.edges)) return key;
  const auto folded = slots_.size() - single_;
  key.prefix = is_v4(key.peer) ? kMappedBits + 24 : 64;
  key.peer = first_bits(key.peer, key.prefix);
  if (fits(key, folded, limits_.prefixes)) return key;
  key.prefix = 0;
  key.peer = {};
  if (fits(key, folded, 2 * limits_.prefixes)) return key;
  key.port = 0;
  return key;
}

ConnectionTable::Slots::iterator ConnectionTable::edge_of(const TcpSocket& socket) {
  const auto key = key_of(socket);
  if (single_ >= limits_.edges && !slots_.contains(key)) make_room();
  const auto [at, is_new] = slots_.try_emplace(with_room(key));
  if (!is_new) return at;
  if (at->first.prefix == 128) ++single_;
  at->second.service_type = service_type_of(at->first);
  return at;
}

std::string_view ConnectionTable::service_type_of(const EdgeKey& key) const {
  std::string_view process;
  if (key.direction == Direction::inbound) {
    const auto listens = std::find_if(listeners_.begin(), listeners_.end(), [&](const auto& one) {
      return one.first.port == key.port && one.second.owner != nullptr;
    });
    if (listens != listeners_.end()) process = listens->second.owner->process;
  }
  return host::service_type_of(key.port, process);
}

void ConnectionTable::make_room() {
  if (replaceable_ < 1 || all_are_busy_) return;
  auto idle = slots_.end();
  for (auto at = slots_.begin(); at != slots_.end(); ++at) {
    const auto& slot = at->second;
    if (at->first.prefix != 128 || slot.sockets > 0 || slot.last_used > told_until_) continue;
    if (idle == slots_.end() || slot.last_used < idle->second.last_used) idle = at;
  }
  all_are_busy_ = idle == slots_.end();
  if (all_are_busy_) return;
  slots_.erase(idle);
  --single_;
  --replaceable_;
}

ConnectionTable::Sockets::iterator ConnectionTable::drop(Sockets::iterator socket) {
  --socket->second.edge->second.sockets;
  return sockets_.erase(socket);
}

ConnectionTable::Sockets::iterator ConnectionTable::known(const TcpSocket& socket,
                                                          SteadyInstant since) {
  const auto [at, is_new] = sockets_.try_emplace(socket.cookie);
  if (is_new) {
    at->second.edge = edge_of(socket);
    ++at->second.edge->second.sockets;
    at->second.since = since;
    at->second.local = socket.local;
    at->second.remote = socket.remote;
    at->second.round = round_;
  }
  return at;
}

// It was there before this began to look: what it has done until now counts for nobody.
void ConnectionTable::begin_with(Known& known, const TcpSocket& socket) {
  known.established = true;
  if (socket.figures) known.figures = *socket.figures;
}

void ConnectionTable::count(Known& known, const TcpSocket& socket) {
  auto& counts = known.edge->second.counts;
  if (!std::exchange(known.established, true)) ++counts.opened;
  if (!socket.figures) return;
  const auto before = std::exchange(known.figures, *socket.figures);
  const auto& now = known.figures;
  counts.bytes_sent += grown(sent_once(before), sent_once(now));
  counts.bytes_received += grown(before.bytes_received, now.bytes_received);
  counts.segments_sent += grown(before.segments_sent, now.segments_sent);
  counts.segments_resent += grown(before.segments_resent, now.segments_resent);
  counts.busy_us += grown(before.busy_us, now.busy_us);
  counts.receiver_limited_us += grown(before.receiver_limited_us, now.receiver_limited_us);
  counts.sender_limited_us += grown(before.sender_limited_us, now.sender_limited_us);
}

void ConnectionTable::close(const Known& known, double seconds) {
  if (!known.established) return;
  auto& counts = known.edge->second.counts;
  ++counts.closed;
  counts.duration_seconds += seconds;
  const auto bound = std::lower_bound(kDurationBounds.begin(), kDurationBounds.end(), seconds);
  ++counts.durations[static_cast<std::size_t>(bound - kDurationBounds.begin())];
}

// Those that listen for a moment, for one connection or in a test, are missed by nobody.
void ConnectionTable::forget_listeners() {
  std::size_t ended = 0;
  for (auto at = listeners_.begin(); at != listeners_.end();) {
    const auto& one = at->second;
    const bool is_up = one.last == now_;
    const bool is_missed = one.last - one.since >= limits_.settled &&
                           now_ - one.last <= limits_.keep_listener &&
                           ended < limits_.ended_listeners;
    if (!is_up && is_missed) ++ended;
    at = is_up || is_missed ? std::next(at) : listeners_.erase(at);
  }
}

// Its end was not told: how it ended is not known.
void ConnectionTable::lose(std::uint64_t cookie, Known& known) {
  if (known.established) {
    log_end(
        known,
        {.cookie = cookie, .local = known.local, .remote = known.remote, .figures = known.figures},
        now_, std::nullopt);
  }
  close(known, seconds_between(known.since, now_));
}

void ConnectionTable::forget() {
  for (auto at = slots_.begin(); at != slots_.end();) {
    const auto& slot = at->second;
    const bool idle = slot.sockets == 0 && now_ - slot.last_used > limits_.keep;
    if (idle && at->first.prefix == 128) --single_;
    at = idle ? slots_.erase(at) : std::next(at);
  }
  const double kept =
      seconds_between(told_until_, now_) / std::chrono::duration<double>(limits_.keep).count();
  replaceable_ =
      std::min(limits_.replaced, replaceable_ + kept * static_cast<double>(limits_.edges));
  told_until_ = now_;
  all_are_busy_ = false;
}

}  // namespace monitron::host
