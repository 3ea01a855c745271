#include "probe/rabbitmq.hpp"

#include "probe/http_request.hpp"

namespace monitron::probe {

using amqp::Method;
using domain::CheckStatus;

namespace {

constexpr std::size_t kAnswerBytes = 1 << 20;
constexpr std::size_t kComplaintBytes = 500;

}  // namespace

RabbitmqConversation::RabbitmqConversation(const domain::RabbitmqSettings& settings)
    : settings_(settings) {}

void RabbitmqConversation::connected() {
  if (management_) return ask();
  stage("waiting for the server's start");
  say(amqp::protocol_header());
}

std::size_t RabbitmqConversation::read(std::string_view bytes) {
  if (management_) {
    if (!answer_) return end_as_strange();  // it speaks before it was asked
    take_answer(answer_->feed(bytes));
    return bytes.size();
  }
  if (bytes.starts_with("AMQP")) {
    end(CheckStatus::down, "the server speaks another version of AMQP");
    return 0;
  }
  const auto frame = amqp::read_frame(bytes);
  if (frame.state == Framing::broken) return end_as_strange();
  if (frame.state == Framing::more) return 0;
  ByteReader reader(frame.payload);
  if (frame.type == static_cast<std::uint8_t>(amqp::Type::method)) {
    take(amqp::read_method(reader), reader);
  }
  return frame.size;
}

void RabbitmqConversation::take(Method method, ByteReader& reader) {
  if (method == Method::close) return refused(reader);
  if (method != awaited_) return void(end_as_strange());
  switch (method) {
    case Method::start:
      return take_start(reader);
    case Method::tune:
      return take_tune(reader);
    case Method::open_ok:
      say(amqp::close());
      awaited_ = Method::close_ok;
      return stage("closing the connection");
    default:
      return look_at_queues();
  }
}

void RabbitmqConversation::take_start(ByteReader& reader) {
  const auto start = amqp::read_start(reader);
  if (!start) return void(end_as_strange());
  for (const char* name : {"product", "version", "cluster_name"}) {
    const auto found = start->server.find(name);
    if (found != start->server.end()) detail(std::string("server_") + name, found->second);
  }
  // Any word but a login would be logged as an error, and hold the connection for seconds.
  if (settings_.username.empty()) return end(CheckStatus::up);
  if ((" " + start->mechanisms + " ").find(" PLAIN ") == std::string::npos) {
    return end(CheckStatus::unknown, "login: the server does not offer PLAIN");
  }
  stage("logging in");
  say(amqp::start_ok(settings_.username, settings_.password.text));
  awaited_ = Method::tune;
}

void RabbitmqConversation::take_tune(ByteReader& reader) {
  const auto tune = amqp::read_tune(reader);
  if (!tune) return void(end_as_strange());
  stage("opening the virtual host");
  say(amqp::tune_ok(*tune));
  say(amqp::open(settings_.vhost));
  awaited_ = Method::open_ok;
}

void RabbitmqConversation::refused(ByteReader& reader) {
  const auto close = amqp::read_close(reader);
  if (!close) return void(end_as_strange());
  say(amqp::close_ok());
  const std::string what = awaited_ == Method::tune ? "login: " : "";
  end(CheckStatus::down, what + close->text + " (" + std::to_string(close->code) + ")");
}

void RabbitmqConversation::look_at_queues() {
  if (settings_.management_url.empty()) return end(CheckStatus::up);
  auto url = parse_http_url(settings_.management_url);
  if (!url) return end(CheckStatus::unknown, "management_url: " + url.error().text);
  management_ = std::move(*url);
  ask_next(false);
}

void RabbitmqConversation::ask() {
  stage("asking the management API");
  domain::HttpSettings http;
  http.username = settings_.username;
  http.password = settings_.password;
  HttpUrl url = *management_;
  while (url.path.ends_with('/')) url.path.pop_back();
  url.path += settings_.queues.empty()
                  ? rabbitmq::page_path(settings_.vhost, asked_ + 1)
                  : rabbitmq::queue_path(settings_.vhost, settings_.queues[asked_]);
  answer_ = std::make_unique<HttpResponseReader>(false, kAnswerBytes);
  say(HttpRequest::of(http, std::move(url)).text(true));
}

void RabbitmqConversation::closed(const std::string& how) {
  if (!answer_) return Conversation::closed(how);
  take_answer(answer_->end());
}

void RabbitmqConversation::take_answer(HttpResponseReader::State state) {
  if (state == HttpResponseReader::State::more) return;
  if (state == HttpResponseReader::State::broken) {
    return end(CheckStatus::down, "management: " + answer_->error());
  }
  const auto& response = answer_->response();
  if (response.status == 401 || response.status == 403) {
    return end(CheckStatus::unknown, "management: the user may not look at queues (status " +
                                         std::to_string(response.status) + ")");
  }
  if (response.status == 404 && !settings_.queues.empty()) {
    return end(CheckStatus::down, "queue " + settings_.queues[asked_] + " is not there");
  }
  if (response.status != 200) {
    return end(CheckStatus::down, "management: status " + std::to_string(response.status));
  }
  const bool same_connection = answer_->reusable();
  const std::string body = response.body.text();
  settings_.queues.empty() ? take_page(body) : take_queue(body);
  if (over()) return;
  ++asked_;
  ask_next(same_connection);
}

void RabbitmqConversation::take_page(const std::string& body) {
  const auto page = rabbitmq::read_page(body);
  if (!page) return end(CheckStatus::down, "management: the answer is not one of RabbitMQ");
  pages_ = page->pages;
  for (const auto& queue : page->queues) {
    ++queues_;
    total_.ready += queue.ready;
    total_.unacked += queue.unacked;
    total_.consumers += queue.consumers;
  }
}

void RabbitmqConversation::take_queue(const std::string& body) {
  const auto queue = rabbitmq::read_queue(body);
  if (!queue) return end(CheckStatus::down, "management: the answer is not one of RabbitMQ");
  const std::string& name = settings_.queues[asked_];
  value("probe_rabbitmq_queue_messages_ready", queue->ready, {{"queue", name}});
  value("probe_rabbitmq_queue_messages_unacked", queue->unacked, {{"queue", name}});
  value("probe_rabbitmq_queue_consumers", queue->consumers, {{"queue", name}});
  ++queues_;
  total_.ready += queue->ready;
  total_.unacked += queue->unacked;
  total_.consumers += queue->consumers;
  const auto complaint = rabbitmq::complaint_about(*queue, "queue " + name, settings_);
  if (complaint.empty() || complaints_.size() > kComplaintBytes) return;
  complaints_ += (complaints_.empty() ? "" : "; ") + complaint;
}

void RabbitmqConversation::ask_next(bool same_connection) {
  const std::size_t all =
      settings_.queues.empty() ? std::min(pages_, rabbitmq::kMostPages) : settings_.queues.size();
  if (asked_ >= all) return judge();
  if (same_connection) return ask();
  answer_.reset();
  go_to({management_->host, management_->port, management_->https});
}

void RabbitmqConversation::judge() {
  value("probe_rabbitmq_queues", static_cast<double>(queues_));
  value("probe_rabbitmq_messages_ready", total_.ready);
  value("probe_rabbitmq_messages_unacked", total_.unacked);
  value("probe_rabbitmq_consumers", total_.consumers);
  if (settings_.queues.empty()) {
    complaints_ = rabbitmq::complaint_about(total_, "all queues together", settings_);
    if (pages_ > rabbitmq::kMostPages)
      detail("queues_counted", "the first " + std::to_string(queues_));
  }
  end(complaints_.empty() ? CheckStatus::up : CheckStatus::down, complaints_);
}

}  // namespace monitron::probe
