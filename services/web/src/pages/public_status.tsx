import { api } from "../api/client";
import { availability, exact } from "../lib/format";
import { dayTone, dayWords, isOld, phaseOf, plainWords, STATE_TONE, STATE_WORDS, VERDICTS, type PublicComponent, type PublicStatus } from "../lib/public_status";
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
          <div className="quiet small"><span>{one.days.length === 1 ? "today" : `${one.days.length - 1} days ago`}</span><span>{one.uptime === null ? "nothing measured yet" : `${availability(one.uptime)} up`}</span><span>today</span></div>
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

function Verdict({ status, old }: { status: PublicStatus; old: boolean }) {
  if (!old) return <h1 className={`statusverdict ${STATE_TONE[status.state]}`}><Mark tone={STATE_TONE[status.state]} />{VERDICTS[status.state]}</h1>;
  return (
    <>
      <h1 className="statusverdict unknown"><Mark tone="unknown" />The state is not known now</h1>
      <p className="note bad" role="alert">This page cannot be read anew. What follows is from <When time={status.at} />: {VERDICTS[status.state].toLowerCase()}.</p>
    </>
  );
}

function Page({ status, failing }: { status: PublicStatus; failing: boolean }) {
  useTitle(status.title);
  const names = new Map(status.sections.flatMap((section) => section.components.map((one): [string, string] => [one.id, one.name])));
  const posts = (title: string, phase: ReturnType<typeof phaseOf>) => {
    const those = status.posts.filter((post) => phaseOf(post, status.at) === phase);
    return those.length > 0 && (
      <section className="block" aria-label={title}><div className="block-head"><h2>{title}</h2></div>{those.map((post) => <Said key={post.id} post={post} names={names} />)}</section>
    );
  };
  return (
    <>
      <header>
        <p className="quiet">{status.title}</p>
        <Verdict status={status} old={failing || isOld(status, Date.now())} />
        {status.description && <p className="prose quiet">{status.description}</p>}
      </header>
      {posts("Now", "now")}
      {posts("Planned", "planned")}
      {status.sections.map((section, index) => (
        <section className="block" key={index} aria-label={section.name || "Components"}>
          {section.name && <div className="block-head"><h2>{section.name}</h2></div>}
          <ul>{section.components.map((one) => <Component key={one.id} one={one} />)}</ul>
        </section>
      ))}
      {posts("Before", "before")}
      <footer className="quiet small">As it was <When time={status.at} />, by Monitron</footer>
    </>
  );
}

// For anybody, signed in or not.
export function PublicStatusPage({ slug }: { slug: string }) {
  const { data, problem, reload } = useResource(`public/${slug}`, () => api.publicStatus(slug), { everySeconds: 10 });
  return (
    <main className="statuspage">
      {problem?.status === 404 ? <Empty title="There is no such status page">The address may be mistyped, or the page is not published any more.</Empty>
        : data ? <Page status={data} failing={problem !== undefined} />
        : problem ? <Trouble problem={problem} retry={reload} /> : <Loading />}
    </main>
  );
}
