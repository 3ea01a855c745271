#pragma once
// Messages of PostgreSQL's protocol 3.0, as far as a check needs them. Pure; any bytes may come in.
// https://www.postgresql.org/docs/15/protocol-message-formats.html

#include "probe/byte_reader.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace monitron::probe::postgresql {

inline constexpr std::size_t kMessageBytes = 1 << 20;

std::string ssl_request();
std::string startup(const std::vector<std::pair<std::string, std::string>>& parameters);
std::string message(char type, std::string_view body);
std::string password(std::string_view text);  // with its NUL
std::string sasl_first(std::string_view mechanism, std::string_view data);
// One statement: the server refuses several (Parse, Bind, Execute, Sync).
std::string query(std::string_view text);
std::string terminate();

struct Frame {
  Framing state = Framing::more;
  std::size_t size = 0;
  char type = 0;
  std::string_view body{};
};
Frame read_frame(std::string_view bytes);

// ErrorResponse and NoticeResponse.
struct Complaint {
  std::string code;  // SQLSTATE
  std::string text;
};
Complaint read_complaint(std::string_view body);
// What a server says that could not even start a process for us: "E", text, NUL (protocol 2).
std::optional<std::string> read_old_error(std::string_view bytes);

struct Authentication {
  std::uint32_t method = 0;  // 0: done, 3: plain, 5: MD5, 10 to 12: SASL
  std::string_view data;
};
std::optional<Authentication> read_authentication(std::string_view body);
bool offers(std::string_view sasl_mechanisms, std::string_view mechanism);

std::pair<std::string, std::string> read_parameter(std::string_view body);

// The first column of a DataRow; the outer one is empty when it is no DataRow, the inner for NULL.
std::optional<std::optional<std::string_view>> first_column(std::string_view body);

std::string md5_answer(const std::string& user, const std::string& password, std::string_view salt);

}  // namespace monitron::probe::postgresql
