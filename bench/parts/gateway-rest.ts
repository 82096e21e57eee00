// The REST API against a bare node:http server that returns the same bytes: reads, and durable writes.
import type { Effort, Measure, Section } from "../harness/result.ts";
import { interleave, loopFor, type Readings } from "../harness/rounds.ts";
import { quantile } from "../harness/statistics.ts";
import { startFloor } from "../support/floor.ts";
import { answerOf, type HttpLoad, type LoadRequest, openHttpLoad } from "../support/http-load.ts";
import type { Workspace } from "../support/workspace.ts";

const floor = "bare node:http";
const durableFloor = "bare node:http + SQLite";
const api = "REST API";

/** Reads an instance, and changes it. */
export async function rest(
  workspace: Workspace,
  instance: string,
  { quick }: Effort,
  log: (line: string) => void,
): Promise<Section> {
  const path = `/api/2.0/database/instances/${instance}`;
  const { token } = workspace;
  const read: LoadRequest = { method: "GET", path, token };
  const mask = `${path}?update_mask=retention_window_in_days`;
  // Another value each time, of the same length.
  const body = (count: number) => JSON.stringify({ retention_window_in_days: 2 + (count % 8) });
  const write: LoadRequest = { method: "PATCH", path: mask, token, body };
  await workspace.call("PATCH", mask, { retention_window_in_days: 2 });
  const measures: Measure[] = [];
  for (const [name, request] of Object.entries({ reads: read, writes: write })) {
    const answer = await answerOf(workspace.apiUrl, request);
    await using bare = await startFloor(answer);
    await using durable = await startFloor(answer, { durable: true });
    const urls = { [floor]: bare.url, ...(name === "writes" ? { [durableFloor]: durable.url } : {}) };
    for (const connections of [1, 64]) {
      const samples = await compare({ ...urls, [api]: workspace.apiUrl }, request, connections, quick);
      const label = `${name}, ${connections} ${connections === 1 ? "connection" : "connections"}`;
      const baseline = name === "reads" ? floor : durableFloor;
      const goal = name === "reads" ? { goal: { variant: api, atLeast: 0.5 } } : {};
      measures.push(
        {
          name: label,
          unit: "requests/s",
          better: "higher",
          baseline,
          ...goal,
          samples: samples.perSecond ?? {},
        },
        { name: label, unit: "ms, p99", better: "lower", baseline, samples: samples.p99 ?? {} },
      );
      log(`REST ${label}: done`);
    }
  }
  const note =
    "`GET` of an instance, and `PATCH` of one of its settings, which is on disk before the answer. The floor returns the " +
    "same headers and bytes; with SQLite it first writes the body in one statement, as safely as the workspace does.";
  return { title: "REST API", note, measures };
}

async function compare(
  urls: Record<string, string>,
  request: LoadRequest,
  connections: number,
  quick: boolean,
): Promise<Record<string, Record<string, number[]>>> {
  await using opened = new AsyncDisposableStack();
  const variants: Record<string, () => Promise<Readings>> = {};
  for (const [name, url] of Object.entries(urls)) {
    const load: HttpLoad = opened.use(await openHttpLoad(url, connections, request));
    variants[name] = async () => {
      const { perSecond, millis } = await loopFor(100, connections, (index) => load.request(index));
      return { perSecond, p99: quantile(millis, 0.99) };
    };
  }
  await interleave(variants, 1);
  return await interleave(variants, quick ? 2 : 40);
}
