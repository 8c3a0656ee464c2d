// Loaded into a process that is measured (node --import): writes what it weighs, four times a second, into the file BENCH_PROBE.
import fs from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const file = process.env.BENCH_PROBE;
const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();
setInterval(() => {
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  // A timer that is never late still fires `resolution` after the one before.
  const late = (ns) => Math.max(0, ns / 1e6 - 10);
  const line = { rss: rss / 2 ** 20, heap: heapUsed / 2 ** 20, cpu: (user + system) / 1000, p50: late(delay.percentile(50)), p99: late(delay.percentile(99)), max: late(delay.max) };
  fs.appendFileSync(file, `${JSON.stringify(line)}\n`);
  delay.reset();
}, 250).unref();
