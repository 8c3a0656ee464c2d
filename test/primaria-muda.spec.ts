import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { register, startApi, type Api } from './api.js';
import { freshDatabase } from './setup/database.mjs';

/** Before the database: from `mute` on, what is connected by then gets no answer and no end, as when the machine behind it loses its power. */
async function between(port: number) {
  const pairs = new Set<{ mute: boolean; ends: net.Socket[] }>();
  const server = net.createServer((client) => {
    const upstream = net.connect(port, '127.0.0.1');
    const pair = { mute: false, ends: [client, upstream] };
    pairs.add(pair);
    for (const [from, to] of [[client, upstream], [upstream, client]]) {
      from.on('data', (data) => pair.mute || to.write(data));
      from.on('close', () => pair.mute || to.destroy());
      from.on('error', () => {});
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    mute: () => pairs.forEach((pair) => (pair.mute = true)),
    close: () => {
      for (const { ends } of pairs) for (const end of ends) end.destroy();
      server.close();
    },
  };
}

test('a primary that falls silent is given up, and its successor at the same name serves: requests end, and the process is ready again', async () => {
  const database = await freshDatabase();
  const url = new URL(database.appUrl);
  const line = await between(Number(url.port));
  url.port = String(line.port);
  const api = await startApi({ JOBS: 'off' }, { database: { ...database, appUrl: url.href } } as Api);
  try {
    const { cuenta } = await register(api);
    const ask = () => api.request('GET', `/public/${cuenta.codigo_tenant}`);
    const ready = async () => (await api.request('GET', '/health/ready')).status;
    await Promise.all(Array.from({ length: 8 }, ask)); // a connection for each: more than what goes on beside them takes
    expect(await ready()).toBe(200);
    line.mute();
    await sleep(1_100); // what was known a second ago still counts
    const [hanging, unready] = await Promise.all([ask(), ready()]);
    expect([hanging.status, hanging.body.codigo, unready]).toEqual([503, 'no_disponible', 503]);
    for (const until = Date.now() + 10_000; (await ready()) !== 200 && Date.now() < until; ) await sleep(200);
    expect([(await ask()).status, await ready()]).toEqual([200, 200]);
  } finally {
    line.close();
    await api.close();
    await database.drop();
  }
}, 90_000);
