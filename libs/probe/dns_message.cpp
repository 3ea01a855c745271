#include "probe/dns_message.hpp"

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "probe/address.hpp"

#include <array>
#include <cstring>

namespace monitron::probe {

namespace {

constexpr std::size_t kHeader = 12;
constexpr std::size_t kMaxName = 255;  // on the wire
constexpr std::size_t kMaxLabel = 63;
constexpr std::size_t kMaxRecords = 2000;
constexpr std::uint16_t kClassIn = 1;
constexpr std::uint16_t kTypeOpt = 41;

struct TypeName {
  std::string_view name;
  std::uint16_t number;
};
constexpr TypeName kTypes[] = {{"A", 1},   {"NS", 2},   {"CNAME", 5}, {"SOA", 6},  {"PTR", 12},
                               {"MX", 15}, {"TXT", 16}, {"AAAA", 28}, {"SRV", 33}, {"CAA", 257}};
enum Type : std::uint16_t {
  kA = 1,
  kNs = 2,
  kCname = 5,
  kSoa = 6,
  kPtr = 12,
  kMx = 15,
  kTxt = 16,
  kAaaa = 28,
  kSrv = 33,
  kCaa = 257
};

constexpr std::string_view kCodes[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
                                       "NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
                                       "NXRRSET", "NOTAUTH", "NOTZONE"};

void put16(std::string& out, unsigned value) {
  out += static_cast<char>(value >> 8U);
  out += static_cast<char>(value);
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

void put_decimal(std::string& out, unsigned char byte) {
  out += '\\';
  for (const int digit : {byte / 100, byte / 10 % 10, byte % 10}) {
    out += static_cast<char>('0' + digit);
  }
}

// A byte of a label as a zone file has it, so that no byte can pretend to be a dot.
void put_escaped(std::string& out, char c, std::string_view marked) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte < 0x20 || byte >= 0x7f) return put_decimal(out, byte);
  if (marked.find(c) != std::string_view::npos) out += '\\';
  out += c;
}

// Reads a message from left to right; once something is missing it is bad for good.
class Reader {
 public:
  explicit Reader(std::string_view message) : message_(message), end_(message.size()) {}

  bool bad() const { return bad_; }
  std::size_t at() const { return at_; }
  bool at_end() const { return at_ == end_; }

  std::uint8_t u8() {
    if (!need(1)) return 0;
    return static_cast<std::uint8_t>(message_[at_++]);
  }
  std::uint16_t u16() {
    const unsigned high = u8();
    return static_cast<std::uint16_t>(high << 8U | u8());
  }
  std::uint32_t u32() {
    const std::uint32_t high = u16();
    return high << 16U | u16();
  }
  std::string_view bytes(std::size_t count) {
    if (!need(count)) return {};
    const auto part = message_.substr(at_, count);
    at_ += count;
    return part;
  }

  // A name; pointers must lead to before where they were found, so that no circle can be made.
  std::string name() {
    std::string text;
    std::size_t wire = 1;
    std::size_t from = at_;
    std::size_t floor = at_;
    bool jumped = false;
    for (;;) {
      const std::size_t limit = jumped ? message_.size() : end_;
      if (from >= limit) return spoil();
      const auto length = static_cast<unsigned char>(message_[from]);
      if (length >= 0xc0) {
        if (from + 2 > limit) return spoil();
        const std::size_t to =
            (length & 0x3fU) << 8U | static_cast<unsigned char>(message_[from + 1]);
        if (!jumped) at_ = from + 2;
        jumped = true;
        if (to >= floor) return spoil();
        from = floor = to;
        continue;
      }
      if (length > kMaxLabel || from + 1 + length > limit) return spoil();
      if (length == 0) {
        if (!jumped) at_ = from + 1;
        return text;
      }
      wire += length + 1U;
      if (wire > kMaxName) return spoil();
      if (!text.empty()) text += '.';
      for (const char c : message_.substr(from + 1, length)) {
        put_escaped(text, lower(c), ".\\\" ");
      }
      from += length + 1U;
    }
  }

  // A name that nobody asks for.
  void skip_name() {
    for (;;) {
      const std::size_t length = u8();
      if (bad_ || length == 0) return;
      if (length >= 0xc0) {
        u8();
        return;
      }
      if (length > kMaxLabel) bad_ = true;
      bytes(length);
    }
  }

  // Whatever is read inside of `fill` ends `size` bytes on.
  template <class Fill>
  void within(std::size_t size, Fill fill) {
    if (!need(size)) return;
    const std::size_t outer = end_;
    end_ = at_ + size;
    fill();
    if (at_ != end_) bad_ = true;
    end_ = outer;
  }
  std::size_t left() const { return end_ - at_; }

 private:
  bool need(std::size_t count) {
    if (bad_ || end_ - at_ < count) bad_ = true;
    return !bad_;
  }
  std::string spoil() {
    bad_ = true;
    return {};
  }

