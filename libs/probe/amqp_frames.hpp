#pragma once
// Frames and methods of AMQP 0-9-1, as far as a check needs them. Pure; any bytes may come in.
// https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf

#include "probe/byte_reader.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace monitron::probe::amqp {

inline constexpr std::size_t kFrameBytes = 1 << 20;

std::string protocol_header();

enum class Type : std::uint8_t { method = 1, heartbeat = 8 };

struct Frame {
  Framing state = Framing::more;
  std::size_t size = 0;
  std::uint8_t type = 0;
  std::string_view payload{};
};
Frame read_frame(std::string_view bytes);

// Methods of the class Connection.
enum class Method : std::uint16_t {
  none = 0,
  start = 10,
  start_ok = 11,
  secure = 20,
  tune = 30,
  tune_ok = 31,
  open = 40,
  open_ok = 41,
  close = 50,
  close_ok = 51
};
// `none` for those of other classes. The reader stands behind it.
Method read_method(ByteReader& reader);

struct Start {
  std::string mechanisms;                     // words
  std::map<std::string, std::string> server;  // texts of its properties
};
std::optional<Start> read_start(ByteReader& reader);

struct Tune {
  std::uint16_t channels = 0;
  std::uint32_t frame_bytes = 0;
};
std::optional<Tune> read_tune(ByteReader& reader);

struct Close {
  std::uint16_t code = 0;
  std::string text;
};
std::optional<Close> read_close(ByteReader& reader);

std::string start_ok(std::string_view user, std::string_view password);
std::string tune_ok(const Tune& tune);
std::string open(std::string_view vhost);
std::string close();
std::string close_ok();

}  // namespace monitron::probe::amqp
