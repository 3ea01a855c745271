// DNS: up when the server answers with the expected code and, where asked for, the expected
// records. Over UDP, and over TCP where that was cut short or is wished.

#include "base/text.hpp"
#include "probe/answer_memory.hpp"
#include "probe/dns_message.hpp"
#include "probe/dns_sockets.hpp"
#include "probe/run.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace monitron::probe {

using domain::CheckStatus;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

namespace {

constexpr int kPort = 53;
constexpr int kAttempts = 5;
constexpr milliseconds kPatience{2000};  // before the question is sent again

std::string joined(const std::vector<std::string>& texts, const char* with) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : with) + text;
  return all;
}

// For a sentence.
std::string shortened(const std::vector<std::string>& texts) {
  constexpr std::size_t kMost = 256;
  if (texts.empty()) return "none";
  const std::string all = joined(texts, ", ");
  return all.size() <= kMost ? all : all.substr(0, kMost) + "…";
}

domain::HostPort server_of(const std::string& text) {
  if (auto both = domain::parse_host_port(text)) return *both;
  const bool brackets = text.starts_with('[') && text.ends_with(']');
  return {brackets ? text.substr(1, text.size() - 2) : text, kPort};
}

int family_of(const std::string& ip_version) {
  if (ip_version == "any") return AF_UNSPEC;
  return ip_version == "6" ? AF_INET6 : AF_INET;
}

class DnsRun : public StreamRun {
 public:
  using StreamRun::StreamRun;

 private:
  // When a question without an answer is asked again.
  struct Again : probe::Deadline {
    explicit Again(DnsRun& its_run) : run(its_run) {}
    void passed() override {
      const auto self = run.shared_from_this();
      run.send_query();
    }
    void stop() { clear(); }
    DnsRun& run;
  };

  const domain::DnsSettings& settings() const { return check_.as<domain::DnsSettings>(); }

  void start() override {
    make_question();
    if (auto query = encode_dns_query(question_)) {
      query_ = std::move(*query);
    } else {
      return finish(CheckStatus::unknown, query.error().text);
    }
    if (settings().server.empty()) return ask_own_servers();
    const auto server = server_of(settings().server);
    resolve(server.host, [this, port = server.port](std::vector<Address> addresses) {
      for (auto& address : addresses) address.set_port(port);
      servers_ = std::move(addresses);
      ask();
    });
  }

