#include "probe/smtp.hpp"

#include "base/text.hpp"

namespace monitron::probe {

using domain::CheckStatus;

namespace {

constexpr std::size_t kLongestReply = 16'384;

bool is_code(std::string_view line) {
  if (line.size() < 3 || line[0] < '2' || line[0] > '5') return false;
  for (const char c : line.substr(1, 2)) {
    if (c < '0' || c > '9') return false;
  }
  return line.size() == 3 || line[3] == ' ' || line[3] == '-';
}

bool offers(std::string_view extensions, std::string_view name) {
  for (const auto& line : split_list(extensions, '\n')) {
    if (to_lower(std::string_view(line).substr(0, line.find(' '))) == name) return true;
  }
  return false;
}

}  // namespace

SmtpConversation::SmtpConversation(const domain::SmtpSettings& settings, SteadyInstant)
    : settings_(settings) {
  message_limit_ = kLongestReply;
}

// A server that is spoken to before its greeting takes the other for a spammer.
void SmtpConversation::connected() { stage("waiting for the greeting"); }

std::size_t SmtpConversation::read(std::string_view bytes) {
  Reply reply;
  std::size_t used = 0;
  for (;;) {
    const auto end = bytes.find('\n', used);
    if (end == std::string_view::npos) return 0;
    const auto line = trim(bytes.substr(used, end - used));
    used = end + 1;
    if (!is_code(line)) return end_as_strange();
    const int code = parse_number<int>(line.substr(0, 3)).value_or(0);
    if (reply.code != 0 && reply.code != code) return end_as_strange();
    reply.code = code;
    reply.text += (reply.text.empty() ? "" : "\n") +
                  std::string(line.substr(std::min<std::size_t>(4, line.size())));
    if (line.size() == 3 || line[3] == ' ') break;
  }
  take(reply);
  return used;
}

void SmtpConversation::take(const Reply& reply) {
  if (await_ == Await::farewell) return end(verdict_, reason_);
  value("probe_smtp_status_code", reply.code);
  const bool old = await_ == Await::ehlo && reply.code >= 500 && reply.code <= 504;
  const int good = await_ == Await::greeting || await_ == Await::starttls ? 220 : 250;
  if (reply.code != good && !old) return refuse(reply);
  switch (await_) {
    case Await::greeting:
      detail("banner", reply.text);
      stage("waiting for the answer to EHLO");
      await_ = Await::ehlo;
      return say("EHLO monitron\r\n");
    case Await::ehlo:
      if (!old) return take_extensions(reply.text);
      if (settings_.starttls) return leave(CheckStatus::down, "the server does not offer STARTTLS");
      stage("waiting for the answer to HELO");
      await_ = Await::helo;
      return say("HELO monitron\r\n");
    case Await::helo:
      return leave(CheckStatus::up, "");
    case Await::starttls:
      return begin_tls();
    case Await::farewell:
      return;
  }
}

void SmtpConversation::take_extensions(const std::string& text) {
  const auto first = text.find('\n');
  detail("extensions", first == std::string::npos ? "" : std::string_view(text).substr(first + 1));
  if (!settings_.starttls || settings_.use_tls) return leave(CheckStatus::up, "");
  if (!offers(text, "starttls")) {
    return leave(CheckStatus::down, "the server does not offer STARTTLS");
  }
  stage("waiting for the answer to STARTTLS");
  await_ = Await::starttls;
  say("STARTTLS\r\n");
}

void SmtpConversation::secured(const std::string& complaint) {
  leave(complaint.empty() ? CheckStatus::up : CheckStatus::down, complaint);
}

// After 421 the server leaves by itself.
void SmtpConversation::refuse(const Reply& reply) {
  const std::string text = "the server says: " + std::to_string(reply.code) + " " +
                           reply.text.substr(0, std::min(reply.text.find('\n'), kServiceTextBytes));
  if (reply.code == 421) return end(CheckStatus::down, text);
  leave(CheckStatus::down, text);
}

void SmtpConversation::leave(CheckStatus status, std::string reason) {
  verdict_ = status;
  reason_ = std::move(reason);
  await_ = Await::farewell;
  stage("waiting for the answer to QUIT");
  say("QUIT\r\n");
}

void SmtpConversation::closed(const std::string& how) {
  if (await_ == Await::farewell) return end(verdict_, reason_);
  Conversation::closed(how);
}

void SmtpConversation::out_of_time() {
  if (await_ == Await::farewell) end(verdict_, reason_);
}

}  // namespace monitron::probe
