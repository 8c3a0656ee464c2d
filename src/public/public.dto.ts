import { industria_tipo } from '../generated/prisma/enums.js';
import { Id, IdList, Int, Money, Nested, OneOf, Telefono, Text, TextList, Url } from '../http/fields.js';
import { Cursor, Page } from '../http/page.js';

export class Negocio {
  @Text({ description: 'Nombre del negocio en sus direcciones públicas.', max: 60, example: 'barberia-centro' })
  codigo_tenant: string;

  @Text({ description: 'Nombre.', max: 150, example: 'Barbería Centro' })
  nombre_comercial: string;

  @OneOf(Object.values(industria_tipo), { description: 'Industria.', name: 'industria_tipo', example: 'barberia' })
  tipo_industria: industria_tipo;

  @Text({ description: 'Presentación.', max: 1000, nullable: true, example: 'Cortes clásicos desde 1990.' })
  descripcion: string | null;

  @Telefono({ description: 'Teléfono, E.164.', nullable: true })
  telefono: string | null;

  @Url({ description: 'Sitio web.', nullable: true, example: 'https://example.com' })
  sitio_web: string | null;

  @Url({ description: 'Logo.', nullable: true })
  logo_url: string | null;

  @Text({ description: 'Dirección.', max: 300, nullable: true, example: 'Calle 10 # 4-32' })
  direccion: string | null;

  @Text({ description: 'Ciudad.', max: 100, nullable: true, example: 'Bogotá' })
  ciudad: string | null;

  @Text({ description: 'País ISO 3166-1.', max: 2, example: 'CO' })
  pais: string;

  @Text({ description: 'Zona horaria IANA.', max: 64, example: 'America/Bogota' })
  zona_horaria: string;

  @Text({ description: 'Moneda ISO 4217 de los precios.', max: 3, example: 'COP' })
  moneda: string;

  @Text({ description: 'Idioma de sus mensajes.', max: 2, example: 'es' })
  idioma: string;

  @Int({ description: 'Hasta cuántos minutos antes del inicio cancela o mueve un cliente su cita.', min: 0, max: 43_200, example: 120 })
  antelacion_cancelacion_minutos: number;
}

export class ServicioPublico {
  @Id({ description: 'Identificador.' })
  id: number;

  @Text({ description: 'Nombre.', max: 120, example: 'Corte clásico' })
  nombre: string;

  @Text({ description: 'Qué incluye.', max: 500, nullable: true, example: 'Corte a tijera y máquina con lavado.' })
  descripcion: string | null;

  @Text({ description: 'Categoría.', max: 80, nullable: true, example: 'Cortes' })
  categoria: string | null;

  @Text({ description: 'Subcategoría.', max: 80, nullable: true, example: null })
  subcategoria: string | null;

  @Money({ description: 'Precio de lista; el de cada inicio está en la disponibilidad.', example: '25000.00' })
  precio: string;

  @Text({ description: 'Moneda ISO 4217.', max: 3, example: 'COP' })
  moneda: string;

  @Int({ description: 'Duración en minutos.', min: 5, max: 720, example: 30 })
  duracion_minutos: number;

  @Int({ description: 'Orden en las listas; menor primero.', min: 0, max: 30_000, example: 0 })
  orden: number;
}

export class ListaServiciosPublicos {
  @Nested(() => ServicioPublico, { description: 'Por orden, luego id.', list: { min: 0, max: 200 } })
  elementos: ServicioPublico[];

  @Cursor()
  cursor: string | null;
}

export class ProfesionalPublico {
  @Id({ description: 'Identificador.' })
  id: number;

  @Text({ description: 'Nombre.', max: 150, example: 'Juan Pérez' })
  nombre_completo: string;

  @Text({ description: 'Tipo.', max: 50, example: 'barbero' })
  tipo_profesional: string;

  @TextList({ description: 'Especialidades.', max: 30, each: /./, example: ['barba'] })
  especialidades: string[];

  @Text({ description: 'Presentación.', max: 1000, nullable: true, example: '10 años de oficio.' })
  biografia: string | null;

  @Url({ description: 'Foto.', nullable: true, example: 'https://example.com/juan.jpg' })
  foto_url: string | null;

  @Int({ description: 'Orden en las listas; menor primero.', min: 0, max: 30_000, example: 0 })
  orden: number;

  @IdList({ description: 'Servicios que da y se reservan en línea.', min: 0, max: 1000, example: [1, 2] })
  servicio_ids: number[];
}

export class FiltroProfesionalesPublicos extends Page {
  @Id({ description: 'Solo quienes dan este servicio.', optional: true, query: true })
  servicio_id?: number;
}

export class ListaProfesionalesPublicos {
  @Nested(() => ProfesionalPublico, { description: 'Por orden, luego id.', list: { min: 0, max: 200 } })
  elementos: ProfesionalPublico[];

  @Cursor()
  cursor: string | null;
}
