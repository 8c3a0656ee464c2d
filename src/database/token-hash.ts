import { createHash } from 'node:crypto';

/** As which tokens, links and keys are stored: 32 random bytes or more leave nothing to guess, so a fast hash does. */
export const tokenHash = (token: string) => createHash('sha256').update(token).digest();
