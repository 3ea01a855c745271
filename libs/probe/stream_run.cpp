// Runs over TCP, with or without TLS.

#include "probe/certificate_report.hpp"
#include "probe/run.hpp"

#include <uv.h>

namespace monitron::probe {

using domain::CheckStatus;
using std::chrono::duration_cast;
using std::chrono::milliseconds;

namespace {

SteadyInstant now() { return std::chrono::steady_clock::now(); }

// Control characters of the peer are not for people's terminals.
std::string legible(std::string text) {
  for (char& byte : text) {
    const bool control = static_cast<unsigned char>(byte) < 0x20 && byte != '\n' && byte != '\t';
    if (control || byte == 0x7f) byte = '.';
  }
  return text;
}

}  // namespace

// While a name is looked up nobody is spoken to: what the last peer still says or does is not for
// the next step.
void StreamRun::hang_up() {
  attempt_.stop();
  connection_.close();
  session_.reset();
  secured_ = nullptr;
  head_.clear();
  open_ = false;
}

void StreamRun::dial(const std::string& host, int port) {
  hang_up();
  resolve(host, [this, port](std::vector<Address> addresses) {
    for (auto& address : addresses) address.set_port(port);
    dial(std::move(addresses));
  });
}

void StreamRun::dial(std::vector<Address> addresses) {
  hang_up();
  next_ = 0;
  target_failed_ = false;
  addresses_ = std::move(addresses);
  dialled_ = now();
  try_next();
}

void StreamRun::try_next() {
  attempt_.stop();
  while (next_ < addresses_.size()) {
    const Address& address = addresses_[next_++];
    address_ = address.str();
    note(address);
    stage_ = "connecting to " + address_;
    const int error = connection_.open(context_.loop, address, *this);
    note_error(error);
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
      note_error(UV_ETIMEDOUT);
      last_failure_ = "connecting to " + address_ + ": no answer";
      try_next();
    });
    return;
  }
  failed(target_failed_ ? CheckStatus::down : CheckStatus::unknown, last_failure_);
}

void StreamRun::on_connect(int error) {
  const auto self = shared_from_this();
  attempt_.stop();
  note_error(error);
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
  if (session_) return take_sealed(bytes);
  keep(bytes);
  received(bytes);
}

void StreamRun::keep(std::string_view bytes) {
  constexpr std::size_t kHead = 1024;
  // A kind with a TLS session of its own: nobody can read these records.
  const bool sealed = bytes.size() > 1 && bytes[0] >= 0x14 && bytes[0] <= 0x17 && bytes[1] == 3;
  if (head_.size() < kHead && !sealed) head_ += bytes.substr(0, kHead - head_.size());
}

void StreamRun::send(std::string_view bytes) {
  connection_.write(session_ ? session_->seal(bytes) : std::string(bytes));
}

void StreamRun::start_tls(const domain::TlsOptions& options, const std::string& name,
                          std::function<void()> then, bool http) {
  auto trust = context_.trusts.of(options);
  if (!trust) return failed(CheckStatus::unknown, trust.error().text);
  stage_ = "TLS handshake";
  handshake_begun_ = now();
  verify_ = options.verify;
  secured_ = std::move(then);
  const std::string& expected = options.server_name.empty() ? name : options.server_name;
  session_ = std::make_unique<TlsClient>(std::move(*trust), expected, http);
  take_sealed("");
}

void StreamRun::take_sealed(std::string_view bytes) {
  const TlsClient* session = session_.get();
  const auto over = [&] { return ended() || session_.get() != session; };
  auto step = session_->receive(bytes);
  connection_.write(std::move(step.to_send));
  if (secured_ && session_->established()) {
    add_time(outcome_.phases.tls, handshake_begun_);
    certificate_ = session_->certificate();
    if (verify_ && !certificate_->good()) {
      return failed(CheckStatus::down, certificate_->complaint());
    }
    const auto then = std::exchange(secured_, nullptr);
    then();
    if (over()) return;
  }
  if (!step.plain.empty()) {
    keep(step.plain);
    received(step.plain);
    if (over()) return;
  }
  if (!step.error.empty()) return failed(CheckStatus::down, "TLS: " + step.error);
  if (step.closed) ended_by_peer(0);
}

void StreamRun::on_end(int error) {
  const auto self = shared_from_this();
  note_error(error);
  if (secured_) {
    const std::string why = error == 0 ? "connection closed" : uv_error_text(error);
    return failed(CheckStatus::down, "TLS handshake: " + why);
  }
  ended_by_peer(error);
}

Link StreamRun::part() {
  const Address address = addresses_.at(next_ - 1);
  return {std::move(connection_), std::move(session_), certificate_, address};
}

void StreamRun::go_on(Link link) {
  attempt_.stop();
  head_.clear();
  addresses_ = {link.address};
  next_ = 1;
  address_ = link.address.str();
  note(link.address);
  note_error(0);
  connection_ = std::move(link.connection);
  connection_.tell(*this);
  session_ = std::move(link.session);
  certificate_ = std::move(link.certificate);
  secured_ = nullptr;
  open_ = true;
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
  if (certificate_) report_certificate(*certificate_, outcome_);
  if (outcome_.status != CheckStatus::up) {
    if (auto text = connection_.info_text(); !text.empty()) {
      outcome_.details["tcp"] = std::move(text);
    }
    if (!head_.empty()) outcome_.details["received"] = legible(head_);
  }
  if (!open_) return;
  const TcpInfo info = connection_.info();
  add_value("probe_tcp_rtt_seconds", info.rtt_seconds);
  add_value("probe_tcp_retransmits", info.retransmits);
  add_value("probe_tcp_lost_packets", info.lost);
  if (info.delivery_rate_bytes > 0) {
    add_value("probe_tcp_delivery_rate_bytes", info.delivery_rate_bytes);
  }
}

}  // namespace monitron::probe
