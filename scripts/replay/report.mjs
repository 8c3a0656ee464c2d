import path from 'node:path';
import { count } from './figures.mjs';

const sum = (clinics, of) => clinics.reduce((total, clinic) => total + of(clinic), 0);

/** What `checkTenant` found, over all tenants. */
export function tenantChecks(clinics, { lists, kpis }) {
  const all = `${clinics.length} organisations`;
  return [
    { name: 'each tenant lists its own citas and no other', ok: lists.length === 0, detail: lists.join(', ') || all },
    { name: "KPIs equal the CSV's counts", ok: kpis.length === 0, detail: kpis.slice(0, 5).join('; ') || all },
  ];
}

/** That nothing went astray between the CSV and the API. */
export function reconcile(rows, clinics, { serverErrors }) {
  const booked = sum(clinics, (clinic) => clinic.citas.length);
  const refused = sum(clinics, (clinic) => clinic.refusals.length);
  const detail = `${count(rows.length)} = ${count(booked)} + ${count(refused)}`;
  return [
    { name: 'rows = booked + refused', ok: rows.length === booked + refused, detail },
    { name: 'no answer of 500 or more', ok: serverErrors === 0, detail: `${count(serverErrors)} found` },
  ];
}

export function report({ file, rows, weeks, clinics, seconds, figures, checks, account }) {
  const booked = sum(clinics, (clinic) => clinic.citas.length);
  const noShows = sum(clinics, (clinic) => clinic.citas.filter(({ estado }) => estado === 'no_asistio').length);
  const patients = sum(clinics, (clinic) => clinic.clientes.size);
  const professionals = sum(clinics, (clinic) => clinic.profesionales.length);
  const refusals = clinics.flatMap((clinic) => clinic.refusals);
  const reasons = [...countBy(refusals.map(({ codigo }) => codigo))].map(([codigo, times]) => `${codigo} ${count(times)}`);
  const labels = {
    availability: 'GET /availability/{date}', booking: 'POST /appointments', state: 'PUT /appointments/{id}/…', client: 'POST /clients',
  };
  const lines = [
    '',
    `${path.basename(file)}: ${count(rows.length)} rows, moved ${weeks} weeks: ` +
      `${count(clinics.length)} organisations, ${count(professionals)} professionals, ${count(patients)} clients`,
    '',
    `Booked    ${count(booked)} in ${seconds.toFixed(1)} s, two requests each: ${(booked / seconds).toFixed(1)} bookings per second`,
    `Attended  ${count(booked - noShows)} completed, ${count(noShows)} no-shows`,
    `Refused   ${count(refusals.length)}${reasons.length ? `: ${reasons.join(', ')}` : ''}`,
    `Lost to another and asked again  ${count(sum(clinics, (clinic) => clinic.askedAgain))}`,
    '',
    ...figures.table(labels),
    '',
    ...checks.map(({ name, ok, detail }) => `${ok ? '✓' : '✗'} ${name}: ${detail}`),
    '',
    `The organisations stay. The largest: ${clinics[0].email} / ${account.password}`,
  ];
  console.log(lines.join('\n'));
}

function countBy(words) {
  const counts = new Map();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
