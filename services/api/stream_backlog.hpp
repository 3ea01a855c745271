#pragma once
// What happened lately, kept so that a client whose connection broke goes on where it was: states,
// alerts and what people did about them, not samples and results, which can be asked for by time.
// An event has the same id in every replica, so that a client may come back to another one.
// Threads: one at a time.

#include "api/live_event.hpp"

#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace monitron::api {

class StreamBacklog {
 public:
  static constexpr std::size_t kMostEvents = 10'000;
  static constexpr std::size_t kMostBytes = std::size_t{16} << 20;

  explicit StreamBacklog(std::size_t most_events = kMostEvents, std::size_t most_bytes = kMostBytes)
      : most_events_(most_events), most_bytes_(most_bytes) {}

  // Something may be missing from now on: what came before is no place to go on from.
  void clear();

  // False: it is among them already, somebody told of it again. One without an id is not kept.
  bool add(const LiveEvent& event);

  // What came after this one, oldest first; nothing: it is not known, or not any more. Valid until
  // the next add().
  std::optional<std::vector<LiveEvent>> after(const std::string& id) const;

 private:
  struct Kept {
    LiveEvent event;
    domain::LabelSet labels;
    std::string text;
    std::size_t size() const { return 2 * event.id.size() + text.size() + 32 * labels.size(); }
  };

  const std::size_t most_events_;
  const std::size_t most_bytes_;
  std::deque<Kept> kept_;
  std::size_t bytes_ = 0;
  std::uint64_t forgotten_ = 0;                            // so many were before kept_'s first
  std::unordered_map<std::string, std::uint64_t> number_;  // by id, counted from the beginning
};

}  // namespace monitron::api
