import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Db } from '../database/db.service.js';
import { absent, inactive, Problem } from '../http/problems.js';

export interface Asked {
  servicio_id: number;
  profesional_id: number;
  /** Local date and time of the organisation. */
  fecha: string;
  hora_inicio: string;
  /** The hold that the caller names. */
  reserva_id?: number;
  /** Whose the cita is that is moved: a service that nobody books any more keeps the citas that it has, and so does a professional who gives it no more. */
  cita_de?: number;
}

/** What a service by a professional at a time is: the same for availability, holds and bookings. */
export interface Oferta {
  precio: string;
  moneda: string;
  duracion_minutos: number;
  buffer_antes_minutos: number;
  buffer_despues_minutos: number;
  inicia_en: Date;
  termina_en: Date;
  ocupa_desde: Date;
  ocupa_hasta: Date;
  /** Whether a booking starts as pendiente. */
  por_confirmar: boolean;
  minutos_reserva_temporal: number;
}

interface Row extends Oferta {
  servicio_activo: boolean | null;
  profesional_activo: boolean | null;
  ofrecido: boolean;
  en_linea: boolean;
  pasada: boolean;
  en_politica: boolean;
}

@Injectable()
export class OfertaService {
  constructor(private readonly db: Db) {}

  /** Refuses what cannot be asked: unknown, inactive, not given, past, and for a client also what policy excludes. */
  async offer({ servicio_id, profesional_id, fecha, hora_inicio, reserva_id, cita_de }: Asked): Promise<Oferta> {
    const { rows } = await sql<Row>`
      select round(coalesce(sp.precio_personalizado, s.precio) * (1 + coalesce(f.precio_dinamico, 0) / 100), m.decimales)::numeric(12,2) as precio,
        s.moneda, d.duracion_minutos, s.buffer_antes_minutos, s.buffer_despues_minutos,
        t.inicia_en, t.inicia_en + make_interval(mins => d.duracion_minutos) as termina_en,
        t.inicia_en - make_interval(mins => s.buffer_antes_minutos) as ocupa_desde,
        t.inicia_en + make_interval(mins => d.duracion_minutos + s.buffer_despues_minutos) as ocupa_hasta,
        s.requiere_confirmacion or not o.confirmacion_automatica as por_confirmar, o.minutos_reserva_temporal,
        s.activo as servicio_activo, p.activo as profesional_activo, sp.id is not null as ofrecido,
        s.reservable_en_linea and p.reservable_en_linea as en_linea,
        t.inicia_en < app.ahora() - make_interval(mins => o.tolerancia_minutos) as pasada,
        -- whoever holds it asked in time, and has the minutes of the hold
        (t.inicia_en >= app.ahora() + make_interval(mins => coalesce(s.antelacion_minima_minutos, o.antelacion_minima_minutos)) or exists (
            select from horarios_disponibilidad r
            where r.organizacion_id = ${this.db.organizacion_id} and r.id = ${reserva_id ?? null}::bigint and r.estado = 'reservado_temporal' and r.reservado_hasta > app.ahora()))
          and ${fecha}::date <= (app.ahora() at time zone o.zona_horaria)::date + coalesce(s.horizonte_dias, o.horizonte_dias)::int
          and extract(epoch from ${hora_inicio}::time)::int / 60 % coalesce(s.paso_minutos, o.paso_minutos) = 0 as en_politica
      from organizaciones o
      join monedas m on m.codigo = o.moneda
      cross join lateral (select app.instante(${fecha}::date, ${hora_inicio}::time, o.zona_horaria) as inicia_en) t
      left join servicios s on s.organizacion_id = o.id and s.id = ${servicio_id}
      left join profesionales p on p.organizacion_id = o.id and p.id = ${profesional_id}
      left join servicios_profesionales sp on sp.organizacion_id = o.id and sp.profesional_id = p.id and sp.servicio_id = s.id and sp.activo
      cross join lateral (select coalesce(sp.duracion_personalizada_minutos, s.duracion_minutos)::int as duracion_minutos) d
      left join lateral (
        select h.precio_dinamico from horarios_disponibilidad h
        where h.organizacion_id = ${this.db.organizacion_id} and h.profesional_id = p.id and h.fecha = ${fecha}::date
          and h.inicia_en <= t.inicia_en and h.termina_en > t.inicia_en) f on true
      where o.id = ${this.db.organizacion_id}`.execute(this.db.sql);
    const [row] = rows;
    const missing = [row.servicio_activo === null && 'servicio_id', row.profesional_activo === null && 'profesional_id'].filter((campo) => campo !== false);
    if (missing.length) throw absent(...missing);
    if (!row.servicio_activo && cita_de === undefined) throw inactive('servicio_id');
    if (!row.profesional_activo) throw inactive('profesional_id');
    const client = this.db.session.rol === 'cliente';
    // A client is offered no time with who gives it no more; staff may have promised one.
    if ((!row.ofrecido && (client || cita_de !== profesional_id)) || (client && !row.en_linea)) throw new Problem('servicio_no_ofrecido');
    if (row.pasada) throw new Problem('hora_pasada');
    if (client && !row.en_politica) throw new Problem('fuera_de_politica');
    return row;
  }
}
