import { Logger } from '@nestjs/common';
import { createHash } from 'node:crypto';
import Stripe from 'stripe';
import type { Config } from '../config.js';
import { Problem } from '../http/problems.js';
import type { ClientePasarela, CobroPasarela, EventoPasarela, Pasarela } from './pasarela.js';
import { aStripe, deStripe } from './stripe-importes.js';

const TIMEOUT_MS = 15_000;
const RETRIES = 2;
/** Asked for again so soon it is the same page; later another one, because the first may have been used. */
const SAME_PAGE_MS = 10 * 60_000;

const PAID = ['checkout.session.completed', 'checkout.session.async_payment_succeeded', 'payment_intent.succeeded'];
const FAILED = ['checkout.session.async_payment_failed', 'payment_intent.payment_failed'];

/** Of what is sent: a key that comes again with anything else is refused. */
const hashOf = (params: object) => createHash('sha256').update(JSON.stringify(params)).digest('hex').slice(0, 16);
const idOf = (object: string | { id: string } | null) => (typeof object === 'string' ? object : object?.id);
const number = (text: string | undefined) => (/^[1-9]\d{0,14}$/.test(text ?? '') ? Number(text) : undefined);

export class PasarelaStripe implements Pasarela {
  readonly #log = new Logger('Stripe');
  readonly #stripe: Stripe;

  constructor(
    private readonly config: NonNullable<Config['stripe']>,
    private readonly appUrl: string,
  ) {
    const { secretKey, apiBase } = config;
    const protocol = apiBase?.protocol === 'http:' ? 'http' : 'https';
    const where = apiBase && { host: apiBase.hostname, port: apiBase.port || undefined, protocol: protocol as 'http' | 'https' };
    this.#stripe = new Stripe(secretKey, { ...where, timeout: TIMEOUT_MS, maxNetworkRetries: RETRIES, telemetry: false });
  }

  async crearCliente({ organizacion_id, nombre, email }: ClientePasarela): Promise<string> {
    const params = { name: nombre, email, metadata: { organizacion_id: String(organizacion_id) } };
    const customer = await this.#ask(() => this.#stripe.customers.create(params, { idempotencyKey: `franja-cliente-${organizacion_id}-${hashOf(params)}` }));
    return customer.id;
  }

  async crearCheckout({ cliente, organizacion_id, factura_id, numero, total, moneda, idioma }: CobroPasarela): Promise<string> {
    const metadata = { organizacion_id: String(organizacion_id), factura_id: String(factura_id) };
    const back = (pago: string) => `${this.appUrl}/facturacion?factura=${factura_id}&pago=${pago}`;
    const params: Stripe.Checkout.SessionCreateParams = {
      mode: 'payment',
      customer: cliente,
      client_reference_id: numero,
      // One line: Stripe takes no negative ones, and the invoice is ours.
      line_items: [{ quantity: 1, price_data: { currency: moneda.toLowerCase(), unit_amount: aStripe(total, moneda), product_data: { name: `Franja ${numero}` } } }],
      metadata,
      payment_intent_data: { metadata },
      locale: idioma === 'pt' ? 'pt-BR' : idioma === 'en' ? 'en' : 'es-419',
      success_url: back('hecho'),
      cancel_url: back('cancelado'),
    };
    const idempotencyKey = `franja-checkout-${organizacion_id}-${factura_id}-${hashOf(params)}-${Math.floor(Date.now() / SAME_PAGE_MS)}`;
    const session = await this.#ask(() => this.#stripe.checkout.sessions.create(params, { idempotencyKey }));
    if (!session.url) throw new Problem('pasarela_no_responde');
    return session.url;
  }

  async crearPortal(cliente: string): Promise<string> {
    const session = await this.#ask(() => this.#stripe.billingPortal.sessions.create({ customer: cliente, return_url: `${this.appUrl}/facturacion` }));
    return session.url;
  }

  leerEvento(cuerpo: Buffer, firma: string): EventoPasarela {
    let event: Stripe.Event;
    try {
      event = this.#stripe.webhooks.constructEvent(cuerpo, firma, this.config.webhookSecret);
    } catch {
      throw new Problem('firma_invalida');
    }
    return eventoDe(event);
  }

  async #ask<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      const { type, code, requestId } = error as { type?: string; code?: string; requestId?: string };
      this.#log.error([type ?? 'error', code, requestId].filter(Boolean).join(' '));
      throw new Problem('pasarela_no_responde');
    }
  }
}

/** A session and its payment intent both tell of one payment: the intent's id names it. */
function eventoDe({ id, type: tipo, data }: Stripe.Event): EventoPasarela {
  const object = data.object as Stripe.Checkout.Session | Stripe.PaymentIntent;
  const { organizacion_id, factura_id } = object.metadata ?? {};
  const common = { id, tipo, organizacion_id: number(organizacion_id), factura_id: number(factura_id) };
  if (FAILED.includes(tipo)) return { ...common, es: 'fallo' };
  if (!PAID.includes(tipo)) return { ...common, es: 'otro' };
  const moneda = String(object.currency ?? '').toUpperCase();
  if (object.object === 'payment_intent') return { ...common, es: 'pago', referencia: object.id, importe: deStripe(object.amount_received ?? 0, moneda), moneda };
  // By cash or transfer the session ends before the money comes: another event tells of that.
  if (object.payment_status !== 'paid') return { ...common, es: 'otro' };
  return { ...common, es: 'pago', referencia: idOf(object.payment_intent) ?? object.id, importe: deStripe(object.amount_total ?? 0, moneda), moneda };
}
