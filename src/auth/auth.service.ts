import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { ServiciosService } from '../catalog/servicios.service.js';
import { Db } from '../database/db.service.js';
import { NOBODY, type Session } from '../database/session.js';
import { phone } from '../http/phone.js';
import { fieldProblem, notFound, Problem, wrongPassword } from '../http/problems.js';
import { LoginAttempts } from '../limits/login-attempts.service.js';
import { isZone } from '../tenants/organizaciones.service.js';
import { CredencialesService, huellaDe, opensAll, type Acceso } from './credenciales.service.js';
import type { CambiarPassword, Cuenta, IniciarSesion, RegistrarCliente, RegistrarOrganizacion, Registro, Renovar, Tokens } from './auth.dto.js';
import { hashPassword, isWeakHash, passwordMatches, refuseCommon } from './passwords.js';
import { SegundoFactorLogin } from './segundo-factor-login.service.js';
import { TokensService } from './tokens.service.js';
import { VerificacionService } from './verificacion.service.js';

/** Signing up and in. Hashing happens between transactions, never inside one. */
@Injectable()
export class AuthService {
  constructor(
    private readonly db: Db,
    private readonly tokens: TokensService,
    private readonly servicios: ServiciosService,
    private readonly attempts: LoginAttempts,
    private readonly credenciales: CredencialesService,
    private readonly secondFactor: SegundoFactorLogin,
    private readonly verificacion: VerificacionService,
  ) {}

  async registerOrganization(body: RegistrarOrganizacion, agente?: string): Promise<Registro> {
    if (!isZone(body.zona_horaria)) throw new Problem('zona_horaria_invalida');
    const telefono = phone(body.telefono, body.pais, 'telefono');
    refuseCommon('password', body.password, body.email, [body.nombre_comercial, body.codigo_tenant]);
    const password_hash = await hashPassword(body.password);
    const registro = await this.db.run(NOBODY, async () => {
      const known = await this.db.sql.selectFrom('monedas').select('codigo').where('codigo', '=', body.moneda).executeTakeFirst();
      if (!known) throw fieldProblem('moneda', 'existente');
      const { rows } = await sql<{ organizacion_id: number; usuario_id: number }>`
        select * from app.registrar_organizacion(${body.codigo_tenant}, ${body.nombre_comercial}, ${body.tipo_industria}::industria_tipo,
          ${body.zona_horaria}, ${body.moneda}, ${body.pais}, ${body.idioma}, ${body.email}, ${telefono}, ${body.nombre}, ${password_hash})`.execute(this.db.sql);
      const account = { ...rows[0], rol: 'admin' as const };
      await this.db.become(account);
      const servicios_importados = body.importar_plantillas ? (await this.servicios.importTemplates({})).importados : 0;
      return { cuenta: await this.me(), tokens: await this.tokens.issue(account, undefined, agente), servicios_importados };
    });
    this.verificacion.send(registro.cuenta);
    return registro;
  }

  async registerClient(body: RegistrarCliente, agente?: string): Promise<Registro> {
    const { organizacion_id, pais, nombre_comercial } = await this.db.run({ ...NOBODY, codigo_tenant: body.codigo_tenant }, async () => {
      if (this.db.session.organizacion_id === null) throw notFound('codigo_tenant');
      const { organizacion_id } = this.db;
      const negocio = await this.db.sql
        .selectFrom('organizaciones')
        .select(['pais', 'nombre_comercial'])
        .where('id', '=', organizacion_id)
        .executeTakeFirstOrThrow();
      return { organizacion_id, ...negocio };
    });
    refuseCommon('password', body.password, body.email, [nombre_comercial, body.codigo_tenant]);
    const password_hash = await hashPassword(body.password);
    const registro = await this.db.run({ ...NOBODY, organizacion_id }, async () => {
      const telefono = phone(body.telefono, pais, 'telefono');
      const { nombre, email } = body;
      const user = await this.db.sql
        .insertInto('usuarios')
        .values({ email, password_hash, rol: 'cliente', nombre, telefono })
        .returning('id')
        .executeTakeFirstOrThrow();
      const account = { organizacion_id, usuario_id: user.id, rol: 'cliente' as const };
      await this.db.become(account);
      await this.db.sql.insertInto('clientes').values({ usuario_id: user.id, nombre, email, telefono, como_conocio: 'web' }).execute();
      return { cuenta: await this.me(), tokens: await this.tokens.issue(account, undefined, agente), servicios_importados: 0 };
    });
    this.verificacion.send(registro.cuenta);
    return registro;
  }

