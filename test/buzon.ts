import { simpleParser, type ParsedMail } from 'mailparser';
import fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from './api.js';

/** Asks again until there is an answer; a message leaves in the background. */
export async function eventually<T>(ask: () => Promise<T | undefined> | T | undefined, ms = 8_000): Promise<T> {
  for (const deadline = Date.now() + ms; ; await sleep(20)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error('It never came');
  }
}

async function read(api: Api, extension: string): Promise<string[]> {
  const names = await fs.readdir(api.mailDir).catch(() => []);
  return Promise.all(names.filter((name) => name.endsWith(extension)).toSorted().map((name) => fs.readFile(path.join(api.mailDir, name), 'utf8')));
}

const addressOf = ({ to }: ParsedMail) => (Array.isArray(to) ? to[0] : to)?.value[0].address;

/** Mails that were written for that address, the oldest first. */
export async function mailsTo(api: Api, address: string): Promise<ParsedMail[]> {
  const written = (await read(api, '.eml')).filter((mime) => mime.includes(address));
  return (await Promise.all(written.map((mime) => simpleParser(mime)))).filter((mail) => addressOf(mail) === address);
}

/** The first whose link leads to that page, or whose subject matches; `n` for the n-th. */
export const mailTo = (api: Api, address: string, about: RegExp, n = 1) =>
  eventually(async () => (await mailsTo(api, address)).filter(({ subject, text }) => about.test(`${subject}\n${text}`))[n - 1]);

export const whatsappsTo = async (api: Api, numero: string) => (await read(api, '.txt')).filter((text) => text.startsWith(`${numero}\n`));
export const whatsappTo = (api: Api, numero: string, n = 1) => eventually(async () => (await whatsappsTo(api, numero))[n - 1]);

export function tokenIn(text: string | undefined): string {
  const [, token] = /#token=([\w.-]+)/.exec(text ?? '') ?? [];
  if (!token) throw new Error(`No link in: ${text}`);
  return token;
}

export function digitsIn(text: string | undefined): string {
  const [digits] = /\b\d{6}\b/.exec(text ?? '') ?? [];
  if (!digits) throw new Error(`No code in: ${text}`);
  return digits;
}

/** Token of the n-th mail with a link to that page. */
export const linkTo = async (api: Api, address: string, page: 'invitacion' | 'restablecer' | 'verificar', n = 1) =>
  tokenIn((await mailTo(api, address, new RegExp(`/${page}#token=`), n)).text);
