// A million timers that restart, in graphile-worker: each guest's cart is a job with a key of its own, and a change puts it
// off. As its authors advise for many jobs: jobs are added by add_jobs, fetched into a local queue and completed in batches.
// Usage: node timers.js DATABASE_URL TIMERS CHANGES_A_SECOND SECONDS

import { makeWorkerUtils, run, Logger } from "graphile-worker";
import pg from "pg";

const [url, ...numbers] = process.argv.slice(2);
const [timers, changes, seconds] = numbers.map(Number);
const DELAY = 3_600_000;
const OF_A_CALL = 100;
const pool = new pg.Pool({ connectionString: url, max: 20 });
const logger = new Logger(() => () => {});

const say = (line) => console.log(JSON.stringify(line));
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Adds jobs of these guests, or puts theirs off. */
const ADD = `SELECT count(*) FROM graphile_worker.add_jobs(ARRAY(
  SELECT ROW('cart', json_build_object('guest', g, 'total', 450), NULL, to_timestamp(at / 1000.0), NULL, 'guest-' || g, NULL, NULL)
    ::graphile_worker.job_spec
  FROM unnest($1::bigint[], $2::float8[]) AS t (g, at)))`;

async function add(guests, at) {
  await pool.query(ADD, [guests, guests.map(at)]);
}

async function seed(first) {
  const at = (guest) => first + ((guest * 7_919) % timers) * (DELAY / timers);
  for (let from = 1; from <= timers; from += 10_000) {
    const guests = Array.from({ length: Math.min(10_000, timers - from + 1) }, (_, i) => from + i);
    await add(guests, at);
  }
  await pool.query("VACUUM ANALYZE");
}

async function bytes() {
  const text = "SELECT sum(pg_total_relation_size(c.oid))::float8 AS bytes FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'graphile_worker' AND c.relkind = 'r'";
  return (await pool.query(text)).rows[0].bytes;
}

/** The value that this part of all does not exceed. */
function percentile(sorted, part) {
  return sorted.length === 0 ? null : sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)];
}

const utils = await makeWorkerUtils({ pgPool: pool, logger });
await utils.migrate();
await utils.release();
// Twenty-odd seconds a hundred thousand, on two cores.
const first = Date.now() + 10_000 + timers * 0.25;
await seed(first);
const before = await bytes();
say({ event: "seeded", late_ms: Math.max(0, Date.now() - first) });
await sleep(Math.max(0, first - Date.now()));

const late = [];
const fired = new Set();
let doubled = 0;
const runner = await run({
  pgPool: pool,
  logger,
  noHandleSignals: true,
  preset: {
    worker: {
      concurrentJobs: 24,
      pollInterval: 100,
      localQueue: { size: 100, refetchDelay: { durationMs: 100 } },
      completeJobBatchDelay: 5,
    },
  },
  taskList: {
    cart: async (payload, helpers) => {
      const at = helpers.job.run_at.getTime();
      late.push(Date.now() - at);
      const once = `${payload.guest} ${at}`;
      doubled += fired.has(once) ? 1 : 0;
      fired.add(once);
    },
  },
});
say({ event: "begun" });

const begun = Date.now();
const answered = [];
let told = 0;
let behind = 0;
const under_way = new Set();
const every = (1_000 * OF_A_CALL) / changes;
for (let call = 0; call * every < seconds * 1_000; call++) {
  const due = begun + call * every;
  await sleep(Math.max(0, due - Date.now()));
  while (under_way.size >= 8) await Promise.race(under_way);
  behind = Math.max(behind, Date.now() - due);
  const guests = [...new Set(Array.from({ length: OF_A_CALL }, () => 1 + Math.floor(Math.random() * timers)))].sort((a, b) => a - b);
  const from = Date.now();
  const one = add(guests, () => from + DELAY).then(() => answered.push(Date.now() - from));
  under_way.add(one);
  one.finally(() => under_way.delete(one));
  told += guests.length;
}
await Promise.all(under_way);
const took = Date.now() - begun;
say({ event: "told", changes: told, took_ms: took, behind_ms: behind });
await runner.stop();

late.sort((a, b) => a - b);
answered.sort((a, b) => a - b);
say({
  event: "done",
  fired: late.length,
  doubled,
  late_ms: { p50: percentile(late, 0.5), p99: percentile(late, 0.99), max: percentile(late, 1) },
  answer_ms: { p50: percentile(answered, 0.5), p99: percentile(answered, 0.99) },
  bytes: { before, after: await bytes() },
});
await pool.end();
