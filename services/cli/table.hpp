#pragma once
// Rows as aligned text for a terminal.

#include <string>
#include <vector>

namespace monitron::cli {

class Table {
 public:
  explicit Table(std::vector<std::string> titles);
  void add(std::vector<std::string> row);
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// Control characters become '?': what others named must not steer the terminal.
std::string printable(std::string_view text);

}  // namespace monitron::cli
