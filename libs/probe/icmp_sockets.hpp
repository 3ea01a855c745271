#pragma once
// Echo requests and replies over one socket per family: a ping socket where the kernel allows it
// (net.ipv4.ping_group_range), else a raw one (CAP_NET_RAW). Replies are known by a 64-bit nonce in
// the payload, not by the 16-bit sequence, and stamped by the kernel. Threads: loop only.

#include "loop/loop.hpp"
#include "probe/address.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace monitron::probe {

struct EchoReply {
  int index = 0;                 // of the packet that is answered
  std::int64_t received_ns = 0;  // wall clock, by the kernel
};

class IcmpSockets {
 public:
  explicit IcmpSockets(loop::Loop& loop);
  ~IcmpSockets();
  IcmpSockets(const IcmpSockets&) = delete;
  IcmpSockets& operator=(const IcmpSockets&) = delete;

  using Heard = std::function<void(const EchoReply&)>;
  // The nonce of a new conversation; `heard` is called until `leave`.
  std::uint64_t join(Heard heard);
  void leave(std::uint64_t nonce);

  // 0, or errno. `sent_ns`: the wall clock just before the call.
  int send(const Address& to, std::uint64_t nonce, int index, int size, std::int64_t& sent_ns);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace monitron::probe
