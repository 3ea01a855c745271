import { Link } from "../lib/router";
import { Head, useTitle } from "../parts/basics";
import { WhyPaged } from "../parts/explain";

// An alert without an incident: why it has none.
export function AlertPage({ id }: { id: string }) {
  useTitle("Alert");
  return (
    <>
      <Head title="Alert" crumb={<Link href="/alerts">Alerts</Link>} />
      <WhyPaged id={id} whole />
    </>
  );
}
