// Dialogues over TCP, and UDP.

#include "probe/dialogue.hpp"

#include "target.hpp"
#include "tls_server.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <re2/re2.h>
#include <sys/socket.h>
#include <unistd.h>

namespace monitron::probe {

using domain::CheckKind;
using domain::CheckStatus;
using domain::Exchange;
using namespace std::chrono_literals;

namespace {

std::string read_line(int fd) {
  std::string line;
  char byte = 0;
  while (!line.ends_with('\n') && read(fd, &byte, 1) == 1) line += byte;
  return line;
}

domain::CheckDefinition talk(int port, std::vector<Exchange> turns,
                             std::chrono::milliseconds timeout = 3000ms) {
  auto check = check_of(CheckKind::tcp, "127.0.0.1:" + std::to_string(port), timeout);
  check.use<domain::TcpSettings>().dialogue = std::move(turns);
  return check;
}

// A socket of UDP that answers each datagram by `answer`; "" is silence.
class UdpTarget {
 public:
  explicit UdpTarget(std::function<std::string(const std::string&)> answer, bool v6 = false)
      : fd_(socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0)) {
    auto address = *Address::parse(v6 ? "::1" : "127.0.0.1");
    EXPECT_EQ(bind(fd_, address.raw(), address.length()), 0);
    socklen_t size = sizeof(address.storage);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address.storage), &size);
    port_ = ntohs(v6 ? reinterpret_cast<sockaddr_in6*>(&address.storage)->sin6_port
                     : reinterpret_cast<sockaddr_in*>(&address.storage)->sin_port);
    thread_ = std::thread([this, answer = std::move(answer)] {
      char buffer[4096];
      sockaddr_storage from{};
      for (socklen_t length = sizeof(from);; length = sizeof(from)) {
        const ssize_t got =
            recvfrom(fd_, buffer, sizeof(buffer), 0, reinterpret_cast<sockaddr*>(&from), &length);
        if (got <= 0) return;
        const auto text = answer({buffer, static_cast<std::size_t>(got)});
        if (text.empty()) continue;
        sendto(fd_, text.data(), text.size(), 0, reinterpret_cast<sockaddr*>(&from), length);
      }
    });
  }
  ~UdpTarget() {
    shutdown(fd_, SHUT_RDWR);
    thread_.join();
    close(fd_);
  }
  int port() const { return port_; }

 private:
  int fd_;
  int port_ = 0;
  std::thread thread_;
};

domain::CheckDefinition ask(const std::string& target, const std::string& send,
                            const std::string& expect = "") {
  auto check = check_of(CheckKind::udp, target, 400ms);
  check.use<domain::UdpSettings>().send = send;
  check.use<domain::UdpSettings>().expect = expect;
  return check;
}

}  // namespace

TEST(Dialogue, TurnsReadOnWhereTheLastOneEndedUnlessTheySend) {
  const std::vector<Exchange> turns{{"", "one"}, {"", "two"}, {"x\\r\\n", "two"}};
  Dialogue dialogue(turns);
  const re2::RE2 one("one");
  const re2::RE2 two("two");
  EXPECT_EQ(dialogue.begin_turn(), "");
  EXPECT_EQ(dialogue.hear("on", &one), Dialogue::Heard::waiting);
  EXPECT_EQ(dialogue.hear("e two two", &one), Dialogue::Heard::matched);
  EXPECT_EQ(dialogue.begin_turn(), "");
  EXPECT_EQ(dialogue.hear("", &two), Dialogue::Heard::matched);
  EXPECT_EQ(dialogue.begin_turn(), "x\r\n");
  EXPECT_EQ(dialogue.hear("", &two), Dialogue::Heard::waiting) << "what came before is no answer";
  EXPECT_EQ(dialogue.hear("two", &two), Dialogue::Heard::matched);
  EXPECT_TRUE(dialogue.over());
}

RC_GTEST_PROP(Dialogue, MemoryAndWorkAreBounded, (const std::vector<std::string>& pieces)) {
  const std::vector<Exchange> turns{{"", "never there \\d{40}"}};
  Dialogue dialogue(turns);
  const re2::RE2 never(turns[0].expect);
  dialogue.begin_turn();
  for (int i = 0; i < 200; ++i) {
    for (const auto& piece : pieces) {
      if (dialogue.hear(piece + std::string(500, 'x'), &never) != Dialogue::Heard::waiting) return;
      RC_ASSERT(dialogue.unread().size() <= Dialogue::kMost + 1);
    }
  }
}

// M-102, M-111.
TEST(TcpDialogue, EachTurnIsTimed) {
  const Target target([](int fd) {
    write_all(fd, "220-welcome\r\n220 ready\r\n");
    EXPECT_EQ(read_line(fd), "PING \x01\r\n");
    write_all(fd, "+PO");
    write_all(fd, "NG 7\r\n");
  });
  const auto outcome =
      run_once(talk(target.port(), {{"", "(?m)^220 ready"}, {"PING \\x01\\r\\n", "\\+PONG \\d"}}));
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  int turns = 0;
  for (const auto& value : outcome.values) {
    if (value.name != "probe_tcp_turn_seconds") continue;
    EXPECT_EQ(value.labels.front().second, std::to_string(++turns));
    EXPECT_GE(value.value, 0);
  }
  EXPECT_EQ(turns, 2);
  EXPECT_TRUE(outcome.phases.connect);
}

