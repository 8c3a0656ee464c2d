// What production refuses as a secret. Plain JavaScript: the scripts read it before anything is built, the API (src/config-production.ts) after.

/** Words of examples, defaults and people, as they are also spelled: p4ssw0rd. None is so short that random text would have it. */
const WORDS = [
  'passwo', 'passwd', 'secret', 'change', 'default', 'example', 'sample', 'placeholder', 'insert', 'qwerty', 'letmein', 'welcome', 'admini', 'admin1',
  'adminad', 'admin-', 'postgres', 'contras', 'clave-', 'clave_', '-clave', '_clave', 'miclave', 'laclave', 'cambia', 'cambie', 'cambio', 'ejemplo',
  'prueba', 'defecto', 'franja', 'saas_app', 'saas_admin', 'bit-key', 'key-here', 'your-key', 'your_key', 'supersecure', 'development', 'testing',
];
const SIGNS = { 0: 'o', 1: 'i', 3: 'e', 4: 'a', 5: 's', '@': 'a', $: 's', '!': 'i' };
const spelled = (text) => text.toLowerCase().replace(/[013459@$!]/g, (sign) => SIGNS[sign] ?? sign);

/**
 * Why a secret is none, or undefined. Of a million random ones, of 16 bytes or more as hex or base64, a few have a word by chance.
 * @param {string} secret
 * @returns {string | undefined}
 */
export function weaknessOf(secret) {
  const plain = secret.toLowerCase();
  const word = WORDS.find((known) => plain.includes(known) || spelled(secret).includes(known));
  if (word) return `contains "${word}", a word of examples and defaults`;
  if (secret.length < 16) return 'has fewer than 16 characters';
  if (/^(.{1,16}?)\1+.{0,15}$/s.test(secret) && new Set(secret).size < secret.length / 2) return 'repeats itself';
  if (new Set(secret).size < 8) return 'has fewer than 8 different characters';
  const steps = [...secret].map((sign, i) => sign.charCodeAt(0) - secret.charCodeAt(i - 1));
  if (steps.filter((step) => Math.abs(step) <= 1).length > secret.length / 2) return 'is a row of neighbours, such as abcdef or 123456';
  return undefined;
}

/**
 * One line for each secret that is weak, or the same as another. None shows a secret.
 * @param {Record<string, string | undefined>} secrets by the name of their variable
 * @returns {string[]}
 */
export function weakSecrets(secrets) {
  const given = Object.entries(secrets).filter(([, value]) => value);
  return given.flatMap(([name, value], i) => {
    const weakness = weaknessOf(value);
    const twin = given.slice(0, i).find(([, other]) => other === value);
    return [
      ...(weakness ? [`${name} ${weakness}: make one with openssl rand -hex 32`] : []),
      ...(twin ? [`${name} is the same as ${twin[0]}: each needs its own`] : []),
    ];
  });
}
