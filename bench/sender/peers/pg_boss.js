// pg-boss delivers: `pg_boss.js fill FILE` queues every line, `pg_boss.js work` POSTs them.
// Jobs are fetched in a loop, for its own workers wait half a second between two batches.
import { PgBoss } from "pg-boss";
import { SLOTS, lines, post } from "./delivery.js";

const FETCHERS = 2;
const boss = new PgBoss(process.env.QUEUE_URL);
boss.on("error", console.error);
await boss.start();

if (process.argv[2] === "fill") {
  await boss.createQueue("events", { retryLimit: 3, retryDelay: 1, retryBackoff: true });
  const jobs = lines(process.argv[3]).map((body) => ({ data: { body } }));
  for (let at = 0; at < jobs.length; at += 500) await boss.insert("events", jobs.slice(at, at + 500));
  await boss.stop();
  process.exit(0);
}

async function deliver() {
  for (;;) {
    const jobs = await boss.fetch("events", { batchSize: SLOTS / FETCHERS });
    if (jobs.length === 0) await new Promise((wake) => setTimeout(wake, 50));
    const ends = await Promise.allSettled(jobs.map((job) => post(job.data.body)));
    const done = jobs.filter((_, at) => ends[at].status === "fulfilled").map((job) => job.id);
    const failed = jobs.filter((_, at) => ends[at].status === "rejected").map((job) => job.id);
    if (done.length) await boss.complete("events", done);
    if (failed.length) await boss.fail("events", failed);
  }
}

await Promise.all(Array.from({ length: FETCHERS }, deliver));