TEST(TcpDialogue, WrongAnswersEndsAndSilenceAreDownAndNameTheTurn) {
  const Target wrong([](int fd) {
    write_all(fd, "hello\n");
    read_line(fd);
  });
  const auto silent = run_once(talk(wrong.port(), {{"", "hello"}, {"x\\n", "ok"}}, 300ms));
  EXPECT_EQ(silent.status, CheckStatus::down);
  EXPECT_NE(silent.reason.find("turn 2 of the dialogue"), std::string::npos) << silent.reason;
  const auto unmatched = run_once(talk(wrong.port(), {{"", "good morning"}}, 300ms));
  EXPECT_EQ(unmatched.status, CheckStatus::down);
  EXPECT_NE(unmatched.reason.find("good morning"), std::string::npos) << unmatched.reason;
  EXPECT_NE(unmatched.details.at("received").find("hello"), std::string::npos);

  const Target endless([](int fd) {
    for (int i = 0; i < 4; ++i) write_all(fd, std::string(32'768, 'x'));
  });
  const auto much = run_once(talk(endless.port(), {{"", "never"}}));
  EXPECT_EQ(much.status, CheckStatus::down);
  EXPECT_NE(much.reason.find("no match"), std::string::npos) << much.reason;
}

TEST(TcpDialogue, AResetIsDown) {
  const Target target([](int fd) {
    const linger hard{1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
  });
  const auto outcome = run_once(talk(target.port(), {{"", "220"}}));
  EXPECT_EQ(outcome.status, CheckStatus::down);
  EXPECT_NE(outcome.reason.find("reset"), std::string::npos) << outcome.reason;
}

TEST(TcpDialogue, GoesThroughTlsOnceTheCertificateIsGood) {
  const Keys authority = make_keys("Test CA", -1, 400);
  EngineSettings::Wishes wishes;
  wishes.ca_file = write_file("dialogue_ca.pem", authority.certificate_pem);
  std::string heard;
  const auto serve = [&heard](const Keys& keys) {
    return [keys, &heard](int fd) {
      serve_tls(fd, {keys}, [&](const std::string& received) {
        heard = received;
        return "+PONG\r\n";
      });
    };
  };
  {
    const Target target(serve(make_keys("127.0.0.1", -1, 100, &authority)));
    auto check = talk(target.port(), {{"PING\\r\\n", "PONG"}});
    check.use<domain::TcpSettings>().use_tls = true;
    const auto outcome = run_once(check, wishes);
    EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  }
  EXPECT_EQ(heard, "PING\r\n");
  heard.clear();
  {
    const Target target(serve(make_keys("127.0.0.1", -1, 100)));
    auto check = talk(target.port(), {{"secret\\r\\n", "PONG"}});
    check.use<domain::TcpSettings>().use_tls = true;
    EXPECT_EQ(run_once(check, wishes).status, CheckStatus::down);
  }
  EXPECT_EQ(heard, "") << "an untrusted server hears nothing";
}

TEST(UdpProbe, AnAnswerIsUpAndAWrongOneDown) {
  for (const bool v6 : {false, true}) {
    const UdpTarget echo([](const std::string& text) { return "got " + text; }, v6);
    const std::string target = (v6 ? "[::1]:" : "127.0.0.1:") + std::to_string(echo.port());
    const auto outcome = run_once(ask(target, "a\\x00b", "^got a\\x00b$"));
    EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
    EXPECT_EQ(value_of(outcome, "probe_ip_protocol"), v6 ? 6 : 4);
    EXPECT_EQ(value_of(outcome, "probe_udp_answer_bytes"), 7);
    EXPECT_TRUE(outcome.phases.first_byte);
    EXPECT_EQ(run_once(ask(target, "a")).status, CheckStatus::up) << "any answer";
    const auto wrong = run_once(ask(target, "a", "^b"));
    EXPECT_EQ(wrong.status, CheckStatus::down);
    EXPECT_EQ(wrong.details.at("received"), "got a");
    auto hex = ask(target, "");
    hex.use<domain::UdpSettings>().send_hex = "616263";
    hex.use<domain::UdpSettings>().expect = "abc";
    EXPECT_EQ(run_once(hex).status, CheckStatus::up);
  }
}

TEST(UdpProbe, AClosedPortIsDownAtOnceAndSilenceAtTheTimeout) {
  for (const bool v6 : {false, true}) {
    int port = 0;
    {
      const UdpTarget gone([](const std::string&) { return ""; }, v6);
      port = gone.port();
      const std::string target = (v6 ? "[::1]:" : "127.0.0.1:") + std::to_string(port);
      const auto silent = run_once(ask(target, "x"));
      EXPECT_EQ(silent.status, CheckStatus::down);
      EXPECT_GE(silent.duration, 400ms);
    }
    const auto closed = run_once(ask((v6 ? "[::1]:" : "127.0.0.1:") + std::to_string(port), "x"));
    EXPECT_EQ(closed.status, CheckStatus::down);
    EXPECT_NE(closed.reason.find("connection refused"), std::string::npos) << closed.reason;
    EXPECT_LT(closed.duration, 300ms);
  }
}

// S-01.
TEST(UdpProbe, DeniedAddressesAreNotSpokenTo) {
  int heard = 0;
  const UdpTarget target([&](const std::string&) {
    ++heard;
    return "x";
  });
  EngineSettings::Wishes wishes;
  wishes.denied_networks = {"127.0.0.0/8"};
  const auto outcome = run_once(ask("127.0.0.1:" + std::to_string(target.port()), "x"), wishes);
  EXPECT_EQ(outcome.status, CheckStatus::unknown);
  EXPECT_EQ(heard, 0);
}

}  // namespace monitron::probe
