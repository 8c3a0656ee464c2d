import { Cobros, type PorFacturar } from '../src/billing/cobros.js';
import { SubscripcionesService } from '../src/billing/subscripciones.service.js';
import { Db } from '../src/database/db.service.js';
import type { Api, Member } from './api.js';
import { query } from './checks.js';

export interface Factura extends PorFacturar {
  organizacion_id: number;
  pagada: boolean;
}

/** Invoices in memory, and their payment as whoever receives one does it. */
export function facturas(api: Api) {
  const emitidas: Factura[] = [];
  const db = api.app.get(Db);
  const de = (organizacion_id: number) => emitidas.filter((factura) => factura.organizacion_id === organizacion_id);
  api.app.get(Cobros).emisor = {
    async emitir(factura) {
      emitidas.push({ ...factura, organizacion_id: db.organizacion_id, pagada: false });
      return { vence_en: factura.vence_en };
    },
    async deudaVenceEn() {
      return de(db.organizacion_id).filter(({ pagada }) => !pagada).map(({ vence_en }) => vence_en).toSorted((a, b) => a.getTime() - b.getTime())[0] ?? null;
    },
  };
  /** Nothing is owed any more, and at the moment `ahora` that is told. */
  const saldar = async (organizacion_id: number, ahora: string | undefined, contar: (subscripciones: SubscripcionesService, ultima?: Factura) => Promise<void>, porLaPlataforma = false) => {
    const unpaid = de(organizacion_id).filter(({ pagada }) => !pagada);
    for (const factura of unpaid) factura.pagada = true;
    const [root] = porLaPlataforma ? await query(api, "select id, organizacion_id from usuarios where rol = 'super_admin' limit 1") : [];
    const session = root
      ? { organizacion_id, usuario_id: Number(root.id), rol: 'super_admin' as const, organizacion_propia: Number(root.organizacion_id), ahora }
      : { organizacion_id, usuario_id: null, rol: null, ahora };
    await db.run(session, () => contar(api.app.get(SubscripcionesService), unpaid.at(-1)));
  };
  return {
    de,
    pagar: (organizacion_id: number, ahora?: string) => saldar(organizacion_id, ahora, (subscripciones, ultima) => subscripciones.pagada({ total: ultima?.total ?? '0' })),
    anular: (organizacion_id: number, ahora?: string) => saldar(organizacion_id, ahora, (subscripciones, ultima) => subscripciones.anulada({ motivo: 'Equivocada', periodo_fin: ultima!.periodo_fin }), true),
  };
}

export const DIA = 86_400_000;
export const mas = (instante: string, dias: number, ms = 0) => new Date(Date.parse(instante) + dias * DIA + ms).toISOString();
export const enEl = (ahora: string) => ({ 'x-franja-now': ahora });

export const id = (owner: Member): number => owner.cuenta.organizacion_id;
export const change = (owner: Member, body: object, ahora?: string) => owner.request('POST', '/billing/subscription/change', body, ahora ? enEl(ahora) : {});

export async function subscripcion(owner: Member, ahora?: string): Promise<any> {
  const { status, body } = await owner.request('GET', '/billing/subscription', undefined, ahora ? enEl(ahora) : {});
  expect(status).toBe(200);
  return body;
}

/** [tipo_evento, estado_nuevo] of its history, from the first. */
export const historia = async (api: Api, organizacion_id: number) =>
  (await query(api, 'select tipo_evento, estado_nuevo from historial_subscripciones where organizacion_id = $1 order by id', [organizacion_id]))
    .map((row) => `${row.tipo_evento} ${row.estado_nuevo}`);

export const avisos = async (api: Api, organizacion_id: number): Promise<string[]> =>
  (await query(api, "select datos ->> 'aviso' as aviso from eventos where organizacion_id = $1 and evento = 'aviso-subscripcion' order by id", [organizacion_id])).map((row) => row.aviso);
