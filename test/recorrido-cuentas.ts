import { ok } from './agenda.js';
import { day, PASSWORD, registerClient, unique, type Api, type Member, type Send } from './api.js';
import { digitsIn, linkTo, mailTo } from './buzon.js';
import { employee, query } from './checks.js';
import { codeOf, superAdmin } from './super-admin.js';

/** Every route of accounts, sessions, keys and the platform once, as somebody uses it; and under the organisation what `repeated` says is there too. */
export async function recorrerCuentas(api: Api, owner: Member, repeated: (path: string) => boolean) {
  const { organizacion_id, codigo_tenant } = owner.cuenta;
  const as = (token: string): Send => (method, path, body) => api.request(method, path, body, { authorization: `Bearer ${token}` });
  const call = async (send: Send, method: string, path: string, body?: unknown) => {
    const answer = ok(await send(method, path, body));
    if (method === 'GET' && repeated(path)) ok(await send(method, `/organizations/${organizacion_id}${path}`));
    return answer;
  };
  const post = (path: string, body: unknown) => call(api.request, 'POST', path, body);
  const aged = (destino: string) => query(api, "update codigos set creado_en = creado_en - interval '2 minutes' where destino = $1", [destino]);

  await call(api.request, 'GET', '/health/live');
  await call(api.request, 'GET', '/health/ready');

  const somebody = await registerClient(api, owner);
  const { email } = somebody.cuenta;
  await post('/auth/email/verify', { token: await linkTo(api, email, 'verificar') });
  const another = await registerClient(api, owner);
  await aged(another.cuenta.email);
  await call(another.request, 'POST', '/auth/email/verification');
  await post('/auth/password/forgot', { email, codigo_tenant });
  await post('/auth/password/reset', { token: await linkTo(api, email, 'restablecer'), password_nueva: `${PASSWORD}-2` });
  await post('/auth/code', { codigo_tenant, email });
  await post('/auth/code/verify', { codigo_tenant, email, codigo: digitsIn((await mailTo(api, email, /código para entrar/)).subject) });
  const login = { email, password: `${PASSWORD}-2`, codigo_tenant };
  const [first, second, third] = [await post('/auth/login', login), await post('/auth/login', login), await post('/auth/login', login)];
  const { access_token, refresh_token } = await post('/auth/refresh', { refresh_token: first.refresh_token });
  const me = as(access_token);
  await call(me, 'GET', '/auth/me');
  await call(me, 'GET', '/clients/me');
  await call(me, 'PATCH', '/clients/me', { direccion: 'Calle 10' });
  const sessions = await call(me, 'GET', '/auth/sessions');
  await call(me, 'DELETE', `/auth/sessions/${sessions.find((one: any) => !one.actual)?.id ?? sessions[0].id}`);
  await call(me, 'PUT', '/auth/password', { password_actual: `${PASSWORD}-2`, password_nueva: PASSWORD });
  await post('/auth/logout', { refresh_token });
  await post('/auth/logout', { refresh_token: second.refresh_token });
  await post('/auth/logout', { refresh_token: third.refresh_token });
  const last = await post('/auth/login', { ...login, password: PASSWORD });
  await call(as(last.access_token), 'POST', '/auth/logout-all');

  const invitation = () => ({ nombre: 'Lucía', email: `${unique('lucia')}@example.com`, rol: 'empleado', canal: 'email' });
  const invited = await call(owner.request, 'POST', '/users/invitations', invitation());
  const token = await linkTo(api, invited.email, 'invitacion');
  await post('/auth/invitations/show', { token });
  const accepted = await post('/auth/invitations/accept', { token, password: PASSWORD });
  const { id } = await call(owner.request, 'POST', '/users/invitations', invitation());
  await call(owner.request, 'GET', '/users/invitations?limite=100');
  await call(owner.request, 'DELETE', `/users/invitations/${id}`);

  const user = await call(owner.request, 'POST', '/users', { nombre: 'Ana', email: `${unique('ana')}@example.com`, rol: 'empleado', password: PASSWORD });
  await call(owner.request, 'GET', '/users?limite=100');
  await call(owner.request, 'GET', '/users?rol=empleado&activo=true');
  await call(owner.request, 'GET', '/users?activo=false');
  await call(owner.request, 'GET', `/users/${user.id}`);
  await call(owner.request, 'PATCH', `/users/${user.id}`, { nombre: 'Ana Peña' });

  const worker = await employee(api, owner);
  const { secreto } = await call(worker.request, 'POST', '/auth/second-factor', { password: PASSWORD });
  const forget = () => query(api, 'update segundos_factores set ultimo_paso = 1 where organizacion_id = $1', [organizacion_id]);
  await call(worker.request, 'PUT', '/auth/second-factor', { codigo: codeOf(secreto) });
  await forget();
  await call(worker.request, 'GET', '/auth/second-factor');
  const { desafio } = (await api.request('POST', '/auth/login', { email: worker.cuenta.email, password: PASSWORD, codigo_tenant })).body;
  const entered = await post('/auth/login/second-factor', { desafio, codigo: codeOf(secreto) });
  await forget();
  await call(as(entered.access_token), 'POST', '/auth/second-factor/recovery-codes', { codigo: codeOf(secreto) });
  await forget();
  await call(as(entered.access_token), 'POST', '/auth/second-factor/disable', { password: PASSWORD, codigo: codeOf(secreto) });
  const factor = await call(as(entered.access_token), 'POST', '/auth/second-factor', { password: PASSWORD });
  await call(as(entered.access_token), 'PUT', '/auth/second-factor', { codigo: codeOf(factor.secreto) });
  await call(owner.request, 'DELETE', `/users/${worker.cuenta.usuario_id}/second-factor`);
  await call(owner.request, 'PATCH', `/users/${accepted.usuario_id}`, { activo: false });

  const key = await call(owner.request, 'POST', '/api-keys', { nombre: 'n8n', rol: 'empleado', permisos: ['citas:read'] });
  await call((method, path, body) => api.request(method, path, body, { 'x-api-key': key.clave }), 'GET', '/appointments?limite=1');
  await call(owner.request, 'GET', '/api-keys?limite=100');
  await call(owner.request, 'GET', `/api-keys/${key.id}`);
  await call(owner.request, 'PATCH', `/api-keys/${key.id}`, { nombre: 'n8n 2' });
  const rotated = await call(owner.request, 'POST', `/api-keys/${key.id}/rotate`, { minutos_gracia: 10 });
  for (const clave of [key.clave, rotated.clave]) await call((method, path, body) => api.request(method, path, body, { 'x-api-key': clave }), 'GET', '/appointments?limite=1');
  await call(owner.request, 'DELETE', `/api-keys/${key.id}`);

  await recorrerPlataforma(owner, (await superAdmin(api)).request, call);
  await call(owner.request, 'GET', '/audit?limite=100');
  await call(owner.request, 'GET', `/audit?tabla=usuarios&registro_id=${user.id}`);
  await call(owner.request, 'GET', `/audit?usuario_id=${owner.cuenta.usuario_id}`);
  await call(owner.request, 'GET', '/audit?accion=acceso');
  await call(owner.request, 'GET', `/audit?desde=${day(-400)}T00:00:00Z&hasta=${day(-300)}T00:00:00Z`);
}

