// What publishing promises without a broker.

#include "mq/publisher.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace monitron::mq {
namespace {

using namespace std::chrono_literals;

// Takes connections, as the kernel does, and never says a word.
class SilentServer {
 public:
  SilentServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    auto* address = reinterpret_cast<sockaddr*>(&address_);
    const bool open = ::bind(socket_, address, size) == 0 && ::listen(socket_, 8) == 0 &&
                      ::getsockname(socket_, address, &size) == 0;
    MONITRON_EXPECTS(open);
  }
  ~SilentServer() { ::close(socket_); }
  int port() const { return ntohs(address_.sin_port); }

 private:
  int socket_;
  sockaddr_in address_{};
};

// M-067: 503 within two seconds, whatever the broker does.
TEST(Publisher, KeepsDeadlinesWithABrokerThatHangs) {
  const SilentServer broker;
  PublisherConfig config;
  config.endpoint.host = "127.0.0.1";
  config.endpoint.port = broker.port();
  config.deadline = 300ms;
  Publisher publisher(config);
  for (int i = 0; i < 3; ++i) {
    const auto asked = std::chrono::steady_clock::now();
    contracts::Message message;
    message.exchange = "x";
    const auto done = publisher.publish_and_wait(message);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().fault, Fault::unavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - asked, 2s);
  }
}

}  // namespace
}  // namespace monitron::mq
