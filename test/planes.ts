// Plans and use, for tests: arranged as the superuser, read as saas_app.
import pg from 'pg';
import type { Api, Member } from './api.js';

export type Limits = Partial<Record<'profesionales' | 'clientes' | 'servicios' | 'usuarios' | 'citas_mes' | 'whatsapp_mes', number>>;

export function planes(api: Api) {
  const admin = new pg.Pool({ connectionString: api.database.adminUrl, max: 4 });
  const app = new pg.Pool({ connectionString: api.database.appUrl, max: 60 });

  /** Each test has a plan of its own among the dearer ones: what the plan allows is written for everybody who has it. */
  async function onPlan(member: Member, plan: string, limits: Limits = {}) {
    const set = ['profesionales', 'clientes', 'servicios', 'usuarios', 'citas_mes', 'whatsapp_mes'].map((m) => `limite_${m} = ${limits[m as keyof Limits] ?? 'null'}`);
    await admin.query(`update planes_subscripcion set ${set.join(', ')} where codigo_plan = '${plan}'`);
    await admin.query(`update subscripciones set plan_id = (select id from planes_subscripcion where codigo_plan = $2) where organizacion_id = $1`, [
      member.cuenta.organizacion_id, plan,
    ]);
  }

  /** A transaction of that organisation as saas_app. */
  async function as<T>(member: Member, work: (client: pg.PoolClient) => Promise<T>, ahora: string | null = null, begin = 'begin'): Promise<T> {
    const client = await app.connect();
    try {
      await client.query(begin);
      await client.query('select app.fijar_contexto($1, $2, $3, $4)', [member.cuenta.organizacion_id, member.cuenta.id, 'admin', ahora]);
      const result = await work(client);
      await client.query('commit');
      return result;
    } catch (error) {
      await client.query('rollback');
      throw error;
    } finally {
      client.release();
    }
  }

  const usage = async (member: Member, ahora: string | null = null): Promise<Record<string, number>> =>
    as(member, async (client) => {
      const { rows } = await client.query('select medida, uso from app.uso($1)', [member.cuenta.organizacion_id]);
      return Object.fromEntries(rows.map((row) => [row.medida, row.uso]));
    }, ahora);

  const recount = async (member: Member, ahora: string | null = null): Promise<Record<string, number>> => {
    const client = await admin.connect();
    try {
      await client.query('begin');
      await client.query('select app.fijar_contexto($1, null, null, $2)', [member.cuenta.organizacion_id, ahora]);
      const { rows } = await client.query('select medida, uso from app.recuento_uso($1)', [member.cuenta.organizacion_id]);
      return Object.fromEntries(rows.map((row) => [row.medida, row.uso]));
    } finally {
      await client.query('rollback');
      client.release();
    }
  };

  const events = async (member: Member) =>
    (await admin.query(`select evento, datos -> 'uso' as uso, datos ->> 'plan_sugerido' as plan_sugerido from eventos
      where organizacion_id = $1 and evento in ('uso-cercano-limite', 'limite-alcanzado') order by id`, [member.cuenta.organizacion_id])).rows;

  /** Free time five days after that date, and who books an hour of it by some clock. */
  async function booker(owner: Member, date: string) {
    const ids = await as(owner, async (client) => {
      const id = async (statement: string) => (await client.query(`${statement} returning id`)).rows[0].id;
      const p = await id(`insert into profesionales (nombre_completo, tipo_profesional) values ('P', 'barbero')`);
      const s = await id(`insert into servicios (nombre, precio, duracion_minutos) values ('S', 1000, 30)`);
      const c = await id(`insert into clientes (nombre) values ('C')`);
      await client.query(`insert into horarios_profesionales (profesional_id, dia_semana, hora_inicio, hora_fin, vigente_desde)
        select $1, d, '08:00', '20:00', '2031-01-01' from generate_series(0, 6) d`, [p]);
      await client.query('select * from app.generar_franjas($1, $2, $3::date + 5, $3::date + 6)', [owner.cuenta.organizacion_id, [p], date]);
      return [c, p, s];
    });
    return (ahora: string, hour: number) => as(owner, (client) => client.query(
      `insert into citas (cliente_id, profesional_id, servicio_id, fecha_cita, hora_inicio, hora_fin, precio_servicio, moneda)
       values ($1, $2, $3, $4::date + 5, $5, $6, 1000, 'COP')`, [...ids, date, `${hour}:00`, `${hour}:30`]), ahora);
  }

  const end = () => Promise.all([admin.end(), app.end()]);
  return { admin, app, onPlan, as, usage, recount, events, booker, end };
}
