/**
 * A number and the other forms that WhatsApp knows it by: Brazil's mobiles with and without their ninth digit, Mexico's with and without the 1
 * and Argentina's with and without the 9 that only foreigners dialled.
 */
export function variantes(telefono: string): string[] {
  const others = [
    telefono.replace(/^\+55(\d\d)9(\d{8})$/, '+55$1$2'),
    telefono.replace(/^\+55(\d\d)([6-9]\d{7})$/, '+55$19$2'),
    telefono.replace(/^\+521(\d{10})$/, '+52$1'),
    telefono.replace(/^\+52(\d{10})$/, '+521$1'),
    telefono.replace(/^\+549(\d{10})$/, '+54$1'),
    telefono.replace(/^\+54(\d{10})$/, '+549$1'),
  ];
  return [...new Set([telefono, ...others])];
}

/** The phone behind an address of WhatsApp, E.164; null for one that hides it, a group or a broadcast. */
export function telefonoDe(jid: unknown): string | null {
  const [, digits] = /^([1-9]\d{6,14})(?::\d+)?@(?:s\.whatsapp\.net|c\.us)$/.exec(typeof jid === 'string' ? jid : '') ?? [];
  return digits ? `+${digits}` : null;
}
