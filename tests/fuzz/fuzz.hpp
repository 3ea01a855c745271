#pragma once
// A parser under fuzz: MONITRON_FUZZ(name) { … }, a function of `bytes`. libFuzzer makes the bytes
// up (tools/fuzz); fuzz_corpus_test puts every file of corpus/<name> in, so that no target rots.

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

namespace monitron::fuzz {

using Target = void (*)(std::string_view bytes);

// All that are linked in.
std::map<std::string, Target>& targets();

// What holds whatever came in; it is a finding when it does not. Throws std::logic_error.
void must(bool holds, const std::string& what);

// Texts for people and messages: UTF-8 without NUL.
void must_be_text(const std::string& text, const std::string& what);

// The bytes of an input: the first of them may choose how the rest is put in.
class Input {
 public:
  explicit Input(std::string_view bytes) : rest_(bytes) {}

  // One of 0 to count - 1. A digit chooses itself, so that people can write inputs.
  unsigned choose(unsigned count) {
    if (rest_.empty()) return 0;
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return (byte - unsigned{'0'}) % count;
  }
  bool flag() { return choose(2) == 1; }
  std::string_view line() {
    const auto line = rest_.substr(0, rest_.find('\n'));
    rest_.remove_prefix(std::min(rest_.size(), line.size() + 1));
    return line;
  }
  std::string_view rest() const { return rest_; }

  // Calls `take` with the rest in pieces of `size` bytes, 0: in one piece, each with memory of its
  // own, until it returns false.
  template <class Take>
  void in_pieces(std::size_t size, Take take) const {
    for (std::size_t at = 0; at < rest_.size();) {
      const std::string piece(rest_.substr(at, size == 0 ? std::string_view::npos : size));
      if (!take(piece)) return;
      at += piece.size();
    }
  }

 private:
  std::string_view rest_;
};

}  // namespace monitron::fuzz

#define MONITRON_FUZZ(name)                                                                       \
  static void fuzz_##name(std::string_view bytes);                                                \
  static const bool known_##name = monitron::fuzz::targets().emplace(#name, &fuzz_##name).second; \
  static void fuzz_##name(std::string_view bytes)
