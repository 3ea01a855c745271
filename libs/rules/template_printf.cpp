// printf as Go has it (https://pkg.go.dev/fmt), as far as templates may use it.

#include "promql/quote.hpp"
#include "rules/template_functions.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace monitron::rules {
namespace {

bool is_start_of_letter(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

std::size_t letters_of(std::string_view text) {
  std::size_t count = 0;
  for (const char byte : text) count += is_start_of_letter(byte) ? 1 : 0;
  return count;
}

std::string_view first_letters(std::string_view text, int count) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_start_of_letter(text[at]) && count-- == 0) return text.substr(0, at);
  }
  return text;
}

std::string padded(std::string text, const Verb& verb) {
  const auto width = static_cast<std::size_t>(verb.width);
  const auto letters = letters_of(text);
  if (letters >= width) return text;
  const std::string room(width - letters, ' ');
  return verb.minus ? text + room : room + text;
}

// The fewest digits that read back the same; with an exponent from a million on, as Go's %g.
std::string shortest(double value) {
  char text[400];
  const auto write = [&](std::chars_format format) {
    return std::string(text, std::to_chars(text, text + sizeof text, value, format).ptr);
  };
  auto scientific = write(std::chars_format::scientific);
  const auto exponent = std::stoi(scientific.substr(scientific.find('e') + 1));
  return exponent < -4 || exponent >= 6 ? scientific : write(std::chars_format::fixed);
}

std::chars_format format_of(char letter) {
  if (letter == 'e' || letter == 'E') return std::chars_format::scientific;
  return letter == 'f' || letter == 'F' ? std::chars_format::fixed : std::chars_format::general;
}

std::string digits_of(const Verb& verb, double value) {
  const bool general = std::string_view("gGv").find(verb.letter) != std::string_view::npos;
  std::string digits;
  if (general && verb.precision < 0) {
    digits = shortest(value);
  } else {
    char text[600];
    const int precision = verb.precision < 0 ? 6 : verb.precision;
    digits.assign(
        text,
        std::to_chars(text, text + sizeof text, value, format_of(verb.letter), precision).ptr);
  }
  if (verb.letter == 'E' || verb.letter == 'G')
    std::replace(digits.begin(), digits.end(), 'e', 'E');
  return digits;
}

std::string number_text(const Verb& verb, double value) {
  const bool finite = std::isfinite(value);
  std::string sign = std::signbit(value) && !std::isnan(value) ? "-" : "";
  if (sign.empty() && verb.plus) sign = "+";
  if (sign.empty() && verb.space) sign = " ";
  if (sign.empty() && std::isinf(value)) sign = "+";
  std::string digits = std::isnan(value) ? "NaN" : "Inf";
  if (finite) digits = digits_of(verb, std::abs(value));
  const auto width = static_cast<std::size_t>(verb.width);
  const auto size = sign.size() + digits.size();
  if (finite && verb.zero && !verb.minus && size < width) digits.insert(0, width - size, '0');
  return padded(sign + digits, verb);
}

int read_number(std::string_view& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) number = kMaxWidth + 1;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

void read_flags(std::string_view& text, Verb& verb) {
  for (; !text.empty(); text.remove_prefix(1)) {
    switch (text.front()) {
      case '-':
        verb.minus = true;
        break;
      case '+':
        verb.plus = true;
        break;
      case ' ':
        verb.space = true;
        break;
      case '0':
        verb.zero = true;
        break;
      default:
        return;
    }
  }
}

bool begins_with_digit(std::string_view text) {
  return !text.empty() && text.front() >= '0' && text.front() <= '9';
}

}  // namespace

Result<Verb> read_verb(std::string_view& format) {
  const auto whole = format;
  format.remove_prefix(1);
  Verb verb;
  read_flags(format, verb);
  if (begins_with_digit(format)) verb.width = read_number(format);
  if (format.starts_with('.')) {
    format.remove_prefix(1);
    verb.precision = begins_with_digit(format) ? read_number(format) : 0;
  }
  if (verb.width > kMaxWidth || verb.precision > kMaxWidth) {
    return fail(Fault::invalid, "widths and precisions end at " + std::to_string(kMaxWidth));
  }
  if (format.empty()) return fail(Fault::invalid, "the format ends within a verb");
  verb.letter = format.front();
  format.remove_prefix(1);
  const auto text = std::string(whole.substr(0, whole.size() - format.size()));
  const bool known = verb.letter == '%' ? text == "%%" : is_for_numbers(verb) || is_for_texts(verb);
  if (!known) return fail(Fault::invalid, "the verb \"" + text + "\" is not known");
  return verb;
}

bool is_for_numbers(const Verb& verb) {
  return std::string_view("eEfFgGv").find(verb.letter) != std::string_view::npos;
}

bool is_for_texts(const Verb& verb) {
  return std::string_view("sqv").find(verb.letter) != std::string_view::npos && !verb.zero &&
         !verb.plus && !verb.space;
}

std::string print(const Verb& verb, const Filled& argument) {
  if (const auto* number = std::get_if<double>(&argument)) return number_text(verb, *number);
  std::string_view text = std::get<std::string>(argument);
  if (verb.precision >= 0) text = first_letters(text, verb.precision);
  return padded(verb.letter == 'q' ? promql::quote(text) : std::string(text), verb);
}

std::string print(std::string_view format, std::span<const Filled> arguments) {
  std::string out;
  while (!format.empty()) {
    const auto plain = std::min(format.find('%'), format.size());
    out += format.substr(0, plain);
    format.remove_prefix(plain);
    if (format.empty()) break;
    const auto verb = read_verb(format);
    if (!verb) break;  // it was read before
    if (verb->letter == '%') {
      out += '%';
    } else if (!arguments.empty()) {
      out += print(*verb, arguments.front());
      arguments = arguments.subspan(1);
    }
  }
  return out;
}

}  // namespace monitron::rules
