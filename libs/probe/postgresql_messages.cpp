#include "probe/postgresql_messages.hpp"

#include "base/bytes.hpp"

#include <array>
#include <openssl/evp.h>

namespace monitron::probe::postgresql {

namespace {

std::string with_length(std::string_view body) {
  std::string text;
  append_big(text, static_cast<std::uint32_t>(body.size() + 4));
  return text.append(body);
}

void append_text(std::string& out, std::string_view text) { out.append(text).push_back('\0'); }

std::string md5_hex(const std::string& bytes) {
  std::array<char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &size,
             EVP_md5(), nullptr);
  return to_hex({digest.data(), size});
}

}  // namespace

std::string ssl_request() { return {"\0\0\0\x08\x04\xd2\x16\x2f", 8}; }

std::string startup(const std::vector<std::pair<std::string, std::string>>& parameters) {
  std::string body("\0\x03\0\0", 4);
  for (const auto& [name, value] : parameters) {
    append_text(body, name);
    append_text(body, value);
  }
  return with_length(body + '\0');
}

std::string message(char type, std::string_view body) { return type + with_length(body); }

std::string password(std::string_view text) { return message('p', std::string(text) + '\0'); }

std::string sasl_first(std::string_view mechanism, std::string_view data) {
  std::string body;
  append_text(body, mechanism);
  append_big(body, static_cast<std::uint32_t>(data.size()));
  return message('p', body.append(data));
}

std::string query(std::string_view text) {
  std::string parse, bind, execute;
  append_text(parse, "");
  append_text(parse, text);
  append_big(parse, std::uint16_t{0});  // types of parameters
  append_text(bind, "");
  append_text(bind, "");
  for (int i = 0; i < 3; ++i) append_big(bind, std::uint16_t{0});  // parameters; all as text
  append_text(execute, "");
  append_big(execute, std::uint32_t{0});  // all rows
  return message('P', parse) + message('B', bind) + message('E', execute) + message('S', "");
}

std::string terminate() { return message('X', ""); }

Frame read_frame(std::string_view bytes) {
  constexpr std::string_view kTypes = "RESKZTDCINAvGHWcdnst123V";
  if (bytes.empty()) return {};
  if (kTypes.find(bytes[0]) == std::string_view::npos) return {.state = Framing::broken};
  if (bytes.size() < 5) return {};
  ByteReader reader(bytes);
  reader.skip(1);
  const auto length = reader.big<std::uint32_t>();
  if (length < 4 || length > kMessageBytes) return {.state = Framing::broken};
  if (reader.left() < length - 4) return {};
  return {Framing::whole, std::size_t{1} + length, bytes[0], reader.bytes(length - 4)};
}

Complaint read_complaint(std::string_view body) {
  Complaint complaint;
  ByteReader reader(body);
  while (reader.good() && reader.left() > 0) {
    const char field = reader.big<char>();
    if (field == '\0') break;
    const auto text = reader.text();
    if (field == 'C') complaint.code = text;
    if (field == 'M') complaint.text = text;
  }
  return complaint;
}

std::optional<std::string> read_old_error(std::string_view bytes) {
  const auto end = bytes.find('\0');
  if (bytes.empty() || bytes[0] != 'E' || end == std::string_view::npos || end < 5) return {};
  return std::string(bytes.substr(1, end - 1));
}

std::optional<Authentication> read_authentication(std::string_view body) {
  ByteReader reader(body);
  const auto method = reader.big<std::uint32_t>();
  if (!reader.good()) return std::nullopt;
  return Authentication{method, reader.rest()};
}

bool offers(std::string_view sasl_mechanisms, std::string_view mechanism) {
  ByteReader reader(sasl_mechanisms);
  while (reader.good() && reader.left() > 0) {
    if (reader.text() == mechanism) return reader.good();
  }
  return false;
}

std::pair<std::string, std::string> read_parameter(std::string_view body) {
  ByteReader reader(body);
  const auto name = reader.text();
  const auto value = reader.text();
  return {std::string(name), std::string(value)};
}

std::optional<std::optional<std::string_view>> first_column(std::string_view body) {
  ByteReader reader(body);
  const auto columns = reader.big<std::uint16_t>();
  if (!reader.good()) return std::nullopt;
  if (columns == 0) return std::optional<std::string_view>(std::string_view());
  const auto length = reader.big<std::int32_t>();
  if (reader.good() && length == -1) return std::optional<std::string_view>();
  const auto value = reader.bytes(static_cast<std::uint32_t>(length));
  if (!reader.good()) return std::nullopt;
  return std::optional<std::string_view>(value);
}

std::string md5_answer(const std::string& user, const std::string& password,
                       std::string_view salt) {
  return "md5" + md5_hex(md5_hex(password + user) + std::string(salt));
}

}  // namespace monitron::probe::postgresql
