import pg from 'pg';
import { urlOf } from '../../scripts/database.mjs';
import { openTemplate } from '../../scripts/template-database.mjs';
import { joined, readTenantCatalogue } from '../tenant-rule/catalogue.mjs';

export default async function globalSetup() {
  const template = await openTemplate();
  process.env.FRANJA_TEST_ADMIN_URL = template.adminUrl;
  process.env.FRANJA_TEST_TEMPLATE = template.name;
  process.env.FRANJA_TEST_RUN = template.run;
  process.env.FRANJA_TEST_CATALOGUE = JSON.stringify(joined(...(await Promise.all([template.name, `${template.name}_chat`].map((name) => catalogueOf(template.adminUrl, name))))));
  globalThis.franjaCloseTemplate = template.close;
}

async function catalogueOf(server, database) {
  const client = new pg.Client({ connectionString: urlOf(server, database) });
  await client.connect();
  return readTenantCatalogue(client).finally(() => client.end());
}
