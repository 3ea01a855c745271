#pragma once
// Bytes of a peer as text for people.

#include <string>
#include <string_view>

namespace monitron::probe {

// The first `most` bytes, cut between characters, with dots for control characters but line breaks
// and tabs; empty when it is no UTF-8.
std::string legible(std::string_view bytes, std::size_t most);

// `text` in quotes, cut to some 100 bytes.
std::string in_quotes(std::string_view text);

}  // namespace monitron::probe
