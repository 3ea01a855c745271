#include "api/graphql/connections.hpp"

#include "base/bytes.hpp"

namespace monitron::api {
namespace {

using graphql::each;
using graphql::Output;
using graphql::Type;

struct Edge {
  Json node{};
  Json cursor{};
};

struct PageInfo {
  bool next = false;
  bool previous = false;
  Json start{};
  Json end{};
};

// Lists that are not by id can be gone on from the ends of pages only.
Json cursor_at(const ListPage& page, std::size_t index) {
  const auto& items = page.answer["items"];
  if (index >= items.size()) return nullptr;
  if (page.by_id) return to_base64url(items[index].value("id", ""));
  return index + 1 == items.size() ? page.answer.value("next_cursor", Json()) : Json();
}

Output edges_of(const ListPage& page) {
  Output::List edges;
  std::size_t index = 0;
  for (const auto& item : page.answer["items"]) {
    edges.push_back(Output::object(Edge{item, cursor_at(page, index++)}));
  }
  return Output::list(std::move(edges));
}

Output info_of(const ListPage& page) {
  const auto count = page.answer["items"].size();
  return Output::object(PageInfo{.next = !page.answer.value("next_cursor", Json()).is_null(),
                                 .previous = page.later,
                                 .start = cursor_at(page, 0),
                                 .end = cursor_at(page, count - 1)});
}

}  // namespace

Asking& asking_of(const graphql::FieldCall& call) { return *static_cast<Asking*>(call.context); }

std::string Connections::node_of(const Operation& operation) const {
  const auto page = description_.shape_of(operation.answer, "");
  return type_name(description_.shape_of(page.schema["properties"]["items"]["items"], "").name);
}

Type Connections::type_of(const Operation& operation) {
  const auto node = node_of(operation);
  const auto name = node + "Connection";
  if (!types_.has(name)) {
    const auto page = description_.shape_of(operation.answer, "");
    types_.output(page.schema["properties"]["items"]["items"], node);
    add_page_info();
    add_edge(node);
    add_connection(node, page);
  }
  return Type::named(name);
}

void Connections::add_page_info() {
  graphql::TypeDefinition type{.name = "PageInfo", .description = "Where a page stands."};
  type.fields = {
      {.name = "hasNextPage",
       .type = "Boolean!",
       .resolve = each<PageInfo>([](const PageInfo& info) { return Output::leaf(info.next); })},
      {.name = "hasPreviousPage",
       .type = "Boolean!",
       .description = "Whether it was asked for with a cursor.",
       .resolve = each<PageInfo>([](const PageInfo& info) { return Output::leaf(info.previous); })},
      {.name = "startCursor", .type = "String", .resolve = each<PageInfo>([](const PageInfo& info) {
                                                  return Output::leaf(info.start);
                                                })},
      {.name = "endCursor",
       .type = "String",
       .description = "What the next page comes after.",
       .resolve = each<PageInfo>([](const PageInfo& info) { return Output::leaf(info.end); })}};
  types_.add(std::move(type));
}

void Connections::add_edge(const std::string& node) {
  graphql::TypeDefinition type{.name = node + "Edge"};
  type.fields = {
      {.name = "node",
       .type = Type::named(node).not_null(),
       .resolve = each<Edge>([](const Edge& edge) { return Output::object(edge.node); })},
      {.name = "cursor",
       .type = "String",
       .description = "null: this list goes on from the end of a page only.",
       .resolve = each<Edge>([](const Edge& edge) { return Output::leaf(edge.cursor); })}};
  types_.add(std::move(type));
}

void Connections::add_connection(const std::string& node, const Shape& answer) {
  graphql::TypeDefinition type{.name = node + "Connection"};
  const auto nodes = Type::named(node).not_null().in_list().not_null();
  type.fields = {
      {.name = "edges",
       .type = Type::named(node + "Edge").not_null().in_list().not_null(),
       .resolve = each<ListPage>(edges_of)},
      {.name = "nodes", .type = nodes, .resolve = each<ListPage>([nodes](const ListPage& page) {
                                         return output_of(page.answer["items"], nodes, true);
                                       })},
      {.name = "pageInfo", .type = "PageInfo!", .resolve = each<ListPage>(info_of)}};
  for (const auto& [member, schema] : answer.schema["properties"].items()) {
    if (member == "items" || member == "next_cursor") continue;
    const auto more = types_.output(schema, node + "_" + member);
    const bool of_objects = types_.is_object(more);
    type.fields.push_back({.name = camel_case(member),
                           .type = more,
                           .description = schema.value("description", ""),
                           .resolve = each<ListPage>([=, member = member](const ListPage& page) {
                             const auto found = page.answer.find(member);
                             return found == page.answer.end()
                                        ? Output::null()
                                        : output_of(*found, more, of_objects);
                           })});
  }
  types_.add(std::move(type));
}

graphql::FieldDefinition Connections::field(const List& list) {
  const auto operation = description_.operation(http::Method::get, list.path);
  const auto type = type_of(operation);
  const Arguments arguments(types_, description_, operation, node_of(operation), {"limit_each"});
  return {
      .name = list.field,
      .type = type,
      .description = operation.summary,
      .arguments = arguments.definitions(),
      .resolve = graphql::once([arguments, list](const graphql::FieldCall& call) -> Result<Output> {
        auto query = arguments.query(call.arguments);
        const bool later = query.count("cursor") > 0;
        const bool by_id = list.by_id && query.count("sort") == 0;
        auto page = asking_of(call).ask(http::Method::get, list.path, std::move(query));
        if (!page) return fail(page.error());
        return Output::object(ListPage{std::move(*page), later, by_id});
      })};
}

}  // namespace monitron::api
