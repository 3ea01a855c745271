#include "probe/ssh.hpp"

#include "base/text.hpp"

#include <re2/re2.h>

namespace monitron::probe {

using domain::CheckStatus;

namespace {

constexpr std::size_t kLongestLine = 1024;
constexpr std::size_t kLongestPrelude = 8192;

// SSH_MSG_DISCONNECT, SSH_DISCONNECT_BY_APPLICATION, "check", padded to 32 bytes.
constexpr char kDisconnect[] =
    "\0\0\0\x1c\x09"
    "\x01\0\0\0\x0b\0\0\0\x05"
    "check"
    "\0\0\0\0"
    "\0\0\0\0\0\0\0\0\0";

}  // namespace

SshConversation::SshConversation(const domain::SshSettings& settings, SteadyInstant)
    : settings_(settings) {
  message_limit_ = kLongestLine;
}

void SshConversation::connected() { stage("waiting for the banner"); }

std::size_t SshConversation::read(std::string_view bytes) {
  if (leaving_) return bytes.size();
  const auto end = bytes.find('\n');
  if (end == std::string_view::npos) return 0;
  if (end > kLongestLine) return end_as_strange();
  const auto line = trim(bytes.substr(0, end));
  if (line.starts_with("SSH-")) {
    judge(line);
  } else {
    words_ += std::string(line) + "\n";
    if (words_.size() > kLongestPrelude) return end_as_strange();
  }
  return end + 1;
}

void SshConversation::judge(std::string_view banner) {
  detail("banner", banner);
  if (!banner.starts_with("SSH-2.0-") && !banner.starts_with("SSH-1.99-")) {
    return end(CheckStatus::down, "the server does not speak SSH 2.0: " +
                                      std::string(banner.substr(0, kServiceTextBytes)));
  }
  if (!settings_.expected_banner.empty()) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(1 << 20);
    const RE2 expected(settings_.expected_banner, options);
    if (!RE2::PartialMatch(re2::StringPiece(banner.data(), banner.size()), expected)) {
      verdict_ = CheckStatus::down;
      reason_ = "the banner is " + std::string(banner.substr(0, kServiceTextBytes)) +
                ", which does not match " + settings_.expected_banner;
    }
  }
  leaving_ = true;
  stage("leaving");
  say("SSH-2.0-monitron\r\n");
  say({kDisconnect, sizeof(kDisconnect) - 1});
}

void SshConversation::closed(const std::string& how) {
  if (leaving_) return end(verdict_, reason_);
  if (words_.empty()) return Conversation::closed(how);
  end(CheckStatus::down, "the server says: " + words_.substr(0, words_.find('\n')));
}

void SshConversation::out_of_time() {
  if (leaving_) end(verdict_, reason_);
}

}  // namespace monitron::probe
