import { propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Span, type Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { FastifyRequest } from 'fastify';
import { sqlErrorOf } from '../database/sql-error.js';
import { statements, type Statement } from '../database/statements.js';
import { deliveries, sendings, sentHeaders, type Delivered, type Sending } from '../outbox/deliveries.js';
import { routeOf, type Seen } from './seen.js';
import { withoutValues } from './slow-queries.js';

/** COMMIT of a read is answered after the request is. */
const LATE_MS = 1_000;

/**
 * Spans: one for each request, in it one for each statement, and one for each delivery. Loaded only when there is where to send them; the variables OTEL_*
 * say where, under what name and which share. Statements find their request by its id, so that nothing else has to know.
 */
export class Traces {
  readonly #provider: NodeTracerProvider;
  readonly #tracer: Tracer;
  readonly #requests = new Map<string, Span>();
  readonly #sendings = new WeakMap<Sending, Span>();

  constructor() {
    const resource = defaultResource().merge(resourceFromAttributes({ 'service.name': 'franja' })).merge(detectResources({ detectors: [envDetector] }));
    this.#provider = new NodeTracerProvider({ resource, spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] });
    this.#provider.register({ contextManager: null });
    this.#tracer = this.#provider.getTracer('franja');
    statements.subscribe(this.#statement);
    sendings.bindStore(sentHeaders, this.#sending);
    deliveries.subscribe(this.#delivery);
  }

  async close(): Promise<void> {
    statements.unsubscribe(this.#statement);
    sendings.unbindStore(sentHeaders);
    deliveries.unsubscribe(this.#delivery);
    await this.#provider.shutdown();
    trace.disable();
    propagation.disable();
  }

  began(request: FastifyRequest): void {
    const { method, route } = routeOf(request);
    const parent = propagation.extract(ROOT_CONTEXT, request.headers);
    const attributes = { 'http.request.method': method, 'http.route': route, 'franja.solicitud': request.id };
    const span = this.#tracer.startSpan(`${method} ${route}`, { kind: SpanKind.SERVER, attributes }, parent);
    if (span.isRecording()) this.#requests.set(request.id, span);
  }

  answered({ solicitud, status, codigo, organizacion_id }: Seen): void {
    const span = this.#requests.get(solicitud);
    if (!span) return;
    span.setAttribute('http.response.status_code', status);
    if (codigo) span.setAttribute('error.type', codigo);
    if (organizacion_id) span.setAttribute('franja.organizacion_id', organizacion_id);
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
    setTimeout(() => this.#requests.delete(solicitud), LATE_MS).unref();
  }

  readonly #statement = (message: unknown) => {
    const { text, ms, rows, error, solicitud } = message as Statement;
    const request = solicitud === undefined ? undefined : this.#requests.get(solicitud);
    if (!request) return;
    const query = withoutValues(text);
    const [operation] = /^\w+/.exec(query) ?? ['statement'];
    const attributes = { 'db.system.name': 'postgresql', 'db.operation.name': operation.toUpperCase(), 'db.query.text': query, ...(rows !== null && { 'db.response.returned_rows': rows }) };
    const span = this.#tracer.startSpan(operation.toUpperCase(), { kind: SpanKind.CLIENT, startTime: Date.now() - ms, attributes }, trace.setSpan(ROOT_CONTEXT, request));
    if (error) span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', sqlErrorOf(error)?.sqlstate ?? 'connection');
    span.end();
  };

  /** Answers the headers by which whoever receives goes on with this trace. */
  readonly #sending = (message: unknown) => {
    const sending = message as Sending;
    const attributes = { 'messaging.system': sending.canal, 'messaging.destination.name': sending.evento };
    const span = this.#tracer.startSpan(`send ${sending.canal}`, { kind: SpanKind.PRODUCER, attributes }, ROOT_CONTEXT);
    this.#sendings.set(sending, span);
    const headers: Record<string, string> = {};
    propagation.inject(trace.setSpan(ROOT_CONTEXT, span), headers);
    return headers;
  };

  readonly #delivery = (message: unknown) => {
    const delivered = message as Delivered;
    const span = this.#sendings.get(delivered)?.setAttribute('franja.resultado', delivered.es);
    if (delivered.es === 'reintentar') span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
  };
}
