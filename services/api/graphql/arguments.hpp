#pragma once
// Arguments of fields for the parameters and the body of a route: "instance_id" is instanceId,
// `limit` and `cursor` are first and after.

#include "api/graphql/asking.hpp"
#include "api/graphql/types.hpp"

namespace monitron::api {

inline constexpr int kUsualPage = 20;

// What an argument is called for a parameter or a member of a body.
std::string argument_name(const std::string& parameter);

class Arguments {
 public:
  // `noun`: what enums are called after. `left_out`: parameters that are no arguments.
  Arguments(Types& types, const Description& description, const Operation& operation,
            const std::string& noun, const std::vector<std::string>& left_out = {});

  const std::vector<graphql::InputValue>& definitions() const { return definitions_; }

  Result<std::string> path(const Json& given) const;
  Query query(const Json& given) const;
  Json body(const Json& given) const;  // null: the route takes none

 private:
  struct Known {
    std::string argument;
    std::string name;  // as the route calls it
    bool repeated = false;
  };
  void add(Types& types, const std::string& noun, const Parameter& parameter);

  std::vector<graphql::InputValue> definitions_;
  std::string path_;
  std::vector<Known> in_path_, in_query_;
  std::function<Json(const Json&)> body_;
};

}  // namespace monitron::api
