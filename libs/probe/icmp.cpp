// ICMP: several echo requests; down when more of them are lost than the check allows. A packet is
// decided by its answer, by an error message that quotes it, or by its own timeout; the run ends
// when all are. Loss and times are values, for rules.

#include "probe/icmp_figures.hpp"
#include "probe/icmp_sockets.hpp"
#include "probe/run.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace monitron::probe {

using domain::CheckStatus;
using domain::IcmpSettings;

namespace {

constexpr std::array kLocalErrors{EACCES,   EPERM,  EMFILE,      ENFILE,        ENOBUFS,     ENOMEM,
                                  EMSGSIZE, EAGAIN, ENETUNREACH, EADDRNOTAVAIL, EAFNOSUPPORT};

bool is_local_error(int error) {
  return std::find(kLocalErrors.begin(), kLocalErrors.end(), error) != kLocalErrors.end();
}

SteadyInstant now() { return std::chrono::steady_clock::now(); }

// With three decimals.
std::string milliseconds_text(std::int64_t ns) {
  const std::int64_t us = (ns + 500) / 1000;
  const std::string part = std::to_string(1000 + us % 1000);
  return std::to_string(us / 1000) + '.' + part.substr(1);
}

class IcmpRun : public Run, private EchoListener {
 public:
  using Run::Run;

 private:
  struct Packet {
    SteadyInstant sent;
    std::int64_t sent_ns = 0;  // wall clock
    bool decided = false;
  };

  const IcmpSettings& settings() const { return check_.as<IcmpSettings>(); }

  void start() override {
    resolve(check_.target, [this](std::vector<Address> addresses) {
      const auto count = static_cast<std::size_t>(std::clamp(settings().count, 1, 100));
      addresses_ = std::move(addresses);
      packets_.resize(count);
      rtt_ns_.assign(count, -1);
      dropped_before_ = context_.icmp.dropped();
      nonce_ = context_.icmp.join(*this);
      joined_ = true;
      stage_ = "waiting for echo replies";
      send_next();
    });
  }

  const Address& peer() const override { return addresses_[chosen_]; }

  void send_next() {
    Packet& packet = packets_[sent_];
    packet.sent = now();
    int error = send(packet);
    // Names with addresses of both families are asked at the one that this machine has a way to.
    while (is_local_error(error) && sent_ == 0 && chosen_ + 1 < addresses_.size()) {
      ++chosen_;
      error = send(packet);
    }
    note(peer());
    note_error(-error);
    if (is_local_error(error)) {
      return finish(CheckStatus::unknown,
                    std::string("echo requests cannot be sent: ") + std::strerror(error));
    }
    ++sent_;
    if (error != 0) decide_lost(packet, std::strerror(error));
    await();
  }

  int send(Packet& packet) {
    return context_.icmp.send(peer(), nonce_, static_cast<int>(sent_), settings().size,
                              packet.sent_ns);
  }

  // Ends the run when every packet is decided, else waits for what comes next: the time of the next
  // packet, or the end of the patience with an older one.
  void await() {
    if (sent_ < packets_.size()) {
      return context_.icmp.wake_at(nonce_, packets_[sent_ - 1].sent + settings().interval);
    }
    for (const Packet& packet : packets_) {
      if (!packet.decided) {
        return context_.icmp.wake_at(nonce_, packet.sent + settings().packet_timeout);
      }
    }
    judge();
  }

  void wake() override {
    const auto self = shared_from_this();
    context_.icmp.read_all();  // our own delay is nobody's loss
    if (ended()) return;
    if (sent_ < packets_.size()) return send_next();
    for (Packet& packet : packets_) {
      if (now() - packet.sent >= settings().packet_timeout) packet.decided = true;
    }
    await();
  }

  void heard(const EchoReply& reply) override {
    const auto self = shared_from_this();
    if (reply.index < 0 || static_cast<std::size_t>(reply.index) >= sent_) return;
    const auto at = static_cast<std::size_t>(reply.index);
    Packet& packet = packets_[at];
    const std::int64_t rtt = rtt_of(packet, reply.received_ns);
    if (rtt_ns_[at] >= 0) {
      ++duplicates_;
    } else if (std::chrono::nanoseconds(rtt) > settings().packet_timeout) {
      ++late_;
      packet.decided = true;
    } else {
      rtt_ns_[at] = rtt;
      ++received_;
      packet.decided = true;
    }
    end_if_decided();
  }

  // By the kernel's stamp, unless the wall clock has jumped between the two.
  static std::int64_t rtt_of(const Packet& packet, std::int64_t received_ns) {
    const std::int64_t stamped = received_ns - packet.sent_ns;
    const std::int64_t most = std::chrono::nanoseconds(now() - packet.sent).count();
    return stamped >= 0 && stamped <= most ? stamped : most;
  }

