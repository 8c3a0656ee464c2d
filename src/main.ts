import { Logger } from '@nestjs/common';
import { format } from 'node:util';
import { reasonOf } from '../scripts/reason.mjs';
import { createApp } from './app.js';
import { readConfig } from './config.js';
import { stopOnSignal } from './observability/shutdown.js';

try {
  const config = readConfig();
  const app = await createApp(config);
  stopOnSignal(app, config);
  await app.listen(config.port, config.host);
  // What a dependency tells the console, such as a late timer, is a line of the log as any other.
  const log = new Logger('Console');
  console.error = (...said) => log.error(format(...said));
  console.log = console.info = console.warn = (...said) => log.warn(format(...said));
} catch (error) {
  console.error(reasonOf(error));
  process.exit(1);
}
