// Databases and queues: the run that carries a conversation over TCP, and TLS where it wishes.

#include "probe/conversation.hpp"
#include "probe/run.hpp"

namespace monitron::probe {

using domain::CheckStatus;

namespace {

std::string password_of(const domain::CheckSettings& settings) {
  return std::visit(
      [](const auto& own) {
        if constexpr (requires { own.password; }) return own.password.text;
        return std::string();
      },
      settings);
}

domain::TlsOptions tls_of(const domain::CheckSettings& settings) {
  return std::visit(
      [](const auto& own) {
        if constexpr (requires { own.tls; }) return own.tls;
        return domain::TlsOptions();
      },
      settings);
}

// A service that was told a password may tell it back.
void hide(std::string& text, const std::string& password) {
  if (password.empty()) return;
  for (std::size_t at = 0; (at = text.find(password, at)) != std::string::npos; at += 3) {
    text.replace(at, password.size(), "***");
  }
}

class ServiceRun : public StreamRun {
 public:
  using StreamRun::StreamRun;

 private:
  void start() override {
    const auto target = host_port();
    if (!target) return finish(CheckStatus::unknown, target.error().text);
    conversation_ = make_conversation(check_, started_ + check_.timeout);
    go_to({target->host, target->port, conversation_->begins_with_tls()});
  }

  void go_to(Endpoint place) {
    place_ = std::move(place);
    heard_ = false;
    dial(place_.host, place_.port);
  }

  void connected() override {
    if (first_address_.empty()) first_address_ = address_;
    if (place_.tls) return begin_tls();
    begin_with([this] { conversation_->connected(); });
  }

  // The conversation hears of a bad certificate and ends itself: it may have to say goodbye first.
  void begin_tls() {
    auto options = tls_of(check_.settings);
    const bool verify = std::exchange(options.verify, false);
    start_tls(options, place_.host, [this, verify] {
      const std::string complaint = verify ? certificate()->complaint() : std::string();
      begin_with([&] {
        if (!place_.tls) return conversation_->secured(complaint);
        if (complaint.empty()) return conversation_->connected();
        finish(CheckStatus::down, complaint);
      });
    });
  }

  template <class Begin>
  void begin_with(Begin begin) {
    begun_ = std::chrono::steady_clock::now();
    begin();
    if (!ended()) carry_out();
  }

  void received(std::string_view bytes) override {
    if (!heard_) add_time(outcome_.phases.first_byte, begun_);
    if (!std::exchange(heard_, true)) begun_ = std::chrono::steady_clock::now();
    conversation_->received(bytes);
    carry_out();
  }

  void ended_by_peer(int error) override {
    conversation_->closed(error == 0 ? std::string() : uv_error_text(error));
    carry_out();
  }

  void timed_out() override {
    if (conversation_) {
      conversation_->out_of_time();
      carry_out();
    }
    if (!ended()) StreamRun::timed_out();
  }

  void carry_out() {
    auto step = conversation_->take();
    if (!step.stage.empty()) stage_ = step.stage;
    for (auto& value : step.values) outcome_.values.push_back(std::move(value));
    for (auto& [name, text] : step.details) outcome_.details[name] = std::move(text);
    if (!step.send.empty()) send(step.send);
    if (step.verdict) return finish(*step.verdict, std::move(step.reason));
    if (step.dial) return go_to(std::move(*step.dial));
    if (step.secure) begin_tls();
  }

  void last_words() override {
    if (heard_) add_time(outcome_.phases.transfer, begun_);
    StreamRun::last_words();
    if (!first_address_.empty()) outcome_.details["address"] = first_address_;
    const std::string password = password_of(check_.settings);
    hide(outcome_.reason, password);
    for (auto& [name, text] : outcome_.details) hide(text, password);
  }

  std::unique_ptr<Conversation> conversation_;
  Endpoint place_;
  std::string first_address_;
  bool heard_ = false;
  SteadyInstant begun_;
};

}  // namespace

void start_service(Context& context, domain::CheckDefinition check, Done done) {
  std::make_shared<ServiceRun>(context, std::move(check), std::move(done))->begin();
}

}  // namespace monitron::probe
