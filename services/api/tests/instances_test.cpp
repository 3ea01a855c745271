// The registry of instances: what each is, who may get in, groups, and how they are related.

#include "store/instances.hpp"

#include "api/secrets.hpp"
#include "store/dependencies.hpp"
#include "suite.hpp"

#include <pqxx/pqxx>

namespace monitron::api {
namespace {

using http::Method;

class Instances : public ApiTest {
 protected:
  Answer make(const std::string& path, const Json& body) {
    return api().post(path, api().admin(), body);
  }
  Answer patch(const std::string& path, const Json& body) {
    return api().ask(Method::patch, path, api().admin(), body);
  }
  Answer remove(const std::string& path) { return api().ask(Method::delete_, path, api().admin()); }
  std::string id_of(const Answer& made) {
    EXPECT_EQ(made.status, 201) << made.text;
    return made.json.value("id", "");
  }
  std::string instance(const std::string& hostname, Json more = Json::object()) {
    more["hostname"] = hostname;
    return id_of(make("/api/v1/instances", more));
  }
  Json read(const std::string& path) { return api().get(path, api().admin()).json; }
  Names hosts(const std::string& query) {
    Names found;
    const auto page = read("/api/v1/instances?" + query);
    for (const auto& one : page["items"]) {
      found.insert(one["hostname"].get<std::string>());
    }
    return found;
  }
  store::Instance stored(const std::string& id) {
    auto found = api().database->transact(
        [&](pqxx::work& tx) { return *store::find_instance(tx, *Uuid::parse(id)); });
    EXPECT_TRUE(found);
    return found.value_or(store::Instance{});
  }
};

// M-080: whatever can be watched is of one of these kinds.
TEST_F(Instances, AreOfFiveKinds) {
  for (const auto* kind : {"server", "vm", "container", "service", "other"}) {
    const auto host = std::string(kind) + ".kinds.example";
    EXPECT_EQ(read("/api/v1/instances/" + instance(host, {{"kind", kind}}))["kind"], kind);
    EXPECT_EQ(hosts("q=kinds.example&kind=" + std::string(kind)), (Names{host}));
  }
  const Json toaster = {{"hostname", "t.kinds.example"}, {"kind", "toaster"}};
  EXPECT_EQ(fields_of(make("/api/v1/instances", toaster)), (Names{"kind"}));
}

// M-082, M-084: what is no host, no address or no port is refused by its name.
TEST_F(Instances, SayWhichAddressIsWrong) {
  const auto complaints = [&](const Json& body) {
    return fields_of(make("/api/v1/instances", body));
  };
  for (const auto* host : {"", "a b", "-a.example", "a..example", "a_b!", "2001:db8::g"}) {
    EXPECT_EQ(complaints({{"hostname", host}}), (Names{"hostname"})) << host;
  }
  for (const auto* address : {"10.0.0.256", "10.0.0", "2001:db8::g", "db1.example.org"}) {
    EXPECT_EQ(complaints({{"hostname", "w.example"}, {"ip_address", address}}),
              (Names{"ip_address"}))
        << address;
  }
  for (const auto& port : {Json(0), Json(65'536), Json("80"), Json(1.5)}) {
    EXPECT_EQ(complaints({{"hostname", "w.example"}, {"agent_port", port}}), (Names{"agent_port"}))
        << port;
  }
  for (const auto* host : {"192.0.2.77", "2001:db8::77", "fqdn.db.example.org", "short-name"}) {
    const auto path = "/api/v1/instances/" + instance(host, {{"agent_port", 9273}});
    EXPECT_EQ(read(path)["hostname"], host);
    EXPECT_EQ(read(path)["agent_port"], 9273);
    EXPECT_TRUE(patch(path, {{"agent_port", nullptr}}).json["agent_port"].is_null());
  }
}

// M-085, M-092: what opens an instance goes in and never comes out.
TEST_F(Instances, CredentialsAreWrittenAndNeverRead) {
  const std::string secret = "s3cret-of-the-registry";
  const auto id = instance("locked.example",
                           {{"credentials", {{"ssh_password", secret}, {"snmp", "public-ish"}}}});
  const auto path = "/api/v1/instances/" + id;
  const Json masks = {{"snmp", "********"}, {"ssh_password", "********"}};
  auto shown = read(path);
  EXPECT_EQ(shown["credentials"], masks);
  const auto before = stored(id).credentials.at("ssh_password");
  EXPECT_EQ(api().vault.open(before, store::credentials_context(*Uuid::parse(id))).value_or(""),
            secret);
  shown["description"] = "sent back as it was read";
  EXPECT_EQ(api().ask(Method::put, path, api().admin(), shown).status, 200);
  EXPECT_EQ(stored(id).credentials.at("ssh_password"), before);
  EXPECT_EQ(patch(path, {{"credentials", {{"snmp", nullptr}, {"ssh_password", "another one"}}}})
                .json["credentials"],
            (Json{{"ssh_password", "********"}}));
  EXPECT_NE(stored(id).credentials.at("ssh_password"), before);
  EXPECT_EQ(fields_of(patch(path, {{"credentials", {{"new", "********"}}}})),
            (Names{"credentials.new"}));
  EXPECT_EQ(fields_of(patch(path, {{"credentials", {{"ssh_password", 1}}}})),
            (Names{"credentials.ssh_password"}));
  for (const auto& text : {api().get("/api/v1/audit?object=instance:" + id, api().admin()).text,
                           api().get("/api/v1/instances?q=locked", api().viewer()).text}) {
    EXPECT_EQ(text.find(secret), std::string::npos);
    EXPECT_EQ(text.find("sealed:"), std::string::npos);
  }
}

// S16: they go along when the key is changed.
TEST_F(Instances, CredentialsAreSealedAnewWithANewKey) {
  const auto id = instance("turned.example", {{"credentials", {{"user", "u"}, {"password", "p"}}}});
  const std::string old_key = api().config.encryption_keys.front();
  const std::string new_key(32, 'n');
  const auto opens = [&](const std::string& key) {
    const auto context = store::credentials_context(*Uuid::parse(id));
    return auth::Vault(key).open(stored(id).credentials.at("password"), context).value_or("");
  };
  const auto done =
      rotate_secrets(*api().database, auth::Vault(std::vector{new_key, old_key}), false);
  const bool turned = opens(new_key) == "p" && opens(old_key).empty();
  const auto back =
      rotate_secrets(*api().database, auth::Vault(std::vector{old_key, new_key}), false);
  EXPECT_TRUE(done && back && turned);
}

// M-088, M-093: an instance is in many groups, a group has many instances and groups within it.
TEST_F(Instances, BelongToGroupsThatAreWithinGroups) {
  instance("g1.groups.example", {{"groups", {"g-web", "g-berlin", "g-web"}}});
  instance("g2.groups.example", {{"groups", {"g-web"}}});
  instance("g3.groups.example", {{"groups", {"g-paris"}}});
  EXPECT_EQ(hosts("group=g-web"), (Names{"g1.groups.example", "g2.groups.example"}));
  const auto europe = id_of(make("/api/v1/groups", {{"name", "g-europe"}}));
  const auto groups = read("/api/v1/groups?q=g-");
  for (const auto& group : groups["items"]) {
    const auto path = "/api/v1/groups/" + group["id"].get<std::string>();
    if (group["name"] == "g-web") {
      EXPECT_EQ(group["members"], 2);
    } else if (group["name"] != "g-europe") {
      EXPECT_EQ(patch(path, {{"parent_id", europe}}).status, 200);
      EXPECT_EQ(fields_of(patch("/api/v1/groups/" + europe, {{"parent_id", group["id"]}})),
                (Names{"parent_id"}));
    }
  }
  EXPECT_EQ(hosts("group=g-europe"), (Names{"g1.groups.example", "g3.groups.example"}));
  EXPECT_TRUE(hosts("group=g-none").empty());
  EXPECT_EQ(fields_of(patch("/api/v1/groups/" + europe, {{"parent_id", europe}})),
            (Names{"parent_id"}));
  EXPECT_EQ(make("/api/v1/groups", {{"name", "g-europe"}}).status, 409);
}

TEST_F(Instances, KeepTheirGroupsWhenThoseAreRenamed) {
  const auto path =
      "/api/v1/instances/" + instance("renamed.example", {{"groups", {"r-old", "r-and"}}});
  const Json found = read("/api/v1/groups?q=r-old")["items"];
  ASSERT_EQ(found.size(), 1u);
  const auto group = "/api/v1/groups/" + found[0]["id"].get<std::string>();
  EXPECT_EQ(patch(group, {{"name", "r-new"}}).json["members"], 1);
  EXPECT_EQ(read(path)["groups"], (Json{"r-and", "r-new"}));
  EXPECT_EQ(remove(group).status, 204);
  EXPECT_EQ(read(path)["groups"], (Json{"r-and"}));
}

// Whoever read an instance before its group was renamed or deleted would bring the old one back.
TEST_F(Instances, AreOtherVersionsWhenTheirGroupsAreRenamedOrDeleted) {
  const auto path = "/api/v1/instances/" + instance("versions.example", {{"groups", {"v-old"}}});
  const auto group =
      "/api/v1/groups/" + read("/api/v1/groups?q=v-old")["items"][0]["id"].get<std::string>();
  const auto version = [&] { return read(path)["version"].get<int>(); };
  const int first = version();
  EXPECT_EQ(patch(group, {{"description", "of old"}}).status, 200);
  EXPECT_EQ(version(), first);
  EXPECT_EQ(patch(group, {{"name", "v-new"}}).status, 200);
  EXPECT_EQ(version(), first + 1);
  EXPECT_EQ(remove(group).status, 204);
  EXPECT_EQ(version(), first + 2);
}

// M-008: containers run on machines, machines are part of services, services depend on others.
TEST_F(Instances, AreRelatedAndNeverToThemselves) {
  const auto machine = instance("machine.rel.example");
  const auto pod = instance("pod.rel.example", {{"kind", "container"}});
  const auto shop = instance("shop.rel.example", {{"kind", "service"}});
  const auto relate = [&](const char* kind, const std::string& from, const std::string& to) {
    return make("/api/v1/relations", {{"kind", kind}, {"instance_id", from}, {"target_id", to}});
  };
  const auto runs = relate("runs-on", pod, machine);
  ASSERT_EQ(runs.status, 201) << runs.text;
  EXPECT_EQ(relate("part-of", pod, shop).status, 201);
  EXPECT_EQ(relate("depends-on", shop, pod).status, 201);
  EXPECT_EQ(relate("depends-on", pod, machine).status, 201);
  EXPECT_EQ(relate("runs-on", pod, machine).status, 409);
  EXPECT_EQ(fields_of(relate("depends-on", machine, shop)), (Names{"target_id"}));
  EXPECT_EQ(fields_of(relate("runs-on", machine, machine)), (Names{"target_id"}));
  EXPECT_EQ(fields_of(relate("likes", machine, Uuid::make().str())), (Names{"kind"}));
  EXPECT_EQ(fields_of(relate("runs-on", Uuid::make().str(), machine)), (Names{"instance_id"}));
  const auto count = [&](const std::string& query) {
    return read("/api/v1/relations?instance_id=" + query)["items"].size();
  };
  EXPECT_EQ(count(pod), 4u);  // from both ends
  EXPECT_EQ(count(machine), 2u);
  EXPECT_EQ(count(machine + "&kind=runs-on"), 1u);
  const auto path = "/api/v1/relations/" + runs.json["id"].get<std::string>();
  EXPECT_EQ(patch(path, {{"target_id", shop}}).status, 200);
  EXPECT_EQ(remove(path).status, 204);
  EXPECT_EQ(remove("/api/v1/instances/" + pod).status, 204);
  EXPECT_EQ(count(machine + "," + shop), 0u);
}

// M-008: an instance that depends on another is a dependency, as those between checks are.
TEST_F(Instances, DependOnTheChecksOfOthers) {
  const auto front = instance("front.dep.example");
  const auto back = instance("back.dep.example");
  const auto check = [&](const std::string& of, const char* name) {
    return id_of(
        make("/api/v1/checks",
             {{"kind", "tcp"}, {"name", name}, {"target", "127.0.0.1:9"}, {"instance_id", of}}));
  };
  const auto of_front = check(front, "front");
  const auto of_back = check(back, "back");
  const auto relation = id_of(make(
      "/api/v1/relations", {{"kind", "depends-on"}, {"instance_id", front}, {"target_id", back}}));
  const auto known = api().database->transact([&](pqxx::work& tx) {
    const auto all = store::dependencies(tx);
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const auto& one) { return one.id.str() == relation; });
    return found == all.end() ? store::Dependency{} : *found;
  });
  ASSERT_TRUE(known);
  EXPECT_EQ(known->name, "front.dep.example depends on back.dep.example");
  EXPECT_EQ(known->children, (store::Labels{{"instance", "front.dep.example"}}));
  ASSERT_EQ(known->parents.size(), 1u);
  EXPECT_EQ(known->parents[0].str(), of_back);
  // A ring over both kinds of dependencies.
  EXPECT_EQ(
      fields_of(make("/api/v1/dependencies",
                     {{"name", "ring"}, {"child_check_id", of_back}, {"parents", {of_front}}})),
      (Names{"parents[0]"}));
  EXPECT_EQ(remove("/api/v1/relations/" + relation).status, 204);
  id_of(make("/api/v1/dependencies",
             {{"name", "other way"}, {"child_check_id", of_back}, {"parents", {of_front}}}));
  EXPECT_EQ(fields_of(make("/api/v1/relations",
                           {{"kind", "depends-on"}, {"instance_id", front}, {"target_id", back}})),
            (Names{"target_id"}));
}

// It may be enabled any time, and nobody looks for rings then.
TEST_F(Instances, DependOnNoRingOfChecksThatAreDisabled) {
  const auto front = instance("front.off.example");
  const auto back = instance("back.off.example");
  const auto check = [&](const std::string& of, const char* name) {
    return id_of(make("/api/v1/checks", {{"kind", "tcp"},
                                         {"name", name},
                                         {"target", "127.0.0.1:9"},
                                         {"instance_id", of},
                                         {"enabled", false}}));
  };
  const auto of_front = check(front, "front, off");
  const auto of_back = check(back, "back, off");
  const auto relation = id_of(make(
      "/api/v1/relations", {{"kind", "depends-on"}, {"instance_id", front}, {"target_id", back}}));
  EXPECT_EQ(
      fields_of(make("/api/v1/dependencies",
                     {{"name", "ring"}, {"child_check_id", of_back}, {"parents", {of_front}}})),
      (Names{"parents[0]"}));
  EXPECT_EQ(remove("/api/v1/relations/" + relation).status, 204);
  id_of(make("/api/v1/dependencies",
             {{"name", "off"}, {"child_check_id", of_back}, {"parents", {of_front}}}));
  EXPECT_EQ(fields_of(make("/api/v1/relations",
                           {{"kind", "depends-on"}, {"instance_id", front}, {"target_id", back}})),
            (Names{"target_id"}));
}

}  // namespace
}  // namespace monitron::api
