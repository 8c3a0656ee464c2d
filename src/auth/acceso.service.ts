import { Injectable } from '@nestjs/common';
import { Db } from '../database/db.service.js';
import { NOBODY } from '../database/session.js';
import { phone } from '../http/phone.js';
import { fieldProblem, notFound, Problem } from '../http/problems.js';
import { Mensajes } from '../notifications/mensajes.service.js';
import { TEXTOS, type Lengua } from '../notifications/mensajes.textos.js';
import type { Tokens } from './auth.dto.js';
import type { EntrarConCodigo, PedirCodigo } from './codigos.dto.js';
import { Codigos } from './codigos.service.js';
import { Fichas, isMail } from './fichas.js';
import { SegundoFactorLogin } from './segundo-factor-login.service.js';
import { TokensService } from './tokens.service.js';

interface Destino {
  organizacion_id: number;
  nombre_comercial: string;
  lengua: Lengua;
  destino: string;
}

/** Clients sign in with six digits sent to their e-mail or phone. Staff do not: their accounts do more, and have a password. */
@Injectable()
export class AccesoService {
  constructor(
    private readonly db: Db,
    private readonly codigos: Codigos,
    private readonly fichas: Fichas,
    private readonly mensajes: Mensajes,
    private readonly tokens: TokensService,
    private readonly secondFactor: SegundoFactorLogin,
  ) {}

  /** Who the destination belongs to is looked up after the answer: neither its body nor its time can tell. */
  async ask(body: PedirCodigo): Promise<void> {
    const to = await this.#destination(body);
    this.mensajes.exigir(isMail(to.destino) ? 'email' : 'whatsapp');
    await this.codigos.count('code', to.organizacion_id, to.destino);
    this.mensajes.despues('Sign-in code', () => this.#send(to));
  }

  async #send({ organizacion_id, nombre_comercial, lengua, destino }: Destino) {
    const codigo = await this.db.run({ ...NOBODY, organizacion_id }, async () => {
      const user = await this.#userOf(destino);
      return !user || isOpen(user) ? this.codigos.digits(destino) : undefined;
    });
    if (!codigo) return;
    const texto = TEXTOS[lengua].acceso(nombre_comercial, codigo);
    if (isMail(destino)) this.mensajes.correo({ to: destino, ...texto });
    else this.mensajes.whatsapp({ numero: destino, texto: texto.text });
  }

  async signIn({ codigo, nombre, ...body }: EntrarConCodigo, agente?: string): Promise<Tokens> {
    const { organizacion_id, destino } = await this.#destination(body);
    const id = await this.codigos.guess(organizacion_id, destino, codigo);
    const entered = await this.db.run({ ...NOBODY, organizacion_id }, async () => {
      if (!(await this.codigos.use(id))) throw new Problem('codigo_invalido');
      const user = await this.#userOf(destino);
      if (user && !isOpen(user)) throw new Problem('codigo_invalido');
      const usuario_id = user?.id ?? (await this.#open(destino, nombre));
      const account = { organizacion_id, usuario_id, rol: 'cliente' as const };
      await this.db.become(account);
      // Whoever opened it with another's e-mail never proved it: the password they chose must not open what is now the owner's.
      const unproved = user && isMail(destino) && !user.email_verificado;
      await this.db.sql
        .updateTable('usuarios')
        .set({ ...(isMail(destino) ? { email_verificado: true } : { telefono_verificado: true }), ...(unproved && { password_hash: null }) })
        .where('organizacion_id', '=', organizacion_id)
        .where('id', '=', usuario_id)
        .execute();
      if (unproved) await this.tokens.revokeAll(usuario_id); // after the update, which waits for a sign-in that is under way
      // Who worked there once may have a second factor: a code is not a way around it.
      return this.secondFactor.enter(account, agente);
    });
    if (entered instanceof Problem) throw entered;
    return entered;
  }

  /** The ficha that the business keeps of that destination becomes an account; a stranger gets a new one, and says a name. */
  async #open(destino: string, nombre: string | undefined): Promise<number> {
    const ficha = await this.fichas.unclaimed(destino);
    const name = ficha?.nombre ?? nombre;
    if (name === undefined) throw fieldProblem('nombre', 'requerido');
    const own = { nombre: name, email: isMail(destino) ? destino : null, telefono: isMail(destino) ? null : destino };
    const { id } = await this.db.sql.insertInto('usuarios').values({ ...own, rol: 'cliente' }).returning('id').executeTakeFirstOrThrow();
    await this.fichas.give(ficha, { usuario_id: id, ...own });
    return id;
  }

  /** A phone that somebody only typed beside their e-mail opens nothing. */
  #userOf(destino: string) {
    const users = this.db.sql
      .selectFrom('usuarios')
      .select(['id', 'rol', 'activo', 'email_verificado'])
      .where('organizacion_id', '=', this.db.organizacion_id);
    if (isMail(destino)) return users.where('email', '=', destino).executeTakeFirst();
    return users
      .where('telefono', '=', destino)
      .where('rol', '=', 'cliente')
      .where((e) => e.or([e('telefono_verificado', '=', true), e('email', 'is', null)]))
      .executeTakeFirst();
  }

  async #destination({ codigo_tenant, email, telefono }: PedirCodigo): Promise<Destino> {
    if (email !== undefined && telefono !== undefined) throw fieldProblem('telefono', 'combinacion|email');
    if (email === undefined && telefono === undefined) throw fieldProblem('email', 'requerido');
    return this.db.run({ ...NOBODY, codigo_tenant }, async () => {
      const { organizacion_id } = this.db.session;
      if (organizacion_id === null) throw notFound('codigo_tenant');
      const { pais, nombre_comercial, idioma } = await this.db.sql
        .selectFrom('organizaciones')
        .select(['pais', 'nombre_comercial', 'idioma'])
        .where('id', '=', organizacion_id)
        .executeTakeFirstOrThrow();
      return { organizacion_id, nombre_comercial, lengua: idioma as Lengua, destino: email ?? phone(telefono, pais, 'telefono')! };
    });
  }
}

const isOpen = ({ rol, activo }: { rol: string; activo: boolean }) => rol === 'cliente' && activo;
