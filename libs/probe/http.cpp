// HTTP and HTTPS over connections of our own: HTTP/1.1, a new connection for each request unless
// the check wants it kept.

#include "probe/http_visit.hpp"
#include "probe/kept_links.hpp"
#include "probe/run.hpp"

namespace monitron::probe {

using domain::CheckStatus;

namespace {

class HttpRun : public StreamRun {
 public:
  using StreamRun::StreamRun;

 private:
  const domain::HttpSettings& settings() const { return check_.as<domain::HttpSettings>(); }

  void start() override {
    auto visit = HttpVisit::begin(check_.target, settings());
    if (!visit) return finish(CheckStatus::unknown, visit.error().text);
    visit_ = std::move(*visit);
    ask();
  }

  void ask() {
    const HttpRequest& request = visit_.request();
    reader_ = std::make_unique<HttpResponseReader>(
        request.method == "HEAD", static_cast<std::size_t>(settings().max_body_bytes));
    first_byte_seen_ = false;
    if (!settings().reuse_connection) return dial(request.url.host, request.url.port);
    kept_key_ = visit_.key_of_connection(check_.id.str(), settings());
    auto link = context_.kept.take(kept_key_);
    kept_ = link.has_value();
    if (!link) return dial(request.url.host, request.url.port);
    go_on(std::move(*link));
    send_request();
  }

  void connected() override {
    const HttpUrl& url = visit_.request().url;
    if (!url.https) return send_request();
    start_tls(
        visit_.tls(settings()), url.host, [this] { send_request(); }, true);
  }

  void send_request() {
    stage_ = "waiting for the answer";
    step_begun_ = std::chrono::steady_clock::now();
    send(visit_.request().text(settings().reuse_connection));
  }

  void received(std::string_view bytes) override {
    if (!first_byte_seen_) {
      first_byte_seen_ = true;
      add_time(outcome_.phases.first_byte, step_begun_);
      step_begun_ = std::chrono::steady_clock::now();
      stage_ = "reading the answer";
    }
    take(reader_->feed(bytes));
  }

  void ended_by_peer(int error) override {
    // It had given up the kept connection meanwhile; that says nothing of how it is.
    if (kept_ && !first_byte_seen_) {
      kept_ = false;
      return dial(visit_.request().url.host, visit_.request().url.port);
    }
    if (error != 0) return finish(CheckStatus::down, stage_ + ": " + uv_error_text(error));
    take(reader_->end());
  }

  void take(HttpResponseReader::State state) {
    if (state == HttpResponseReader::State::more) return;
    if (state == HttpResponseReader::State::broken) {
      return finish(CheckStatus::down, "HTTP: " + reader_->error());
    }
    add_time(outcome_.phases.transfer, step_begun_);
    reusable_ = settings().reuse_connection && reader_->reusable();
    auto step = visit_.take(settings(), reader_->response(), context_.expressions);
    if (!step.again) return finish(step.status, std::move(step.reason));
    keep_connection();
    ask();
  }

  void keep_connection() {
    if (!reusable_) return;
    reusable_ = false;
    context_.kept.keep(kept_key_, part(), 2 * check_.interval);
  }

  void release() override {
    keep_connection();
    StreamRun::release();
  }

  void last_words() override {
    StreamRun::last_words();
    const HttpResponse* response = reader_ ? &reader_->response() : nullptr;
    if (response != nullptr && response->status != 0) outcome_.details.erase("received");
    if (kept_) outcome_.details["connection"] = "kept from the run before";
    visit_.report(settings(), response, outcome_);
  }

  HttpVisit visit_;
  std::string kept_key_;
  bool kept_ = false;      // the request went out on a connection from before
  bool reusable_ = false;  // the connection can carry another request
  bool first_byte_seen_ = false;
  SteadyInstant step_begun_;
  std::unique_ptr<HttpResponseReader> reader_;
};

}  // namespace

void start_http(Context& context, domain::CheckDefinition check, Done done) {
  const auto& settings = check.as<domain::HttpSettings>();
  if (settings.http_version == "2" || !settings.proxy.empty()) {
    return start_http_by_curl(context, std::move(check), std::move(done));
  }
  std::make_shared<HttpRun>(context, std::move(check), std::move(done))->begin();
}

}  // namespace monitron::probe
