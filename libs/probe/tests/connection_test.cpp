#include "probe/connection.hpp"

#include "target.hpp"

#include <fcntl.h>
#include <future>
#include <gtest/gtest.h>
#include <optional>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

namespace monitron::probe {
namespace {

// Resets the connection as soon as it is told to.
struct Resetter {
  std::promise<void> wish, done;
  Target target{[this](int fd) {
    wish.get_future().wait();
    const linger at_once{1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(nothing, fd);
    ::close(nothing);
    done.set_value();
  }};
};

class LateWriter : public Connection::Listener {
 public:
  explicit LateWriter(Resetter& peer) : peer_(peer) {
    Address address = *Address::parse("127.0.0.1");
    address.set_port(peer.target.port());
    EXPECT_EQ(connection_.open(loop_, address, *this), 0);
    const auto deadline = loop_.after(std::chrono::seconds(5), [this] { loop_.stop(); });
    loop_.run();
  }
  std::optional<int> end() const { return end_; }

 private:
  void on_connect(int error) override {
    ASSERT_EQ(error, 0);
    peer_.wish.set_value();
    peer_.done.get_future().wait();
    connection_.write("hello");
  }
  void on_data(std::string_view) override {}
  void on_end(int error) override {
    end_ = error;
    loop_.stop();
  }

  Resetter& peer_;
  loop::Loop loop_;
  Connection connection_;
  std::optional<int> end_;
};

}  // namespace

// The kernel tells of a reset once, here to the write; what is read afterwards is a mere end.
TEST(Connection, AResetBeforeTheFirstWriteIsTold) {
  Resetter peer;
  EXPECT_EQ(LateWriter(peer).end(), UV_ECONNRESET);
}

}  // namespace monitron::probe
