// STARTTLS of the protocols that speak in lines: SMTP (RFC 3207), IMAP and POP3 (RFC 2595), FTP
// (RFC 4217).

#include "probe/starttls.hpp"

#include "base/text.hpp"

#include <span>

namespace monitron::probe {

namespace {

constexpr std::size_t kLongestAnswer = 16'384;
constexpr std::size_t kShown = 200;

enum class Answers { coded, tagged, single };

struct Turn {
  std::string_view send;
  std::string_view good;      // what the answer's last line begins with
  std::string_view offers{};  // a word that one of its lines must hold
};

constexpr Turn kSmtp[] = {
    {"", "220"}, {"EHLO monitron\r\n", "250", "starttls"}, {"STARTTLS\r\n", "220"}};
constexpr Turn kFtp[] = {{"", "220"}, {"AUTH TLS\r\n", "234"}};
constexpr Turn kPop3[] = {{"", "+ok"}, {"STLS\r\n", "+ok"}};
constexpr Turn kImap[] = {{"", "* ok"}, {"a STARTTLS\r\n", "a ok"}};

class LineStartTls : public StartTls {
 public:
  LineStartTls(std::span<const Turn> turns, Answers answers, std::string_view farewell)
      : turns_(turns), answers_(answers), farewell_(farewell) {}

  Step begin() override { return {}; }

  Step take(std::string_view bytes) override {
    heard_ += bytes;
    for (auto end = heard_.find('\n'); end != std::string::npos; end = heard_.find('\n')) {
      // A space in front belongs to the text: FTP has lines of text that look like codes.
      const bool cr = end > 0 && heard_[end - 1] == '\r';
      const std::string line = to_lower(std::string_view(heard_).substr(0, cr ? end - 1 : end));
      shown_ = std::string(trim(std::string_view(heard_).substr(0, std::min(end, kShown))));
      heard_.erase(0, end + 1);
      Step step = take_line(line);
      if (step.done && !heard_.empty()) return refuse("speaks on before TLS");
      if (step.done || !step.to_send.empty() || !step.refusal.empty()) return step;
    }
    seen_ += bytes.size();
    return seen_ > kLongestAnswer ? refuse("answers without an end") : Step{};
  }

  Step leave() override { return {std::string(farewell_), true, {}}; }

 private:
  static Step refuse(std::string why) { return {{}, false, "the server " + std::move(why)}; }

  Step take_line(const std::string& line) {
    const Turn& turn = turns_[turn_];
    if (turn.offers.empty() || line.find(turn.offers) != std::string::npos) offered_ = true;
    if (!is_last(line)) return {};
    if (!line.starts_with(turn.good)) return refuse("says: " + shown_);
    if (!offered_) return refuse("does not offer STARTTLS");
    if (++turn_ == turns_.size()) return {{}, true, {}};
    offered_ = false;
    code_.clear();
    return {std::string(turns_[turn_].send), false, {}};
  }

  // Whether the answer ends here: coded ones go on while a dash follows their first line's code,
  // tagged ones while lines are not ours.
  bool is_last(const std::string& line) {
    if (answers_ == Answers::single) return true;
    if (answers_ == Answers::tagged) return turn_ == 0 || !line.starts_with("* ");
    if (code_.empty()) {
      if (line.size() < 4 || line[3] != '-') return true;
      code_ = line.substr(0, 3) + " ";
      return false;
    }
    return line.starts_with(code_) || line == trim(code_);
  }

  std::span<const Turn> turns_;
  Answers answers_;
  std::string_view farewell_;
  std::size_t turn_ = 0;
  bool offered_ = false;
  std::string code_;   // of an answer of several lines
  std::string heard_;  // not yet a line
  std::string shown_;  // the last line, for people
  std::size_t seen_ = 0;
};

}  // namespace

std::unique_ptr<StartTls> StartTls::of(std::string_view protocol) {
  const auto lines = [](std::span<const Turn> turns, Answers answers, std::string_view farewell) {
    return std::make_unique<LineStartTls>(turns, answers, farewell);
  };
  if (protocol == "smtp") return lines(kSmtp, Answers::coded, "QUIT\r\n");
  if (protocol == "ftp") return lines(kFtp, Answers::coded, "QUIT\r\n");
  if (protocol == "pop3") return lines(kPop3, Answers::single, "QUIT\r\n");
  if (protocol == "imap") return lines(kImap, Answers::tagged, "b LOGOUT\r\n");
  if (protocol == "ldap") return ldap_starttls();
  if (protocol == "postgresql") return postgresql_starttls();
  if (protocol == "mysql") return mysql_starttls();
  return nullptr;
}

}  // namespace monitron::probe