  // A forger has to guess the id and the case of every letter.
  void make_question() {
    question_.name = check_.target;
    question_.type = dns_type_of(settings().record_type);
    if (settings().record_type == "PTR") {
      if (auto name = dns_reverse_name(check_.target)) question_.name = std::move(*name);
    }
    std::array<std::uint8_t, 34> random{};
    context_.dns.random(random);
    std::memcpy(&question_.id, random.data(), sizeof(question_.id));
    for (std::size_t i = 0; i < question_.name.size(); ++i) {
      const bool flip = (random[2 + i / 8 % 32] >> (i % 8) & 1) != 0;
      char& c = question_.name[i];
      if (flip && c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    }
  }

  // They are given by who runs the checker: no network is denied, and their silence is ours.
  void ask_own_servers() {
    own_ = true;
    const int family = family_of(settings().ip_version);
    for (const auto& address : context_.resolver.servers()) {
      if (family == AF_UNSPEC || family == address.family()) servers_.push_back(address);
    }
    if (servers_.empty()) return finish(CheckStatus::unknown, "this checker has no name server");
    ask();
  }

  void ask() {
    asked_ = std::chrono::steady_clock::now();
    if (settings().transport == "tcp") return ask_by_tcp();
    if (!join()) return finish(CheckStatus::unknown, "too many DNS checks at once");
    send_query();
  }

  // Under the next id that nobody uses.
  bool join() {
    for (int i = 0; i <= 0xffff && !joined_; ++i) {
      if (i > 0) ++question_.id;
      joined_ = context_.dns.join(question_.id, [this](const DnsReply& reply) { take(reply); });
    }
    query_[0] = static_cast<char>(question_.id >> 8U);
    query_[1] = static_cast<char>(question_.id);
    return joined_;
  }

  void send_query() {
    const auto& server = servers_[static_cast<std::size_t>(attempts_) % servers_.size()];
    const auto pause = std::clamp(check_.timeout / 3, milliseconds(1), kPatience);
    const SteadyInstant now = std::chrono::steady_clock::now();
    if (++attempts_ < kAttempts) context_.deadlines.set(again_, now + pause);
    // Another one would have no time to be answered.
    const bool last = now + pause + pause / 2 >= started_ + check_.timeout;
    if (attempts_ >= kAttempts || last) ask_plainly();
    speak_to(server);
    std::int64_t sent_ns = 0;
    const int error = context_.dns.send(question_.id, server, query_, sent_ns);
    if (first_sent_ns_ == 0) first_sent_ns_ = sent_ns;
    if (error != 0) not_reached(error);
  }

  // Not every server gives the letters back as they came: at last that is forgiven.
  void ask_plainly() {
    plain_ = true;
    question_.name = to_lower(question_.name);
    query_ = *encode_dns_query(question_, edns_);
  }

  void speak_to(const Address& server) {
    server_ = server;
    address_ = server.str();
    note(server);
    stage_ = "waiting for the answer of " + address_;
    our_stage_ = own_;
  }

  void not_reached(int error) {
    note_error(-error);
    const std::string text = "asking " + address_ + ": " + std::strerror(error);
    if (attempts_ < static_cast<int>(servers_.size())) return send_query();
    finish(own_ || is_own_trouble(-error) ? CheckStatus::unknown : CheckStatus::down, text);
  }

  void take(const DnsReply& reply) {
    const auto self = shared_from_this();
    if (ended()) return;
    if (reply.error != 0) return not_reached(reply.error);
    if (!answers_dns_query(query_, reply.bytes, plain_)) return;
    took_ = nanoseconds(std::max<std::int64_t>(0, reply.received_ns - first_sent_ns_));
    take_answer(reply.bytes);
  }

  void ask_by_tcp() {
    leave();
    transport_ = "tcp";
    our_stage_ = own_;
    dial(servers_);
  }

  void connected() override {
    stage_ = "waiting for the answer of " + address_;
    std::string framed{static_cast<char>(query_.size() >> 8U), static_cast<char>(query_.size())};
    send(framed + query_);
  }

  void received(std::string_view bytes) override {
    stream_ += bytes;
    if (stream_.size() < 2) return;
    const auto size = static_cast<std::size_t>(static_cast<unsigned char>(stream_[0]) << 8 |
                                               static_cast<unsigned char>(stream_[1]));
    if (stream_.size() < 2 + size) return;
    const auto answer = std::string_view(stream_).substr(2, size);
    if (!answers_dns_query(query_, answer, true)) {  // no forger gets in between
      return finish(CheckStatus::down, "the answer is for another question");
    }
    took_ = std::chrono::steady_clock::now() - asked_;
    take_answer(answer);
  }

  void ended_by_peer(int error) override {
    failed(CheckStatus::down, address_ + " closed the connection without an answer" +
                                  (error == 0 ? std::string() : ": " + uv_error_text(error)));
  }

  void failed(CheckStatus status, std::string reason) override {
    finish(own_ ? CheckStatus::unknown : status, std::move(reason));
  }

  void take_answer(std::string_view bytes) {
    auto message = decode_dns_answer(bytes);
    if (!message) {
      return finish(CheckStatus::down,
                    "broken answer of " + address_ + ": " + message.error().text);
    }
    const std::string code = dns_code_name(message->rcode);
    if (edns_ && (code == "FORMERR" || code == "NOTIMP" || code == "BADVERS")) {
      return ask_without_edns();
    }
    if (message->truncated && transport_ == "udp") {
      servers_ = {server_};
      return ask_by_tcp();
    }
    message_ = std::move(*message);
    collect();
    judge(code);
  }

  void ask_without_edns() {
    edns_ = false;
    query_ = *encode_dns_query(question_, false);
    stream_.clear();
    if (transport_ == "tcp") return ask_by_tcp();
    send_query();
  }

  void collect() {
    for (const auto& record : message_->answers) {
      if (record.type != question_.type) continue;
      texts_.push_back(record.text);
      least_ttl_ = std::min(least_ttl_.value_or(record.ttl), record.ttl);
    }
    std::sort(texts_.begin(), texts_.end());
    texts_.erase(std::unique(texts_.begin(), texts_.end()), texts_.end());
  }

  void judge(const std::string& code) {
    outcome_.details["rcode"] = code;
    const std::string& wanted = settings().expected_code;
    if (code != wanted) return finish(CheckStatus::down, code + ", expected " + wanted);
    if (code == "NOERROR") {
      if (texts_.empty()) {
        return finish(CheckStatus::down, "the answer has no " + settings().record_type + " record");
      }
      if (auto complaint = compare(); !complaint.empty()) {
        return finish(CheckStatus::down, std::move(complaint));
      }
    }
    finish(CheckStatus::up, settings().watch_changes ? change() : std::string());
  }

  std::string compare() const {
    std::vector<std::string> wanted;
    for (const auto& text : settings().expected) {
      wanted.push_back(canonical_dns_text(question_.type, text));
    }
    if (wanted.empty()) return {};
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    const auto is_there = [&](const std::string& text) {
      return std::binary_search(texts_.begin(), texts_.end(), text);
    };
    const std::string& match = settings().match;
    const bool good = match == "any"   ? std::any_of(wanted.begin(), wanted.end(), is_there)
                      : match == "all" ? std::all_of(wanted.begin(), wanted.end(), is_there)
                                       : wanted == texts_;
    const std::string how = match == "exact" ? "exactly " : match + " of ";
    if (good) return {};
    return "answered " + shortened(texts_) + "; expected " + how + shortened(wanted);
  }

  std::string change() {
    const std::string now = joined(texts_, "\n");
    const std::string key = check_.id.value.str() + " " + settings().record_type + " " +
                            to_lower(check_.target) + " " + settings().server;
    auto before = context_.answers.changed(key, now);
    if (!before) return {};
    if (before->empty()) *before = "none";
    std::replace(before->begin(), before->end(), '\n', ',');
    return "the answers have changed from " + *before + " to " + shortened(texts_);
  }

  void last_words() override {
    StreamRun::last_words();
    auto& details = outcome_.details;
    details["transport"] = transport_;
    if (attempts_ > 1) details["attempts"] = std::to_string(attempts_);
    if (!message_) return;
    outcome_.phases.first_byte = std::chrono::duration_cast<microseconds>(took_);
    add_value("probe_dns_lookup_time_seconds", std::chrono::duration<double>(took_).count());
    add_value("probe_dns_answer_rrs", static_cast<double>(message_->answers.size()));
    add_value("probe_dns_authority_rrs", static_cast<double>(message_->authority_count));
    add_value("probe_dns_additional_rrs", static_cast<double>(message_->additional_count));
    const std::string answers = joined(texts_, "\n");
    add_value("probe_dns_answer_hash", static_cast<double>(answer_hash(answers)));
    if (least_ttl_) add_value("probe_dns_ttl_seconds", *least_ttl_);
    details["answers"] = answers.substr(0, kShown);
    details["flags"] = flags();
  }

  std::string flags() const {
    std::vector<std::string> set;
    if (message_->authoritative) set.emplace_back("aa");
    if (message_->truncated) set.emplace_back("tc");
    if (message_->recursion_available) set.emplace_back("ra");
    if (message_->authenticated) set.emplace_back("ad");
    return joined(set, " ");
  }

  void leave() {
    again_.stop();
    if (std::exchange(joined_, false)) context_.dns.leave(question_.id);
  }

  void release() override {
    leave();
    StreamRun::release();
  }

  static constexpr std::size_t kShown = 4096;  // bytes of answers

  DnsQuestion question_;
  std::string query_;
  std::vector<Address> servers_;
  bool own_ = false;  // the checker's own servers are asked
  Address server_;    // the one asked last over UDP
  std::string transport_ = "udp";
  bool edns_ = true;
  bool plain_ = false;  // asked in lower case; answers may come in any
  bool joined_ = false;
  int attempts_ = 0;
  std::int64_t first_sent_ns_ = 0;
  SteadyInstant asked_;
  Again again_{*this};
  std::string stream_;
  nanoseconds took_{0};
  std::optional<DnsMessage> message_;
  std::vector<std::string> texts_;  // of the records asked for, sorted
  std::optional<std::uint32_t> least_ttl_;
};

}  // namespace

void start_dns(Context& context, domain::CheckDefinition check, Done done) {
  std::make_shared<DnsRun>(context, std::move(check), std::move(done))->begin();
}

}  // namespace monitron::probe
