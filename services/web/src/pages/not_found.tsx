import { Link } from "../lib/router";
import { Empty, useTitle } from "../parts/basics";

export function NotFoundPage({ denied }: { denied?: boolean }) {
  useTitle(denied ? "Not allowed" : "Not found");
  return denied ? (
    <Empty title="Your role does not allow this" actions={<Link className="btn" href="/">Go to the overview</Link>}>
      Ask an administrator if you need to change things.
    </Empty>
  ) : (
    <Empty title="There is no such page" actions={<Link className="btn" href="/">Go to the overview</Link>}>
      The address may be mistyped, or what it showed has been deleted.
    </Empty>
  );
}
