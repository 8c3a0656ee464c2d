const HOUR = 3_600_000;
export const STEP = 5 * 60_000;

export const plusDays = (date: string, days: number) => new Date(Date.parse(date) + days * 24 * HOUR).toISOString().slice(0, 10);

/** Every five minutes around a date, as that zone's clock shows them: [local time, instant], in order. Only Intl is asked. */
export type Clock = [local: string, instant: number][];

export function clockOf(zone: string, date: string): Clock {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  const shown: Clock = [];
  for (let at = Date.parse(date) - 48 * HOUR; at < Date.parse(date) + 96 * HOUR; at += STEP) shown.push([format.format(at), at]);
  return shown;
}

/** What a local time is: its first pass, or else the first instant after the gap. 24:00 is the next day's 00:00. */
export function instantOf(clock: Clock, date: string, time: string): { at: number; exists: boolean } {
  const local = time === '24:00' ? `${plusDays(date, 1)} 00:00` : `${date} ${time}`;
  const exact = clock.find(([shown]) => shown === local);
  return exact ? { at: exact[1], exists: true } : { at: clock.find(([shown]) => shown > local)![1], exists: false };
}
