#include "script/order.hpp"

#include "base/text.hpp"

#include <cstring>
#include <optional>

namespace monitron::script {

namespace {

constexpr char kVersion = 1;
using Words = std::vector<std::string>;

// A version, then words with their lengths: nothing in a word can end it.
std::string join(const Words& words) {
  std::string datagram(1, kVersion);
  for (const auto& word : words) {
    const auto size = static_cast<std::uint32_t>(word.size());
    datagram.append(reinterpret_cast<const char*>(&size), sizeof(size));
    datagram += word;
  }
  return datagram;
}

std::optional<Words> split(std::string_view datagram) {
  if (datagram.empty() || datagram.front() != kVersion) return std::nullopt;
  datagram.remove_prefix(1);
  Words words;
  while (!datagram.empty()) {
    std::uint32_t size = 0;
    if (datagram.size() < sizeof(size)) return std::nullopt;
    std::memcpy(&size, datagram.data(), sizeof(size));
    datagram.remove_prefix(sizeof(size));
    if (datagram.size() < size) return std::nullopt;
    words.emplace_back(datagram.substr(0, size));
    datagram.remove_prefix(size);
  }
  return words;
}

template <class Number>
bool read(const std::string& word, Number& number) {
  const auto value = parse_number<Number>(word);
  if (value) number = *value;
  return value.has_value();
}

std::optional<Order> order_of(const Words& words) {
  Order order;
  std::int64_t timeout = 0;
  std::size_t arguments = 0;
  if (words.size() < 6 || !read(words[1], order.id) || !read(words[2], timeout) ||
      !read(words[5], arguments) || timeout < 1 || arguments > words.size() - 6) {
    return std::nullopt;
  }
  // A NUL would hide what comes after it, but for the input.
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i != 4 && words[i].find('\0') != std::string::npos) return std::nullopt;
  }
  order.input = words[4];
  order.timeout = std::chrono::milliseconds(timeout);
  order.command = words[3];
  const auto first = words.begin() + 6;
  const auto last = first + static_cast<std::ptrdiff_t>(arguments);
  order.arguments.assign(first, last);
  order.environment.assign(last, words.end());
  return order;
}

std::optional<Ending> ending_of(const Words& words) {
  Ending ending;
  int how = 0;
  int cut = 0;
  std::int64_t took = 0;
  if (words.size() != 9 || !read(words[8], took) || !read(words[1], ending.id) ||
      !read(words[2], how) || !read(words[3], ending.code) || !read(words[5], cut) || how < 0 ||
      how > static_cast<int>(Ending::How::lost)) {
    return std::nullopt;
  }
  ending.how = static_cast<Ending::How>(how);
  ending.output = words[4];
  ending.cut = cut != 0;
  ending.complaint = words[6];
  ending.problem = words[7];
  ending.took = std::chrono::microseconds(took);
  return ending;
}

}  // namespace

std::string encode(const Order& order) {
  Words words{"order",
              std::to_string(order.id),
              std::to_string(order.timeout.count()),
              order.command,
              order.input,
              std::to_string(order.arguments.size())};
  words.insert(words.end(), order.arguments.begin(), order.arguments.end());
  words.insert(words.end(), order.environment.begin(), order.environment.end());
  return join(words);
}

std::string encode(const Stop& stop) { return join({"stop", std::to_string(stop.id)}); }

std::string encode(const Started& started) {
  return join({"started", std::to_string(started.id), std::to_string(started.pid)});
}

std::string encode(const Ending& ending) {
  return join({"ending", std::to_string(ending.id), std::to_string(static_cast<int>(ending.how)),
               std::to_string(ending.code), ending.output, ending.cut ? "1" : "0", ending.complaint,
               ending.problem, std::to_string(ending.took.count())});
}

Result<Message> decode(std::string_view datagram) {
  const auto words = split(datagram);
  const std::string kind = words && !words->empty() ? words->front() : "";
  if (kind == "order") {
    if (auto order = order_of(*words)) return Message(std::move(*order));
  } else if (kind == "ending") {
    if (auto ending = ending_of(*words)) return Message(std::move(*ending));
  } else if (kind == "stop") {
    Stop stop;
    if (words->size() == 2 && read((*words)[1], stop.id)) return Message(stop);
  } else if (kind == "started") {
    Started started;
    if (words->size() == 3 && read((*words)[1], started.id) && read((*words)[2], started.pid)) {
      return Message(started);
    }
  }
  return fail(Fault::invalid, "not a message of this spawner's version");
}

}  // namespace monitron::script
