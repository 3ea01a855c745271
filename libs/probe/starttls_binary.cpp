// The way to TLS of protocols that speak in bytes: LDAP (RFC 4511 §4.14), PostgreSQL (SSLRequest),
// MySQL (SSL request packet).

#include "probe/starttls.hpp"

#include <optional>

namespace monitron::probe {

namespace {

using namespace std::string_view_literals;

StartTls::Step refuse(std::string why) { return {{}, false, "the server " + std::move(why)}; }

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

// One element of BER at the head of `bytes`: its tag and content. Lengths beyond two bytes are
// none that such an answer has.
struct Element {
  std::uint8_t tag = 0;
  std::string_view content;
  std::size_t size = 0;  // with tag and length
};
enum class Reading { whole, partial, bad };

Reading read_element(std::string_view bytes, Element& element) {
  if (bytes.size() < 2) return Reading::partial;
  std::size_t length = byte_at(bytes, 1);
  std::size_t head = 2;
  if (length > 0x80) {
    const std::size_t more = length & 0x7fU;
    if (more > 2) return Reading::bad;
    if (bytes.size() < 2 + more) return Reading::partial;
    length = byte_at(bytes, 2);
    if (more == 2) length = length << 8U | byte_at(bytes, 3);
    head += more;
  } else if (length == 0x80) {
    return Reading::bad;
  }
  if (bytes.size() - head < length) return Reading::partial;
  element = {byte_at(bytes, 0), bytes.substr(head, length), head + length};
  return Reading::whole;
}

class LdapStartTls : public StartTls {
 public:
  Step begin() override {
    // LDAPMessage 1: extended request with the name of StartTLS.
    return {std::string("\x30\x1d\x02\x01\x01\x77\x18\x80\x16"sv) + "1.3.6.1.4.1.1466.20037",
            false,
            {}};
  }

  Step take(std::string_view bytes) override {
    heard_ += bytes;
    if (!heard_.empty() && heard_[0] != 0x30) return refuse("does not speak LDAP");
    Element message;
    const Reading reading = read_element(heard_, message);
    if (reading == Reading::partial) return {};
    if (reading == Reading::bad) return refuse("does not speak LDAP");
    if (message.size != heard_.size()) return refuse("speaks on before TLS");
    const auto code = result_code(message.content);
    if (!code) return refuse("does not speak LDAP");
    if (*code != 0) return refuse("refuses StartTLS with LDAP result " + std::to_string(*code));
    return {{}, true, {}};
  }

  Step leave() override {  // unbind
    return {std::string("\x30\x05\x02\x01\x02\x42\x00"sv), true, {}};
  }

 private:
  // messageID, then extendedResp whose first element is the result.
  static std::optional<int> result_code(std::string_view content) {
    Element id;
    Element response;
    Element result;
    if (read_element(content, id) != Reading::whole || id.tag != 0x02) return {};
    content.remove_prefix(id.size);
    if (read_element(content, response) != Reading::whole || response.tag != 0x78) return {};
    if (read_element(response.content, result) != Reading::whole || result.tag != 0x0a) return {};
    if (result.content.size() != 1) return {};
    return byte_at(result.content, 0);
  }

  std::string heard_;
};

class PostgresqlStartTls : public StartTls {
 public:
  Step begin() override { return {std::string("\0\0\0\x08\x04\xd2\x16\x2f"sv), false, {}}; }

  Step take(std::string_view bytes) override {
    if (bytes.empty()) return {};
    if (bytes.size() > 1) return refuse("speaks on before TLS");
    if (bytes[0] == 'N') return refuse("does not offer TLS");
    if (bytes[0] != 'S') return refuse("does not speak PostgreSQL");
    return {{}, true, {}};
  }
};

// A server counts visits that break off and in the end blocks where they come from, so this one is
// finished: with a login that fails.
class MysqlStartTls : public StartTls {
 public:
  Step begin() override { return {}; }

  Step take(std::string_view bytes) override {
    heard_ += bytes;
    std::string_view packet = heard_;
    if (!next_packet(packet)) return heard_.size() > kMost ? not_mysql() : Step{};
    if (heard_.size() != packet.size() + kHead) return refuse("speaks on before TLS");
    if (!packet.empty() && byte_at(packet, 0) == 0xff)
      return refuse("refuses: " + error_of(packet));
    if (packet.empty() || byte_at(packet, 0) != 10) return not_mysql();
    // Version, NUL, thread id, eight bytes of salt and a NUL, then what it can do.
    const auto version = packet.find('\0', 1);
    if (version == std::string_view::npos || packet.size() < version + 16) return not_mysql();
    const unsigned low = byte_at(packet, version + 14);
    const unsigned high = byte_at(packet, version + 15);
    if (((high << 8U | low) & 0x0800U) == 0) return refuse("does not offer TLS");
    heard_.clear();
    return {std::string("\x20\0\0\x01"sv) + capabilities(), true, {}};
  }

  Step leave() override {
    const auto login = capabilities() + std::string("monitron\0\0mysql_native_password\0"sv);
    return {frame(login, 2), false, {}};
  }

  Step take_leave(std::string_view bytes) override {
    heard_ += bytes;
    std::string_view packet = heard_;
    if (!next_packet(packet)) return {{}, heard_.size() > kMost, {}};
    // 0xfe: try another way; any other answer is the end of the login.
    if (packet.empty() || byte_at(packet, 0) != 0xfe || ++switches_ > 3) return {{}, true, {}};
    const auto sequence = static_cast<std::uint8_t>(byte_at(heard_, 3) + 1);
    heard_.clear();
    return {frame("", sequence), false, {}};
  }

 private:
  static constexpr std::size_t kHead = 4;
  static constexpr std::size_t kMost = 4096;

  static Step not_mysql() { return refuse("does not speak MySQL"); }

  // Cuts `bytes` to the content of the first packet; false when it is not whole.
  static bool next_packet(std::string_view& bytes) {
    if (bytes.size() < kHead) return false;
    const std::size_t length =
        byte_at(bytes, 0) | byte_at(bytes, 1) << 8U | byte_at(bytes, 2) << 16U;
    if (bytes.size() - kHead < length) return false;
    bytes = bytes.substr(kHead, length);
    return true;
  }

  static std::string error_of(std::string_view packet) {
    const auto text = packet.size() > 3 ? packet.substr(3) : std::string_view();
    return std::string(text.substr(0, 200));
  }

  static std::string frame(std::string_view content, std::uint8_t sequence) {
    std::string packet{static_cast<char>(content.size()), 0, 0, static_cast<char>(sequence)};
    return packet += content;
  }

  // 4.1 protocol, TLS, secure connection, plugins; packets up to 16 MiB; utf8; 23 zeros.
  static std::string capabilities() {
    std::string text("\x00\x8a\x08\x00\x00\x00\x00\x01\x21"sv);
    return text.append(23, '\0');
  }

  std::string heard_;
  int switches_ = 0;
};

}  // namespace

std::unique_ptr<StartTls> ldap_starttls() { return std::make_unique<LdapStartTls>(); }
std::unique_ptr<StartTls> postgresql_starttls() { return std::make_unique<PostgresqlStartTls>(); }
std::unique_ptr<StartTls> mysql_starttls() { return std::make_unique<MysqlStartTls>(); }

}  // namespace monitron::probe
