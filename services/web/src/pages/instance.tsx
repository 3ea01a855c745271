import { useEffect, useMemo, useState } from "react";
import { api } from "../api/client";
import { everyPage } from "../api/request";
import type { Instance } from "../api/types";
import { hasHostMetrics } from "../lib/any_metric";
import { bytes, bytesPerSecond, count, percent, perSecond, span } from "../lib/format";
import { useHistory } from "../lib/history";
import { cpuCores, cpuTotal, fileSystems, HOST_METRICS, loads, memory, named, pairRates } from "../lib/host_charts";
import { useMetricStream } from "../lib/live";
import { commandsIn, type Command } from "../lib/processes";
import { useResource } from "../lib/resource";
import { Link, navigate, useLocation } from "../lib/router";
import { last } from "../lib/series";
import { readRange } from "../lib/time_range";
import { useMay } from "../lib/user";
import { Chips, Empty, Head, Loaded, useTitle, When } from "../parts/basics";
import { Chart } from "../parts/chart";
import { CheckTable } from "../parts/check_table";
import { MaintenanceBadge, StartMaintenance } from "../parts/maintenance";
import { MetricCharts } from "../parts/metric_charts";
import { RangePicker, useMovingRange } from "../parts/range_picker";
import { Relations } from "../parts/relations";
import { HealthState } from "../parts/state";
import { INSTANCE_KINDS } from "./instance_form";
import { DeleteInstance } from "./instances";

function groupLinks(names: string[]): React.ReactNode {
  if (names.length === 0) return null;
  return names.map((name, at) => <span key={name}>{at > 0 && ", "}<Link href={`/instances?group=${encodeURIComponent(name)}`}>{name}</Link></span>);
}

// A check that connects to the port on which its agent listens.
function portCheck({ id, hostname, ip_address, agent_port }: Instance): string {
  const host = ip_address || hostname;
  const target = `${host.includes(":") ? `[${host}]` : host}:${agent_port}`;
  return `/checks/new?${new URLSearchParams({ kind: "tcp", target, instance_id: id })}`;
}