  std::string_view message_;
  std::size_t at_ = 0;
  std::size_t end_;
  bool bad_ = false;
};

std::string number(std::uint32_t value) { return std::to_string(value); }

std::string read_address(Reader& reader, int family, std::size_t size) {
  const auto bytes = reader.bytes(size);
  if (bytes.size() != size) return {};
  Address address;
  address.storage.ss_family = static_cast<sa_family_t>(family);
  if (family == AF_INET6) {
    std::memcpy(&reinterpret_cast<sockaddr_in6*>(&address.storage)->sin6_addr, bytes.data(), size);
  } else {
    std::memcpy(&reinterpret_cast<sockaddr_in*>(&address.storage)->sin_addr, bytes.data(), size);
  }
  return address.str();
}

// Free text: UTF-8 stays, all that could break a line or is none is written as a number.
std::string legible(std::string_view bytes) {
  const bool utf8 = is_valid_utf8(bytes);
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !utf8)) {
      put_decimal(text, byte);
    } else {
      text += c;
    }
  }
  return text;
}

std::string read_texts(Reader& reader) {
  std::string bytes;
  do {
    bytes += reader.bytes(reader.u8());
  } while (!reader.bad() && reader.left() > 0);
  return legible(bytes);
}

std::string read_soa(Reader& reader) {
  std::string text = reader.name();
  text += " " + reader.name();
  for (int i = 0; i < 5; ++i) text += " " + number(reader.u32());
  return text;
}

std::string read_srv(Reader& reader) {
  std::string text;
  for (int i = 0; i < 3; ++i) text += number(reader.u16()) + " ";
  return text + reader.name();
}

std::string read_caa(Reader& reader) {
  std::string text = number(reader.u8()) + " ";
  for (const char c : reader.bytes(reader.u8())) put_escaped(text, lower(c), "\\\" ");
  return text + " \"" + legible(reader.bytes(reader.left())) + "\"";
}

std::string read_text(Reader& reader, std::uint16_t type) {
  switch (type) {
    case kA:
      return read_address(reader, AF_INET, 4);
    case kAaaa:
      return read_address(reader, AF_INET6, 16);
    case kNs:
    case kCname:
    case kPtr:
      return reader.name();
    case kMx: {
      const std::string preference = number(reader.u16());
      return preference + " " + reader.name();
    }
    case kTxt:
      return read_texts(reader);
    case kSoa:
      return read_soa(reader);
    case kSrv:
      return read_srv(reader);
    case kCaa:
      return read_caa(reader);
    default:
      reader.bytes(reader.left());
      return {};
  }
}

struct Part {
  DnsRecord record;
  std::uint16_t of_class = 0;
};

// Of a record that is no answer only the numbers count.
Part read_record(Reader& reader, bool is_answer) {
  Part part;
  if (is_answer) {
    part.record.name = reader.name();
  } else {
    reader.skip_name();
  }
  part.record.type = reader.u16();
  part.of_class = reader.u16();
  part.record.ttl = reader.u32();
  const std::size_t size = reader.u16();
  const bool known = is_answer && part.of_class == kClassIn;
  reader.within(size, [&] {
    part.record.text = read_text(reader, known ? part.record.type : std::uint16_t(0));
  });
  return part;
}

bool put_name(std::string& out, std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.size() > kMaxName - 2) return false;
  while (!name.empty()) {
    const auto dot = name.find('.');
    const auto label = name.substr(0, dot);
    if (label.empty() || label.size() > kMaxLabel) return false;
    out += static_cast<char>(label.size());
    out += label;
    name.remove_prefix(dot == std::string_view::npos ? name.size() : dot + 1);
    if (dot != std::string_view::npos && name.empty()) return false;
  }
  out += '\0';
  return true;
}

// "one" "two" as onetwo; a backslash takes the next character as it is.
std::string unquoted(std::string_view text) {
  std::string out;
  bool inside = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      inside = !inside;
    } else if (inside) {
      if (text[i] == '\\' && i + 1 < text.size()) ++i;
      out += text[i];
    }
  }
  return out;
}

}  // namespace

Result<std::string> encode_dns_query(const DnsQuestion& question, bool edns) {
  std::string out;
  out.reserve(question.name.size() + 34);
  put16(out, question.id);
  put16(out, 0x0100);  // recursion desired
  put16(out, 1);
  put16(out, 0);
  put16(out, 0);
  put16(out, edns ? 1 : 0);
  if (!put_name(out, question.name)) return fail(Fault::invalid, "not a domain name");
  put16(out, question.type);
  put16(out, kClassIn);
  if (!edns) return out;
  out += '\0';  // the root, owner of the EDNS0 record
  put16(out, kTypeOpt);
  put16(out, kDnsUdpSize);
  put16(out, 0);
  put16(out, 0);
  put16(out, 0);
  return out;
}

