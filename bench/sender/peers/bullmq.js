// BullMQ delivers: `bullmq.js fill FILE` queues every line, `bullmq.js work` POSTs them.
import { Queue, Worker } from "bullmq";
import { SLOTS, lines, post } from "./delivery.js";

const { hostname, port } = new URL(process.env.QUEUE_URL);
const connection = { host: hostname, port: Number(port), maxRetriesPerRequest: null };
const RETRIES = { attempts: 4, backoff: { type: "exponential", delay: 1000 } };

if (process.argv[2] === "fill") {
  const queue = new Queue("events", { connection });
  const jobs = lines(process.argv[3]).map((body) => ({ name: "post", data: { body }, opts: RETRIES }));
  for (let at = 0; at < jobs.length; at += 500) await queue.addBulk(jobs.slice(at, at + 500));
  await queue.close();
  process.exit(0);
} else {
  new Worker("events", (job) => post(job.data.body), { connection, concurrency: SLOTS });
}
