// TCP: up when the connection is accepted and, where the check has one, the dialogue went as it
// should.

#include "probe/dialogue.hpp"
#include "probe/expressions.hpp"
#include "probe/negotiated_run.hpp"

namespace monitron::probe {

using domain::CheckStatus;

namespace {

class TcpRun : public NegotiatedRun {
 public:
  using NegotiatedRun::NegotiatedRun;

 private:
  const domain::TcpSettings& settings() const { return check_.as<domain::TcpSettings>(); }

  void start() override { reach({settings().starttls, settings().use_tls, settings().tls}); }

  void ready() override {
    if (certificate() && !certificate()->good() && settings().tls.verify) {
      return part(CheckStatus::down, certificate()->complaint());
    }
    if (dialogue_.over()) return part(CheckStatus::up, "");
    begin_turn();
    hear("");
  }

  void begin_turn() {
    turn_begun_ = std::chrono::steady_clock::now();
    stage_ = name_of_turn() + ", waiting for " + dialogue_.expected();
    send(dialogue_.begin_turn());
  }

  std::string name_of_turn() const {
    return "turn " + std::to_string(dialogue_.turn() + 1) + " of the dialogue";
  }

  void hear(std::string_view bytes) {
    for (;; bytes = "") {
      const auto& expected = dialogue_.expected();
      const auto* expect = expected.empty() ? nullptr : context_.expressions.find(expected);
      if (!expected.empty() && expect == nullptr) {
        return finish(CheckStatus::unknown, name_of_turn() + ": no regular expression");
      }
      const std::string number = std::to_string(dialogue_.turn() + 1);
      switch (dialogue_.hear(bytes, expect)) {
        case Dialogue::Heard::waiting:
          return;
        case Dialogue::Heard::too_much:
          return finish(CheckStatus::down, name_of_turn() + ": no match in " +
                                               std::to_string(dialogue_.unread().size()) +
                                               " bytes of answer");
        case Dialogue::Heard::matched:
          break;
      }
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - turn_begun_;
      outcome_.values.push_back({"probe_tcp_turn_seconds", {{"turn", number}}, took.count()});
      if (dialogue_.over()) return finish(CheckStatus::up, "");
      begin_turn();
    }
  }

  void answered(std::string_view bytes) override {
    if (!dialogue_.over()) hear(bytes);
  }

  void left_by_peer(int error) override {
    const auto& expected = dialogue_.expected();
    const auto awaited = expected.empty() ? std::string() : " before " + expected + " came";
    finish(CheckStatus::down, name_of_turn() + ": connection closed" + awaited +
                                  (error == 0 ? std::string() : ": " + uv_error_text(error)));
  }

  Dialogue dialogue_{settings().dialogue};
  SteadyInstant turn_begun_;
};

}  // namespace

void start_tcp(Context& context, domain::CheckDefinition check, Done done) {
  std::make_shared<TcpRun>(context, std::move(check), std::move(done))->begin();
}

}  // namespace monitron::probe
