#include "agent/sender.hpp"

#include "base/log.hpp"
#include "base/random.hpp"
#include "contracts/compression.hpp"

namespace monitron::agent {

Sender::Sender(Surroundings surroundings, Target target, Spool& spool, Quarantine& quarantine)
    : around_(std::move(surroundings)),
      target_(std::move(target)),
      spool_(spool),
      quarantine_(quarantine),
      backoff_(target_.first_pause, target_.longest_pause) {}

void Sender::wake() {
  if (state_ == State::idle) send_next();
}

void Sender::stop(std::function<void()> finished) {
  if (state_ == State::waiting_for_answer) {
    finished_ = std::move(finished);
    return;
  }
  state_ = State::stopped;
  finished();
}

void Sender::send_next() {
  auto batch = spool_.front();
  if (!batch && batch.error().fault == Fault::bug) return around_.give_up(batch.error());
  if (!batch) {
    return pause({Verdict::Action::retry, batch.error().text, {}});
  }
  if (!batch->has_value()) {
    state_ = State::idle;
    return;
  }
  in_hand_ = std::move(**batch);
  auto decoded = contracts::decode_batch(in_hand_.body);
  if (!decoded) {  // written by another version, perhaps
    return act({Verdict::Action::quarantine, decoded.error().text, {}});
  }
  decoded_ = std::move(*decoded);
  post(in_full_ ? in_hand_.body : known_.shorten(decoded_));
}

void Sender::post(const std::string& body) {
  state_ = State::waiting_for_answer;
  http::ClientRequest request;
  request.method = http::Method::post;
  request.url = target_.url + "/api/v1/telemetry";
  request.headers = {{"Content-Type", "application/x-protobuf"},
                     {"Content-Encoding", "zstd"},
                     {"Authorization", "Bearer " + target_.token}};
  request.body = contracts::zstd_pack(body);
  use(target_.tls, request);
  request.timeout = target_.timeout;
  around_.client.send(std::move(request), [this](Result<http::Response> answer) {
    around_.on_worker([this, answer = std::move(answer)] { answered(answer); });
  });
}

void Sender::answered(const Result<http::Response>& answer) {
  state_ = State::idle;
  const auto verdict = judge(answer);
  if (finished_) {
    // Stopping: what is not done now is sent by the next run.
    if (verdict.action == Verdict::Action::done) settle();
    state_ = State::stopped;
    return finished_();
  }
  act(verdict);
}

void Sender::act(const Verdict& verdict) {
  const bool refused_in_full = verdict.action == Verdict::Action::send_in_full && in_full_;
  if (verdict.action == Verdict::Action::retry) return pause(verdict);
  if (verdict.action == Verdict::Action::send_in_full && !refused_in_full) {
    known_.forget();
    in_full_ = true;
    return send_next();
  }
  if (verdict.action == Verdict::Action::done) {
    known_.accepted(decoded_);
    ++sent_;
    if (!verdict.configuration.empty()) around_.told_configuration(verdict.configuration);
  } else {
    const auto kept = quarantine_.keep(in_hand_, verdict.reason);
    log::error("batch.refused", "the server refused a batch; it is in quarantine",
               {{"seq", in_hand_.seq},
                {"reason", verdict.reason},
                {"kept", kept ? "yes" : kept.error().text}});
  }
  if (backoff_.tries() > 0) log::info("server.back", "the server takes batches again");
  backoff_.reset();
  settle();
  state_ = State::idle;
  around_.on_worker([this] { wake(); });  // not from here: a row of refusals would be a deep stack
}

void Sender::settle() {
  in_full_ = false;
  const auto done = spool_.acknowledge(in_hand_.seq);
  if (!done && done.error().fault == Fault::bug) around_.give_up(done.error());
  if (!done) log::warning("spool.cursor", done.error().text);
}

void Sender::pause(const Verdict& verdict) {
  ++failures_;
  state_ = State::pausing;
  const bool first = backoff_.tries() == 0;
  const auto delay =
      std::max(backoff_.next(random_unit()),
               verdict.at_least + std::chrono::milliseconds(static_cast<int>(random_unit() * 500)));
  log::write(first ? log::Level::warning : log::Level::debug, "batch.delayed",
             "the server did not take a batch; it stays in the spool",
             {{"reason", verdict.reason}, {"next_try_ms", delay.count()}});
  around_.loop.post([this, delay] {
    pause_timer_ = around_.loop.after(delay, [this] {
      around_.on_worker([this] {
        if (state_ == State::pausing) send_next();
      });
    });
  });
}

}  // namespace monitron::agent
