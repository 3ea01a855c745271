#include "api/stream_wishes.hpp"

#include "base/ids.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace monitron::api {
namespace {

constexpr std::size_t kMostOfOne = 100;
constexpr std::size_t kLongest = 1024;

struct NamedTopic {
  const char* name;
  Topic topic;
};
constexpr std::array kTopics = {
    NamedTopic{"metrics", Topic::metrics}, NamedTopic{"checks", Topic::checks},
    NamedTopic{"states", Topic::states}, NamedTopic{"alerts", Topic::alerts},
    NamedTopic{"jobs", Topic::jobs}};

Result<std::set<Topic>> topics_of(const http::Request& request) {
  std::set<Topic> topics;
  for (const auto& name : split_list(request.query_one("topics").value_or("metrics"))) {
    const auto* found = std::find_if(kTopics.begin(), kTopics.end(),
                                     [&](const auto& one) { return one.name == name; });
    if (found == kTopics.end()) {
      return fail(Fault::invalid, "topics: there are metrics, checks, states, alerts and jobs");
    }
    topics.insert(found->topic);
  }
  return topics;
}

Result<std::set<std::string, std::less<>>> all_of(const http::Request& request, const char* name) {
  const auto [begin, end] = request.query.equal_range(name);
  std::set<std::string, std::less<>> values;
  for (auto one = begin; one != end; ++one) {
    if (one->second.size() > kLongest)
      return fail(Fault::invalid, std::string(name) + ": too long");
    if (!one->second.empty()) values.insert(one->second);
  }
  if (values.size() > kMostOfOne) return fail(Fault::invalid, std::string(name) + ": too many");
  return values;
}

Result<std::set<std::string, std::less<>>> sources_of(const http::Request& request) {
  const auto given = all_of(request, "server_id");
  if (!given) return given;
  std::set<std::string, std::less<>> sources;
  for (const auto& text : *given) {
    const auto id = Uuid::parse(text);
    if (!id) return fail(Fault::invalid, "server_id: is not a UUID");
    sources.insert(id->str());
  }
  return sources;
}

Result<domain::LabelSet> labels_of(const http::Request& request) {
  const auto given = all_of(request, "label");
  if (!given) return fail(given.error());
  domain::LabelSet labels;
  for (const auto& text : *given) {
    const auto colon = text.find(':');
    if (colon == 0 || colon == std::string::npos) {
      return fail(Fault::invalid, "label: must be name:value");
    }
    if (!labels.emplace(text.substr(0, colon), text.substr(colon + 1)).second) {
      return fail(Fault::invalid, "label: a name is given twice");
    }
  }
  return labels;
}

bool has_all(const domain::LabelSet* labels, const domain::LabelSet& wanted) {
  return labels != nullptr && std::all_of(wanted.begin(), wanted.end(), [&](const auto& one) {
           const auto found = labels->find(one.first);
           return found != labels->end() && found->second == one.second;
         });
}

}  // namespace

Result<StreamWishes> read_stream_wishes(const http::Request& request) {
  StreamWishes wishes;
  const auto topics = topics_of(request);
  if (!topics) return fail(topics.error());
  const auto sources = sources_of(request);
  if (!sources) return fail(sources.error());
  const auto types = all_of(request, "metric_type");
  if (!types) return fail(types.error());
  const auto names = all_of(request, "metric_name");
  if (!names) return fail(names.error());
  const auto labels = labels_of(request);
  if (!labels) return fail(labels.error());
  wishes = {*topics, *sources, *types, *names, *labels};
  wishes.batch = request.query_one("format") == "batch";
  wishes.after = request.query_one("after").value_or("");
  if (wishes.after.size() > kLongest) return fail(Fault::invalid, "after: too long");
  return wishes;
}

bool wants(const StreamWishes& wishes, const LiveEvent& event) {
  if (!wishes.topics.contains(event.topic)) return false;
  if (!wishes.sources.empty() && !wishes.sources.contains(event.source) &&
      !wishes.sources.contains(event.instance)) {
    return false;
  }
  if (!wishes.labels.empty() && !has_all(event.labels, wishes.labels)) return false;
  if (event.topic != Topic::metrics) return true;
  return (wishes.metric_types.empty() || wishes.metric_types.contains(event.metric_type)) &&
         (wishes.metric_names.empty() || wishes.metric_names.contains(event.metric_name));
}

}  // namespace monitron::api