  void refused(const EchoError& error) override {
    const auto self = shared_from_this();
    const std::string text = error.text + (error.teller.empty() ? "" : ", told by " + error.teller);
    if (error.index < 0 || static_cast<std::size_t>(error.index) >= sent_) {
      complaint_ = text;
      return;
    }
    Packet& packet = packets_[static_cast<std::size_t>(error.index)];
    if (!packet.decided) decide_lost(packet, text);
    end_if_decided();
  }

  void decide_lost(Packet& packet, std::string why) {
    packet.decided = true;
    complaint_ = std::move(why);
  }

  void end_if_decided() {
    const auto decided = [](const Packet& packet) { return packet.decided; };
    if (std::all_of(packets_.begin(), packets_.end(), decided)) judge();
  }

  void timed_out() override {
    if (sent_ == 0) return Run::timed_out();
    context_.icmp.read_all();
    if (!ended()) judge();
  }

  void judge() {
    const std::size_t lost = sent_ - received_;
    if (lost == 0) return finish(CheckStatus::up, "");
    if (received_ == 0 && complaint_.empty()) note_error(-ETIMEDOUT);
    const bool too_many =
        received_ == 0 ||
        static_cast<int>(lost * 100) > settings().max_loss_percent * static_cast<int>(sent_);
    std::string reason = std::to_string(lost) + " of " + std::to_string(sent_) +
                         (sent_ == 1 ? " packet was lost" : " packets were lost");
    if (!complaint_.empty()) reason += ": " + complaint_;
    if (late_ > 0) reason += ", " + std::to_string(late_) + " answers came too late";
    if (too_many && context_.icmp.dropped() != dropped_before_) {
      return finish(CheckStatus::unknown, reason + "; this machine dropped answers");
    }
    finish(too_many ? CheckStatus::down : CheckStatus::up, std::move(reason));
  }

  void last_words() override {
    if (sent_ == 0) return;
    outcome_.details["address"] = peer().str();
    outcome_.values.reserve(12 + sent_);
    add_value("probe_ip_protocol", peer().family() == AF_INET ? 4 : 6);
    add_value("probe_icmp_packets_sent", static_cast<double>(sent_));
    add_value("probe_icmp_packets_received", static_cast<double>(received_));
    add_value("probe_icmp_duplicates", duplicates_);
    add_value("probe_icmp_late_replies", late_);
    add_value("probe_icmp_packet_loss_ratio",
              1.0 - static_cast<double>(received_) / static_cast<double>(sent_));
    add_packets();
    const auto figures = rtt_figures(rtt_ns_);
    if (!figures) return;
    const auto add = [&](const char* stat, double seconds) {
      outcome_.values.push_back({"probe_icmp_rtt_seconds", {{"stat", stat}}, seconds});
    };
    add("min", figures->min);
    add("avg", figures->avg);
    add("max", figures->max);
    add("median", figures->median);
    if (received_ < 2) return;  // one answer does not vary
    add("stddev", figures->stddev);
    add("jitter", figures->jitter);
  }

  void add_packets() {
    std::string list;
    list.reserve(8 * sent_);
    for (std::size_t i = 0; i < sent_; ++i) {
      if (i > 0) list += ' ';
      list += rtt_ns_[i] < 0 ? "-" : milliseconds_text(rtt_ns_[i]);
      if (rtt_ns_[i] < 0) continue;
      outcome_.values.push_back({"probe_icmp_packet_rtt_seconds",
                                 {{"seq", std::to_string(i + 1)}},
                                 static_cast<double>(rtt_ns_[i]) / 1e9});
    }
    outcome_.details["packet_rtt_ms"] = std::move(list);
  }

  void release() override {
    if (joined_) context_.icmp.leave(nonce_);
    joined_ = false;
  }

  std::vector<Address> addresses_;
  std::size_t chosen_ = 0;
  std::uint64_t nonce_ = 0;
  bool joined_ = false;
  std::vector<Packet> packets_;
  std::vector<std::int64_t> rtt_ns_;  // -1: no reply
  std::size_t sent_ = 0;
  std::size_t received_ = 0;
  int duplicates_ = 0;
  int late_ = 0;
  std::string complaint_;  // the last word of a router, or of this machine
  std::uint64_t dropped_before_ = 0;
};

}  // namespace

void start_icmp(Context& context, domain::CheckDefinition check, Done done) {
  std::make_shared<IcmpRun>(context, std::move(check), std::move(done))->begin();
}

}  // namespace monitron::probe
