import { hash } from '@node-rs/argon2';
import { randomBytes } from 'node:crypto';
import pg from 'pg';

/**
 * Makes an account of the platform, or gives the one it has a new password, no second factor and no sessions: how an operator lets somebody
 * in again. Only a superuser of the database can. `adminUrl` is of the main database.
 * @returns {Promise<string>} the password, which nothing keeps
 */
export async function makeSuperAdmin(adminUrl, email) {
  const password = randomBytes(18).toString('base64url');
  // Sign-in hashes it again when it asks for more than these parameters.
  const password_hash = await hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  const client = new pg.Client({ connectionString: adminUrl, application_name: 'franja-super-admin' });
  await client.connect();
  try {
    await client.query('begin');
    await client.query('lock table organizaciones in share row exclusive mode');
    await client.query(
      `insert into organizaciones (codigo_tenant, nombre_comercial, tipo_industria, zona_horaria, moneda, pais, email_admin, es_plataforma)
       select 'plataforma-' || substr(md5(random()::text), 1, 12), 'Plataforma', 'otro', 'UTC', 'USD', 'US', $1, true
       where not exists (select from organizaciones where es_plataforma)`,
      [email],
    );
    const { rows } = await client.query(
      `insert into usuarios (organizacion_id, email, password_hash, rol, nombre, email_verificado)
       select id, $1, $2, 'super_admin', $1, true from organizaciones where es_plataforma
       on conflict (organizacion_id, email) do update set password_hash = excluded.password_hash, activo = true
       returning organizacion_id, id`,
      [email, password_hash],
    );
    const account = [rows[0].organizacion_id, rows[0].id];
    await client.query('delete from segundos_factores where organizacion_id = $1 and usuario_id = $2', account);
    await client.query('update sesiones set revocada_en = now() where organizacion_id = $1 and usuario_id = $2 and revocada_en is null', account);
    await client.query('commit');
    return password;
  } finally {
    await client.end();
  }
}
