#pragma once
// Echo requests and what comes back, over one socket per family: a ping socket where the kernel
// allows it (net.ipv4.ping_group_range), else a raw one (CAP_NET_RAW). Replies are known by a
// 64-bit nonce in the payload, not by the 16-bit sequence, and stamped by the kernel; error
// messages come by the socket's error queue. Threads: loop only.

#include "base/clock.hpp"
#include "loop/loop.hpp"
#include "probe/address.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace monitron::probe {

struct EchoReply {
  int index = 0;                 // of the packet that is answered
  std::int64_t received_ns = 0;  // wall clock, by the kernel
};

// An ICMP error that quotes a packet of ours.
struct EchoError {
  int index = -1;      // of the packet; -1: the quote was cut before it
  std::string text;    // "host unreachable"
  std::string teller;  // the address that says so
};

// One conversation; may leave while it is called.
class EchoListener {
 public:
  virtual ~EchoListener() = default;
  virtual const Address& peer() const = 0;
  virtual void heard(const EchoReply& reply) = 0;
  virtual void refused(const EchoError& error) = 0;
  virtual void wake() = 0;
};

class IcmpSockets {
 public:
  explicit IcmpSockets(loop::Loop& loop);
  ~IcmpSockets();
  IcmpSockets(const IcmpSockets&) = delete;
  IcmpSockets& operator=(const IcmpSockets&) = delete;

  // The nonce of a new conversation; the listener is called until `leave`.
  std::uint64_t join(EchoListener& listener);
  void leave(std::uint64_t nonce);
  // Calls wake() at that time, unless the conversation is left before. All share one timer.
  void wake_at(std::uint64_t nonce, SteadyInstant when);

  // 0, or errno. `sent_ns`: the wall clock just before the call.
  int send(const Address& to, std::uint64_t nonce, int index, int size, std::int64_t& sent_ns);

  // Hands on what has come and is not read yet: before anything is called lost.
  void read_all();
  // Packets that came and found no room in our buffers, ever.
  std::uint64_t dropped() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace monitron::probe
