#pragma once
// A conversation with a service, apart from any socket: bytes in; bytes out, and a verdict in the
// end. What it wants done it notes, and who runs it carries that out after each call. So tests can
// put any bytes into it.

#include "base/clock.hpp"
#include "domain/check_result.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace monitron::probe {

struct Endpoint {
  std::string host;
  int port = 0;
  bool tls = false;  // from the first byte
  bool operator==(const Endpoint&) const = default;
};

class Conversation {
 public:
  // What is to be done, in this order.
  struct Step {
    std::string stage;  // named when the time runs out; empty: as before
    std::vector<domain::ProbeValue> values;
    std::map<std::string, std::string> details;
    std::string send;
    std::optional<domain::CheckStatus> verdict;  // the end
    std::string reason;
    std::optional<Endpoint> dial;  // leave, and connect there
    bool secure = false;           // TLS begins
  };

  virtual ~Conversation() = default;
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  virtual bool begins_with_tls() const { return false; }
  virtual void connected() {}  // and, where it begins with TLS, secured
  void received(std::string_view bytes);
  // TLS that was wished for is there; the certificate is bad when there is a complaint.
  virtual void secured(const std::string& complaint);
  virtual void closed(const std::string& how);  // by the peer; `how` may be empty
  // Ends it if all that matters has been heard and nothing but the leaving takes long.
  virtual void out_of_time() {}

  Step take() { return std::exchange(step_, {}); }

 protected:
  Conversation() = default;

  // Reads the message at the head of `bytes`; how long it was, or 0: the rest of it must come.
  virtual std::size_t read(std::string_view bytes) = 0;

  void say(std::string_view bytes) { step_.send += bytes; }
  void stage(std::string name) { step_.stage = stage_ = std::move(name); }
  void value(std::string name, double number,
             std::vector<std::pair<std::string, std::string>> labels = {}) {
    step_.values.push_back({std::move(name), std::move(labels), number});
  }
  void detail(const std::string& name, std::string_view text);
  void begin_tls() { step_.secure = true; }
  void go_to(Endpoint place) { step_.dial = std::move(place); }
  void end(domain::CheckStatus status, std::string reason = {});
  bool over() const { return step_.verdict.has_value(); }
  // Ends: this is not how such a service answers. Returns 0, for `read`.
  std::size_t end_as_strange();

  // Bytes of one message, and of answers that are read as a whole.
  std::size_t message_limit_ = 1 << 20;

 private:
  Step step_;
  std::string stage_;
  std::string inbox_;
};

// Texts of services that go into reasons and details are cut to this.
inline constexpr std::size_t kServiceTextBytes = 300;

// Null when checks of this kind are no conversations. `deadline`: when the check's time is over.
std::unique_ptr<Conversation> make_conversation(const domain::CheckDefinition& check,
                                                SteadyInstant deadline);

}  // namespace monitron::probe
