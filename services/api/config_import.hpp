#pragma once
// Makes what is there be what a document says, through the routes of the API.

#include "api/config_sections.hpp"
#include "db/joined.hpp"
#include "rules/yaml.hpp"

namespace monitron::api {

struct ConfigChange {
  enum class Action { create, update, remove, unchanged };
  Action action = Action::unchanged;
  std::string section{};
  std::string name{};
  std::string id{};
  Json before{};  // as documents have them; null when it is created
  Json after{};   // null when it is deleted
};
const char* to_string(ConfigChange::Action action);

class ConfigImport {
 public:
  ConfigImport(const ConfigRoutes& routes, Configuration before, const rules::Yaml& document,
               db::Joined& joined);

  // Does all of it, or says what is wrong with which member, on which line: then what was done has
  // to be undone. `prune`: what a section does not name is deleted; sections that are not there
  // keep what they have. A response: something else went wrong.
  tl::expected<void, http::Response> run(bool prune);

  const std::vector<ConfigChange>& changes() const { return changes_; }
  const std::vector<http::FieldError>& errors() const { return errors_; }
  int status() const { return status_; }  // of the errors, the worst

 private:
  struct Item {
    std::size_t place = 0;
    std::string name{};
    Json wanted{};                      // as the document has it
    const ConfigObject* now = nullptr;  // nothing: it is new
    bool done = false;
  };

  void check_form();
  void count_items();
  void check_items(const std::string& name, const Json& items);
  std::vector<Item> items_of(const ConfigSection& section);
  void match(const ConfigSection& section, std::vector<Item>& items);
  bool apply_round(const ConfigSection& section, std::vector<Item>& items);
  void apply(const ConfigSection& section);
  void put(const ConfigSection& section, Item& item, Json wanted);
  void apply_retention();
  void prune(const ConfigSection& section);
  void name_groups_of_instances();
  using Ids = std::set<std::pair<std::string, std::string>>;  // by section
  tl::expected<Ids, http::Response> named_there() const;
  tl::expected<void, http::Response> prune_all();
  tl::expected<void, http::Response> note_what_went_along();
  void refuse(const std::string& field, const std::string& code, const std::string& message);
  // What the step is that was begun last.
  void refuse_step(const std::string& field, const http::Response& answer);
  void refuse(const std::string& field, const http::Response& answer);
  void note(ConfigChange change) { changes_.push_back(std::move(change)); }

  const ConfigRoutes& routes_;
  Configuration before_;
  ConfigNames names_;
  const rules::Yaml& document_;
  Json wanted_;
  db::Joined& joined_;
  // Where the document names what, by section and id.
  std::map<std::pair<std::string, std::string>, std::string> named_{};
  std::vector<ConfigChange> changes_{};
  std::vector<http::FieldError> errors_{};
  bool over_ = false;  // nothing more can be done
  std::optional<http::Response> trouble_{};
  int status_ = 0;
};

}  // namespace monitron::api
