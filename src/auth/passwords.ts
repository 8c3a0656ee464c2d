import { hash, verify } from '@node-rs/argon2';

/** OWASP's floor for argon2id is m = 19 MiB, t = 2. Hashes run on libuv's threads (4), which bounds their concurrency. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export const hashPassword = (password: string): Promise<string> => hash(password, PARAMETERS);

let decoy: Promise<string> | undefined;

/** True when it matches. Without a stored hash it costs the same, so that time does not tell whether an account exists. */
export async function passwordMatches(stored: string | undefined, password: string): Promise<boolean> {
  decoy ??= hashPassword('no account has this password');
  const matches = await verify(stored ?? (await decoy), password);
  return matches && stored !== undefined;
}
