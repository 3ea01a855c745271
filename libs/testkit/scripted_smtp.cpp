#include "testkit/scripted_smtp.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <optional>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace monitron::testkit {

class ScriptedSmtp::Line {
 public:
  Line(int socket, ScriptedSmtp& server) : socket_(socket), server_(server) {}
  ~Line() { ::close(socket_); }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  void say(const std::string& text) {
    constexpr std::string_view slow = "slow ";
    const auto line = text + "\r\n";
    if (text.starts_with(slow)) return say_slowly(line.substr(slow.size()));
    (void)::send(socket_, line.data(), line.size(), MSG_NOSIGNAL);
  }
  // Without its end; nothing once the other side is gone.
  std::optional<std::string> read(const std::string& end) {
    for (;;) {
      if (const auto at = buffer_.find(end); at != std::string::npos) {
        auto text = buffer_.substr(0, at);
        buffer_.erase(0, at + end.size());
        return text;
      }
      char chunk[4096];
      const auto got = ::recv(socket_, chunk, sizeof chunk, 0);
      if (got <= 0) return std::nullopt;
      buffer_.append(chunk, static_cast<std::size_t>(got));
    }
  }

 private:
  void say_slowly(const std::string& text) {
    std::unique_lock lock(server_.mutex_);
    for (const char c : text) {
      if (::send(socket_, &c, 1, MSG_NOSIGNAL) != 1) return;
      server_.stopped_.wait_for(lock, std::chrono::seconds(1), [&] { return server_.stopping_; });
    }
  }

  const int socket_;
  ScriptedSmtp& server_;
  std::string buffer_;
};

ScriptedSmtp::ScriptedSmtp(Answer answer) : answer_(std::move(answer)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, raw, size) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, raw, &size) != 0) {
    throw std::runtime_error("no listener");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

ScriptedSmtp::~ScriptedSmtp() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
  for (auto& connection : connections_) connection.join();
}

std::vector<SmtpLetter> ScriptedSmtp::letters() const {
  const std::lock_guard lock(mutex_);
  return letters_;
}

void ScriptedSmtp::run() {
  for (;;) {
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) return;
    // A client that hangs must not hang the test.
    const timeval patience{30, 0};
    ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ++tries_;
    connections_.emplace_back([this, connection] { serve(connection); });
  }
}

void ScriptedSmtp::serve(int connection) {
  Line line(connection, *this);
  SmtpLetter letter;
  // False: hang up.
  const auto reply = [&](const std::string& command, const std::string& well) {
    const auto told = answer_(command, letter.to);
    if (told == "drop") return false;
    line.say(told.empty() ? well : told);
    return true;
  };
  line.say("220 scripted");
  while (const auto said = line.read("\r\n")) {
    const auto command = said->substr(0, 4);
    if (command == "QUIT") return line.say("221 bye");
    if (command == "RCPT") {
      letter.to = said->substr(said->find('<') + 1);
      letter.to.resize(letter.to.find('>'));
    }
    if (command != "DATA") {
      if (!reply(command, "250 well")) return;
      continue;
    }
    const auto data_told = answer_(command, letter.to);
    if (data_told == "drop") return;
    line.say(data_told.empty() ? "354 go on" : data_told);
    if (!data_told.empty()) continue;
    const auto data = line.read("\r\n.\r\n");
    if (!data) return;
    letter.data = *data;
    const auto told = answer_("END", letter.to);
    if (told.empty() || told == "lose" || told.find("250") < 6) {
      const std::lock_guard lock(mutex_);
      letters_.push_back(letter);
    }
    if (told == "drop" || told == "lose") return;
    line.say(told.empty() ? "250 taken" : told);
  }
}

}  // namespace monitron::testkit
