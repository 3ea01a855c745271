// How often checks run, and after how many results in a row they turn.

#include "contracts/check_type.hpp"
#include "store/check_definitions.hpp"
#include "suite.hpp"

namespace monitron::api {
namespace {

using http::Method;

class CheckIntervals : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    if (IsSkipped()) return;
    static int number = 0;
    const auto made = api().post(
        "/api/v1/instances", api().admin(),
        {{"hostname", "rhythm" + std::to_string(++number)}, {"check_interval_seconds", 30}});
    ASSERT_EQ(made.status, 201) << made.text;
    instance_ = made.json["id"];
  }
  void TearDown() override {
    if (IsSkipped()) return;
    for (const auto& path : made_) api().ask(Method::delete_, path, api().admin());
    api().ask(Method::delete_, "/api/v1/instances/" + instance_, api().admin());
  }
  Json with(const std::string& kind, const std::string& target, Json more = Json::object()) {
    more.update({{"kind", kind}, {"target", target}, {"instance_id", instance_}});
    return more;
  }
  Json made(const Json& body) {
    const auto answer = api().post("/api/v1/checks", api().admin(), body);
    EXPECT_EQ(answer.status, 201) << answer.text;
    made_.push_back(answer.header("location"));
    return answer.json;
  }
  Json read(const Json& check) {
    return api().get("/api/v1/checks/" + check["id"].get<std::string>(), api().viewer()).json;
  }
  Answer patch(const Json& check, const Json& change) {
    return api().ask(Method::patch, "/api/v1/checks/" + check["id"].get<std::string>(),
                     api().admin(), change);
  }
  Answer set_interval(const Json& seconds) {
    return api().ask(Method::patch, "/api/v1/instances/" + instance_, api().admin(),
                     {{"check_interval_seconds", seconds}});
  }
  // As those who run it read it.
  domain::CheckDefinition definition(const Json& check) {
    return *api().database->transact([&](pqxx::work& tx) {
      const auto row = store::find_check(tx, *Uuid::parse(check["id"].get<std::string>()));
      return *store::definition_of(*row, store::own_check_types(tx));
    });
  }

  std::string instance_;
  std::vector<std::string> made_;
};

