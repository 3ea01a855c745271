#pragma once
// Packets of the protocol of MySQL and MariaDB, as far as a check needs them. Pure; any bytes may
// come in. https://mariadb.com/kb/en/clientserver-protocol/

#include "probe/byte_reader.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace monitron::probe::mysql {

inline constexpr std::size_t kPacketBytes = 1 << 20;

// Capabilities.
inline constexpr std::uint32_t kLongPassword = 0x1;
inline constexpr std::uint32_t kConnectWithDatabase = 0x8;
inline constexpr std::uint32_t kProtocol41 = 0x200;
inline constexpr std::uint32_t kTls = 0x800;
inline constexpr std::uint32_t kTransactions = 0x2000;
inline constexpr std::uint32_t kSecureConnection = 0x8000;
inline constexpr std::uint32_t kPluginAuth = 0x80000;

struct Packet {
  Framing state = Framing::more;
  std::size_t size = 0;
  std::uint8_t sequence = 0;
  std::string_view payload{};
};
Packet read_packet(std::string_view bytes);
std::string packet(std::uint8_t sequence, std::string_view payload);

struct Greeting {
  std::string version;
  std::string nonce;  // 20 bytes; 8 of very old servers
  std::uint32_t capabilities = 0;
  std::string plugin;
};
std::optional<Greeting> read_greeting(std::string_view payload);  // protocol 10

struct Complaint {
  std::uint16_t code = 0;
  std::string text;
};
bool is_complaint(std::string_view payload);
Complaint read_complaint(std::string_view payload);

struct Login {
  std::uint32_t capabilities = 0;
  std::string user;
  std::string proof;
  std::string database;  // when capabilities name it
  std::string plugin;
};
std::string tls_request(std::uint32_t capabilities);
std::string login(const Login& login);

// What the server asks next of somebody who logs in.
struct PluginSwitch {
  std::string plugin;
  std::string nonce;
};
std::optional<PluginSwitch> read_plugin_switch(std::string_view payload);

// Empty for an empty password.
std::string native_proof(std::string_view password, std::string_view nonce);
std::string sha2_proof(std::string_view password, std::string_view nonce);

// A number of 1 to 9 bytes. Nothing: NULL, or not good().
std::optional<std::uint64_t> read_number(ByteReader& reader);
// The first column of a row; the outer one is empty when it is no row, the inner for NULL.
std::optional<std::optional<std::string_view>> first_column(std::string_view payload);
bool is_end_of_rows(std::string_view payload);

}  // namespace monitron::probe::mysql
