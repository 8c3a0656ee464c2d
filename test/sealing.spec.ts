import { readConfig } from '../src/config.js';
import { Sealing } from '../src/sealing.js';
import { SECRETS } from './api.js';

const OTHER = 'pQ7vR2xK9mNc4ZtLhW8bYfJ3sGdE6aUoTiX5nBwVrM1';
const with_ = (ENCRYPTION_KEY: string, ENCRYPTION_KEY_PREVIOUS?: string) =>
  new Sealing(readConfig({ ...SECRETS, ENCRYPTION_KEY, ENCRYPTION_KEY_PREVIOUS, APP_DATABASE_URL: 'postgres://localhost/x' }));
const REFUSED = /it was changed, or sealed for another row|was sealed with key/;
const PLACE = { tabla: 'segundos_factores', organizacion_id: 7, id: 9 };

test('what is sealed opens in its place, and says nothing of itself', () => {
  const sealing = with_(SECRETS.ENCRYPTION_KEY);
  for (const text of ['', 'JBSWY3DPEHPK3PXP', 'ñandú 🦤', 'x'.repeat(10_000)]) {
    const [one, other] = [sealing.seal(text, PLACE), sealing.seal(text, PLACE)];
    expect([sealing.open(one, PLACE), sealing.open(other, PLACE)]).toEqual([text, text]);
    expect(one).not.toBe(other);
    if (text) expect(Buffer.from(one.split('.')[2], 'base64url').includes(text)).toBe(false);
    expect(one).toMatch(/^v1\.[\w-]{8}\.[\w-]+$/);
  }
});

test.each([
  ['another row', { ...PLACE, id: 10 }],
  ['another organisation', { ...PLACE, organizacion_id: 8 }],
  ['another table', { ...PLACE, tabla: 'webhooks' }],
])('moved to %s it does not open', (_, place) => {
  const sealing = with_(SECRETS.ENCRYPTION_KEY);
  expect(() => sealing.open(sealing.seal('x', PLACE), place)).toThrow('sealed for another row');
});

test('with any bit changed, cut short, or as what was never sealed, it does not open', () => {
  const sealing = with_(SECRETS.ENCRYPTION_KEY);
  const [version, id, body] = sealing.seal('un secreto', PLACE).split('.');
  const bytes = Buffer.from(body, 'base64url');
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] ^= 1 << (bit & 7);
    expect(() => sealing.open(`${version}.${id}.${changed.toString('base64url')}`, PLACE)).toThrow(REFUSED);
  }
  for (let length = 0; length < bytes.length; length++) {
    expect(() => sealing.open(`${version}.${id}.${bytes.subarray(0, length).toString('base64url')}`, PLACE)).toThrow(REFUSED);
  }
  for (const text of ['', 'x', 'v1', 'v1..', `v2.${id}.${body}`, `v1.AAAAAAAA.${body}`]) expect(() => sealing.open(text, PLACE)).toThrow(REFUSED);
});

test('a former key still opens, and tells that it is time to seal again; one that is gone says which it was', () => {
  const sealed = with_(SECRETS.ENCRYPTION_KEY).seal('un secreto', PLACE);
  const rotated = with_(OTHER, SECRETS.ENCRYPTION_KEY);
  expect([rotated.open(sealed, PLACE), rotated.isStale(sealed), rotated.isStale(rotated.seal('x', PLACE))]).toEqual(['un secreto', true, false]);
  expect(() => with_(OTHER).open(sealed, PLACE)).toThrow(`sealed with key ${sealed.split('.')[1]}: it is not in ENCRYPTION_KEY`);
});
