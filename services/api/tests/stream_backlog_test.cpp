#include "api/stream_backlog.hpp"

#include <gtest/gtest.h>

namespace monitron::api {
namespace {

LiveEvent event(const std::string& id) {
  static const domain::LabelSet labels = {{"env", "prod"}};
  return {
      .topic = Topic::states, .id = id, .labels = &labels, .text = [id]() -> const std::string& {
        static std::string text;
        return text = "{" + id + "}";
      }};
}

std::string after(const StreamBacklog& backlog, const std::string& id) {
  const auto events = backlog.after(id);
  if (!events) return "unknown";
  std::string all;
  for (const auto& one : *events) all += one.text();
  return all;
}

TEST(StreamBacklog, KeepsWhatCameAfterAnEvent) {
  StreamBacklog backlog;
  for (const auto* id : {"a", "b", "c"}) EXPECT_TRUE(backlog.add(event(id)));
  EXPECT_TRUE(backlog.add(event(""))) << "sent, but not kept";
  EXPECT_EQ(after(backlog, "a"), "{b}{c}");
  EXPECT_EQ(after(backlog, "c"), "");
  EXPECT_EQ(after(backlog, "d"), "unknown");
  EXPECT_EQ(after(backlog, ""), "unknown");
  EXPECT_EQ(*backlog.after("a")->front().labels, (domain::LabelSet{{"env", "prod"}}));
}

TEST(StreamBacklog, AnEventToldTwiceIsOne) {
  StreamBacklog backlog;
  EXPECT_TRUE(backlog.add(event("a")));
  EXPECT_TRUE(backlog.add(event("b")));
  EXPECT_FALSE(backlog.add(event("a")));
  EXPECT_EQ(after(backlog, "a"), "{b}");
}

TEST(StreamBacklog, ForgetsTheOldestOfTooMany) {
  StreamBacklog backlog(3);
  for (int i = 0; i < 10; ++i) backlog.add(event(std::to_string(i)));
  EXPECT_EQ(after(backlog, "6"), "unknown");
  EXPECT_EQ(after(backlog, "7"), "{8}{9}");
  EXPECT_TRUE(backlog.add(event("6"))) << "known no more";
  StreamBacklog small(100, 500);
  for (int i = 0; i < 100; ++i) small.add(event(std::to_string(i)));
  EXPECT_EQ(after(small, "80"), "unknown");
  EXPECT_EQ(after(small, "98"), "{99}");
}

}  // namespace
}  // namespace monitron::api
