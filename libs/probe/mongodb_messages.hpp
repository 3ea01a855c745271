#pragma once
// OP_MSG of MongoDB and the BSON in it, as far as a check needs them. Pure; any bytes may come in.
// https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/ and https://bsonspec.org

#include "probe/byte_reader.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace monitron::probe::mongodb {

inline constexpr std::size_t kMessageBytes = 1 << 20;

// A command: its name and members in order, and the database that it is for.
class Command {
 public:
  explicit Command(std::string_view name) { add(name, 1); }
  Command& add(std::string_view name, std::int32_t number);
  Command& add(std::string_view name, std::string_view text);
  Command& add_bytes(std::string_view name, std::string_view bytes);
  std::string message(std::int32_t id, std::string_view database);  // once

 private:
  void begin(char type, std::string_view name);

  std::string members_;
};

struct Reply {
  Framing state = Framing::more;
  std::size_t size = 0;
  std::int32_t answers = 0;  // the id of what was asked
  std::string_view document{};
};
Reply read_reply(std::string_view bytes);

// A member of a document: numbers and booleans as numbers, texts and bytes, and of others the name
// alone.
struct Field {
  std::string_view name;
  std::optional<double> number;
  std::optional<std::string_view> text;
};
// Nothing when it is no document, or one of more than some hundred members.
std::optional<std::vector<Field>> read_document(std::string_view bytes);

double number_of(const std::vector<Field>& fields, std::string_view name);  // 0: not there
std::string_view text_of(const std::vector<Field>& fields, std::string_view name);

}  // namespace monitron::probe::mongodb
