#include "probe/answer_memory.hpp"

namespace monitron::probe {

namespace {

constexpr std::size_t kKept = 256;  // bytes of a text

std::uint64_t fnv1a(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

}  // namespace

std::uint64_t answer_hash(std::string_view answers) { return fnv1a(answers) >> 12U; }

std::optional<std::string> AnswerMemory::changed(const std::string& key,
                                                 const std::string& answers) {
  Seen now{fnv1a(answers), answers.substr(0, kKept)};
  const std::lock_guard lock(mutex_);
  std::optional<std::string> before;
  for (Generation* generation : {&young_, &old_}) {
    const auto known = generation->extract(key);
    if (known.empty()) continue;
    if (known.mapped().hash != now.hash) before = known.mapped().text;
    break;
  }
  if (young_.size() >= most_) {
    old_ = std::move(young_);
    young_ = {};
  }
  young_.emplace(key, std::move(now));
  return before;
}

}  // namespace monitron::probe
