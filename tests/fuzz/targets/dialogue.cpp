// What a server answers to a TCP check that sends and expects.

#include "probe/dialogue.hpp"

#include "fuzz.hpp"
#include "probe/expressions.hpp"

MONITRON_FUZZ(dialogue) {
  using namespace monitron;
  fuzz::Input input(bytes);
  const std::vector<domain::Exchange> turns = {
      {"", std::string(input.line())}, {"more\\r\\n", "b+$"}, {"end\\n", ""}};
  const std::size_t piece = input.choose(256);
  probe::Expressions expressions;
  probe::Dialogue dialogue(turns);
  (void)dialogue.begin_turn();
  input.in_pieces(piece, [&](const std::string& heard) {
    const auto* expect = expressions.find(dialogue.expected());
    const auto found = dialogue.hear(heard, expect);
    fuzz::must(dialogue.unread().size() <= probe::Dialogue::kMost + heard.size(), "all is kept");
    if (found == probe::Dialogue::Heard::too_much) return false;
    if (found == probe::Dialogue::Heard::matched && !dialogue.over()) (void)dialogue.begin_turn();
    return !dialogue.over();
  });
}
