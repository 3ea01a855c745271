#pragma once
// What the configuration consists of, read and written through the routes of the API, as the
// caller: who may not see something exports none of it, and who may not change it imports none.

#include "api/answer.hpp"
#include "http/router.hpp"

#include <map>
#include <set>

namespace monitron::api {

// A member that holds the id of something in a section.
struct ConfigReference {
  const char* place;    // "/parents/*": each of a list
  const char* section;  // "checks"
};

struct ConfigSection {
  const char* name;                              // "checks"
  const char* path;                              // "/api/v1/checks"
  std::vector<const char*> key;                  // the members that tell one from the others
  std::vector<ConfigReference> references = {};  // of things in this section or an earlier one
  const char* id = "id";                         // the member that its address ends with
  bool in_order = false;                         // in which they were made; else by their names
  std::vector<const char*> told = {};  // members that agents tell: left out, they stay as they are
};

// In an order in which they can be made; the reverse is one in which they can go.
const std::vector<ConfigSection>& config_sections();
const ConfigSection& config_section(std::string_view name);

// The one part that is a list as a whole: its order matters.
inline constexpr const char* kRetentionSection = "retention";
inline constexpr const char* kRetentionPath = "/api/v1/retention";

// Asks routes from within, as whoever sent `outer`.
class ConfigRoutes {
 public:
  ConfigRoutes(const http::Router& router, const http::Request& outer,
               std::chrono::steady_clock::time_point deadline)
      : router_(router), outer_(outer), deadline_(deadline) {}
  http::Response ask(http::Method method, const std::string& path, const Json& body = nullptr,
                     const std::string& cursor = "") const;
  http::LongWork* work() const { return outer_.work.get(); }  // null: somebody waits for it

 private:
  const http::Router& router_;
  const http::Request& outer_;
  std::chrono::steady_clock::time_point deadline_;
};

// One of what is there: the members that can be written, without those that say nothing.
struct ConfigObject {
  std::string id{};
  Json members{};
  Json kept = Json::object();  // what documents do not have, and a change does not touch
};
ConfigObject config_object(const ConfigSection& section, const Json& shown);

// By which a document tells it from the others of its section, as far as it is the only one.
std::string config_name(const ConfigSection& section, const Json& members);
// Of several of one name, the second one is called "name (2)".
std::vector<std::string> told_apart(const std::vector<std::string>& names);

// All that the caller sees. Nothing: he may not read it. A response: what went wrong.
using ConfigObjects = std::optional<std::vector<ConfigObject>>;
tl::expected<ConfigObjects, http::Response> read_section(const ConfigRoutes& routes,
                                                         const ConfigSection& section);
tl::expected<std::optional<Json>, http::Response> read_retention(const ConfigRoutes& routes);

// What has which id, of things that are referred to.
class ConfigNames {
 public:
  // What was of this name before is so no more.
  void put(const std::string& section, const std::string& name, const std::string& id);
  // "" for what is not known.
  std::string name_of(const std::string& section, const std::string& id) const;
  std::string id_of(const std::string& section, const std::string& name) const;

  // Ids of the references by names; those that are not known stay.
  Json named(const ConfigSection& section, Json members) const;
  struct Unknown {
    std::string field{};
    std::string section{};
    std::string name{};
  };
  // Names by ids. `unknown`: what is neither a name nor an id.
  Json resolved(const ConfigSection& section, Json members, std::vector<Unknown>& unknown) const;

 private:
  std::map<std::string, std::map<std::string, std::string>> names_;  // by section and id
  std::map<std::string, std::map<std::string, std::string>> ids_;    // by section and name
};

// All that the caller sees, in the order of a document.
struct Configuration {
  std::map<std::string, std::vector<ConfigObject>> sections{};
  std::optional<Json> retention{};
  ConfigNames names{};

  Json document() const;
};
tl::expected<Configuration, http::Response> read_configuration(const ConfigRoutes& routes);

}  // namespace monitron::api
