// What rrule says of rules from elsewhere: reads lines of zone, start, rule, from and to (seconds),
// with tabs between; writes the occurrences in [from, to) of each, or why there is none.

#include "domain/rrule.hpp"

#include <iostream>

namespace {

using namespace monitron;

Instant at(const std::string& seconds) {
  return Instant(std::chrono::seconds(std::stoll(seconds)));
}

void list(const domain::RRule& rule, Instant from, Instant to) {
  std::vector<Instant> found;
  for (auto next = rule.next(from); next && *next < to && found.size() < 3000;
       next = rule.next(*next + std::chrono::milliseconds(1))) {
    found.push_back(*next);
  }
  for (std::size_t i = 0; i < found.size(); ++i) {
    std::cout << (i == 0 ? "" : " ") << to_ms(found[i]) / 1000;
    // Each is the latest one until the next, also for who looks back.
    const auto end = i + 1 < found.size() ? found[i + 1] : to;
    if (rule.latest(from, end - std::chrono::milliseconds(1)) != found[i]) std::cout << "!";
  }
  if (found.empty() && rule.latest(from, to - std::chrono::milliseconds(1))) std::cout << "!";
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    std::vector<std::string> words;
    for (std::size_t begin = 0, tab = 0; tab != std::string::npos; begin = tab + 1) {
      tab = line.find('\t', begin);
      words.push_back(line.substr(begin, tab - begin));
    }
    const auto rule = domain::RRule::parse(words.at(2), words.at(1), words.at(0));
    if (rule) {
      list(*rule, at(words.at(3)), at(words.at(4)));
    } else {
      std::cout << rule.error().text;
    }
    std::cout << "\n";
  }
}
