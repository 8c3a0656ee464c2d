import dgram from 'node:dgram';
import { once } from 'node:events';

const TYPES: Record<number, 'A' | 'AAAA'> = { 1: 'A', 28: 'AAAA' };

/** A name server that knows what it is told; `undefined`: it says nothing. */
export async function servidorDeNombres(conoce: (nombre: string, tipo: 'A' | 'AAAA') => string[] | undefined) {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (query, from) => {
    const labels: string[] = [];
    let at = 12;
    for (; query[at] !== 0; at += query[at] + 1) labels.push(query.toString('latin1', at + 1, at + 1 + query[at]));
    const tipo = query.readUInt16BE(at + 1);
    const direcciones = conoce(labels.join('.').toLowerCase(), TYPES[tipo]);
    if (direcciones === undefined) return;
    const head = Buffer.from([query[0], query[1], 0x81, 0x80, 0, 1, 0, direcciones.length, 0, 0, 0, 0]);
    const answers = direcciones.map((direccion) => {
      const bytes = tipo === 1 ? direccion.split('.').map(Number) : bytesOf(direccion);
      return Buffer.from([0xc0, 12, 0, tipo, 0, 1, 0, 0, 0, 0, 0, bytes.length, ...bytes]);
    });
    socket.send(Buffer.concat([head, query.subarray(12, at + 5), ...answers]), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { direccion: `127.0.0.1:${socket.address().port}`, cerrar: () => socket.close() };
}

/** Of an IPv6 address in hexadecimal groups. */
function bytesOf(address: string): number[] {
  const [before, after] = address.split('::').map((part) => part.split(':').filter(Boolean)) as [string[], string[]];
  const groups = [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
  return groups.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]);
}
