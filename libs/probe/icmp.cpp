// ICMP: several echo requests; up when at least one is answered. Loss and times are values, for
// rules.

#include "probe/icmp_sockets.hpp"
#include "probe/run.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <numeric>

namespace monitron::probe {

using domain::CheckStatus;

namespace {

bool is_local_error(int error) {
  return error == EACCES || error == EPERM || error == EMFILE || error == ENFILE ||
         error == ENOBUFS || error == ENOMEM || error == ENETUNREACH || error == EADDRNOTAVAIL ||
         error == EAFNOSUPPORT;
}

class IcmpRun : public Run {
 public:
  using Run::Run;

 private:
  void start() override {
    resolve(check_.target, [this](std::vector<Address> addresses) {
      address_ = addresses.front();
      note(address_);
      outcome_.details["address"] = address_.str();
      sent_ns_.assign(static_cast<std::size_t>(check_.as<domain::IcmpSettings>().count), 0);
      rtt_ns_.assign(sent_ns_.size(), -1);
      nonce_ = context_.icmp.join([this](const EchoReply& reply) { take(reply); });
      joined_ = true;
      send_next();
    });
  }

  void send_next() {
    const auto index = static_cast<std::size_t>(sent_);
    const int error = context_.icmp.send(address_, nonce_, sent_,
                                         check_.as<domain::IcmpSettings>().size, sent_ns_[index]);
    if (is_local_error(error)) {
      return finish(CheckStatus::unknown,
                    std::string("echo requests cannot be sent: ") + std::strerror(error));
    }
    stage_ = "waiting for echo replies";
    if (++sent_ < check_.as<domain::IcmpSettings>().count) {
      pause_ = context_.loop.after(check_.as<domain::IcmpSettings>().interval, [this] {
        const auto self = shared_from_this();
        send_next();
      });
    }
  }

  void take(const EchoReply& reply) {
    const auto self = shared_from_this();
    if (ended() || reply.index < 0 || reply.index >= sent_) return;
    std::int64_t& rtt = rtt_ns_[static_cast<std::size_t>(reply.index)];
    if (rtt >= 0) {
      ++duplicates_;
      return;
    }
    // The wall clock may have been set back between the two stamps.
    rtt = std::max<std::int64_t>(
        0, reply.received_ns - sent_ns_[static_cast<std::size_t>(reply.index)]);
    if (++received_ == check_.as<domain::IcmpSettings>().count) finish(CheckStatus::up, "");
  }

  void timed_out() override {
    if (sent_ == 0 || received_ == 0) return Run::timed_out();
    const int lost = sent_ - received_;
    finish(CheckStatus::up,
           std::to_string(lost) + " of " + std::to_string(sent_) + " packets were lost");
  }

  void last_words() override {
    if (sent_ == 0) return;
    add_value("probe_ip_protocol", address_.family() == AF_INET ? 4 : 6);
    add_value("probe_icmp_packets_sent", sent_);
    add_value("probe_icmp_packets_received", received_);
    add_value("probe_icmp_duplicates", duplicates_);
    add_value("probe_icmp_packet_loss_ratio",
              1.0 - static_cast<double>(received_) / static_cast<double>(sent_));
    std::vector<double> times;
    std::string list;
    for (const std::int64_t rtt : rtt_ns_) {
      char text[32] = "-";
      if (rtt >= 0) {
        times.push_back(static_cast<double>(rtt) / 1e9);
        std::snprintf(text, sizeof(text), "%.3f", static_cast<double>(rtt) / 1e6);
      }
      list += (list.empty() ? "" : " ") + std::string(text);
    }
    outcome_.details["packet_rtt_ms"] = list;
    if (times.empty()) return;
    std::sort(times.begin(), times.end());
    const std::size_t middle = times.size() / 2;
    const double median =
        times.size() % 2 == 1 ? times[middle] : (times[middle - 1] + times[middle]) / 2;
    const double sum = std::accumulate(times.begin(), times.end(), 0.0);
    add_rtt("min", times.front());
    add_rtt("avg", sum / static_cast<double>(times.size()));
    add_rtt("max", times.back());
    add_rtt("median", median);
  }

  void add_rtt(const char* stat, double seconds) {
    outcome_.values.push_back({"probe_icmp_rtt_seconds", {{"stat", stat}}, seconds});
  }

  void release() override {
    pause_.stop();
    if (joined_) context_.icmp.leave(nonce_);
    joined_ = false;
  }

  Address address_;
  std::uint64_t nonce_ = 0;
  bool joined_ = false;
  int sent_ = 0;
  int received_ = 0;
  int duplicates_ = 0;
  std::vector<std::int64_t> sent_ns_;
  std::vector<std::int64_t> rtt_ns_;  // -1: no reply
  loop::Timer pause_;
};

}  // namespace

void start_icmp(Context& context, domain::CheckDefinition check, Done done) {
  std::make_shared<IcmpRun>(context, std::move(check), std::move(done))->begin();
}

}  // namespace monitron::probe
