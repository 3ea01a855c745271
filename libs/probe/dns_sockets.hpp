#pragma once
// DNS over UDP: one socket per family, kept. Who waits for an answer is found by its id and by the
// address it comes from; times are the kernel's. Threads: loop only.

#include "loop/loop.hpp"
#include "probe/address.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

namespace monitron::probe {

struct DnsReply {
  std::string_view bytes;
  std::int64_t received_ns = 0;  // wall clock, by the kernel
  int error = 0;                 // errno: no answer, the network says why
};

class DnsSockets {
 public:
  explicit DnsSockets(loop::Loop& loop);
  ~DnsSockets();
  DnsSockets(const DnsSockets&) = delete;
  DnsSockets& operator=(const DnsSockets&) = delete;

  using Heard = std::function<void(const DnsReply&)>;
  // `heard` is called for what comes under this id until `leave`. False: the id is taken.
  bool join(std::uint16_t id, Heard heard);
  void leave(std::uint16_t id);

  // Random bytes, drawn from the kernel many at once.
  void random(std::span<std::uint8_t> out);

  // From now on only answers from `to` count. 0, or errno. `sent_ns`: the wall clock just before.
  int send(std::uint16_t id, const Address& to, std::string_view query, std::int64_t& sent_ns);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace monitron::probe
