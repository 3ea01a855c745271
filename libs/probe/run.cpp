#include "probe/run.hpp"

#include "base/bytes.hpp"

namespace monitron::probe {

using domain::CheckStatus;
using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;

namespace {

// Peers choose some of these bytes; what is not UTF-8 would spoil the message it travels in.
void clean(std::string& text) {
  if (text.empty() || is_valid_utf8(text)) return;
  for (char& byte : text) {
    if (static_cast<unsigned char>(byte) >= 0x80 || byte == '\0') byte = '?';
  }
}

void clean(domain::ProbeOutcome& outcome) {
  clean(outcome.reason);
  for (auto& [name, text] : outcome.details) clean(text);
  for (auto& value : outcome.values) {
    for (auto& [name, text] : value.labels) clean(text);
  }
}

int family_of(const domain::CheckSettings& settings) {
  return std::visit(
      [](const auto& own) {
        if constexpr (requires { own.ip_version; }) {
          if (own.ip_version == "4") return AF_INET;
          if (own.ip_version == "6") return AF_INET6;
        }
        return AF_UNSPEC;
      },
      settings);
}

SteadyInstant now() { return std::chrono::steady_clock::now(); }

}  // namespace

Run::Run(Context& context, domain::CheckDefinition check, Done done)
    : context_(context), check_(std::move(check)), done_(std::move(done)) {}

void Run::begin() {
  const auto self = shared_from_this();
  kept_ = self;
  after_ = context_.first;
  if (after_ != nullptr) after_->before_ = this;
  context_.first = this;
  ++context_.running;
  restart_time(check_.timeout);
  start();
}

void Run::restart_time(milliseconds limit) {
  started_ = now();
  context_.deadlines.set(*this, started_ + limit);
}

void Run::passed() {
  const auto keep = shared_from_this();
  if (!ended()) timed_out();
}

// Whoever calls it holds the run.
void Run::leave() {
  clear();
  release();
  if (!kept_) return;
  (before_ != nullptr ? before_->after_ : context_.first) = after_;
  if (after_ != nullptr) after_->before_ = before_;
  --context_.running;
  kept_.reset();
}

void Run::stop() {
  const auto self = shared_from_this();
  done_ = nullptr;
  leave();
}

void Run::timed_out() {
  out_of_time_ = true;
  const std::string text =
      "no answer within " + std::to_string(check_.timeout.count()) + " ms (" + stage_ + ")";
  finish(our_stage_ ? CheckStatus::unknown : CheckStatus::down, text);
}

void Run::finish(CheckStatus status, std::string reason) {
  if (ended()) return;
  const auto self = shared_from_this();
  outcome_.duration = duration_cast<microseconds>(now() - started_);
  outcome_.status = status;
  outcome_.reason = std::move(reason);
  outcome_.warning = status == CheckStatus::up && !outcome_.reason.empty();
  if (status != CheckStatus::up) explain_failure();
  last_words();
  clean(outcome_);
  leave();
  const Trouble why = trouble();
  const Done done = std::exchange(done_, nullptr);
  done({std::move(outcome_), why, peer_address_, std::move(check_)});
}

Trouble Run::trouble() const {
  if (outcome_.status == CheckStatus::up) return Trouble::none;
  const bool unknown = outcome_.status == CheckStatus::unknown;
  if (unknown && is_descriptor_trouble(error_)) return Trouble::descriptors;
  const bool network = out_of_time_ || no_names_ || is_network_trouble(error_);
  return network ? Trouble::network : Trouble::none;
}

void Run::explain_failure() {
  if (!stage_.empty()) outcome_.details["stage"] = stage_;
  if (error_ != 0) outcome_.details["error"] = uv_error_text(error_);
}

Result<domain::HostPort> Run::host_port() const {
  const int port = domain::info_of(check_.kind()).port;
  auto named = domain::parse_host_port(check_.target);
  if (named || port == 0) return named;
  std::string host = check_.target;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return domain::HostPort{std::move(host), port};
}

void Run::add_time(domain::Phases::Part& part, SteadyInstant since) {
  part = part.value_or(microseconds(0)) + duration_cast<microseconds>(now() - since);
}

void Run::resolve(const std::string& host, std::function<void(std::vector<Address>)> then) {
  stage_ = "resolving " + host;
  our_stage_ = true;
  const SteadyInstant begun = now();
  const auto mine = ++resolutions_;
  const int family = family_of(check_.settings);
  const auto numeric = Address::parse(host);
  if (numeric && (family == AF_UNSPEC || family == numeric->family())) {
    return use(std::vector<Address>{*numeric}, begun, then);
  }
  auto take = [this, self = shared_from_this(), begun, mine,
               then = std::move(then)](Result<std::vector<Address>> found) {
    if (!ended() && mine == resolutions_) use(std::move(found), begun, then);
  };
  context_.resolver.resolve(host, std::move(take), family);
}

void Run::use(Result<std::vector<Address>> found, SteadyInstant begun,
              const std::function<void(std::vector<Address>)>& then) {
  our_stage_ = false;
  add_time(outcome_.phases.resolve, begun);
  if (!found) {
    const bool theirs = found.error().fault == Fault::not_found;
    no_names_ = found.error().fault == Fault::unavailable;
    return failed(theirs ? CheckStatus::down : CheckStatus::unknown, found.error().text);
  }
  const Address first = found->front();
  std::erase_if(*found, [&](const Address& one) { return !context_.may_reach(one); });
  if (found->empty()) {
    return failed(CheckStatus::unknown, "address " + first.str() + " may not be checked");
  }
  then(std::move(*found));
}

}  // namespace monitron::probe
