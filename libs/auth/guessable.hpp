#pragma once
// Passwords that are long and yet among the first that anybody tries. No list of leaked passwords
// but the rules that people make them by: a password is cut into as few pieces as can be, where a
// common word (also as "P@ssw0rd"), a year, a sequence ("abcd", "4321", "aaaa") or a walk over the
// keyboard ("qwerty", "1qaz", "1q2w3e") is one piece, as is any other character. Few pieces are
// soon tried. Threads: any; pure.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace monitron::auth {

inline constexpr std::size_t kLeastCharacters = 12;
inline constexpr std::size_t kLeastPieces = 7;

// The words of a text that are long enough to count as such: runs of letters and digits, at least
// four, in lower case. For those that belong to an account: its name, its address.
std::vector<std::string> words_of(std::string_view text);

std::size_t utf8_characters(std::string_view text);

// True for fewer than kLeastPieces pieces, for digits alone (up to 20) and for what repeats
// something shorter than kLeastCharacters. At most some milliseconds for 1024 bytes.
bool is_guessable(std::string_view password, std::span<const std::string> own_words = {});

}  // namespace monitron::auth
