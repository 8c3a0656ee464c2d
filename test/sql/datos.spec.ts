// The data that comes with the schema: currencies, plans, and the catalogue of services a business starts from.
import { databaseOfSpec, discarded, newTenant } from './tenant.js';

const database = databaseOfSpec();

describe('plantillas_servicios', () => {
  it('are 110 or more, ten or more for each of the eleven industries', async () => {
    const rows = await database.admin.rows(`
      select i.industria::text, count(p.id) as n from unnest(enum_range(null::industria_tipo)) i(industria)
      left join plantillas_servicios p on p.tipo_industria = i.industria and p.activo group by 1`);
    expect(rows.length).toBe(11);
    expect(rows.filter((row) => row.n < 10)).toEqual([]);
    expect(rows.reduce((sum, row) => sum + row.n, 0)).toBeGreaterThanOrEqual(110);
  });

  it('are complete: description, category, tags, order, a price inside its range, a duration on the grid', async () => {
    expect(
      await database.admin.rows(`
      select tipo_industria, nombre from plantillas_servicios
      where length(descripcion) < 15 or categoria = '' or cardinality(etiquetas) = 0 or orden < 1 or precio_sugerido <= 0
        or precio_minimo <= 0 or precio_maximo <= precio_minimo or duracion_minutos % 5 <> 0
        or buffer_antes_minutos % 5 <> 0 or buffer_despues_minutos % 5 <> 0
        or nombre <> btrim(nombre) or descripcion !~ '\\.$'`),
    ).toEqual([]);
    expect(await database.admin.rows('select tipo_industria, orden from plantillas_servicios group by 1, 2 having count(*) > 1')).toEqual([]);
  });

  it('authorise types of professional that a professional may have', async () => {
    expect(
      await database.admin.rows(`
      select nombre, t from plantillas_servicios, unnest(tipos_profesional_autorizados) t where t !~ '^[a-z][a-z0-9_]{1,49}$'`),
    ).toEqual([]);
    expect(
      await database.admin.rows(`
      select tipo_industria::text from plantillas_servicios group by 1 having count(distinct tipos_profesional_autorizados) < 2`),
    ).toEqual([]);
  });

  it('become services of a business in every currency, at prices that people write on a board', async () => {
    const rows = await database.admin.rows(`
      select m.codigo, p.nombre, app.precio_local(p.precio_sugerido, m.codigo) as precio from plantillas_servicios p, monedas m
      where app.precio_local(p.precio_sugerido, m.codigo) is null or app.precio_local(p.precio_sugerido, m.codigo) <= 0
        or app.precio_local(p.precio_sugerido, m.codigo) % m.redondeo <> 0
        or app.precio_local(p.precio_sugerido, m.codigo) <> round(app.precio_local(p.precio_sugerido, m.codigo), m.decimales)`);
    expect(rows).toEqual([]);
  });

  it.each(['CLP', 'MXN', 'PYG'])('are importable as saas_app by a business in %s', async (moneda) => {
    const tenant = await newTenant(database.app, { moneda });
    await discarded(database.app, tenant.admin, async () => {
      const { rowCount } = await database.app.query(
        `
        insert into servicios (plantilla_servicio_id, nombre, descripcion, categoria, subcategoria, precio, moneda, duracion_minutos,
          buffer_antes_minutos, buffer_despues_minutos, tipos_profesional_autorizados, requiere_confirmacion, etiquetas, orden)
        select id, nombre, descripcion, categoria, subcategoria, app.precio_local(precio_sugerido, $1), $1, duracion_minutos,
          buffer_antes_minutos, buffer_despues_minutos, tipos_profesional_autorizados, requiere_confirmacion, etiquetas, orden
        from plantillas_servicios p where p.id = (select min(q.id) from plantillas_servicios q where q.nombre = p.nombre)
          and p.nombre <> 'Corte'`,
        [moneda],
      );
      expect(rowCount).toBeGreaterThanOrEqual(100);
    });
  });
});

describe('monedas', () => {
  it('have the decimals that Intl gives them', async () => {
    const rows = await database.admin.rows('select codigo, decimales from monedas');
    expect(rows.length).toBeGreaterThanOrEqual(15);
    const intl = (currency: string) => new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits;
    // ISO 4217 says two for the Colombian peso; some versions of Intl say what people write, none.
    for (const { codigo, decimales } of rows) expect([codigo, decimales]).toEqual([codigo, codigo === 'COP' ? 2 : intl(codigo)]);
  });
});

describe('planes_subscripcion', () => {
  it('are one for each word of plan_tipo; only the trial has days of trial; dearer plans allow more', async () => {
    const rows = await database.admin.rows('select * from planes_subscripcion order by orden');
    expect(rows.map((row) => row.codigo_plan)).toEqual(['trial', 'basico', 'profesional', 'empresarial', 'custom']);
    expect(rows.filter((row) => row.dias_prueba > 0).map((row) => row.codigo_plan)).toEqual(['trial']);
    const priced = rows.slice(1, 4);
    for (const limit of [
      'precio_mensual',
      'limite_profesionales',
      'limite_clientes',
      'limite_servicios',
      'limite_usuarios',
      'limite_citas_mes',
    ]) {
      const values = priced.map((row) => Number(row[limit]));
      expect([limit, values]).toEqual([limit, values.toSorted((a, b) => a - b)]);
      expect(new Set(values).size).toBe(3);
    }
    expect(Object.keys(rows[0].funciones).sort()).toEqual(Object.keys(rows[4].funciones).sort());
  });
});
