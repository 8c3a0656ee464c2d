import { Inject, Injectable } from '@nestjs/common';
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';
import { CONFIG, type Config } from './config.js';

/** The row that a sealed text belongs to: moved to another one it does not open. */
export interface Place {
  tabla: string;
  organizacion_id: number;
  id: number;
}

interface Key {
  id: string;
  bytes: Buffer;
}

const VERSION = 'v1';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Secrets that must be read again, unlike passwords: at rest only sealed, with a key that the database never sees. */
@Injectable()
export class Sealing {
  readonly #keys: Key[];

  constructor(@Inject(CONFIG) config: Config) {
    this.#keys = config.encryptionKeys.map(derive);
  }

  /** `v1.<key id>.<iv, ciphertext and tag>`, AES-256-GCM. */
  seal(text: string, place: Place): string {
    const [{ id, bytes }] = this.#keys;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', bytes, iv).setAAD(bound(id, place));
    const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${VERSION}.${id}.${sealed.toString('base64url')}`;
  }

  /** Throws when it was changed, moved, or sealed with a key that is gone. */
  open(sealed: string, place: Place): string {
    const [version, id, body] = sealed.split('.');
    const key = this.#keys.find((known) => known.id === id);
    if (version !== VERSION || !key) throw new Error(`A secret of ${place.tabla} was sealed with key ${id}: it is not in ENCRYPTION_KEY or ENCRYPTION_KEY_PREVIOUS`);
    const bytes = Buffer.from(body ?? '', 'base64url');
    try {
      const decipher = createDecipheriv('aes-256-gcm', key.bytes, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
        .setAAD(bound(id, place))
        .setAuthTag(bytes.subarray(IV_BYTES).subarray(-TAG_BYTES));
      return decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
    } catch (error) {
      throw new Error(`A secret of ${place.tabla} cannot be opened: it was changed, or sealed for another row`, { cause: error });
    }
  }

  /** Sealed with a former key: whoever is writing the row anyway seals it again. */
  isStale(sealed: string): boolean {
    return sealed.split('.')[1] !== this.#keys[0].id;
  }
}

function derive(key: KeyObject): Key {
  const part = (info: string, length: number) => Buffer.from(hkdfSync('sha256', key.export(), '', info, length));
  return { id: part('franja sealing id', 6).toString('base64url'), bytes: part('franja sealing key', 32) };
}

const bound = (id: string, place: Place) => Buffer.from([VERSION, id, place.tabla, place.organizacion_id, place.id].join('/'));
