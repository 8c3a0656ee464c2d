import { Inject, Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { CONFIG, type Config } from '../config.js';
import { Db } from '../database/db.service.js';
import type { Rol, Session } from '../database/session.js';
import { tokenHash } from '../database/token-hash.js';
import { pageOf, readIdCursor } from '../http/page.js';
import { phone } from '../http/phone.js';
import { fieldProblem, Problem, repeated } from '../http/problems.js';
import { Limits } from '../limits/limits.service.js';
import { Mensajes } from '../notifications/mensajes.service.js';
import { TEXTOS, type Lengua } from '../notifications/mensajes.textos.js';
import type { Cuenta } from './auth.dto.js';
import { AuthService } from './auth.service.js';
import type { ConEnlace } from './codigos.dto.js';
import { Codigos } from './codigos.service.js';
import { Fichas } from './fichas.js';
import type { AceptarInvitacion, FiltroInvitaciones, Invitacion, InvitacionAbierta, Invitar, ListaInvitaciones } from './invitaciones.dto.js';
import { hashPassword, refuseCommon } from './passwords.js';
import { VerificacionService } from './verificacion.service.js';

type Datos = Pick<Invitacion, 'nombre' | 'email' | 'rol' | 'canal'> & { telefono: string | null };

/** People are invited to an account: they choose its password, and nobody else knows it. Who may invite whom is the database's to say. */
@Injectable()
export class InvitacionesService {
  constructor(
    private readonly db: Db,
    private readonly auth: AuthService,
    private readonly codigos: Codigos,
    private readonly fichas: Fichas,
    private readonly mensajes: Mensajes,
    private readonly limits: Limits,
    private readonly verificacion: VerificacionService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async list({ limite, cursor }: FiltroInvitaciones): Promise<ListaInvitaciones> {
    const after = readIdCursor<[number]>(cursor, 1);
    const rows = await this.#pending()
      .$if(after !== undefined, (q) => q.where('id', '>', after![0]))
      .orderBy('id')
      .limit(limite + 1)
      .execute();
    return pageOf(rows.map(invitacionOf), limite, (row) => [row.id]);
  }

  async create(session: Session, body: Invitar): Promise<Invitacion> {
    const { canal, nombre } = body;
    this.mensajes.exigir(canal);
    const { organizacion_id, nombre_comercial, idioma, telefono, destino } = await this.db.run(session, () => this.#destination(body));
    const { invitation } = this.config.limits;
    // Whoever registers a business chooses whom this server writes to, and how many.
    if (invitation) await this.limits.takeShared(invitation, `invitations ${organizacion_id}`);
    await this.codigos.count('invitation', organizacion_id, destino);
    const { invitacion, texto } = await this.db.run(session, async () => {
      if (await this.#isTaken(body.email)) throw repeated('email');
      const datos: Datos = { rol: body.rol, nombre, email: body.email, telefono, canal };
      const enlace = await this.codigos.link('invitacion', { proposito: 'invitacion', destino, datos }, true);
      if (!enlace) throw repeated(canal === 'email' ? 'email' : 'telefono'); // another, at this very moment
      const row = await this.#pending().where('destino', '=', destino).executeTakeFirstOrThrow();
      return { invitacion: invitacionOf(row), texto: TEXTOS[idioma as Lengua].invitacion(nombre_comercial, nombre, enlace) };
    });
    if (canal === 'email') this.mensajes.correo({ to: destino, ...texto });
    else this.mensajes.whatsapp({ numero: destino, texto: texto.text });
    return invitacion;
  }

  async delete(id: number): Promise<void> {
    const gone = await this.db.sql
      .deleteFrom('codigos')
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('proposito', '=', 'invitacion')
      .where('id', '=', id)
      .where('usado_en', 'is', null)
      .where('expira_en', '>', sql<Date>`now()`)
      .returning('id')
      .executeTakeFirst();
    if (!gone) throw new Problem('no_encontrado');
  }

  show({ token }: ConEnlace): Promise<InvitacionAbierta> {
    return this.db.run(this.codigos.sessionOf(token), async () => {
      const { rol, nombre, email } = (await this.codigos.find('invitacion', token)).datos as unknown as Datos;
      return { nombre_comercial: (await this.#organization()).nombre_comercial, rol, nombre, email };
    });
  }

  async accept({ token, nombre, password }: AceptarInvitacion): Promise<Cuenta> {
    const session = this.codigos.sessionOf(token);
    const { datos, negocio } = await this.db.run(session, async () => {
      const { datos } = await this.codigos.find('invitacion', token);
      return { datos: datos as unknown as Datos, negocio: await this.#organization() };
    });
    refuseCommon('password', password, datos.email, [negocio.nombre_comercial, negocio.codigo_tenant]);
    const password_hash = await hashPassword(password);
    const { cuenta, account } = await this.db.run(session, async () => {
      const { organizacion_id } = this.db;
      const { rows } = await sql<{ usuario_id: number | null }>`
        select app.aceptar_invitacion(${organizacion_id}, ${tokenHash(token)}, ${nombre ?? null}, ${password_hash}) as usuario_id
        `.execute(this.db.sql);
      const [{ usuario_id }] = rows;
      if (usuario_id === null) throw new Problem('enlace_invalido');
      const account = { organizacion_id, usuario_id, rol: datos.rol as Rol };
      await this.db.become(account);
      if (datos.rol === 'cliente') {
        const ficha = await this.fichas.unclaimed(datos.canal === 'email' ? datos.email : datos.telefono!);
        await this.fichas.give(ficha, { usuario_id, nombre: nombre ?? datos.nombre, email: datos.email, telefono: datos.telefono });
      }
      return { cuenta: await this.auth.me(), account };
    });
    // By WhatsApp the phone is proved, not the e-mail.
    if (datos.canal === 'whatsapp') this.verificacion.send(account);
    return cuenta;
  }

  #pending() {
    return this.db.sql
      .selectFrom('codigos')
      .select(['id', 'datos', 'expira_en', 'creado_en', 'creado_por'])
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('proposito', '=', 'invitacion')
      .where('usado_en', 'is', null)
      .where('expira_en', '>', sql<Date>`now()`);
  }

  async #destination({ canal, email, telefono }: Invitar) {
    const { pais, nombre_comercial, idioma } = await this.#organization();
    const number = phone(telefono, pais, 'telefono');
    const destino = canal === 'email' ? email : number;
    if (!destino) throw fieldProblem('telefono', 'requerido');
    return { organizacion_id: this.db.organizacion_id, nombre_comercial, idioma, telefono: number, destino };
  }

  async #isTaken(email: string): Promise<boolean> {
    const user = await this.db.sql
      .selectFrom('usuarios')
      .select('id')
      .where('organizacion_id', '=', this.db.organizacion_id)
      .where('email', '=', email)
      .executeTakeFirst();
    return user !== undefined;
  }

  #organization() {
    return this.db.sql
      .selectFrom('organizaciones')
      .select(['pais', 'nombre_comercial', 'codigo_tenant', 'idioma'])
      .where('id', '=', this.db.organizacion_id)
      .executeTakeFirstOrThrow();
  }
}

type Row = Pick<Invitacion, 'id' | 'expira_en' | 'creado_en' | 'creado_por'> & { datos: unknown };

const invitacionOf = ({ datos, ...row }: Row): Invitacion => ({ ...row, ...(datos as Datos) });
