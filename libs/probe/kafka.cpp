#include "probe/kafka.hpp"

#include <algorithm>
#include <set>

namespace monitron::probe {

using domain::CheckStatus;
using kafka::Api;
using kafka::Partition;

namespace {

constexpr std::size_t kMostVisits = 50;
constexpr std::size_t kMostTopicSeries = 200;
constexpr std::size_t kComplaintBytes = 500;

}  // namespace

KafkaConversation::KafkaConversation(const domain::KafkaSettings& settings) : settings_(settings) {
  message_limit_ = kafka::kAnswerBytes + 4;
  questions_ = {{Api::api_versions}, {Api::metadata}};
  for (const auto& group : settings_.groups)
    questions_.push_back({Api::find_coordinator, -1, group});
}

// Every broker wants the login; what it speaks is asked but once, and before.
void KafkaConversation::connected() {
  if (!settings_.username.empty()) {
    const bool first = !questions_.empty() && questions_.front().api == Api::api_versions;
    questions_.insert(questions_.begin() + (first ? 1 : 0), {Api::sasl_handshake});
  }
  ask_next();
}

// The first question, wherever it must be asked; when there is none the next round, or the end.
void KafkaConversation::ask_next() {
  if (questions_.empty()) return leaders_asked_ ? judge_lag() : ask_leaders();
  const Question& question = questions_.front();
  if (question.node == -1 || question.node == here_) return ask(question);
  const auto broker = metadata_.brokers.find(question.node);
  if (broker == metadata_.brokers.end() || broker->second.port < 1 ||
      broker->second.port > 65'535 || ++visits_ > kMostVisits) {
    return end(CheckStatus::unknown,
               "broker " + std::to_string(question.node) +
                   (visits_ > kMostVisits ? " is one too many to be asked" : " has no address"));
  }
  here_ = question.node;
  stage("asking broker " + std::to_string(here_));
  go_to({broker->second.host, broker->second.port, settings_.use_tls});
}

void KafkaConversation::ask(const Question& question) {
  const kafka::Range known = kafka::known_versions(question.api);
  const auto offered = versions_.find(static_cast<std::int16_t>(question.api));
  version_ = known.most;
  if (question.api != Api::api_versions) {
    const kafka::Range range = offered == versions_.end() ? kafka::Range{0, -1} : offered->second;
    version_ = std::min(known.most, range.most);
    if (version_ < std::max(known.least, range.least)) {
      const auto number = std::to_string(static_cast<int>(question.api));
      return end(CheckStatus::unknown, "no version of request " + number +
                                           " is known to both the server and the checker");
    }
  }
  constexpr std::pair<Api, const char*> kStages[] = {
      {Api::api_versions, "asking for versions"},
      {Api::sasl_handshake, "asking for a login"},
      {Api::sasl_authenticate, "login"},
      {Api::metadata, "asking for the cluster"},
      {Api::find_coordinator, "asking for the coordinator of a group"},
      {Api::offset_fetch, "asking for the offsets of a group"},
      {Api::list_offsets, "asking for the latest offsets"}};
  for (const auto& [api, name] : kStages) {
    if (api == question.api) stage(name);
  }
  say(kafka::request(question.api, version_, ++correlation_, body_of(question, version_)));
}

std::string KafkaConversation::body_of(const Question& question, std::int16_t version) const {
  switch (question.api) {
    case Api::metadata:
      return kafka::metadata_body(version);
    case Api::find_coordinator:
      return kafka::coordinator_body(version, question.group);
    case Api::offset_fetch:
      return kafka::fetch_body(question.group);
    case Api::list_offsets:
      return kafka::latest_body(version, question.partitions);
    case Api::sasl_handshake:
      return kafka::handshake_body(settings_.sasl_mechanism);
    case Api::sasl_authenticate:
      return kafka::authenticate_body(question.words);
    case Api::api_versions:
      break;
  }
  return {};
}

std::size_t KafkaConversation::read(std::string_view bytes) {
  const auto answer = kafka::read_answer(bytes);
  if (answer.state == Framing::more) return 0;
  if (answer.state == Framing::broken || answer.correlation != correlation_ || questions_.empty()) {
    return end_as_strange();
  }
  take(answer.body);
  if (over()) return answer.size;
  questions_.pop_front();
  ask_next();
  return answer.size;
}

void KafkaConversation::take(std::string_view body) {
  switch (questions_.front().api) {
    case Api::api_versions:
      return take_versions(body);
    case Api::sasl_handshake:
      return take_handshake(body);
    case Api::sasl_authenticate:
      return take_authenticated(body);
    case Api::metadata:
      return take_metadata(body);
    case Api::find_coordinator:
      return take_coordinator(body);
    case Api::offset_fetch:
      return take_fetched(body);
    case Api::list_offsets:
      return take_latest(body);
  }
}

// Answered before any login: a server that wants one goes away afterwards.
void KafkaConversation::closed(const std::string& how) {
  if (settings_.username.empty() && !questions_.empty() &&
      questions_.front().api == Api::metadata) {
    return end(CheckStatus::unknown,
               "the server answers, but closes the connection when asked for its cluster: it may "
               "want a login, which this check has not");
  }
  Conversation::closed(how);
}

void KafkaConversation::take_versions(std::string_view body) {
  auto versions = kafka::read_api_versions(body);
  if (!versions) return void(end_as_strange());
  versions_ = std::move(versions->ranges);
}

void KafkaConversation::take_handshake(std::string_view body) {
  const auto handshake = kafka::read_handshake(body);
  if (!handshake) return void(end_as_strange());
  if (handshake->error != 0) {
    return end(CheckStatus::unknown, "login: the server does not take " + settings_.sasl_mechanism +
                                         ", but " +
                                         handshake->mechanisms.substr(0, kServiceTextBytes));
  }
  login_.emplace(settings_);
  log_in_with(login_->first());
}

void KafkaConversation::take_authenticated(std::string_view body) {
  const auto said = kafka::read_authenticated(body);
  if (!said) return void(end_as_strange());
  if (said->error != 0) {
    return end(CheckStatus::down, "login: " + said->text.substr(0, kServiceTextBytes));
  }
  const auto words = login_->answer(said->words);
  if (!words) return end(CheckStatus::down, "login: the server " + words.error().text);
  if (!words->empty()) log_in_with(*words);
}

void KafkaConversation::log_in_with(std::string words) {
  questions_.insert(questions_.begin() + 1, {Api::sasl_authenticate, -1, {}, {}, std::move(words)});
}

void KafkaConversation::take_metadata(std::string_view body) {
  auto metadata = kafka::read_metadata(version_, body);
  if (!metadata) return void(end_as_strange());
  metadata_ = std::move(*metadata);
  judge_cluster();
}

void KafkaConversation::judge_cluster() {
  const auto count = [&](const char* name, std::size_t amount) {
    value(name, static_cast<double>(amount));
  };
  count("probe_kafka_brokers", metadata_.brokers.size());
  count("probe_kafka_topics", metadata_.topics);
  count("probe_kafka_partitions", metadata_.leaders.size());
  count("probe_kafka_under_replicated_partitions", metadata_.under_replicated);
  count("probe_kafka_offline_partitions", metadata_.offline);
  if (!metadata_.cluster.empty()) detail("cluster", metadata_.cluster);
  if (metadata_.brokers.size() < static_cast<std::size_t>(settings_.min_brokers)) {
    complain(std::to_string(metadata_.brokers.size()) + " brokers, fewer than " +
             std::to_string(settings_.min_brokers));
  }
  if (metadata_.under_replicated > static_cast<std::size_t>(settings_.max_under_replicated)) {
    complain(std::to_string(metadata_.under_replicated) + " under-replicated partitions (" +
             std::to_string(metadata_.offline) + " without a leader), more than " +
             std::to_string(settings_.max_under_replicated));
  }
}

void KafkaConversation::take_coordinator(std::string_view body) {
  const auto coordinator = kafka::read_coordinator(version_, body);
  if (!coordinator) return void(end_as_strange());
  const std::string group = questions_.front().group;
  if (coordinator->error != 0) return trouble_of_group(group, coordinator->error);
  metadata_.brokers[coordinator->node] = coordinator->broker;
  // Questions to one broker together: each is called on once.
  const auto later = [](const Question& one, std::int32_t node) { return one.node > node; };
  const auto place = std::find_if(questions_.begin() + 1, questions_.end(), [&](const auto& one) {
    return one.api == Api::offset_fetch && later(one, coordinator->node);
  });
  questions_.insert(place, {Api::offset_fetch, coordinator->node, group});
}

void KafkaConversation::trouble_of_group(const std::string& group, std::int16_t error) {
  constexpr std::int16_t kNotAllowed = 30;
  if (error == kNotAllowed) {
    return end(CheckStatus::unknown, "group " + group + " may not be looked at");
  }
  complain("group " + group + ": error " + std::to_string(error));
}

void KafkaConversation::take_fetched(std::string_view body) {
  const auto offsets = kafka::read_fetched(version_, body);
  if (!offsets) return void(end_as_strange());
  const std::string& group = questions_.front().group;
  if (offsets->error != 0) return trouble_of_group(group, offsets->error);
  auto& committed = committed_[group];
  for (const auto& [partition, offset] : offsets->partitions) {
    if (offset.error == 0 && offset.offset >= 0) committed[partition] = offset.offset;
  }
}

void KafkaConversation::ask_leaders() {
  leaders_asked_ = true;
  std::map<std::int32_t, std::set<Partition>> by_leader;
  for (const auto& [group, committed] : committed_) {
    for (const auto& [partition, offset] : committed) {
      const auto leader = metadata_.leaders.find(partition);
      if (leader == metadata_.leaders.end() || leader->second < 0) continue;
      by_leader[leader->second].insert(partition);
    }
  }
  for (const auto& [leader, some] : by_leader) {
    questions_.push_back({Api::list_offsets, leader, {}, {some.begin(), some.end()}});
  }
  ask_next();
}

void KafkaConversation::take_latest(std::string_view body) {
  const auto offsets = kafka::read_latest(version_, body);
  if (!offsets) return void(end_as_strange());
  for (const auto& [partition, offset] : offsets->partitions) {
    if (offset.error == 0 && offset.offset >= 0) latest_[partition] = offset.offset;
  }
}

void KafkaConversation::judge_lag() {
  for (const auto& [group, committed] : committed_) judge_group(group, committed);
  if (!complaints_.empty()) return end(CheckStatus::down, complaints_);
  if (unmeasured_ == 0) return end(CheckStatus::up);
  // A leader that has just changed is known to the others in a moment.
  end(settings_.max_lag < 0 ? CheckStatus::up : CheckStatus::unknown,
      "the lag of " + std::to_string(unmeasured_) + " partitions could not be measured");
}

void KafkaConversation::judge_group(const std::string& group,
                                    const std::map<Partition, std::int64_t>& committed) {
  double lag = 0;
  std::map<std::string, double> by_topic;
  for (const auto& [partition, offset] : committed) {
    const auto latest = latest_.find(partition);
    if (latest == latest_.end()) {
      ++unmeasured_;
      continue;
    }
    const auto behind = static_cast<double>(std::max<std::int64_t>(0, latest->second - offset));
    lag += behind;
    by_topic[partition.topic.name()] += behind;
  }
  if (committed.empty() && settings_.max_lag >= 0) {
    return complain("group " + group + " has committed nothing");
  }
  value("probe_kafka_group_lag", lag, {{"group", group}});
  for (const auto& [topic, behind] : by_topic) {
    if (++topic_series_ > kMostTopicSeries) break;
    value("probe_kafka_group_topic_lag", behind, {{"group", group}, {"topic", topic}});
  }
  if (settings_.max_lag >= 0 && lag > static_cast<double>(settings_.max_lag)) {
    const auto shown = static_cast<std::int64_t>(std::min(lag, 9e18));  // brokers say anything
    complain("group " + group + " is " + std::to_string(shown) + " messages behind, more than " +
             std::to_string(settings_.max_lag));
  }
}

void KafkaConversation::complain(const std::string& complaint) {
  if (complaints_.size() > kComplaintBytes) return;
  complaints_ += (complaints_.empty() ? "" : "; ") + complaint;
}

}  // namespace monitron::probe
