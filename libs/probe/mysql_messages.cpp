#include "probe/mysql_messages.hpp"

#include <openssl/evp.h>

namespace monitron::probe::mysql {

namespace {

constexpr std::uint8_t kUtf8mb4 = 45;

std::string digest(const EVP_MD* how, const std::string& bytes) {
  std::string out(static_cast<std::size_t>(EVP_MD_get_size(how)), '\0');
  EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), nullptr, how,
             nullptr);
  return out;
}

// `key` goes around when it is shorter.
std::string exclusive_or(std::string bytes, std::string_view key) {
  for (std::size_t i = 0; !key.empty() && i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(bytes[i] ^ key[i % key.size()]);
  }
  return bytes;
}

std::string head_of_login(std::uint32_t capabilities) {
  std::string out;
  append_little(out, capabilities);
  append_little(out, static_cast<std::uint32_t>(kPacketBytes));
  append_little(out, kUtf8mb4);
  return out.append(23, '\0');
}

std::string_view without_nul(std::string_view text) { return text.substr(0, text.find('\0')); }

}  // namespace

Packet read_packet(std::string_view bytes) {
  if (bytes.size() < 4) return {};
  ByteReader reader(bytes);
  const auto length = reader.little<std::uint32_t>(3);
  const auto sequence = reader.little<std::uint8_t>();
  if (length > kPacketBytes) return {.state = Framing::broken};
  if (reader.left() < length) return {};
  return {Framing::whole, std::size_t{4} + length, sequence, reader.bytes(length)};
}

std::string packet(std::uint8_t sequence, std::string_view payload) {
  std::string out;
  append_little(out, static_cast<std::uint32_t>(payload.size()), 3);
  append_little(out, sequence);
  return out.append(payload);
}

std::optional<Greeting> read_greeting(std::string_view payload) {
  ByteReader reader(payload);
  if (reader.little<std::uint8_t>() != 10) return std::nullopt;
  Greeting greeting;
  greeting.version = reader.text();
  reader.skip(4);  // id of the connection
  greeting.nonce = reader.bytes(8);
  reader.skip(1);
  greeting.capabilities = reader.little<std::uint16_t>();
  if (!reader.good()) return std::nullopt;
  if (reader.left() == 0) return greeting;
  reader.skip(3);  // character set, status
  greeting.capabilities |= std::uint32_t{reader.little<std::uint16_t>()} << 16;
  const auto length = reader.little<std::uint8_t>();
  reader.skip(10);
  if (greeting.capabilities & kSecureConnection) {
    const std::size_t rest = std::max(13, length - 8);
    greeting.nonce += reader.bytes(std::min(rest, reader.left())).substr(0, 12);
  }
  if (!reader.good()) return std::nullopt;
  if (greeting.capabilities & kPluginAuth) greeting.plugin = without_nul(reader.rest());
  return greeting;
}

bool is_complaint(std::string_view payload) {
  return !payload.empty() && payload[0] == '\xff' && payload.size() >= 3;
}

Complaint read_complaint(std::string_view payload) {
  ByteReader reader(payload);
  reader.skip(1);
  Complaint complaint;
  complaint.code = reader.little<std::uint16_t>();
  auto text = reader.rest();
  if (text.size() >= 6 && text[0] == '#') text.remove_prefix(6);  // SQLSTATE
  complaint.text = text;
  return complaint;
}

std::string tls_request(std::uint32_t capabilities) { return head_of_login(capabilities); }

std::string login(const Login& login) {
  std::string out = head_of_login(login.capabilities);
  out.append(login.user).push_back('\0');
  append_little(out, static_cast<std::uint8_t>(login.proof.size()));
  out.append(login.proof);
  if (login.capabilities & kConnectWithDatabase) out.append(login.database).push_back('\0');
  if (login.capabilities & kPluginAuth) out.append(login.plugin).push_back('\0');
  return out;
}

std::optional<PluginSwitch> read_plugin_switch(std::string_view payload) {
  ByteReader reader(payload);
  if (reader.little<std::uint8_t>() != 0xfe) return std::nullopt;
  PluginSwitch wish;
  wish.plugin = reader.text();
  wish.nonce = reader.rest().substr(0, 20);
  if (!reader.good()) return std::nullopt;
  return wish;
}

std::string native_proof(std::string_view password, std::string_view nonce) {
  if (password.empty()) return {};
  const EVP_MD* sha1 = EVP_sha1();
  const std::string once = digest(sha1, std::string(password));
  return exclusive_or(once, digest(sha1, std::string(nonce) + digest(sha1, once)));
}

std::string sha2_proof(std::string_view password, std::string_view nonce) {
  if (password.empty()) return {};
  const EVP_MD* sha256 = EVP_sha256();
  const std::string once = digest(sha256, std::string(password));
  return exclusive_or(once, digest(sha256, digest(sha256, once) + std::string(nonce)));
}

std::optional<std::uint64_t> read_number(ByteReader& reader) {
  const auto first = reader.little<std::uint8_t>();
  if (first < 0xfb) return first;
  if (first == 0xfc) return reader.little<std::uint64_t>(2);
  if (first == 0xfd) return reader.little<std::uint64_t>(3);
  if (first == 0xfe) return reader.little<std::uint64_t>(8);
  return std::nullopt;
}

std::optional<std::optional<std::string_view>> first_column(std::string_view payload) {
  ByteReader reader(payload);
  if (!payload.empty() && payload[0] == '\xfb') return std::optional<std::string_view>();
  const auto size = read_number(reader);
  const auto value = reader.bytes(size.value_or(SIZE_MAX));
  if (!reader.good()) return std::nullopt;
  return std::optional<std::string_view>(value);
}

bool is_end_of_rows(std::string_view payload) {
  return !payload.empty() && payload[0] == '\xfe' && payload.size() < 9;
}

}  // namespace monitron::probe::mysql
