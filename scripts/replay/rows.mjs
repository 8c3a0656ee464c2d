// The CSV: read, checked line by line before anything is sent, and its dates moved.
import fs from 'node:fs';
import readline from 'node:readline';

const columns = ['PatientId', 'AppointmentID', 'ScheduledDay', 'AppointmentDay', 'Neighbourhood', 'No_show'];
const moment = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}:\d{2}))?Z?$/;
const week = 7 * 86_400_000;

/**
 * @typedef {object} Row
 * @property {string} patient
 * @property {string} appointment the AppointmentID
 * @property {string} scheduled when it was booked, sortable as text
 * @property {string} booked the day of that, YYYY-MM-DD
 * @property {string} day the day of the appointment
 * @property {string} neighbourhood
 * @property {boolean} noShow
 */

/** @returns {Promise<Row[]>} the first `limit` rows, in the order of the file */
export async function readRows(file, limit = Infinity) {
  const input = fs.createReadStream(file, 'utf8');
  const lines = readline.createInterface({ input, crlfDelay: Infinity });
  const rows = [];
  const seen = new Set();
  let header;
  let number = 0;
  for await (const line of lines) {
    number++;
    if (!header) header = readHeader(line.replace(/^\ufeff/, ''));
    else if (line !== '') {
      const row = readRow(line, header, `${file}:${number}`);
      if (seen.has(row.appointment)) throw new Error(`${file}:${number}: AppointmentID ${row.appointment} was already there`);
      seen.add(row.appointment);
      rows.push(row);
    }
    if (rows.length >= limit) break;
  }
  if (rows.length === 0) throw new Error(`${file} has no appointments`);
  return rows;
}

function readHeader(line) {
  const names = fields(line).map((name) => name.trim().replace('-', '_'));
  const missing = columns.filter((name) => !names.includes(name));
  if (missing.length) throw new Error(`The CSV lacks the columns ${missing.join(', ')}`);
  return { count: names.length, at: Object.fromEntries(columns.map((name) => [name, names.indexOf(name)])) };
}

function readRow(line, { count, at }, where) {
  const values = fields(line);
  if (values.length !== count) throw new Error(`${where}: ${values.length} fields instead of ${count}`);
  const text = (name) => values[at[name]].trim() || fail(where, name, 'is empty');
  const when = (name) => {
    const [, date, time = '00:00:00'] = moment.exec(text(name)) ?? fail(where, name, 'is not a date');
    const parsed = new Date(`${date}T${time}Z`); // 30 February is taken for 1 March: compare
    if (Number.isNaN(parsed.getTime()) || !parsed.toISOString().startsWith(date)) fail(where, name, 'does not exist');
    return { date, time };
  };
  const scheduled = when('ScheduledDay');
  if (!/^(Yes|No)$/.test(text('No_show'))) fail(where, 'No_show', 'is neither Yes nor No');
  return {
    patient: text('PatientId'),
    appointment: text('AppointmentID'),
    scheduled: `${scheduled.date} ${scheduled.time}`,
    booked: scheduled.date,
    day: when('AppointmentDay').date,
    neighbourhood: text('Neighbourhood'),
    noShow: text('No_show') === 'Yes',
  };
}

function fail(where, name, what) {
  throw new Error(`${where}: ${name} ${what}`);
}

/** One line of CSV, with "quoted, ""fields""". */
function fields(line) {
  const field = /"((?:[^"]|"")*)"|([^,"]*)/y;
  const found = [];
  for (;;) {
    const [, quoted, plain] = field.exec(line);
    found.push(quoted?.replaceAll('""', '"') ?? plain);
    if (line[field.lastIndex] !== ',') return found;
    field.lastIndex++;
  }
}

/** How many whole weeks bring the first appointment after `today`, so that every weekday stays. */
export function weeksAhead(rows, today) {
  const first = rows.reduce((least, { day }) => (day < least ? day : least), rows[0].day);
  return Math.max(0, Math.floor((Date.parse(today) - Date.parse(first)) / week) + 1);
}

export const moveDate = (date, weeks) => new Date(Date.parse(date) + weeks * week).toISOString().slice(0, 10);

/** Moves every row and groups them by neighbourhood, each in the order in which its patients booked. */
export function byNeighbourhood(rows, weeks) {
  const groups = new Map();
  for (const row of rows) {
    const moved = { ...row, booked: moveDate(row.booked, weeks), day: moveDate(row.day, weeks) };
    if (!groups.has(row.neighbourhood)) groups.set(row.neighbourhood, []);
    groups.get(row.neighbourhood).push(moved);
  }
  for (const group of groups.values()) group.sort((a, b) => (a.scheduled < b.scheduled ? -1 : a.scheduled > b.scheduled ? 1 : 0));
  return groups;
}
