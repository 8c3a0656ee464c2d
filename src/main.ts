import { createApp } from './app.js';
import { readConfig } from './config.js';

try {
  const config = readConfig();
  const app = await createApp(config);
  app.enableShutdownHooks();
  await app.listen(config.port, config.host);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
