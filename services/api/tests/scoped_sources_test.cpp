// What limited callers reach: read once for all of them, and never more than they may.

#include "api/scoped_sources.hpp"

#include "api/stream.hpp"
#include "scope_scene.hpp"
#include "testkit/eventually.hpp"
#include "testkit/web_socket.hpp"

#include <pqxx/pqxx>

namespace monitron::api {
namespace {

using http::Method;
using testkit::eventually;
using testkit::WebSocket;
using namespace std::chrono_literals;

class SourcesOfScopes : public Scopes {
 protected:
  // While it lives, what is within a scope cannot be read.
  struct Unreadable {
    explicit Unreadable(const std::string& url) : connection(url), tx(connection) {
      tx.exec0("LOCK TABLE instances IN ACCESS EXCLUSIVE MODE");
    }
    pqxx::connection connection;
    pqxx::work tx;
  };
  store::Scope scope(const std::string& env) const {
    return std::vector<store::Labels>{{{"env", env}}};
  }
  db::Pool hasty_{{.url = api().config.database_url,
                   .application_name = "api_test",
                   .statement_timeout = 100ms}};
};

TEST_F(SourcesOfScopes, AreReadOnceForAllWhoHaveTheSame) {
  ScopedSources sources(hasty_);
  EXPECT_EQ(*sources.within({std::nullopt, std::nullopt}), nullptr) << "all";
  const auto own = sources.within({scope(env_)});
  ASSERT_TRUE(own);
  EXPECT_EQ(**own, (std::set<std::string>{own_, own_check_}));
  EXPECT_EQ(*sources.within({std::nullopt, scope(env_), scope(env_)}), *own);
  EXPECT_TRUE((*sources.within({scope(env_), scope("other")}))->empty()) << "of both at once";
  const auto more = instance({{"env", env_}});
  EXPECT_EQ(*sources.within({scope(env_)}), *own);
  sources.renew();
  EXPECT_TRUE((*sources.within({scope(env_)}))->contains(more));
}

TEST_F(SourcesOfScopes, WhatCannotBeReadIsNotTriedForEachOfThem) {
  ScopedSources sources(hasty_);
  {
    const Unreadable now(api().config.database_url);
    EXPECT_FALSE(sources.within({scope(env_)}));
  }
  EXPECT_FALSE(sources.within({scope(env_)}));
  sources.renew();
  EXPECT_TRUE(sources.within({scope(env_)}));
}

// S-14: whose rights shrink hears of no more than those, though it cannot be read what they are of.
TEST_F(SourcesOfScopes, ADemotedCallerKeepsNothingOfBefore) {
  auto context = Context{api().config,  system_clock(),  hasty_,        api().jwt,
                         *api().grants, api().throttles, api().hashing, *api().queries,
                         *api().waits,  api().vault,     *api().status};
  Stream stream(context, *api().access, *api().graphql);
  ASSERT_TRUE(stream.start());
  const auto open = [&](const Person& one) {
    return std::make_unique<WebSocket>(stream.port(), "/api/v1/stream?topics=alerts",
                                       HeaderList{{"Authorization", "Bearer " + one.token}});
  };
  const auto tell = [&](const std::string& server) {
    contracts::Message message;
    message.type = "alert.changed";
    message.message_id = Uuid::make().str();
    message.body = Json{{"rule_name", server}, {"labels", {{"server_id", server}}}}.dump();
    stream.take(message);
  };
  const auto hears = [&](WebSocket& socket, const std::string& server) {
    return eventually(10s, [&] {
      tell(server);
      const auto text = socket.receive(50ms);
      return text && Json::parse(*text)["rule_name"] == server;
    });
  };
  const auto demoted = person();
  const auto same = person();
  grant(demoted.id, "viewer", own_labels());
  grant(same.id, "viewer", own_labels());
  const auto given = grant(demoted.id, "viewer", {{"env", "other"}});
  auto first = open(demoted);
  auto second = open(same);
  ASSERT_TRUE(hears(*first, foreign_));
  ASSERT_TRUE(hears(*second, own_));
  ASSERT_EQ(ask(Method::delete_, "/api/v1/grants/" + given, api().admin()).status, 204);
  ASSERT_TRUE(api().grants->refresh());
  {
    const Unreadable now(api().config.database_url);
    stream.recheck();
  }
  while (first->receive(200ms)) {
  }
  EXPECT_EQ(first->close_code(), 1013);
  tell(foreign_);
  EXPECT_TRUE(hears(*second, own_)) << "a database that is away revokes nothing";
  EXPECT_EQ(second->close_code(), 0);
}

}  // namespace
}  // namespace monitron::api