bool answers_dns_query(std::string_view query, std::string_view bytes, bool any_case) {
  if (bytes.size() < kHeader || bytes.substr(0, 2) != query.substr(0, 2)) return false;
  if ((bytes[2] & 0x80) == 0) return false;  // a question
  if (bytes.substr(4, 2) == std::string_view("\0\0", 2)) {
    const int rcode = bytes[3] & 15;
    return bytes.size() == kHeader && (rcode == 1 || rcode == 4);
  }
  std::size_t end = kHeader;
  while (query[end] != 0) end += static_cast<unsigned char>(query[end]) + 1U;
  ++end;
  if (bytes.size() < end + 4 || bytes.substr(end, 4) != query.substr(end, 4)) return false;
  // The lengths of labels are below all letters.
  const auto asked = query.substr(kHeader, end - kHeader);
  const auto named = bytes.substr(kHeader, end - kHeader);
  return named == asked || (any_case && to_lower(named) == to_lower(asked));
}

Result<DnsMessage> decode_dns_answer(std::string_view bytes) {
  Reader reader(bytes);
  DnsMessage message;
  reader.u16();  // the id
  const unsigned flags = reader.u16();
  const std::size_t questions = reader.u16();
  const std::size_t answers = reader.u16();
  message.authority_count = reader.u16();
  message.additional_count = reader.u16();
  if (reader.bad()) return fail(Fault::invalid, "shorter than a header");
  if ((flags & 0x8000U) == 0) return fail(Fault::invalid, "a question, not an answer");
  if ((flags >> 11U & 15U) != 0) return fail(Fault::invalid, "an answer of another operation");
  message.authoritative = (flags & 0x0400U) != 0;
  message.truncated = (flags & 0x0200U) != 0;
  message.recursion_available = (flags & 0x0080U) != 0;
  message.authenticated = (flags & 0x0020U) != 0;
  message.rcode = static_cast<int>(flags & 15U);
  if (questions > 1) return fail(Fault::invalid, "more than one question");
  if (questions == 1) {
    reader.skip_name();
    reader.u32();
  }
  const std::size_t all = answers + message.authority_count + message.additional_count;
  if (all > kMaxRecords) return fail(Fault::invalid, "too many records");
  for (std::size_t i = 0; i < all && !reader.bad(); ++i) {
    // A truncated answer may end within its records.
    if (message.truncated && reader.at_end()) break;
    Part part = read_record(reader, i < answers);
    if (part.record.type == kTypeOpt) {
      message.rcode |= static_cast<int>(part.record.ttl >> 24U) << 4U;
    } else if (i < answers && part.of_class == kClassIn && !reader.bad()) {
      if (part.record.ttl >> 31U != 0) part.record.ttl = 0;  // RFC 2181 §8
      message.answers.push_back(std::move(part.record));
    }
  }
  if (reader.bad() && !message.truncated) return fail(Fault::invalid, "not whole");
  return message;
}

std::uint16_t dns_type_of(std::string_view name) {
  for (const auto& type : kTypes) {
    if (type.name == name) return type.number;
  }
  return 0;
}

std::string dns_code_name(int rcode) {
  if (rcode >= 0 && rcode < static_cast<int>(std::size(kCodes))) {
    return std::string(kCodes[rcode]);
  }
  return rcode == 16 ? "BADVERS" : "RCODE" + std::to_string(rcode);
}

std::optional<std::string> dns_reverse_name(std::string_view text) {
  const auto address = Address::parse(text);
  if (!address) return std::nullopt;
  const std::string bytes = address->bytes();
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string name;
  for (auto it = bytes.rbegin(); it != bytes.rend(); ++it) {
    const auto byte = static_cast<unsigned char>(*it);
    if (address->family() == AF_INET) {
      name += number(byte) + ".";
    } else {
      name += {kHex[byte & 15U], '.', kHex[byte >> 4U], '.'};
    }
  }
  return name + (address->family() == AF_INET ? "in-addr.arpa" : "ip6.arpa");
}

std::string canonical_dns_text(std::uint16_t type, std::string_view text) {
  text = trim(text);
  if (type == kTxt) return text.starts_with('"') ? unquoted(text) : std::string(text);
  if (type == kA || type == kAaaa) {
    const auto address = Address::parse(text);
    return address ? address->str() : std::string(text);
  }
  std::string out;
  for (int i = 0; !text.empty(); ++i) {
    if (i > 0) out += ' ';
    // The value of a CAA record is text; all else is numbers and names.
    if (type == kCaa && i == 2) {
      return out + (text.starts_with('"') ? std::string(text) : "\"" + std::string(text) + "\"");
    }
    auto word = text.substr(0, text.find(' '));
    text = trim(text.substr(word.size()));
    if (word.size() > 1 && word.ends_with('.')) word.remove_suffix(1);
    out += to_lower(word);
  }
  return out;
}

}  // namespace monitron::probe
