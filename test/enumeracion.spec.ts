// Whether an account exists is told neither by status, nor by body, nor by headers, nor by time.
import { setTimeout as sleep } from 'node:timers/promises';
import { TOTP } from 'otpauth';
import { PASSWORD, register, registerClient, startApi, unique, type Answer, type Api, type Member } from './api.js';
import { query } from './checks.js';

const ROUNDS = 30;
const MEASUREMENTS = 8;
const GAP = 0.05;

let api: Api;
let owner: Member;
let elsewhere: Member;
let client: Member;
let guarded: Member;
let left: Member;
let codeOnly: Member;

beforeAll(async () => {
  api = await startApi();
  owner = await register(api);
  elsewhere = await register(api);
  client = await registerClient(api, owner);
  guarded = await register(api);
  const { body } = await guarded.request('POST', '/auth/second-factor', { password: PASSWORD });
  await guarded.request('PUT', '/auth/second-factor', { codigo: new TOTP({ secret: body.secreto }).generate() });
  left = await registerClient(api, owner);
  await query(api, 'update usuarios set activo = false where id = $1', [left.cuenta.usuario_id]);
  codeOnly = await registerClient(api, owner);
  await query(api, 'update usuarios set password_hash = null where id = $1', [codeOnly.cuenta.usuario_id]);
});
afterAll(() => api.close());

const login = (email: string, codigo_tenant?: string) => () => api.request('POST', '/auth/login', { email, password: 'no-es-esta-clave', codigo_tenant });
const nobody = () => `${unique('nadie')}@example.com`;
const code = () => owner.cuenta.codigo_tenant;

type Ask = () => Promise<Answer>;
/** What somebody who has an account there asks, and the same of who has none. */
const PAIRS: Record<string, () => [Ask, Ask]> = {
  'sign-in with a wrong password': () => [login(owner.cuenta.email), login(nobody())],
  'sign-in to one business': () => [login(owner.cuenta.email, code()), login(nobody(), code())],
  'sign-in to a business where one has no account, with one elsewhere': () => [login(elsewhere.cuenta.email, code()), login(nobody(), code())],
  'sign-in to a business that does not exist': () => [login(owner.cuenta.email, 'no-hay-tal-negocio'), login(owner.cuenta.email, code())],
  'sign-in of who has a second factor': () => [login(guarded.cuenta.email), login(nobody())],
  'sign-in of who was deactivated': () => [login(left.cuenta.email), login(nobody())],
  'sign-in of who has no password': () => [login(codeOnly.cuenta.email), login(nobody())],
  'another password by mail': () => {
    const forgot = (email: string) => () => api.request('POST', '/auth/password/forgot', { email });
    return [forgot(owner.cuenta.email), forgot(nobody())];
  },
  'a code by mail': () => {
    const ask = (email: string) => () => api.request('POST', '/auth/code', { email, codigo_tenant: code() });
    return [ask(client.cuenta.email), ask(nobody())];
  },
};

const seen = ({ status, body, headers }: Answer) => ({
  status, body: body && { ...body, instance: '' }, headers: [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name)),
});
const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1];

type Times = [number[], number[]];

/** Pairs alternate, so that what slows the machine for a while slows both. */
async function measure([known, unknown]: [Ask, Ask], times: Times) {
  for (let round = 0; round < ROUNDS; round++) {
    for (const which of round % 2 ? [0, 1] : [1, 0]) {
      const began = performance.now();
      await [known, unknown][which]();
      times[which].push(performance.now() - began);
      await sleep(5); // what goes on after the answer is not the next one's
    }
  }
}

/**
 * Of what one of a pair took longer, as a part of what they take: the median, and the least that the median can be with 99.9 % confidence
 * (between order statistics, so that no outlier counts for more than its place).
 */
function gapOf(times: Times) {
  const base = Math.min(...times.map(median));
  const longer = times[0].map((time, round) => (time - times[1][round]) / base).toSorted((x, y) => x - y);
  const from = Math.max(0, Math.floor(longer.length / 2 - 1.645 * Math.sqrt(longer.length)));
  const [low, high] = [longer[from], longer[longer.length - 1 - from]];
  return { median: Math.abs(median(longer)), shown: Math.max(0, low, -high) };
}

test('the accounts are what they are said to be', async () => {
  const enter = async (member: Member) => (await api.request('POST', '/auth/login', { email: member.cuenta.email, password: PASSWORD })).body.codigo;
  expect(await Promise.all([owner, guarded, left, codeOnly].map(enter))).toEqual([undefined, 'segundo_factor_requerido', 'credenciales_invalidas', 'credenciales_invalidas']);
});

describe.each(Object.keys(PAIRS))('%s', (name) => {
  test('is answered alike', async () => {
    const [known, unknown] = PAIRS[name]();
    expect(seen(await known())).toEqual(seen(await unknown()));
  });

  test(`takes as long: no gap of ${GAP * 100} % between the medians can be shown`, async () => {
    const pair = PAIRS[name]();
    for (const ask of pair) for (let i = 0; i < 5; i++) await ask();
    const times: Times = [[], []];
    const gaps: ReturnType<typeof gapOf>[] = [];
    // The more rounds, the less of it is what else the machine does: a leak stays, and is shown.
    do {
      await measure(pair, times);
      gaps.push(gapOf(times));
    } while (gaps.length < MEASUREMENTS && gaps.at(-1)!.median >= GAP);
    if (process.env.FRANJA_FIGURES) console.log(`${name}: ${gaps.map((gap) => `${(gap.median * 100).toFixed(1)} % (at least ${(gap.shown * 100).toFixed(1)} %)`).join(', ')}`);
    expect(gaps.at(-1)!.shown).toBeLessThan(GAP);
  }, 120_000);
});
