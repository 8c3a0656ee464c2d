// Arrange as the administrator, act and assert as the role.
import pg from 'pg';
import { freshDatabase } from '../setup/database.mjs';

const identity = (value: string) => value;
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    const { INT8, DATE, TIME } = pg.types.builtins;
    if (oid === INT8) return Number;
    if (oid === DATE) return identity;
    if (oid === TIME) return (value: string) => value.slice(0, 5);
    return pg.types.getTypeParser(oid, format as 'text');
  },
} as pg.CustomTypesConfig;

export class Client extends pg.Client {
  async rows<Row extends pg.QueryResultRow = any>(sql: string, ...values: unknown[]): Promise<Row[]> {
    return (await this.query<Row>(sql, values)).rows;
  }

  async row<Row extends pg.QueryResultRow = any>(sql: string, ...values: unknown[]): Promise<Row> {
    const rows = await this.rows<Row>(sql, ...values);
    if (rows.length !== 1) throw new Error(`${rows.length} rows instead of one: ${sql}`);
    return rows[0];
  }

  /** The first column of the only row. */
  async value<Value = any>(sql: string, ...values: unknown[]): Promise<Value> {
    return Object.values(await this.row(sql, ...values))[0] as Value;
  }
}

export interface Database {
  name: string;
  /** The superuser's connection. */
  admin: Client;
  /** saas_app's connection. */
  app: Client;
  connect(role: 'admin' | 'saas_app' | 'saas_admin' | 'readonly_user' | 'integration_user'): Promise<Client>;
  close(): Promise<void>;
}

export async function openDatabase(): Promise<Database> {
  const database = await freshDatabase();
  const clients: Client[] = [];
  const connect: Database['connect'] = async (role) => {
    const client = new Client({ connectionString: role === 'admin' ? database.adminUrl : database.urlAs(role), types });
    await client.connect();
    clients.push(client);
    return client;
  };
  return {
    name: database.name,
    admin: await connect('admin'),
    app: await connect('saas_app'),
    connect,
    async close() {
      await Promise.all(clients.map((client) => client.end()));
      await database.drop();
    },
  };
}

/** One for a whole spec: there from its first test to its last. */
export function databaseOfSpec(): Database {
  const database = {} as Database;
  beforeAll(async () => void Object.assign(database, await openDatabase()));
  afterAll(() => database.close());
  return database;
}

export interface Context {
  organizacion?: number | null;
  usuario?: number | null;
  rol?: string | null;
  ahora?: string | null;
}

/** One transaction with that context, committed; rolled back when `work` fails. */
export async function inContext<T>(
  client: Client,
  context: Context,
  work: () => Promise<T>,
  end: 'commit' | 'rollback' = 'commit',
): Promise<T> {
  await client.query('begin');
  try {
    const { organizacion = null, usuario = null, rol = null, ahora = null } = context;
    await client.query('select app.fijar_contexto($1, $2, $3, $4)', [organizacion, usuario, rol, ahora]);
    const result = await work();
    await client.query(end);
    return result;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

export const discarded = <T>(client: Client, context: Context, work: () => Promise<T>) => inContext(client, context, work, 'rollback');

export interface Refusal {
  code: string;
  constraint?: string;
}

/** What the server refused the statement with; fails when it accepted it. */
export async function refusal(statement: Promise<unknown>): Promise<Refusal> {
  const error = await statement.then(
    () => new Error('The server accepted what it should refuse'),
    (reason: pg.DatabaseError) => reason,
  );
  if (!(error instanceof pg.DatabaseError)) throw error;
  return error.constraint === undefined ? { code: error.code! } : { code: error.code!, constraint: error.constraint };
}

/** A statement under a savepoint that is always rolled back: its transaction goes on as if nothing had happened. */
export async function attempt<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query('savepoint attempt');
  try {
    return await work();
  } finally {
    await client.query('rollback to attempt');
  }
}

export interface Tenant {
  organizacion: number;
  admin: Context;
  codigo: string;
  moneda: string;
  zona: string;
  profesionales: number[];
  servicio: number;
  cliente: number;
}

let sequence = 0;

/** A business as it registers: its admin, two professionals, one service of 30 minutes, one client; no working hours yet. */
export async function newTenant(
  app: Client,
  { zona = 'America/Santiago', moneda = 'CLP', profesionales = 2, ahora = null as string | null } = {},
): Promise<Tenant> {
  const codigo = `negocio-${++sequence}`;
  return inContext(app, { ahora }, async () => {
    const { organizacion_id: organizacion, usuario_id: usuario } = await app.row(
      `select * from app.registrar_organizacion($1, 'Negocio', 'barberia', $2, $3, 'CL', 'es', $4, '+56912345678', 'Ana',
        '$argon2id$prueba')`,
      codigo,
      zona,
      moneda,
      `ana@${codigo}.example`,
    );
    const admin = { organizacion, usuario, rol: 'admin', ahora };
    await app.query('select app.fijar_contexto($1, $2, $3, $4)', [organizacion, usuario, admin.rol, ahora]);
    const ids = await app.rows(
      `insert into profesionales (nombre_completo, tipo_profesional) select 'Profesional ' || n, 'barbero'
        from generate_series(1, $1::int) n returning id`,
      profesionales,
    );
    const servicio = await app.value("insert into servicios (nombre, precio, duracion_minutos) values ('Corte', 8000, 30) returning id");
    const cliente = await app.value(
      "insert into clientes (nombre, email, telefono) values ('José Ñandú', 'jose@ejemplo.cl', '+56911112222') returning id",
    );
    return { organizacion, admin, codigo, moneda, zona, profesionales: ids.map((row) => row.id), servicio, cliente };
  });
}

/** The same hours every day of the week for every professional, and their franjas from `desde` to `hasta`. */
export async function openHours(app: Client, tenant: Tenant, [inicio, fin]: [string, string], [desde, hasta]: [string, string]) {
  await inContext(app, tenant.admin, async () => {
    await app.query(
      `insert into horarios_profesionales (profesional_id, dia_semana, hora_inicio, hora_fin, vigente_desde)
       select p, d, $2, $3, $4 from unnest($1::bigint[]) p, generate_series(0, 6) d`,
      [tenant.profesionales, inicio, fin, desde],
    );
    await app.query('select * from app.generar_franjas($1, $2, $3, $4)', [tenant.organizacion, tenant.profesionales, desde, hasta]);
  });
}

/** Inserts a cita for the tenant of the current context; the caller opened the transaction. */
export function insertCita(app: Client, tenant: Tenant, cita: Record<string, unknown> = {}): Promise<any> {
  const row = {
    cliente_id: tenant.cliente,
    profesional_id: tenant.profesionales[0],
    servicio_id: tenant.servicio,
    precio_servicio: 8000,
    moneda: tenant.moneda,
    ...cita,
  };
  const columns = Object.keys(row);
  return app.row(`insert into citas (${columns}) values (${columns.map((_, i) => `$${i + 1}`)}) returning *`, ...Object.values(row));
}
