import { createSecretKey } from 'node:crypto';
import pg from 'pg';

/** Every text that src/sealing.ts sealed, and the column that its row is bound by. */
const SEALED = [
  ['segundos_factores', 'usuario_id', 'secreto_sellado'],
  ['destinos_webhook', 'id', 'secreto_sellado'],
  ['destinos_webhook', 'id', 'secreto_anterior_sellado'],
  ['instancias_whatsapp', 'id', 'apikey_sellado'],
];

/**
 * Seals with the first key what any of the others sealed, so that these can be thrown away. Needs dist. `adminUrl` is of the main database.
 * @returns {Promise<{ sealed: number, closed: string[] }>} how many were sealed again, and which could not be opened
 */
export async function reseal(adminUrl, encryptionKeys) {
  const { Sealing } = await import('../dist/sealing.js');
  const sealing = new Sealing({ encryptionKeys: encryptionKeys.map((key) => createSecretKey(Buffer.from(key))) });
  const client = new pg.Client({ connectionString: adminUrl, application_name: 'franja-reseal' });
  await client.connect();
  try {
    await client.query("set session_replication_role = 'replica'"); // the secrets are what they were: nothing for anybody's audit
    const found = { sealed: 0, closed: [] };
    for (const [tabla, key, column] of SEALED) {
      const { rows } = await client.query(`select organizacion_id, ${key} as id, ${column} as sealed from ${tabla} where ${column} is not null`);
      for (const { organizacion_id, id, sealed } of rows.filter((row) => sealing.isStale(row.sealed))) {
        try {
          const again = sealing.seal(sealing.open(sealed, { tabla, organizacion_id, id }), { tabla, organizacion_id, id });
          // Whoever changed it meanwhile sealed another secret.
          const { rowCount } = await client.query(`update ${tabla} set ${column} = $1 where organizacion_id = $2 and ${key} = $3 and ${column} = $4`, [again, organizacion_id, id, sealed]);
          found.sealed += rowCount;
        } catch (error) {
          found.closed.push(`organizacion ${organizacion_id}, ${key} ${id}: ${error.message}`);
        }
      }
    }
    return found;
  } finally {
    await client.end();
  }
}

export function sayResealed({ sealed, closed }) {
  if (closed.length) throw new Error(`${sealed} secrets sealed again; these were sealed with a key that is not here:\n  ${closed.join('\n  ')}`);
  console.log(`${sealed} secrets sealed again: no former key is needed.`);
}