async function recorrerPlataforma(owner: Member, root: Send, send: (by: Send, method: string, path: string, body?: unknown) => Promise<any>) {
  const of = `/admin/organizations/${owner.cuenta.organizacion_id}`;
  const call = (method: string, path: string, body?: unknown) => send(root, method, path, body);
  await call('GET', '/admin/organizations?limite=100');
  await call('GET', `/admin/organizations?q=${owner.cuenta.codigo_tenant}`);
  await call('PUT', `${of}/active`, { activo: true });
  await call('POST', `${of}/invitations`, { nombre: 'Eva', email: `${unique('eva')}@example.com` });
  await call('POST', `${of}/subscription/extend-trial`, { dias: 5, motivo: 'Piloto' });
  const invoiced = async (plan: string) => {
    ok(await owner.request('POST', '/billing/subscription/change', { plan }));
    return ok(await owner.request('GET', '/billing/invoices?limite=1')).elementos[0];
  };
  await call('POST', `${of}/invoices/${(await invoiced('basico')).id}/void`, { motivo: 'Equivocada' });
  const { id, total, moneda } = await invoiced('profesional');
  await call('POST', `${of}/invoices/${id}/payments`, { importe: total, moneda, referencia: `TR-${id}` });
  await invoiced('empresarial');
  await call('PUT', `${of}/subscription`, { precio_actual: '99.00', motivo: 'Acuerdo' });
  const [plan] = await call('GET', '/admin/plans').then((plans) => plans.elementos ?? plans);
  await call('PATCH', `/admin/plans/${plan.id}`, { descripcion: plan.descripcion });
  await call('GET', '/admin/taxes');
  await call('PUT', '/admin/taxes/CO', { nombre: 'IVA', tasa: '19.00', incluido: false });
  await call('PUT', '/admin/issuer', await call('GET', '/admin/issuer'));
  await call('GET', '/admin/metrics');
  await call('GET', '/admin/jobs');
  await call('GET', '/admin/jobs/runs?limite=100');
  await call('GET', '/admin/jobs/runs?estado=con_errores');
  await call('POST', '/admin/jobs/recordatorios/run');
}
