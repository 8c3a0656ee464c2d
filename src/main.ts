import { reasonOf } from '../scripts/reason.mjs';
import { createApp } from './app.js';
import { readConfig } from './config.js';
import { stopOnSignal } from './observability/shutdown.js';

try {
  const config = readConfig();
  const app = await createApp(config);
  stopOnSignal(app, config);
  await app.listen(config.port, config.host);
} catch (error) {
  console.error(reasonOf(error));
  process.exit(1);
}
