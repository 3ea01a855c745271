#pragma once
// Turns of sending and expecting. Pure: bytes in, bytes out.

#include "domain/check_settings.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace monitron::probe {

class Dialogue {
 public:
  static constexpr std::size_t kMost = 65'536;  // that is kept of the answers of one turn

  explicit Dialogue(const std::vector<domain::Exchange>& turns) : turns_(turns) {}

  bool over() const { return turn_ == turns_.size(); }
  std::size_t turn() const { return turn_; }  // from 0
  const std::string& expected() const { return turns_[turn_].expect; }

  // The bytes that this turn sends. What came before them cannot be their answer; a turn that
  // sends nothing goes on reading where the last one has ended.
  std::string begin_turn();

  enum class Heard { waiting, matched, too_much };
  // `expect`: compiled from expected(); null: nothing is waited for. After `matched` the next turn
  // is the current one.
  Heard hear(std::string_view bytes, const re2::RE2* expect);

  const std::string& unread() const { return heard_; }

 private:
  const std::vector<domain::Exchange>& turns_;
  std::size_t turn_ = 0;
  std::string heard_;
  std::size_t searched_ = 0;  // bytes, each time it was looked at: peers choose the pieces
};

}  // namespace monitron::probe
