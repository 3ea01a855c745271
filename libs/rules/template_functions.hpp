#pragma once
// What templates do with numbers and texts. Private to this room. Pure.

#include "base/result.hpp"

#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace monitron::rules {

using Filled = std::variant<std::string, double>;

// As Go prints it: "%v".
std::string text_of(const Filled& filled);

bool is_function(std::string_view name);
// Whether what it takes may be a number; otherwise it is text.
bool takes_numbers(std::string_view name);
Filled call(std::string_view name, const Filled& argument);

// A verb of a format, with its flags: "%-8.2f".
struct Verb {
  char letter = '%';
  bool minus = false, plus = false, space = false, zero = false;
  int width = 0;
  int precision = -1;  // none
};
inline constexpr int kMaxWidth = 100;

// Reads the verb that `format` begins with, and removes it. Fault: invalid.
Result<Verb> read_verb(std::string_view& format);
bool is_for_numbers(const Verb& verb);
bool is_for_texts(const Verb& verb);
std::string print(const Verb& verb, const Filled& argument);
// Of a format that was read before, with one argument for each verb but %%.
std::string print(std::string_view format, std::span<const Filled> arguments);

}  // namespace monitron::rules
