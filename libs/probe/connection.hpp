#pragma once
// One TCP connection of a probe on the loop. Destroying it closes it. Threads: loop only.

#include "loop/loop.hpp"
#include "probe/address.hpp"
#include "probe/tcp_info.hpp"

#include <string>
#include <string_view>

namespace monitron::probe {

class Connection {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    // `error` is 0 or a code of libuv.
    virtual void on_connect(int error) = 0;
    virtual void on_data(std::string_view bytes) = 0;
    virtual void on_end(int error) = 0;  // 0: the peer has closed its side
  };

  Connection() = default;
  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&& other) noexcept;
  ~Connection();

  // 0, or the error of a call that failed on this machine at once; then the listener hears nothing.
  int open(loop::Loop& loop, const Address& address, Listener& listener);
  // From now on another hears of it; only once it is connected.
  void tell(Listener& listener);
  void write(std::string bytes);
  void close();
  TcpInfo info() const;
  // The state and the counters of a connection that failed, for people.
  std::string info_text() const;

 private:
  int descriptor() const;  // -1: none

  struct State;
  State* state_ = nullptr;
};

// True for errors that tell of this machine, not of the target: no descriptors, memory, ports,
// rights.
bool is_own_trouble(int uv_error);
// No descriptor was free.
bool is_descriptor_trouble(int uv_error);
// The way to the target may be at fault: unreachable, timed out.
bool is_network_trouble(int uv_error);
std::string uv_error_text(int uv_error);

}  // namespace monitron::probe
