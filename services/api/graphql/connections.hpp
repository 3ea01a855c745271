#pragma once
// Lists as connections with cursors (https://relay.dev/graphql/connections.htm), of a page that a
// route answers.

#include "api/graphql/arguments.hpp"

namespace monitron::api {

// Where a connection's pages come from.
struct List {
  const char* field = "";  // "instances"
  const char* path = "";
  bool by_id = false;  // the cursor of a place is the id of what stands there
};

struct ListPage {
  Json answer{};       // as the route gave it
  bool later = false;  // not the first page
  bool by_id = false;
};

Asking& asking_of(const graphql::FieldCall& call);

class Connections {
 public:
  Connections(Types& types, const Description& description)
      : types_(types), description_(description) {}

  // What the items of the list are.
  std::string node_of(const Operation& operation) const;
  // The type of the pages; made when it is not there yet.
  graphql::Type type_of(const Operation& operation);
  // The field of a root.
  graphql::FieldDefinition field(const List& list);

 private:
  void add_page_info();
  void add_edge(const std::string& node);
  void add_connection(const std::string& node, const Shape& answer);

  Types& types_;
  const Description& description_;
};

}  // namespace monitron::api
