import { GraphiQL } from "graphiql";
import "graphiql/style.css";
import "./graphiql.css";
import { json } from "../api/request";
import { Head, useTitle } from "../parts/basics";

const WELCOME = `# What takes several requests of REST, in one.
{
  instances(first: 10) {
    nodes {
      hostname
      health
      checks {
        nodes {
          name
          status
        }
      }
    }
  }
}
`;

const ask = (asked: unknown) => json<Record<string, unknown>>("POST", "/graphql", { body: asked });

/** The workbench of GraphQL, as whoever is signed in. */
export function GraphiqlPage() {
  useTitle("GraphQL");
  return (
    <>
      <Head title="GraphQL" sub={<>What it has is in <code>docs/schema.graphql</code>; this page knows it where introspection is allowed.</>} />
      <div className="graphiql-page">
        <GraphiQL fetcher={ask} defaultQuery={WELCOME} isHeadersEditorEnabled={false} />
      </div>
    </>
  );
}
