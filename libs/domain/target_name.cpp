#include "domain/target_name.hpp"

#include <algorithm>
#include <array>
#include <idn2.h>
#include <memory>

namespace monitron::domain {
namespace {

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x80; });
}

Result<std::string> ascii_host(std::string_view host) {
  if (is_ascii(host)) return std::string(host);
  const std::string name(host);
  std::uint8_t* found = nullptr;
  const int status = idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(name.c_str()), &found,
                                    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  const std::unique_ptr<std::uint8_t, decltype(&idn2_free)> owner(found, idn2_free);
  if (status != IDN2_OK) {
    return fail(Fault::invalid, std::string("is not a name: ") + idn2_strerror(status));
  }
  return std::string(reinterpret_cast<const char*>(found));
}

// Of "host" or "host:port".
Result<std::string> ascii_authority(std::string_view text) {
  const auto colon = std::min(text.rfind(':'), text.size());
  auto host = ascii_host(text.substr(0, colon));
  if (host) host->append(text.substr(colon));
  return host;
}

std::string escaped(std::string_view path) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (const unsigned char c : path) {
    if (c < 0x80) {
      text += static_cast<char>(c);
    } else {
      text.append({'%', kDigits[c >> 4U], kDigits[c & 15U]});
    }
  }
  return text;
}

}  // namespace

Result<std::string> ascii_target(TargetForm form, std::string_view target) {
  const bool named = form != TargetForm::name && form != TargetForm::word;
  if (!named || is_ascii(target)) return std::string(target);
  if (form != TargetForm::url) return ascii_authority(target);
  const auto scheme = target.find("://");
  if (scheme == std::string_view::npos) return std::string(target);  // complained about as a URL
  const auto host = scheme + 3;
  const auto path = std::min(target.find_first_of("/?#", host), target.size());
  const auto authority = ascii_authority(target.substr(host, path - host));
  if (!authority) return fail(authority.error());
  return std::string(target.substr(0, host)) + *authority + escaped(target.substr(path));
}

}  // namespace monitron::domain
