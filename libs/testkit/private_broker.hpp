#pragma once
// A RabbitMQ of one's own, for tests that kill it. Takes ten seconds to start.

#include <memory>
#include <string>

namespace monitron::testkit {

class PrivateBroker {
 public:
  PrivateBroker();  // starts and waits until it takes work; throws when it does not
  ~PrivateBroker();
  std::string url() const;  // stays the same over restarts
  void kill();              // SIGKILL
  void start();             // again, on the same data

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace monitron::testkit
