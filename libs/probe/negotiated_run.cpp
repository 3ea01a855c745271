#include "probe/negotiated_run.hpp"

namespace monitron::probe {

using domain::CheckStatus;

void NegotiatedRun::reach(Way way) {
  const auto target = host_port();
  if (!target) return finish(CheckStatus::unknown, target.error().text);
  way_ = std::move(way);
  way_.options.verify = false;  // judged in `ready`, so that the server is told good-bye even so
  host_ = target->host;
  words_ = StartTls::of(way_.starttls);
  dial(target->host, target->port);
}

void NegotiatedRun::connected() {
  if (words_) {
    stage_ = "STARTTLS of " + way_.starttls;
    negotiating_ = true;
    return negotiate(words_->begin());
  }
  if (way_.tls) return secure();
  ready();
}

void NegotiatedRun::received(std::string_view bytes) {
  if (verdict_) return leave(words_->take_leave(bytes));
  if (negotiating_) return negotiate(words_->take(bytes));
  answered(bytes);
}

void NegotiatedRun::negotiate(const StartTls::Step& step) {
  if (!step.to_send.empty()) send(step.to_send);
  if (!step.refusal.empty()) {
    return finish(CheckStatus::down, "STARTTLS of " + way_.starttls + ": " + step.refusal);
  }
  if (!step.done) return;
  negotiating_ = false;
  secure();
}

void NegotiatedRun::secure() {
  start_tls(way_.options, host_, [this] { ready(); });
}

void NegotiatedRun::part(CheckStatus status, std::string reason) {
  if (!words_) return finish(status, std::move(reason));
  verdict_ = Verdict{status, std::move(reason)};
  leave(words_->leave());
}

void NegotiatedRun::leave(const StartTls::Step& step) {
  if (!step.to_send.empty()) send(step.to_send);
  if (step.done) finish(verdict_->status, verdict_->reason);
}

void NegotiatedRun::ended_by_peer(int error) {
  if (verdict_) return finish(verdict_->status, verdict_->reason);
  if (!negotiating_) return left_by_peer(error);
  finish(CheckStatus::down, "STARTTLS of " + way_.starttls + ": connection closed" +
                                (error == 0 ? std::string() : ": " + uv_error_text(error)));
}

void NegotiatedRun::timed_out() {
  if (verdict_) return finish(verdict_->status, verdict_->reason);
  StreamRun::timed_out();
}

}  // namespace monitron::probe
