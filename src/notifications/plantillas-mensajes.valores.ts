import { claro, type Lengua } from './mensajes.textos.js';
import type { Valores } from './plantillas-mensajes.motor.js';

/** What an evento of a cita carries (app.cita_json), as far as messages read it. */
export interface DatosCita {
  cita?: { id: number; inicia_en: string; termina_en: string; codigo_cita: string; precio_final: string; moneda: string; zona_horaria: string; motivo_cancelacion: string | null };
  cliente?: { id: number; nombre: string };
  profesional?: { nombre_completo: string };
  servicio?: { nombre: string };
  organizacion: { nombre_comercial: string; telefono: string | null; direccion: string | null; ciudad: string | null; pais: string; zona_horaria: string };
  anterior?: { inicia_en: string };
}

/** Dates in words, times and money as people of that country write them in that language. */
export function valoresDe(datos: DatosCita, idioma: Lengua): Valores {
  const { cita, cliente, profesional, servicio, organizacion, anterior } = datos;
  const locale = `${idioma}-${organizacion.pais}`;
  const timeZone = cita?.zona_horaria ?? organizacion.zona_horaria;
  const date = (at?: string) => (at ? new Intl.DateTimeFormat(locale, { timeZone, weekday: 'long', day: 'numeric', month: 'long' }).format(new Date(at)) : '');
  const time = (at?: string) => (at ? plain(new Intl.DateTimeFormat(locale, { timeZone, hour: 'numeric', minute: '2-digit' }).format(new Date(at))) : '');
  return {
    cliente_nombre: claro(cliente?.nombre ?? ''),
    servicio: servicio?.nombre ?? '',
    profesional: profesional?.nombre_completo ?? '',
    fecha: date(cita?.inicia_en),
    hora: time(cita?.inicia_en),
    fecha_anterior: date(anterior?.inicia_en),
    hora_anterior: time(anterior?.inicia_en),
    duracion: cita ? plain(new Intl.NumberFormat(locale, { style: 'unit', unit: 'minute', unitDisplay: 'short' }).format(minutes(cita))) : '',
    precio: cita ? money(locale, cita.precio_final, cita.moneda) : '',
    codigo_cita: cita?.codigo_cita ?? '',
    motivo: cita?.motivo_cancelacion ?? '',
    negocio: organizacion.nombre_comercial,
    direccion: [organizacion.direccion, organizacion.ciudad].filter(Boolean).join(', '),
    telefono_negocio: organizacion.telefono ?? '',
  };
}

/** Of this cita: its professional may take another time than the service says. */
const minutes = (cita: { inicia_en: string; termina_en: string }) => (Date.parse(cita.termina_en) - Date.parse(cita.inicia_en)) / 60_000;

/** Intl puts spaces that do not break, which phones show as squares or not at all. */
const plain = (text: string) => text.replace(/[\u00a0\u2009\u202f]/g, ' ');

function money(locale: string, amount: string, currency: string): string {
  const decimals = Number.isInteger(Number(amount)) ? { minimumFractionDigits: 0, maximumFractionDigits: 0 } : {};
  return plain(new Intl.NumberFormat(locale, { style: 'currency', currency, ...decimals }).format(Number(amount)));
}

/** For a preview without a cita. */
export const MUESTRA = {
  cita: { id: 0, codigo_cita: 'K7M2Q4X', precio_final: '25000.00', motivo_cancelacion: null },
  cliente: { id: 0, nombre: 'José Ñáñez' },
  profesional: { nombre_completo: 'Juan Pérez' },
  servicio: { nombre: 'Corte de cabello' },
};
