#include "auth/guessable.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <optional>

namespace monitron::auth {
namespace {

constexpr std::size_t kLeastRun = 3;
constexpr std::size_t kLeastTurns = 5;
constexpr std::size_t kLeastWord = 4;
constexpr std::size_t kEnoughDigits = 20;

// What passwords are about: getting in, the product, affection, names, play, seasons.
constexpr auto kWords = std::to_array<std::string_view>(
    {"access",     "account",  "admin",    "administrator", "agent",    "alert",    "alexander",
     "amanda",     "andrea",   "andrew",   "angel",         "anthony",  "apple",    "april",
     "arsenal",    "august",   "austin",   "autumn",        "backup",   "banana",   "baseball",
     "batman",     "berlin",   "buster",   "change",        "charlie",  "cheese",   "chelsea",
     "chocolate",  "company",  "computer", "cookie",        "daniel",   "database", "december",
     "default",    "demo",     "diamond",  "dragon",        "eagle",    "enter",    "family",
     "flower",     "football", "forever",  "freedom",       "friend",   "george",   "ginger",
     "google",     "guest",    "hannah",   "happy",         "harley",   "hello",    "hockey",
     "hunter",     "iloveyou", "internet", "january",       "jennifer", "jessica",  "jordan",
     "joshua",     "killer",   "letmein",  "liverpool",     "local",    "login",    "london",
     "love",       "lovely",   "maggie",   "manager",       "master",   "matthew",  "merlin",
     "michael",    "michelle", "money",    "monitor",       "monitron", "monkey",   "mustang",
     "nicole",     "november", "number",   "october",       "office",   "orange",   "pass",
     "passphrase", "passwort", "password", "pepper",        "please",   "princess", "private",
     "purple",     "ranger",   "robert",   "root",          "samsung",  "secret",   "secure",
     "security",   "server",   "service",  "shadow",        "silver",   "soccer",   "spring",
     "star",       "summer",   "sunshine", "super",         "superman", "support",  "system",
     "temp",       "test",     "thomas",   "user",          "welcome",  "winter"});

struct Key {
  int row = 0;
  int column = 0;
};

// Where a character is on an American keyboard, with or without shift.
const Key* key_of(char c) {
  static const auto keys = [] {
    constexpr std::array<std::string_view, 8> rows = {
        "1234567890-=", "!@#$%^&*()_+", "qwertyuiop[]", "qwertyuiop{}",
        "asdfghjkl;'",  "asdfghjkl:\"", "zxcvbnm,./",   "zxcvbnm<>?"};
    std::array<Key, 128> table;
    table.fill({-1, -1});
    for (std::size_t i = 0; i < rows.size(); ++i) {
      int column = 0;
      for (const char key : rows[i]) {
        table[static_cast<unsigned char>(key)] = {static_cast<int>(i / 2), column++};
      }
    }
    return table;
  }();
  const auto at = static_cast<unsigned char>(c);
  if (at >= keys.size() || keys[at].row < 0) return nullptr;
  return &keys[at];
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

// How one character comes after another; nothing when they are no neighbours.
using Step = std::optional<std::pair<int, int>>;

Step step_in_order(char a, char b) {
  const bool same_kind = (is_digit(a) && is_digit(b)) || (is_letter(a) && is_letter(b));
  if (a == b || (same_kind && std::abs(a - b) == 1)) return std::pair(0, b - a);
  return std::nullopt;
}

Step step_on_keys(char a, char b) {
  const Key* from = key_of(a);
  const Key* to = key_of(b);
  if (from == nullptr || to == nullptr) return std::nullopt;
  const auto down = to->row - from->row;
  const auto across = to->column - from->column;
  if (std::abs(down) > 1 || std::abs(across) > 1) return std::nullopt;
  return std::pair(down, across);
}

// How many characters go on in the same steps, or (period 2) in the same two in turn: "q1w2e3".
template <class StepOf>
std::size_t run_of(std::string_view text, StepOf step_of, std::size_t period) {
  std::size_t size = 1;
  for (; size < text.size(); ++size) {
    const auto step = step_of(text[size - 1], text[size]);
    if (!step) break;
    if (size > period && step != step_of(text[size - 1 - period], text[size - period])) break;
  }
  return size;
}

// Digits and signs that stand for letters they look like.
bool stands_for(char c, char letter) {
  switch (c) {
    case '0':
      return letter == 'o';
    case '1':
      return letter == 'i' || letter == 'l';
    case '!':
      return letter == 'i';
    case '3':
      return letter == 'e';
    case '4':
    case '@':
      return letter == 'a';
    case '5':
    case '$':
      return letter == 's';
    case '7':
      return letter == 't';
    default:
      return c == letter;
  }
}

bool begins_with(std::string_view text, std::string_view word) {
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(),
                    [](char letter, char c) { return c == letter || stands_for(c, letter); });
}

bool begins_with_year(std::string_view text) {
  return text.size() >= 4 && (text.starts_with("19") || text.starts_with("20")) &&
         is_digit(text[2]) && is_digit(text[3]);
}

std::size_t pieces_of(std::string_view text, std::span<const std::string> own_words) {
  std::vector<std::size_t> fewest(text.size() + 1, std::numeric_limits<std::size_t>::max());
  fewest[0] = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto rest = text.substr(at);
    const auto take = [&](std::size_t size) {
      fewest[at + size] = std::min(fewest[at + size], fewest[at] + 1);
    };
    take(1);
    const auto take_runs = [&](auto step_of) {
      const auto straight = run_of(rest, step_of, 1);
      for (std::size_t size = kLeastRun; size <= straight; ++size) take(size);
      const auto in_turn = run_of(rest, step_of, 2);
      for (std::size_t size = kLeastTurns; size <= in_turn; ++size) take(size);
    };
    take_runs(step_in_order);
    take_runs(step_on_keys);
    for (const auto word : kWords) {
      if (begins_with(rest, word)) take(word.size());
    }
    for (const auto& word : own_words) {
      if (begins_with(rest, word)) take(word.size());
    }
    if (begins_with_year(rest)) take(4);
  }
  return fewest.back();
}

// What is repeated, with or without one character between: "hunter hunter" is "hunter " and a part
// of it. All of the text when nothing is.
std::string_view repeated_part(std::string_view text) {
  for (std::size_t size = 1; size <= (text.size() + 1) / 2; ++size) {
    if (text.substr(size) == text.substr(0, text.size() - size)) return text.substr(0, size);
  }
  return text;
}

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : to_lower(text) + ' ') {
    if (is_letter(c) || is_digit(c)) {
      word += c;
      continue;
    }
    if (word.size() >= kLeastWord) words.push_back(word);
    word.clear();
  }
  return words;
}

std::size_t utf8_characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

bool is_guessable(std::string_view password, std::span<const std::string> own_words) {
  const auto lower = to_lower(password);
  const auto part = repeated_part(lower);
  if (part.size() < lower.size() && utf8_characters(part) < kLeastCharacters) return true;
  if (part.size() <= kEnoughDigits && std::all_of(part.begin(), part.end(), is_digit)) return true;
  return pieces_of(part, own_words) < kLeastPieces;
}

}  // namespace monitron::auth
