#pragma once
// A conversation without a socket: what it says to bytes that somebody makes up.

#include "probe/conversation.hpp"

namespace monitron::probe {

inline SteadyInstant in_three_seconds() {
  return std::chrono::steady_clock::now() + std::chrono::seconds(3);
}

// What became of a conversation after these bytes, as the run would have it.
struct Talk {
  std::string said;
  std::map<std::string, std::string> details;
  std::vector<domain::ProbeValue> values;
  std::optional<domain::CheckStatus> verdict;
  std::string reason;
  std::optional<Endpoint> dialled;

  double value(const std::string& name) const {
    for (const auto& one : values) {
      if (one.name == name) return one.value;
    }
    return -1;
  }
};

class Talker {
 public:
  explicit Talker(const domain::CheckDefinition& check)
      : conversation_(make_conversation(check, in_three_seconds())) {
    conversation_->connected();
    note();
  }

  // Any number of turns; what comes after the verdict is not heard.
  Talker& hear(std::string_view bytes) {
    if (!talk_.verdict) conversation_->received(bytes);
    note();
    return *this;
  }
  Talker& close() {
    if (!talk_.verdict) conversation_->closed("");
    note();
    return *this;
  }
  const Talk& talk() const { return talk_; }

 private:
  void note() {
    for (;;) {
      auto step = conversation_->take();
      talk_.said += step.send;
      talk_.details.merge(step.details);
      for (auto& value : step.values) talk_.values.push_back(std::move(value));
      if (step.verdict && !talk_.verdict) {
        talk_.verdict = step.verdict;
        talk_.reason = step.reason;
      }
      if (talk_.verdict || (!step.secure && !step.dial)) return;
      if (step.dial) talk_.dialled = step.dial;
      step.dial ? conversation_->connected() : conversation_->secured("");
    }
  }

  std::unique_ptr<Conversation> conversation_;
  Talk talk_;
};

}  // namespace monitron::probe
