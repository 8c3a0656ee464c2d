import { openTemplate } from '../../scripts/template-database.mjs';

export default async function globalSetup() {
  const template = await openTemplate();
  process.env.FRANJA_TEST_ADMIN_URL = template.adminUrl;
  process.env.FRANJA_TEST_TEMPLATE = template.name;
  process.env.FRANJA_TEST_RUN = template.run;
  globalThis.franjaCloseTemplate = template.close;
}
