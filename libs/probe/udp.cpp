// UDP: up when an answer comes to what was sent and, where the check expects something, matches.

#include "base/bytes.hpp"
#include "probe/expressions.hpp"
#include "probe/run.hpp"

#include <array>
#include <netinet/in.h>
#include <sys/socket.h>
#include <uv.h>

namespace monitron::probe {

using domain::CheckStatus;

namespace {

class UdpRun : public Run {
 public:
  using Run::Run;

 private:
  const domain::UdpSettings& settings() const { return check_.as<domain::UdpSettings>(); }

  void start() override {
    const auto target = host_port();
    if (!target) return finish(CheckStatus::unknown, target.error().text);
    auto bytes = settings().send_hex.empty() ? domain::parse_escapes(settings().send)
                                             : from_hex(settings().send_hex);
    if (!bytes) return finish(CheckStatus::unknown, bytes.error().text);
    to_send_ = std::move(*bytes);
    resolve(target->host, [this, port = target->port](std::vector<Address> addresses) {
      int error = 0;
      for (Address& address : addresses) {
        address.set_port(port);
        error = ask(address);
        note_error(error);
        if (error == 0) return;
      }
      finish(CheckStatus::unknown, "sending to " + address_ + ": " + uv_error_text(error));
    });
  }

  // 0, or the error of a call that failed on this machine at once.
  int ask(const Address& address) {
    release();
    note(address);
    address_ = address.str();
    outcome_.details["address"] = address_;
    stage_ = "waiting for an answer of " + address_;
    auto udp = std::make_unique<uv_udp_t>();
    const auto family = static_cast<unsigned>(address.family());
    if (const int error = uv_udp_init_ex(context_.loop.raw(), udp.get(), family); error != 0) {
      return error;
    }
    udp_ = udp.release();
    udp_->data = this;
    if (const int error = uv_udp_connect(udp_, address.raw()); error != 0) return error;
    hear_routers(address.family());
    const int started = uv_udp_recv_start(udp_, give_buffer, take_datagram);
    if (started != 0) return started;
    uv_buf_t buffer = uv_buf_init(to_send_.data(), static_cast<unsigned>(to_send_.size()));
    sent_ = std::chrono::steady_clock::now();
    const int sent = uv_udp_try_send(udp_, &buffer, 1, nullptr);
    return sent < 0 ? sent : 0;
  }

  // Without it a host that cannot be reached looks like one that is silent.
  void hear_routers(int family) {
    uv_os_fd_t fd = -1;
    if (uv_fileno(reinterpret_cast<uv_handle_t*>(udp_), &fd) != 0) return;
    const int on = 1;
    if (family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
    if (family == AF_INET) setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
  }

  static void give_buffer(uv_handle_t*, std::size_t, uv_buf_t* buffer) {
    static thread_local std::array<char, 65'536> bytes;
    *buffer = uv_buf_init(bytes.data(), bytes.size());
  }

  static void take_datagram(uv_udp_t* udp, ssize_t size, const uv_buf_t* buffer,
                            const sockaddr* from, unsigned) {
    auto* run = static_cast<UdpRun*>(udp->data);
    if (run == nullptr || (size == 0 && from == nullptr)) return;
    const auto self = run->shared_from_this();
    if (size < 0) return run->refused(static_cast<int>(size));
    run->judge({buffer->base, static_cast<std::size_t>(size)});
  }

  void refused(int error) {
    note_error(error);
    if (is_own_trouble(error)) return finish(CheckStatus::unknown, uv_error_text(error));
    finish(CheckStatus::down, address_ + ": " + uv_error_text(error));
  }

  void judge(std::string_view answer) {
    add_time(outcome_.phases.first_byte, sent_);
    add_value("probe_udp_answer_bytes", static_cast<double>(answer.size()));
    if (settings().expect.empty()) return finish(CheckStatus::up, "");
    const auto* expect = context_.expressions.find(settings().expect);
    if (expect == nullptr) return finish(CheckStatus::unknown, "no regular expression");
    if (matches(*expect, answer)) return finish(CheckStatus::up, "");
    outcome_.details["received"] = legible(answer);
    finish(CheckStatus::down, "the answer does not match " + settings().expect);
  }

  static std::string legible(std::string_view answer) {
    std::string text(answer.substr(0, 1024));
    for (char& byte : text) {
      if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f) byte = '.';
    }
    return text;
  }

  void last_words() override {
    if (address_.empty()) return;
    add_value("probe_ip_protocol", address_.find(':') == std::string::npos ? 4 : 6);
  }

  void release() override {
    uv_udp_t* udp = std::exchange(udp_, nullptr);
    if (udp == nullptr) return;
    udp->data = nullptr;
    uv_close(reinterpret_cast<uv_handle_t*>(udp),
             [](uv_handle_t* handle) { delete reinterpret_cast<uv_udp_t*>(handle); });
  }

  uv_udp_t* udp_ = nullptr;
  std::string to_send_;
  std::string address_;
  SteadyInstant sent_;
};

}  // namespace

void start_udp(Context& context, domain::CheckDefinition check, Done done) {
  std::make_shared<UdpRun>(context, std::move(check), std::move(done))->begin();
}

}  // namespace monitron::probe