// M-083: an instance's interval is that of its checks that have none of their own, then and later.
TEST_F(CheckIntervals, ChecksHaveThatOfTheirInstanceUnlessTheyHaveTheirOwn) {
  const auto follows = made(with("http", "http://a.example/"));
  const auto own = made(with("http", "http://a.example/", {{"interval_seconds", 300}}));
  const auto domain = made(with("domain", "a.example"));
  EXPECT_EQ(follows["interval_seconds"], 30);
  EXPECT_EQ(follows["interval_inherited"], true);
  EXPECT_EQ(own["interval_seconds"], 300);
  EXPECT_EQ(own["interval_inherited"], false);
  EXPECT_EQ(domain["interval_seconds"], 86'400) << "a registry is asked once a day";
  const auto changed = set_interval(15);
  ASSERT_EQ(changed.status, 200) << changed.text;
  EXPECT_EQ(changed.json["check_interval_seconds"], 15);
  EXPECT_EQ(read(follows)["interval_seconds"], 15);
  EXPECT_GT(read(follows)["version"], follows["version"]);
  EXPECT_EQ(read(own)["interval_seconds"], 300);
  EXPECT_EQ(read(own)["version"], own["version"]);
  EXPECT_EQ(read(domain)["interval_seconds"], 86'400);
  EXPECT_EQ(definition(follows).interval, std::chrono::seconds(15));
  EXPECT_EQ(set_interval(nullptr).json["check_interval_seconds"], nullptr);
  EXPECT_EQ(read(follows)["interval_seconds"], 60) << "that of its kind";
}

// M-083, M-105.
TEST_F(CheckIntervals, ACheckTakesAnIntervalOfItsOwnAndGivesItBack) {
  const auto check = made(with("tcp", "a.example:1"));
  auto answer = patch(check, {{"interval_seconds", 45}});
  EXPECT_EQ(answer.json["interval_seconds"], 45);
  EXPECT_EQ(answer.json["interval_inherited"], false);
  answer = patch(check, {{"interval_seconds", nullptr}});
  EXPECT_EQ(answer.json["interval_seconds"], 30);
  answer = patch(check, {{"instance_id", nullptr}});
  EXPECT_EQ(answer.json["interval_seconds"], 60);
  answer = patch(check, {{"instance_id", instance_}});
  EXPECT_EQ(answer.json["interval_seconds"], 30);
  // What was read can be sent back; what was changed in it is not overheard.
  const auto path = "/api/v1/checks/" + check["id"].get<std::string>();
  auto whole = answer.json;
  EXPECT_EQ(api().ask(Method::put, path, api().admin(), whole).json["interval_inherited"], true);
  whole["interval_seconds"] = 31;
  whole.erase("version");
  const auto refused = api().ask(Method::put, path, api().admin(), whole);
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.json["errors"][0]["field"], "interval_seconds");
  whole["interval_inherited"] = false;
  EXPECT_EQ(api().ask(Method::put, path, api().admin(), whole).json["interval_seconds"], 31);
}

// A time limit ends with a shorter interval; what cannot be done within it is refused by name.
TEST_F(CheckIntervals, AnIntervalThatAChecksWorkDoesNotFitIsRefused) {
  const auto quick = made(with("tcp", "a.example:1", {{"timeout_seconds", 20}}));
  EXPECT_EQ(set_interval(5).status, 200);
  EXPECT_EQ(read(quick)["timeout_seconds"], 20);
  EXPECT_EQ(definition(quick).timeout, std::chrono::seconds(5));
  const Json pings = {{"timeout_seconds", 20}, {"settings", {{"icmp", {{"count", 50}}}}}};
  Json many = with("icmp", "192.0.2.1", pings);
  const auto refused = api().post("/api/v1/checks", api().admin(), many);
  EXPECT_EQ(refused.status, 400) << refused.text;
  EXPECT_EQ(refused.json["errors"][0]["field"], "interval_seconds");
  EXPECT_EQ(set_interval(60).status, 200);
  many["name"] = "long ping";
  made(many);
  const auto too_short = set_interval(5);
  EXPECT_EQ(too_short.status, 400);
  EXPECT_EQ(too_short.json["errors"][0]["field"], "check_interval_seconds");
  EXPECT_NE(too_short.text.find("long ping"), std::string::npos);
  EXPECT_EQ(read(quick)["interval_seconds"], 60);
}

// a host is a name and an address or host name, pinged once a minute unless
// said otherwise.
TEST_F(CheckIntervals, HostsArePingedOnceAMinute) {
  for (const char* address : {"192.0.2.7", "2001:db8::7", "gateway.example"}) {
    const auto host = made({{"kind", "icmp"}, {"name", "Gateway"}, {"target", address}});
    EXPECT_EQ(host["name"], "Gateway");
    EXPECT_EQ(host["target"], address);
    EXPECT_EQ(host["interval_seconds"], 60);
    EXPECT_EQ(definition(host).interval, std::chrono::seconds(60));
    EXPECT_EQ(patch(host, {{"interval_seconds", 20}}).json["interval_seconds"], 20);
    EXPECT_EQ(definition(host).interval, std::chrono::seconds(20));
  }
}

// What is missing is named, and nothing that need not be there.
TEST_F(CheckIntervals, OnlyWhatIsMissingIsAskedFor) {
  const auto fields = [&](const Json& body) {
    Json names = Json::array();
    const auto answer = api().post("/api/v1/checks", api().admin(), body);
    for (const auto& error : answer.json["errors"]) names.push_back(error["field"]);
    return names;
  };
  EXPECT_EQ(fields({{"kind", "http"}}), Json::array({"target"}));
  EXPECT_EQ(fields({{"kind", "heartbeat"}}), Json::array({"name"}));
}

// What is seen once a day, or sure at once, is not waited for three times.
TEST_F(CheckIntervals, EachKindTurnsAfterAsManyResultsAsSuitIt) {
  const auto domain = made({{"kind", "domain"}, {"target", "a.example"}});
  EXPECT_EQ(domain["failures_before_down"], 1);
  EXPECT_EQ(domain["successes_before_up"], 1);
  const auto tls = made({{"kind", "tls"}, {"target", "a.example"}});
  EXPECT_EQ(tls["failures_before_down"], 3);
  EXPECT_EQ(tls["retry_interval_seconds"], 60);
  EXPECT_EQ(tls["interval_seconds"], 3600);
  const auto heartbeat = made({{"kind", "heartbeat"}, {"name", "backup"}});
  EXPECT_EQ(heartbeat["failures_before_down"], 1);
  const auto tcp = made({{"kind", "tcp"}, {"target", "a.example:1"}});
  EXPECT_EQ(tcp["failures_before_down"], 3);
  EXPECT_EQ(tcp["successes_before_up"], 2);
  const auto types = api().get("/api/v1/check-types/domain", api().viewer()).json;
  EXPECT_EQ(types["failures_before_down"], 1);
  EXPECT_EQ(types["retry_interval_seconds"], 0);
}

// M-113: checks are found by the labels that they have and the group that they belong to.
TEST_F(CheckIntervals, ChecksAreFoundByLabelAndByGroup) {
  const auto shop = made({{"kind", "tcp"}, {"target", "a:1"}, {"labels", {{"team", "shop1"}}}});
  const auto cart = made({{"kind", "tcp"}, {"target", "a:2"}, {"labels", {{"team", "shop1"}}}});
  const auto group = made({{"kind", "group"},
                           {"name", "cart"},
                           {"settings", {{"group", {{"members", {{{"check_id", cart["id"]}}}}}}}}});
  const auto found = [&](const std::string& query) {
    Json ids = Json::array();
    const auto answer = api().get("/api/v1/checks?" + query, api().viewer());
    EXPECT_EQ(answer.status, 200) << answer.text;
    for (const auto& check : answer.json["items"]) ids.push_back(check["id"]);
    return ids;
  };
  EXPECT_EQ(found("label=team:shop1"), Json::array({shop["id"], cart["id"]}));
  const auto of_group = "group_id=" + group["id"].get<std::string>();
  EXPECT_EQ(found(of_group), Json::array({cart["id"]}));
  EXPECT_EQ(found(of_group + "&label=team:shop2"), Json::array());
  EXPECT_EQ(found("group_id=" + shop["id"].get<std::string>()), Json::array());
}

// A name beyond ASCII is kept as it was written, and asked for as it is registered.
TEST_F(CheckIntervals, NamesBeyondAsciiAreKeptAsWritten) {
  const auto web = made({{"kind", "http"}, {"target", "http://bücher.example/"}});
  EXPECT_EQ(web["target"], "http://bücher.example/");
  EXPECT_EQ(definition(web).target, "http://xn--bcher-kva.example/");
  const auto domain = made({{"kind", "domain"}, {"target", "bücher.example"}});
  EXPECT_EQ(definition(domain).target, "xn--bcher-kva.example");
  const std::string label(60, 'u');
  const auto refused = api().post("/api/v1/checks", api().admin(),
                                  {{"kind", "dns"}, {"target", label + "üü.example"}});
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.json["errors"][0]["field"], "target");
  // A name that is taken from a long target ends with a whole letter.
  std::string path = "http://a.example/";
  while (path.size() < 300) path += "ü";
  const auto name = made({{"kind", "http"}, {"target", path}})["name"].get<std::string>();
  EXPECT_EQ(name, path.substr(0, 199));
}

}  // namespace
}  // namespace monitron::api
