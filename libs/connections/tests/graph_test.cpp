// Edges of all hosts, put together. C-026, C-027.

#include "connections/graph.hpp"

#include <gtest/gtest.h>

namespace monitron::connections {
namespace {

Edge edge(const std::string& server, const std::string& direction, const std::string& peer,
          const std::string& port) {
  Edge one{.server_id = server, .direction = direction, .port = port, .peer = peer};
  one.open = 1;
  one.opened = 2;
  one.covered_seconds = 10;
  return one;
}

const Dependency* find(const Graph& graph, const std::string& client, const std::string& service) {
  for (const auto& one : graph.dependencies) {
    if (one.client == client && one.service == service) return &one;
  }
  return nullptr;
}

TEST(Graph, AConnectionSeenFromBothEndsIsOne) {
  AddressBook book;
  book.add("10.0.0.1", "web");
  book.add("10.0.0.2", "db");
  auto out = edge("web", "outbound", "10.0.0.2", "5432");
  out.service_type = "postgresql";
  out.sent_bytes = 100;
  out.received_bytes = 900;
  out.failed = {{"refused", 2}};
  out.busy_seconds = 9;
  out.connection_seconds = 10;
  auto in = edge("db", "inbound", "10.0.0.1", "5432");
  in.service_type = "postgresql";
  in.sent_bytes = 900;
  in.rtt_seconds = 0.001;
  const auto graph = graph_of({out, in}, book);
  ASSERT_EQ(graph.dependencies.size(), 1u);
  const auto& one = graph.dependencies.front();
  EXPECT_EQ(one.client, "web");
  EXPECT_EQ(one.service, "db");
  EXPECT_EQ(one.port, "5432");
  EXPECT_EQ(one.service_type, "postgresql");
  EXPECT_EQ(one.open, 1) << "not one for each end";
  EXPECT_EQ(one.failed, 2);
  EXPECT_EQ(one.error_ratio, 0.5);
  EXPECT_EQ(one.sent_bytes_per_second, 10);
  EXPECT_EQ(one.received_bytes_per_second, 90);
  ASSERT_TRUE(one.at_client && one.at_service);
  EXPECT_EQ(one.at_client->limited_by, LimitedBy::network);
  EXPECT_EQ(one.at_service->rtt_seconds, 0.001);
  ASSERT_EQ(graph.nodes.size(), 2u);
  EXPECT_TRUE(graph.nodes[0].is_instance && graph.nodes[1].is_instance);
}

TEST(Graph, WhoHasNoAgentIsKnownByItsAddress) {
  AddressBook book;
  book.add("10.0.0.1", "web");
  auto in = edge("web", "inbound", "203.0.113.7", "443");
  in.sent_bytes = 500;
  const auto graph = graph_of({in, edge("web", "outbound", "10.0.9.9", "6379")}, book);
  const auto* visitor = find(graph, "203.0.113.7", "web");
  ASSERT_NE(visitor, nullptr);
  EXPECT_EQ(visitor->received_bytes_per_second, 50) << "as the visitor sees it";
  EXPECT_FALSE(visitor->at_client.has_value());
  ASSERT_NE(find(graph, "web", "10.0.9.9"), nullptr);
  ASSERT_EQ(graph.nodes.size(), 3u);
  EXPECT_EQ(graph.nodes[0].id, "10.0.9.9");
  EXPECT_FALSE(graph.nodes[0].is_instance);
}

TEST(Graph, OverLoopbackAHostSpeaksWithItself) {
  const auto graph = graph_of(
      {edge("web", "outbound", "127.0.0.1", "6379"), edge("web", "inbound", "127.0.0.1", "6379")},
      {});
  ASSERT_EQ(graph.dependencies.size(), 1u);
  ASSERT_NE(find(graph, "web", "web"), nullptr);
  EXPECT_EQ(graph.nodes.size(), 1u);
}

TEST(Graph, AnAddressThatSeveralHaveIsNobodys) {
  AddressBook book;
  book.add("192.168.1.1", "a");
  book.add("192.168.1.1", "b");
  book.add("192.168.1.1", "b");
  EXPECT_EQ(book.owner_of("192.168.1.1"), "");
  const auto graph = graph_of({edge("c", "outbound", "192.168.1.1", "80")}, book);
  ASSERT_NE(find(graph, "c", "192.168.1.1"), nullptr);
}

// Two deployments on one host, and two peers that one instance has.
TEST(Graph, EdgesOfOneDependencyAreAddedUp) {
  AddressBook book;
  book.add("10.0.0.2", "db");
  book.add("fd00::2", "db");
  auto slow = edge("web", "outbound", "fd00::2", "5432");
  slow.sent_bytes = 1;
  slow.rtt_seconds = 9;
  auto busy = edge("web", "outbound", "10.0.0.2", "5432");
  busy.sent_bytes = 1000;
  busy.rtt_seconds = 0.5;
  const auto graph = graph_of({slow, busy}, book);
  ASSERT_EQ(graph.dependencies.size(), 1u);
  EXPECT_EQ(graph.dependencies[0].open, 2);
  EXPECT_EQ(graph.dependencies[0].opened, 4);
  EXPECT_EQ(graph.dependencies[0].at_client->rtt_seconds, 0.5) << "of the one that carries most";
}

}  // namespace
}  // namespace monitron::connections
