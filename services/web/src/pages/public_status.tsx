import { api } from "../api/client";
import { availability, exact } from "../lib/format";
import { dayTone, dayWords, isOver, plainWords, STATE_TONE, STATE_WORDS, VERDICTS, type PublicComponent, type PublicStatus } from "../lib/public_status";
import { useResource } from "../lib/resource";
import { Empty, Loading, Trouble, useTitle, When } from "../parts/basics";
import { Mark, State } from "../parts/state";

type Post = PublicStatus["posts"][number];

function Component({ one }: { one: PublicComponent }) {
  const known = one.days.filter((day) => day.uptime !== null).length;
  return (
    <li className="statuscomponent">
      <div><strong>{one.name}</strong><State tone={STATE_TONE[one.state]}>{STATE_WORDS[one.state]}</State></div>
      {one.description && <p className="quiet small">{one.description}</p>}
      {one.days.length > 0 && (
        <>
          <span className="strip tall" role="img" aria-label={known > 0 ? `Uptime of ${one.days.length} days: ${availability(one.uptime ?? 0)}` : "Nothing was measured yet"}>
            {one.days.map((day) => <i key={day.date} className={dayTone(day)} title={dayWords(day)} />)}
          </span>
          <div className="quiet small"><span>{one.days.length} days ago</span><span>{one.uptime === null ? "nothing measured yet" : `${availability(one.uptime)} up`}</span><span>today</span></div>
        </>
      )}
    </li>
  );
}

function Said({ post, names }: { post: Post; names: Map<string, string> }) {
  const about = post.components.flatMap((one) => names.get(one) ?? []).join(", ");
  return (
    <article className="note statuspost">
      <h3>{post.title} <span className="badge">{plainWords(post.state)}</span></h3>
      {about && <p className="quiet small">{about}</p>}
      {post.starts_at && post.ends_at && <p className="small">{exact(post.starts_at)} to {exact(post.ends_at)}</p>}
      {post.updates.map((one) => (
        <div key={one.at}><p className="prose">{one.text}</p><p className="quiet small">{plainWords(one.state)} · {exact(one.at)} · <When time={one.at} /></p></div>
      ))}
    </article>
  );
}

function Page({ status }: { status: PublicStatus }) {
  useTitle(status.title);
  const names = new Map(status.sections.flatMap((section) => section.components.map((one): [string, string] => [one.id, one.name])));
  const open = status.posts.filter((post) => !isOver(post.state));
  const over = status.posts.filter((post) => isOver(post.state));
  const posts = (those: Post[]) => those.map((post) => <Said key={post.id} post={post} names={names} />);
  return (
    <>
      <header>
        <p className="quiet">{status.title}</p>
        <h1 className={`statusverdict ${STATE_TONE[status.state]}`}><Mark tone={STATE_TONE[status.state]} />{VERDICTS[status.state]}</h1>
        {status.description && <p className="prose quiet">{status.description}</p>}
      </header>
      {open.length > 0 && <section className="block" aria-label="Now"><div className="block-head"><h2>Now</h2></div>{posts(open)}</section>}
      {status.sections.map((section, index) => (
        <section className="block" key={index} aria-label={section.name || "Components"}>
          {section.name && <div className="block-head"><h2>{section.name}</h2></div>}
          <ul>{section.components.map((one) => <Component key={one.id} one={one} />)}</ul>
        </section>
      ))}
      {over.length > 0 && <section className="block" aria-label="Before"><div className="block-head"><h2>Before</h2></div>{posts(over)}</section>}
      <footer className="quiet small">As it was <When time={status.at} />, by Monitron</footer>
    </>
  );
}

// For anybody, signed in or not.
export function PublicStatusPage({ slug }: { slug: string }) {
  const { data, problem, reload } = useResource(`public/${slug}`, () => api.publicStatus(slug), { everySeconds: 30 });
  return (
    <main className="statuspage">
      {data ? <Page status={data} /> : !problem ? <Loading /> : problem.status === 404
        ? <Empty title="There is no such status page">The address may be mistyped, or the page is not published any more.</Empty>
        : <Trouble problem={problem} retry={reload} />}
    </main>
  );
}
