#pragma once
// Which checks ask a service that connections are with (C-007, C-027).

#include "api/answer.hpp"
#include "api/context.hpp"
#include "http/message.hpp"
#include "store/aimed_checks.hpp"

#include <set>

namespace monitron::api {

struct Service {
  std::string server_id{};        // "": of no instance that is known
  std::set<std::string> hosts{};  // its addresses and names, in small letters
  int port = 0;                   // 0: of many
};

// Threads: any, once read.
class CheckLinks {
 public:
  // Of checks that the caller may read and that ask one of these: by a host of it, or since they
  // are of its instance; and at its port.
  static Result<CheckLinks> read(Context& context, const http::Caller& caller,
                                 const std::vector<Service>& services);
  Json of(const Service& service) const;  // by name, at most 20: id, name, status

 private:
  struct Aimed {
    store::AimedCheck check{};
    std::string host{};
  };
  std::multimap<int, Aimed> by_port_;  // of a port in the order of their names
};

}  // namespace monitron::api
