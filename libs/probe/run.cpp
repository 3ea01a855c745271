#include "probe/run.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <uv.h>

namespace monitron::probe {

using domain::CheckStatus;
using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;

namespace {

// Peers choose some of these bytes; what is not UTF-8 would spoil the message it travels in.
void clean(std::string& text) {
  if (text.empty() || is_valid_utf8(text)) return;
  for (char& byte : text) {
    if (static_cast<unsigned char>(byte) >= 0x80 || byte == '\0') byte = '?';
  }
}

void clean(domain::ProbeOutcome& outcome) {
  clean(outcome.reason);
  for (auto& [name, text] : outcome.details) clean(text);
  for (auto& value : outcome.values) {
    for (auto& [name, text] : value.labels) clean(text);
  }
}

SteadyInstant now() { return std::chrono::steady_clock::now(); }

}  // namespace

Run::Run(Context& context, domain::CheckDefinition check, Done done)
    : context_(context), check_(std::move(check)), done_(std::move(done)) {}

void Run::begin() {
  const auto self = shared_from_this();
  context_.runs.emplace(this, self);
  restart_time(check_.timeout);
  start();
}

void Run::restart_time(milliseconds limit) {
  started_ = now();
  // libuv's clock stands still within a turn of the loop and counts whole milliseconds: without
  // both corrections a busy loop would cut timeouts short.
  uv_update_time(context_.loop.raw());
  timer_ = context_.loop.after(limit + milliseconds(1), [this] {
    const auto keep = shared_from_this();
    if (!ended()) timed_out();
  });
}

void Run::stop() {
  const auto self = shared_from_this();
  done_ = nullptr;
  timer_.stop();
  release();
  context_.runs.erase(this);
}

void Run::timed_out() {
  const std::string text =
      "no answer within " + std::to_string(check_.timeout.count()) + " ms (" + stage_ + ")";
  finish(our_stage_ ? CheckStatus::unknown : CheckStatus::down, text);
}

void Run::finish(CheckStatus status, std::string reason) {
  if (ended()) return;
  const auto self = shared_from_this();
  outcome_.duration = duration_cast<microseconds>(now() - started_);
  outcome_.status = status;
  outcome_.reason = std::move(reason);
  last_words();
  clean(outcome_);
  timer_.stop();
  release();
  context_.runs.erase(this);
  const Done done = std::exchange(done_, nullptr);
  done(std::move(outcome_));
}

void Run::add_time(domain::Phases::Part& part, SteadyInstant since) {
  part = part.value_or(microseconds(0)) + duration_cast<microseconds>(now() - since);
}

void Run::resolve(const std::string& host, std::function<void(std::vector<Address>)> then) {
  stage_ = "resolving " + host;
  our_stage_ = true;
  const SteadyInstant begun = now();
  const auto self = shared_from_this();
  context_.resolver.resolve(host, [this, self, begun, then = std::move(then)](auto found) {
    if (ended()) return;
    our_stage_ = false;
    add_time(outcome_.phases.resolve, begun);
    if (!found) {
      const bool theirs = found.error().fault == Fault::not_found;
      return finish(theirs ? CheckStatus::down : CheckStatus::unknown, found.error().text);
    }
    const std::string first = found->front().str();
    const auto denied = [&](const Address& address) { return context_.denied.contains(address); };
    found->erase(std::remove_if(found->begin(), found->end(), denied), found->end());
    if (found->empty()) {
      return finish(CheckStatus::unknown, "address " + first + " may not be checked");
    }
    then(std::move(*found));
  });
}

void StreamRun::dial(const std::string& host, int port) {
  connection_.close();
  open_ = false;
  port_ = port;
  next_ = 0;
  target_failed_ = false;
  resolve(host, [this](std::vector<Address> addresses) {
    addresses_ = std::move(addresses);
    dialled_ = now();
    try_next();
  });
}

void StreamRun::try_next() {
  attempt_.stop();
  while (next_ < addresses_.size()) {
    Address address = addresses_[next_++];
    address.set_port(port_);
    address_ = address.str();
    stage_ = "connecting to " + address_;
    const int error = connection_.open(context_.loop, address, *this);
    if (error != 0) {
      last_failure_ = "connecting to " + address_ + ": " + uv_error_text(error);
      continue;
    }
    if (next_ == addresses_.size()) return;  // the last one has all the time that is left
    const auto left = duration_cast<milliseconds>(started_ + check_.timeout - now());
    const auto share = left / static_cast<std::int64_t>(addresses_.size() - next_ + 1);
    attempt_ = context_.loop.after(share, [this] {
      const auto self = shared_from_this();
      target_failed_ = true;
      last_failure_ = "connecting to " + address_ + ": no answer";
      try_next();
    });
    return;
  }
  finish(target_failed_ ? CheckStatus::down : CheckStatus::unknown, last_failure_);
}

void StreamRun::on_connect(int error) {
  const auto self = shared_from_this();
  attempt_.stop();
  if (error != 0) {
    if (!is_own_trouble(error)) target_failed_ = true;
    last_failure_ = "connecting to " + address_ + ": " + uv_error_text(error);
    return try_next();
  }
  open_ = true;
  add_time(outcome_.phases.connect, dialled_);
  connected();
}

void StreamRun::on_data(std::string_view bytes) {
  const auto self = shared_from_this();
  received(bytes);
}

void StreamRun::on_end(int error) {
  const auto self = shared_from_this();
  ended_by_peer(error);
}

void StreamRun::release() {
  attempt_.stop();
  connection_.close();
}

void StreamRun::last_words() {
  if (!address_.empty()) {
    outcome_.details["address"] = address_;
    add_value("probe_ip_protocol", address_.find(':') == std::string::npos ? 4 : 6);
  }
  if (!open_) return;
  const TcpInfo info = connection_.info();
  add_value("probe_tcp_rtt_seconds", info.rtt_seconds);
  add_value("probe_tcp_retransmits", info.retransmits);
}

}  // namespace monitron::probe
