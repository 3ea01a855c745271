#include "base/csv.hpp"

#include <string_view>

namespace monitron {
namespace {

// What spreadsheets take for a formula begins so, also after blanks and in the wide forms of
// East Asian keyboards.
bool is_formula(std::string_view text) {
  const auto start = text.find_first_not_of(' ');
  if (start == std::string_view::npos) return false;
  text.remove_prefix(start);
  if (std::string_view("=+-@\t\r\n|%").find(text[0]) != std::string_view::npos) return true;
  for (const std::string_view wide : {"＝", "＋", "－", "＠"}) {
    if (text.substr(0, wide.size()) == wide) return true;
  }
  return false;
}

std::string cell(std::string text) {
  if (is_formula(text)) text.insert(text.begin(), '\'');
  // Also what other separators than ours would cut into cells.
  if (text.find_first_of(",;\t\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace

std::string csv_line(const std::vector<std::string>& cells) {
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i) text += (i == 0 ? "" : ",") + cell(cells[i]);
  return text + "\r\n";
}

}  // namespace monitron
