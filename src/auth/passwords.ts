import { hash, verify } from '@node-rs/argon2';
import { fieldProblem } from '../http/problems.js';
import { COMMON } from './common-passwords.js';

/** OWASP's floor for argon2id is m = 19 MiB, t = 2. Hashes run on libuv's threads (4), which bounds their concurrency. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export const hashPassword = (password: string): Promise<string> => hash(password, PARAMETERS);

let decoy: Promise<string> | undefined;

/** True when it matches. Without a stored hash it costs the same, so that time does not tell whether an account exists. */
export async function passwordMatches(stored: string | null | undefined, password: string): Promise<boolean> {
  decoy ??= hashPassword('no account has this password');
  const matches = await verify(stored ?? (await decoy), password);
  return matches && stored != null;
}

/** Made with less than what is asked today: signing in is when the password is at hand to hash it again. */
export function isWeakHash(stored: string): boolean {
  const [, memory, time] = /\$m=(\d+),t=(\d+),/.exec(stored) ?? [];
  return !memory || Number(memory) < PARAMETERS.memoryCost || Number(time) < PARAMETERS.timeCost;
}

const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
/** The word without what people put around it: Barberia2026! is barberia. */
const core = (text: string) => plain(text.replace(/^[^\p{L}@$]+|[^\p{L}@$]+$/gu, ''));
const SIGNS: Record<string, string> = { '@': 'a', '4': 'a', '3': 'e', '1': 'i', '!': 'i', '0': 'o', $: 's', '5': 's' };
/** P4ssw0rd is password. */
const spelled = (text: string) => core(text.replace(/(?<=\p{L}.*)[@431!0$5](?=.*\p{L})|^[@$]/gu, (sign) => SIGNS[sign]));

/** A password that is tried first: a common word however adorned, a pattern, or a name that anybody knows of this account. */
export function isCommon(password: string, names: string[]): boolean {
  const known = new Set(names.flatMap((name) => [plain(name), core(name)]).filter((name) => name.length > 2));
  const whole = plain(password);
  // One block over and over: aaaaaaaaaa, 123123123123, miclavemiclave.
  if (whole.length < 4 || /^(.+?)\1+$/u.test(whole)) return true;
  return [whole, core(password), spelled(password)].some((word) => COMMON.has(word) || known.has(word));
}

/** Whoever chooses a password for an account. `names` are the business's; of the e-mail, what stands before the @ too. */
export function refuseCommon(campo: string, password: string, email: string, names: string[]): void {
  if (isCommon(password, [email, email.split('@')[0], ...names])) throw fieldProblem(campo, 'comun');
}
