// What both Node peers share: the lines to queue, and the POST with a pool of kept connections.
import { readFileSync } from "node:fs";
import { Pool } from "undici";

export const SLOTS = 64;
const sink = new URL(process.env.SINK_URL);
const pool = new Pool(sink.origin, { connections: SLOTS });

export const lines = (path) => readFileSync(path, "utf8").split("\n");

export async function post(body) {
  const answer = await pool.request({
    method: "POST",
    path: sink.pathname,
    headers: { "content-type": "application/json" },
    body,
  });
  await answer.body.dump();
  if (answer.statusCode !== 200) throw new Error(`HTTP ${answer.statusCode}`);
}
