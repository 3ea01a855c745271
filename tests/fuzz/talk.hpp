#pragma once
// Servers that say anything: what holds of every conversation.

#include "fuzz.hpp"
#include "probe/tests/talker.hpp"

namespace monitron::fuzz {

template <class Settings>
domain::CheckDefinition check_with(Settings settings) {
  domain::CheckDefinition check;
  check.use<Settings>() = std::move(settings);
  check.target = "127.0.0.1:1";
  return check;
}

// Puts the rest of `input` into the conversation, in pieces, and closes the connection.
inline void talk_with(const domain::CheckDefinition& check, Input input) {
  const std::size_t piece = input.choose(256);
  probe::Talker talker(check);
  input.in_pieces(piece, [&](const std::string& bytes) {
    talker.hear(bytes);
    return !talker.talk().verdict;
  });
  talker.close();
  const auto& talk = talker.talk();
  must(talk.verdict.has_value(), "it has no end");
  must(talk.said.size() < 65'536 + input.rest().size(), "it says more than it hears");
  must(talk.reason.size() < 8192, "a reason without measure");
  for (const auto& [name, text] : talk.details) must(text.size() < 65'536, name + " is long");
  must(talk.values.size() <= 2'000, "series without measure");
}

}  // namespace monitron::fuzz
