#pragma once
// What checks have been answered, so that a change can be told: one for all loops of a program, of
// bounded size, gone with it. Threads: any.

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace monitron::probe {

class AnswerMemory {
 public:
  explicit AnswerMemory(std::size_t most = 20'000) : most_(most) {}

  // Remembers `answers` under `key`. What was there before, if it was something else; a long text
  // comes back cut.
  std::optional<std::string> changed(const std::string& key, const std::string& answers);

 private:
  struct Seen {
    std::uint64_t hash = 0;
    std::string text;
  };
  using Generation = std::unordered_map<std::string, Seen>;

  const std::size_t most_;
  std::mutex mutex_;  // guards what follows
  // Once the younger is full the older is forgotten and it takes its place.
  Generation young_;
  Generation old_;
};

// The same for the same text, always and everywhere; fits a double exactly.
std::uint64_t answer_hash(std::string_view answers);

}  // namespace monitron::probe
