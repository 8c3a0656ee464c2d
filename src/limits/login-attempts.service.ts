import { Inject, Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { CONFIG, type Config, type Limit } from '../config.js';
import { Db } from '../database/db.service.js';
import { NOBODY } from '../database/session.js';
import { origin } from '../http/origin.js';
import { tooMany } from '../http/problems.js';
import { networkOf } from './address.js';
import { Limits } from './limits.service.js';

const FIRST_PAUSE = 30;
const LONGEST_PAUSE = 900;
/** How long a network is known after a right password. */
const KNOWN_DAYS = 30;
/** Of a second factor, always on: six digits are a million, and who guesses them already has the password. */
const SECOND_FACTOR: Limit = { max: 5, seconds: 86_400 };
const LONGEST_SECOND_FACTOR_PAUSE = 3_600;

interface Keys {
  pair: string;
  account: string;
  known: string;
}

/**
 * Guesses of a password. They count before the hash is looked at, so that parallel ones cannot pass each other, and whether the account
 * exists does not matter. Too many from one network pause that network; too many from all pause only networks where the account never signed in.
 */
@Injectable()
export class LoginAttempts {
  constructor(
    private readonly db: Db,
    private readonly limits: Limits,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Counts an attempt on the accounts of that e-mail, in whichever organisation, or refuses it. Call `succeeded` of the answer when the
   * password was right: of all the accounts that the e-mail has, or only of some. Whoever opens an account under another's e-mail must not
   * buy guesses with it.
   */
  async begin(email: string, codigo_tenant = ''): Promise<{ succeeded: (all: boolean) => Promise<void> }> {
    const asked = origin.getStore();
    if (!asked) throw new Error('A sign-in was tried outside a request');
    const from = networkOf(asked.ip ?? 'unknown');
    const { login, account } = this.config.limits;
    const keys: Keys = {
      pair: this.limits.keyOf(`login ${from} ${email}`),
      account: this.limits.keyOf(`login ${email}`),
      known: this.limits.keyOf(`known ${from} ${email} ${codigo_tenant}`),
    };
    // A refusal rolls back: what was never tried does not count.
    if (login || account) {
      await this.db.run(NOBODY, async () => {
        if (login) await this.#countPair(login, keys.pair);
        if (account) await this.#countAccount(account, keys);
      });
    }
    return { succeeded: (all) => this.#forgive(keys, all, codigo_tenant !== '') };
  }

  /** The same for a code of a second factor, wherever it comes from and with limits off too. */
  async beginSecondFactor(organizacion_id: number, usuario_id: number): Promise<{ succeeded: () => Promise<void> }> {
    const key = this.limits.keyOf(`second factor ${organizacion_id}/${usuario_id}`);
    await this.db.run(NOBODY, () => this.#countPair(SECOND_FACTOR, key, LONGEST_SECOND_FACTOR_PAUSE));
    return { succeeded: () => this.db.run(NOBODY, async () => void (await sql`delete from limites where clave = ${key}`.execute(this.db.sql))) };
  }

  async #countPair(limit: Limit, pair: string, longest = LONGEST_PAUSE) {
    const { rows } = await sql<{ cuenta: number }>`
      insert into limites as l (clave, cuenta, vence_en) values (${pair}, 1, now() + make_interval(secs => ${limit.seconds}))
      on conflict (clave) do update set
        cuenta = case when l.vence_en <= now() then 1 else l.cuenta + 1 end, vence_en = excluded.vence_en, bloqueada_hasta = null
      where l.bloqueada_hasta is null or l.bloqueada_hasta <= now()
      returning cuenta`.execute(this.db.sql);
    if (rows.length === 0) throw tooMany({ limit: limit.max, remaining: 0, reset: await this.#secondsLeft(pair, 'bloqueada_hasta') });
    const over = rows[0].cuenta - limit.max;
    if (over < 0) return;
    const pause = Math.min(longest, FIRST_PAUSE * 2 ** Math.min(over, 20));
    await sql`
      update limites set bloqueada_hasta = now() + make_interval(secs => ${pause}), vence_en = now() + make_interval(secs => ${pause + limit.seconds})
      where clave = ${pair}`.execute(this.db.sql);
  }

  async #countAccount(limit: Limit, { account, known }: Keys) {
    const { rows } = await sql<{ cuenta: number; conocida: boolean }>`
      insert into limites as l (clave, cuenta, vence_en) values (${account}, 1, now() + make_interval(secs => ${limit.seconds}))
      on conflict (clave) do update set
        cuenta = case when l.vence_en <= now() then 1 else l.cuenta + 1 end,
        vence_en = case when l.vence_en <= now() then excluded.vence_en else l.vence_en end
      returning cuenta, exists (select from limites k where k.clave = ${known} and k.vence_en > now()) as conocida`.execute(this.db.sql);
    const [{ cuenta, conocida }] = rows;
    if (cuenta > limit.max && !conocida) throw tooMany({ limit: limit.max, remaining: 0, reset: await this.#secondsLeft(account, 'vence_en') });
  }

  async #secondsLeft(clave: string, until: 'bloqueada_hasta' | 'vence_en'): Promise<number> {
    const { rows } = await sql<{ segundos: number }>`
      select ceil(extract(epoch from ${sql.ref(until)} - now()))::int as segundos from limites where clave = ${clave}`.execute(this.db.sql);
    return Math.max(1, rows[0].segundos);
  }

  /** It takes back its own count. Right for all, it also clears what this network did before. The network is known for what it opened. */
  async #forgive({ pair, account, known }: Keys, all: boolean, named: boolean) {
    const { login, account: perAccount } = this.config.limits;
    if (!login && !perAccount) return;
    await this.db.run(NOBODY, async () => {
      if (all) await sql`delete from limites where clave = ${pair}`.execute(this.db.sql);
      else await sql`update limites set cuenta = greatest(cuenta - 1, 0), bloqueada_hasta = null where clave = ${pair}`.execute(this.db.sql);
      await sql`update limites set cuenta = greatest(cuenta - 1, 0) where clave = ${account}`.execute(this.db.sql);
      if (!all && !named) return;
      await sql`
        insert into limites (clave, cuenta, vence_en) values (${known}, 1, now() + make_interval(days => ${KNOWN_DAYS}))
        on conflict (clave) do update set vence_en = excluded.vence_en`.execute(this.db.sql);
    });
  }
}
