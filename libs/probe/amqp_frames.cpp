#include "probe/amqp_frames.hpp"

namespace monitron::probe::amqp {

namespace {

constexpr std::uint16_t kConnection = 10;
constexpr char kFrameEnd = '\xce';

std::string frame(Method method, std::string_view arguments) {
  std::string out("\x01\0\0", 3);
  append_big(out, static_cast<std::uint32_t>(arguments.size() + 4));
  append_big(out, kConnection);
  append_big(out, static_cast<std::uint16_t>(method));
  return out.append(arguments) + kFrameEnd;
}

void append_short(std::string& out, std::string_view text) {
  out += static_cast<char>(text.size());
  out += text;
}

void append_long(std::string& out, std::string_view text) {
  append_big(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

std::string_view read_short(ByteReader& reader) { return reader.bytes(reader.big<std::uint8_t>()); }
std::string_view read_long(ByteReader& reader) { return reader.bytes(reader.big<std::uint32_t>()); }

// Bytes of a value of a table; for those whose length they tell themselves: 0.
std::optional<std::size_t> width_of(char type) {
  switch (type) {
    case 't':
    case 'b':
    case 'B':
      return 1;
    case 's':
    case 'u':
    case 'U':
      return 2;
    case 'I':
    case 'i':
    case 'f':
      return 4;
    case 'D':
      return 5;
    case 'l':
    case 'L':
    case 'd':
    case 'T':
      return 8;
    case 'V':
      return 0;
    default:
      return std::nullopt;
  }
}

std::map<std::string, std::string> texts_of_table(std::string_view table) {
  std::map<std::string, std::string> texts;
  ByteReader reader(table);
  while (reader.good() && reader.left() > 0 && texts.size() < 50) {
    const auto name = read_short(reader);
    const char type = reader.big<char>();
    if (type == 'S' || type == 'x' || type == 'F' || type == 'A') {
      const auto value = read_long(reader);
      if (type == 'S' && reader.good()) texts[std::string(name)] = value;
    } else if (const auto width = width_of(type)) {
      reader.skip(*width);
    } else {
      break;
    }
  }
  return texts;
}

}  // namespace

std::string protocol_header() { return {"AMQP\0\0\x09\x01", 8}; }

Frame read_frame(std::string_view bytes) {
  if (bytes.size() < 7) return {};
  ByteReader reader(bytes);
  const auto type = reader.big<std::uint8_t>();
  reader.skip(2);  // channel
  const auto length = reader.big<std::uint32_t>();
  if ((type < 1 || type > 3) && type != 8) return {.state = Framing::broken};
  if (length > kFrameBytes) return {.state = Framing::broken};
  if (reader.left() < std::size_t{1} + length) return {};
  const auto payload = reader.bytes(length);
  if (reader.big<char>() != kFrameEnd) return {.state = Framing::broken};
  return {Framing::whole, std::size_t{8} + length, type, payload};
}

Method read_method(ByteReader& reader) {
  const auto of_class = reader.big<std::uint16_t>();
  const auto method = reader.big<std::uint16_t>();
  return of_class == kConnection && reader.good() ? static_cast<Method>(method) : Method::none;
}

std::optional<Start> read_start(ByteReader& reader) {
  const auto version = reader.big<std::uint16_t>();
  const auto table = read_long(reader);
  const auto mechanisms = read_long(reader);
  if (!reader.good() || version != 9) return std::nullopt;
  return Start{std::string(mechanisms), texts_of_table(table)};
}

std::optional<Tune> read_tune(ByteReader& reader) {
  Tune tune;
  tune.channels = reader.big<std::uint16_t>();
  tune.frame_bytes = reader.big<std::uint32_t>();
  reader.skip(2);  // heartbeat
  if (!reader.good()) return std::nullopt;
  return tune;
}

std::optional<Close> read_close(ByteReader& reader) {
  Close close;
  close.code = reader.big<std::uint16_t>();
  close.text = read_short(reader);
  if (!reader.good()) return std::nullopt;
  return close;
}

std::string start_ok(std::string_view user, std::string_view password) {
  // So that a wrong password is told instead of a closed connection.
  std::string capabilities;
  append_short(capabilities, "authentication_failure_close");
  capabilities += "t\x01";
  std::string table;
  append_short(table, "product");
  table += 'S';
  append_long(table, "Monitron");
  append_short(table, "capabilities");
  table += 'F';
  append_long(table, capabilities);
  std::string arguments;
  append_long(arguments, table);
  append_short(arguments, "PLAIN");
  append_long(arguments, '\0' + std::string(user) + '\0' + std::string(password));
  append_short(arguments, "en_US");
  return frame(Method::start_ok, arguments);
}

std::string tune_ok(const Tune& tune) {
  std::string arguments;
  append_big(arguments, tune.channels);
  append_big(arguments, tune.frame_bytes);
  append_big(arguments, std::uint16_t{0});  // no heartbeat: we do not stay
  return frame(Method::tune_ok, arguments);
}

std::string open(std::string_view vhost) {
  std::string arguments;
  append_short(arguments, vhost.substr(0, 255));
  return frame(Method::open, arguments + std::string(2, '\0'));
}

std::string close() {
  std::string arguments;
  append_big(arguments, std::uint16_t{200});
  append_short(arguments, "checked");
  return frame(Method::close, arguments + std::string(4, '\0'));
}

std::string close_ok() { return frame(Method::close_ok, ""); }

}  // namespace monitron::probe::amqp
