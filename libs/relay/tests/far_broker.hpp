#pragma once
// A broker at the end of a long road: what it says arrives late.

#include "base/result.hpp"
#include "mq/endpoint.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace monitron::relay {

class FarBroker {
 public:
  FarBroker(mq::Endpoint broker, std::chrono::milliseconds delay)
      : broker_(std::move(broker)), delay_(delay), listener_(open()) {
    auto address = loopback(0);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    MONITRON_EXPECTS(::bind(listener_, any, size) == 0 && ::listen(listener_, 8) == 0 &&
                     ::getsockname(listener_, any, &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~FarBroker() {
    stopping_ = true;
    thread_.join();
    ::close(listener_);
  }
  FarBroker(const FarBroker&) = delete;
  FarBroker& operator=(const FarBroker&) = delete;

  mq::Endpoint endpoint() const {
    auto endpoint = broker_;
    endpoint.host = "127.0.0.1";
    endpoint.port = port_;
    return endpoint;
  }

 private:
  using Clock = std::chrono::steady_clock;
  struct Late {
    Clock::time_point due;
    std::string bytes;
  };
  static constexpr std::chrono::milliseconds kTick{100};

  static int open() { return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); }
  static sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }
  static bool send_all(int to, const std::string& bytes) {
    return ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }

  // One connection after the other.
  void run() {
    while (!stopping_) {
      pollfd waiting{listener_, POLLIN, 0};
      if (::poll(&waiting, 1, static_cast<int>(kTick.count())) <= 0) continue;
      const int near = ::accept(listener_, nullptr, nullptr);
      const int far = open();
      const auto address = loopback(broker_.port);
      if (::connect(far, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
        carry(near, far);
      }
      ::close(near);
      ::close(far);
    }
  }

  void carry(int near, int far) const {
    std::deque<Late> late;
    std::array<char, 65536> room{};
    while (!stopping_) {
      auto pause = kTick;
      if (!late.empty()) {
        pause = std::clamp(std::chrono::ceil<std::chrono::milliseconds>(late[0].due - Clock::now()),
                           std::chrono::milliseconds(0), kTick);
      }
      std::array<pollfd, 2> both{pollfd{near, POLLIN, 0}, pollfd{far, POLLIN, 0}};
      ::poll(both.data(), both.size(), static_cast<int>(pause.count()));
      for (const auto& one : both) {
        if (one.revents == 0) continue;
        const auto got = ::recv(one.fd, room.data(), room.size(), 0);
        if (got <= 0) return;
        std::string bytes(room.data(), static_cast<std::size_t>(got));
        if (one.fd == far) {
          late.push_back({Clock::now() + delay_, std::move(bytes)});
        } else if (!send_all(far, bytes)) {
          return;
        }
      }
      for (; !late.empty() && late.front().due <= Clock::now(); late.pop_front()) {
        if (!send_all(near, late.front().bytes)) return;
      }
    }
  }

  const mq::Endpoint broker_;
  const std::chrono::milliseconds delay_;
  const int listener_;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace monitron::relay
