import { Injectable } from '@nestjs/common';
import { Db } from '../database/db.service.js';
import { fieldProblem } from '../http/problems.js';
import type { Emisor, FijarImpuesto, Impuesto } from './facturas.dto.js';

const IMPUESTO = ['pais', 'nombre', 'tasa', 'incluido'] as const;
const EMISOR = ['razon_social', 'identificacion_fiscal', 'direccion', 'ciudad', 'pais', 'email'] as const;

/** Who issues invoices and what they tax, from the next one on. */
@Injectable()
export class AjustesFacturasService {
  constructor(private readonly db: Db) {}

  impuestos(): Promise<Impuesto[]> {
    return this.db.sql.selectFrom('impuestos_pais').select(IMPUESTO).orderBy('pais').execute();
  }

  async fijarImpuesto(pais: string, impuesto: FijarImpuesto): Promise<Impuesto> {
    if (!/^[A-Z]{2}$/.test(pais)) throw fieldProblem('pais', 'formato|CO');
    return this.db.sql
      .insertInto('impuestos_pais')
      .values({ pais, ...impuesto })
      .onConflict((c) => c.column('pais').doUpdateSet(impuesto))
      .returning(IMPUESTO)
      .executeTakeFirstOrThrow();
  }

  emisor(): Promise<Emisor> {
    return this.db.sql.selectFrom('emisores_facturas').select(EMISOR).orderBy('serie').limit(1).executeTakeFirstOrThrow();
  }

  async fijarEmisor(emisor: Emisor): Promise<Emisor> {
    return this.db.sql
      .updateTable('emisores_facturas')
      .set({ ...emisor })
      .where('serie', '=', (q) => q.selectFrom('emisores_facturas').select('serie').orderBy('serie').limit(1))
      .returning(EMISOR)
      .executeTakeFirstOrThrow();
  }
}
