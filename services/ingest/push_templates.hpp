#pragma once
// The JSON form, for who sends the same again and again with other numbers: what was read in full
// once is a template, and a body that differs from it in values and times alone needs no parsing of
// its names and labels, nor a dictionary of its own. Everything else is read in full, which alone
// says what is wrong. Bounded: all is forgotten when it is full. Threads: any.

#include "ingest/json_push.hpp"

#include <array>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace monitron::ingest {

class PushTemplates {
 public:
  explicit PushTemplates(std::size_t max_bytes = 64u << 20) : max_bytes_(max_bytes) {}

  // Nothing: read it in full.
  std::optional<Push> read(const std::string& body, const TimeWindow& window, Instant now);
  // What `body` was read as; its points are still one for each metric, in their order.
  void learn(const std::string& body, const Push& push);

  struct Template;

 private:
  // Bodies that begin alike, which says whose they are: a few forms each.
  struct Family {
    std::array<std::shared_ptr<const Template>, 2> forms{};
    std::size_t next = 0;
    int misses = 0;  // since the last hit
  };
  std::array<std::shared_ptr<const Template>, 2> forms_of(const std::string& body);
  void note_hit(const std::string& body);

  const std::size_t max_bytes_;
  std::mutex mutex_;  // guards what follows
  std::size_t bytes_ = 0;
  std::unordered_map<std::string, Family> families_;
};

}  // namespace monitron::ingest