  async login(body: IniciarSesion, agente?: string): Promise<Tokens> {
    const { email, password, codigo_tenant } = body;
    const attempt = await this.attempts.begin(email, codigo_tenant);
    const accesos = await this.credenciales.find(email, codigo_tenant);
    const matching: Acceso[] = [];
    for (const acceso of accesos) if (await passwordMatches(acceso.password_hash ?? undefined, password)) matching.push(acceso);
    if (accesos.length === 0) await passwordMatches(undefined, password);
    if (matching.length === 0) throw new Problem('credenciales_invalidas');
    await attempt.succeeded(opensAll(matching));
    if (matching.length > 1) {
      const organizaciones = matching.map(({ codigo_tenant, nombre_comercial }) => ({ codigo_tenant, nombre_comercial }));
      throw new Problem('elija_organizacion', { extra: { organizaciones } });
    }
    const [{ organizacion_id, usuario_id, rol, password_hash: stored }] = matching;
    const password_hash = isWeakHash(stored!) ? await hashPassword(password) : undefined;
    // Named one by one: with a codigo_tenant the session would be a visitor's.
    const entered = await this.db.run({ organizacion_id, usuario_id, rol }, async () => {
      if (!(await this.credenciales.isCurrent(organizacion_id, usuario_id, huellaDe(stored!)))) return undefined;
      if (password_hash) await this.db.prisma((tx) => tx.usuarios.updateMany({ where: { organizacion_id, id: usuario_id }, data: { password_hash } }));
      return this.secondFactor.enter({ organizacion_id, usuario_id, rol }, agente, huellaDe(password_hash ?? stored!));
    });
    if (!entered) return this.login(body, agente); // there is another one since: what was typed is tried against that
    if (entered instanceof Problem) throw entered;
    return entered;
  }

  async refresh({ refresh_token }: Renovar, agente?: string): Promise<Tokens> {
    const organizacion_id = this.tokens.organizationOf(refresh_token);
    const tokens = await this.db.run({ ...NOBODY, organizacion_id }, () => this.tokens.rotate(refresh_token, agente));
    if (!tokens) throw new Problem('token_invalido');
    return tokens;
  }

  async logout({ refresh_token }: Renovar): Promise<void> {
    const organizacion_id = this.tokens.organizationOf(refresh_token);
    await this.db.run({ ...NOBODY, organizacion_id }, () => this.tokens.revoke(refresh_token));
  }

  /** The session that asks goes on; every other of the account ends. */
  async changePassword(session: Session, { password_actual, password_nueva }: CambiarPassword): Promise<void> {
    const account = await this.credenciales.confirm(session, password_actual, 'password_actual');
    refuseCommon('password_nueva', password_nueva, account.email, [account.nombre_comercial, account.codigo_tenant]);
    const password_hash = await hashPassword(password_nueva);
    await this.db.run(session, async () => {
      const { organizacion_id, session: { usuario_id } } = this.db;
      if (!(await this.credenciales.isCurrent(organizacion_id, usuario_id!, account.huella))) throw wrongPassword('password_actual');
      await this.db.prisma((tx) => tx.usuarios.updateMany({ where: { organizacion_id, id: usuario_id! }, data: { password_hash } }));
      await this.tokens.revokeAll(usuario_id!, session.sesion);
    });
  }

  logoutAll(): Promise<void> {
    return this.tokens.revokeAll(this.db.session.usuario_id!);
  }

  async me(): Promise<Cuenta> {
    const { organizacion_id } = this.db;
    const account = await this.db.sql
      .selectFrom('usuarios as u')
      .innerJoin('organizaciones as o', 'o.id', 'u.organizacion_id')
      .leftJoin('clientes as c', (join) => join.onRef('c.organizacion_id', '=', 'u.organizacion_id').onRef('c.usuario_id', '=', 'u.id'))
      .leftJoin('profesionales as p', (join) => join.onRef('p.organizacion_id', '=', 'u.organizacion_id').onRef('p.usuario_id', '=', 'u.id'))
      .select([
        'u.id as usuario_id', 'u.email', 'u.nombre', 'u.rol', 'o.id as organizacion_id', 'o.codigo_tenant', 'o.nombre_comercial', 'o.zona_horaria',
        'o.moneda', 'c.id as cliente_id', 'p.id as profesional_id',
      ])
      .where('u.organizacion_id', '=', organizacion_id)
      .where('u.id', '=', this.db.session.usuario_id!)
      .executeTakeFirst();
    if (!account) throw new Problem('no_autenticado');
    return account;
  }
}
