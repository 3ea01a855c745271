#include "probe/mongodb_messages.hpp"

#include <algorithm>
#include <bit>

namespace monitron::probe::mongodb {

using namespace std::string_literals;

namespace {

constexpr std::int32_t kOpMsg = 2013;
constexpr std::size_t kMostFields = 256;

std::string_view read_text(ByteReader& reader) {
  const auto size = reader.little<std::uint32_t>();
  const auto text = reader.bytes(size);
  return text.substr(0, std::max<std::size_t>(size, 1) - 1);  // without its NUL
}

// Passes over the value of a type that is of no use here; false for a type that there is not.
bool pass_over(ByteReader& reader, std::uint8_t type) {
  switch (type) {
    case 0x03:  // documents, arrays, code with its scope: their length counts itself
    case 0x04:
    case 0x0f: {
      const auto size = reader.little<std::uint32_t>();
      reader.skip(size < 4 ? SIZE_MAX : size - 4);
      return true;
    }
    case 0x07:
      reader.skip(12);
      return true;
    case 0x0b:
      reader.text(), reader.text();
      return true;
    case 0x0c:
      read_text(reader), reader.skip(12);
      return true;
    case 0x09:
    case 0x11:
      reader.skip(8);
      return true;
    case 0x13:
      reader.skip(16);
      return true;
    case 0x06:
    case 0x0a:
    case 0x7f:
    case 0xff:
      return true;
    default:
      return false;
  }
}

// False for a type that there is not.
bool read_value(ByteReader& reader, std::uint8_t type, Field& field) {
  switch (type) {
    case 0x01:
      field.number = std::bit_cast<double>(reader.little<std::uint64_t>());
      return true;
    case 0x02:
    case 0x0d:
    case 0x0e:
      field.text = read_text(reader);
      return true;
    case 0x05: {
      const auto size = reader.little<std::uint32_t>();
      reader.skip(1);  // of what kind
      field.text = reader.bytes(size);
      return true;
    }
    case 0x08:
      field.number = reader.little<std::uint8_t>();
      return true;
    case 0x10:
      field.number = reader.little<std::int32_t>();
      return true;
    case 0x12:
      field.number = static_cast<double>(reader.little<std::int64_t>());
      return true;
    default:
      return pass_over(reader, type);
  }
}

}  // namespace

void Command::begin(char type, std::string_view name) {
  members_ += type;
  members_ += name;
  members_ += '\0';
}

Command& Command::add(std::string_view name, std::int32_t number) {
  begin('\x10', name);
  append_little(members_, number);
  return *this;
}

Command& Command::add(std::string_view name, std::string_view text) {
  begin('\x02', name);
  append_little(members_, static_cast<std::uint32_t>(text.size() + 1));
  members_ += text;
  members_ += '\0';
  return *this;
}

Command& Command::add_bytes(std::string_view name, std::string_view bytes) {
  begin('\x05', name);
  append_little(members_, static_cast<std::uint32_t>(bytes.size()));
  members_ += '\0';  // of no particular kind
  members_ += bytes;
  return *this;
}

std::string Command::message(std::int32_t id, std::string_view database) {
  add("$db", database);
  std::string body(5, '\0');  // no flags; a section of one document
  append_little(body, static_cast<std::uint32_t>(members_.size() + 5));
  body += members_ + '\0';
  std::string out;
  append_little(out, static_cast<std::uint32_t>(body.size() + 16));
  append_little(out, id);
  append_little(out, std::int32_t{0});
  append_little(out, kOpMsg);
  return out + body;
}

Reply read_reply(std::string_view bytes) {
  if (bytes.size() < 16) return {};
  ByteReader reader(bytes);
  const auto length = reader.little<std::uint32_t>();
  reader.skip(4);
  const auto answers = reader.little<std::int32_t>();
  const auto operation = reader.little<std::int32_t>();
  constexpr std::uint32_t kLeast = 16 + 4 + 1 + 5;
  if (operation != kOpMsg || length < kLeast || length > kMessageBytes) {
    return {.state = Framing::broken};
  }
  if (bytes.size() < length) return {};
  reader = ByteReader(bytes.substr(20, length - 20));  // after the flags
  if (reader.little<std::uint8_t>() != 0) return {.state = Framing::broken};
  const auto rest = reader.rest();
  const auto size = ByteReader(rest).little<std::uint32_t>();  // a checksum may follow
  if (size < 5 || size > rest.size()) return {.state = Framing::broken};
  return {Framing::whole, length, answers, rest.substr(0, size)};
}

std::optional<std::vector<Field>> read_document(std::string_view bytes) {
  ByteReader reader(bytes);
  if (reader.little<std::uint32_t>() != bytes.size()) return std::nullopt;
  std::vector<Field> fields;
  for (;;) {
    const auto type = reader.little<std::uint8_t>();
    if (!reader.good() || fields.size() == kMostFields) return std::nullopt;
    if (type == 0) return fields;
    Field field;
    field.name = reader.text();
    if (!read_value(reader, type, field) || !reader.good()) return std::nullopt;
    fields.push_back(field);
  }
}

double number_of(const std::vector<Field>& fields, std::string_view name) {
  for (const auto& field : fields) {
    if (field.name == name) return field.number.value_or(0);
  }
  return 0;
}

std::string_view text_of(const std::vector<Field>& fields, std::string_view name) {
  for (const auto& field : fields) {
    if (field.name == name) return field.text.value_or("");
  }
  return {};
}

}  // namespace monitron::probe::mongodb