function Facts({ instance }: { instance: Instance }) {
  const mayCheck = useMay()("checks:write", instance.labels);
  const kind = INSTANCE_KINDS.find(([key]) => key === instance.kind)?.[1] ?? instance.kind;
  const facts: [string, React.ReactNode][] = [
    ["State", <span key="s"><HealthState health={instance.health} /> <MaintenanceBadge of={instance} /></span>],
    [instance.agent_version ? "Last seen" : "Last data", <When key="l" time={instance.last_seen} />],
    ["Host name", instance.hostname],
    ["Address", instance.ip_address],
    ["Kind", kind],
    ["Operating system", instance.os],
    ["Agent", instance.agent_version],
    ["Agent port", instance.agent_port && <span key="p">{instance.agent_port}{mayCheck && <> · <Link href={portCheck(instance)}>Check it</Link></>}</span>],
    ["Credentials", Object.keys(instance.credentials ?? {}).join(", ")],
    ["Checks every", instance.check_interval_seconds && span(instance.check_interval_seconds)],
    ["Groups", groupLinks(instance.groups ?? [])],
    ["Added", <When key="a" time={instance.created_at} />],
  ];
  return (
    <dl className="facts">
      {facts.filter(([, value]) => value).map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
      {Object.keys(instance.labels ?? {}).length > 0 && <div className="wide"><dt>Labels</dt><dd><Chips labels={instance.labels} /></dd></div>}
    </dl>
  );
}

// What an instance has decides what is drawn: the usual charts of a host, and any other metric.
function Metrics({ instance }: { instance: Instance }) {
  const { id } = instance;
  const infos = useResource(`series/${id}`, () => everyPage((cursor) => api.series(id, { limit: 1000, cursor }), 5000), { everySeconds: 30 });
  if (!infos.data) return null;
  const host = hasHostMetrics(infos.data);
  if (infos.data.length === 0) {
    return (
      <section className="block" aria-label="Metrics">
        <div className="block-head"><h2>Metrics</h2></div>
        {instance.agent_version
          ? <Empty title="No metrics yet">Check that the agent of this machine runs and can reach Monitron.</Empty>
          : <Empty title="No metrics yet">Install an agent on this machine, or send samples to POST /api/v1/ingest.</Empty>}
      </section>
    );
  }
  return <>{host && <Charts id={id} />}<MetricCharts id={id} infos={infos.data} alone={!host} /></>;
}

function Charts({ id }: { id: string }) {
  const { query } = useLocation();
  const range = readRange(query, "1h");
  const shown = useMovingRange(range);
  const { series, step, waiting } = useHistory(id, HOST_METRICS, range);
  const lines = useMemo(() => ({
    total: cpuTotal(series), cores: cpuCores(series), load: loads(series), memory: memory(series), files: fileSystems(series),
    disk: pairRates(series, ["node_disk_read_bytes_total", "Read"], ["node_disk_written_bytes_total", "Written"], step),
    operations: pairRates(series, ["node_disk_reads_completed_total", "Reads"], ["node_disk_writes_completed_total", "Writes"], step),
    network: pairRates(series, ["node_network_receive_bytes_total", "In"], ["node_network_transmit_bytes_total", "Out"], step),
  }), [series, step]);
  const total = last(named(series, "node_memory_MemTotal_bytes")[0]);
  const used = last(lines.memory[0]?.series);
  const common = { step, fromMs: shown.fromMs, toMs: shown.toMs };
  return (
    <section className="block" aria-label="Charts">
      <div className="block-head"><h2>History</h2><span className="more"><RangePicker range={range} /></span></div>
      {series.size === 0 && !waiting("") ? (
        <Empty title="No host metrics in this time range">If this machine should report, check that its agent runs and can reach Monitron.</Empty>
      ) : (
        <div className="charts">
          <Chart {...common} waiting={waiting("node_cpu")} title="CPU" lines={lines.total} format={percent} top={0.25} now={percent(last(lines.total[0]?.series))} />
          <Chart {...common} waiting={waiting("node_cpu")} title="CPU per core" lines={lines.cores} format={percent} heat />
          <Chart {...common} waiting={waiting("node_memory")} title="Memory" lines={lines.memory} format={bytes} binary top={total ?? undefined} now={used !== null && total ? `${bytes(used)} of ${bytes(total)}` : ""} />
          <Chart {...common} waiting={waiting("node_load")} title="Load" lines={lines.load} format={count} top={1} />
          <Chart {...common} waiting={waiting("node_filesystem")} title="File systems, used" lines={lines.files} format={percent} top={1} now={lines.files.length === 1 ? `${lines.files[0]?.name} ${percent(last(lines.files[0]?.series))}` : undefined} />
          <Chart {...common} waiting={waiting("node_network")} title="Network" lines={lines.network} format={bytesPerSecond} binary top={1024} />
          <Chart {...common} waiting={waiting("node_disk")} title="Disk throughput" lines={lines.disk} format={bytesPerSecond} binary top={1024} />
          <Chart {...common} waiting={waiting("node_disk")} title="Disk operations" lines={lines.operations} format={perSecond} top={10} />
        </div>
      )}
    </section>
  );
}

function Processes({ id }: { id: string }) {
  const recent = useResource(`latest/${id}/processes`, () => api.metrics({
    server_id: id, metric_type: "process", from: new Date(Date.now() - 60_000).toISOString(), limit: 500,
  }), { freshSeconds: 10 });
  const [found, setFound] = useState<Map<string, Command>>(new Map());
  useEffect(() => {
    if (recent.data) setFound(commandsIn([...recent.data.items].reverse()));
  }, [recent.data]);
  useMetricStream({ topics: "metrics", server_id: id, metric_type: "process" }, (events) => {
    const samples = events.filter((event) => event.type === "metric");
    if (samples.length > 0) setFound((before) => commandsIn(samples, before));
  });
  const rows = [...found].sort(([, a], [, b]) => (b.cpu ?? 0) - (a.cpu ?? 0) || (b.memory ?? 0) - (a.memory ?? 0)).slice(0, 15);
  if (rows.length === 0) return null;
  return (
    <section className="block" aria-label="Top processes">
      <div className="block-head"><h2>Top processes</h2><span className="quiet small">CPU of one core</span></div>
      <table className="table tight">
        <thead><tr><th>Command</th><th className="num wide-only" style={{ width: 100 }}>Processes</th><th className="num" style={{ width: 90 }}>CPU</th><th className="num" style={{ width: 110 }}>Memory</th></tr></thead>
        <tbody>
          {rows.map(([key, one]) => (
            <tr key={key}><td className="mono" style={{ overflowWrap: "anywhere" }}>{one.command}</td><td className="num quiet wide-only">{one.processes}</td><td className="num">{percent(one.cpu)}</td><td className="num">{bytes(one.memory)}</td></tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Checks({ instance }: { instance: Instance }) {
  const mayEdit = useMay()("checks:write", instance.labels);
  const checks = useResource(`checks?instance_id=${instance.id}`, () => api.checks.list({ instance_id: [instance.id], limit: 200 }), { everySeconds: 30 });
  const add = `/checks/new?instance_id=${instance.id}`;
  if (!checks.data) return null;
  return (
    <section className="block" aria-label="Checks">
      <div className="block-head"><h2>Checks</h2>{mayEdit && <Link className="more" href={add}>Add a check</Link>}</div>
      {checks.data.items.length > 0 ? <CheckTable items={checks.data.items} /> : <p className="quiet">No check belongs to this instance.</p>}
    </section>
  );
}

export function InstancePage({ id }: { id: string }) {
  const instance = useResource(`instance/${id}`, () => api.instances.one(id), { everySeconds: 30 });
  const may = useMay();
  const [deleting, setDeleting] = useState(false);
  useTitle(instance.data?.name ?? "Instance");
  return (
    <Loaded from={instance}>
      {(data) => (
        <>
          <Head title={data.name || data.hostname} sub={data.description} crumb={<Link href="/instances">Instances</Link>}>
            {may("maintenance:write") && !data.maintenance && <StartMaintenance name={data.name || data.hostname} selector={{ instance: data.hostname }} />}
            {may("instances:write", data.labels) && <Link className="btn" href={`/instances/${id}/edit`} data-key="e">Edit</Link>}
            {may("instances:write", data.labels) && <button className="btn" onClick={() => setDeleting(true)}>Delete</button>}
          </Head>
          <Facts instance={data} />
          <Metrics instance={data} />
          <Checks instance={data} />
          <Relations instance={data} />
          <Processes id={id} />
          {deleting && <DeleteInstance instance={data} onClose={() => setDeleting(false)} onDone={() => navigate("/instances")} />}
        </>
      )}
    </Loaded>
  );
}
