import helmet from '@fastify/helmet';
import type { NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import { LogController, type FastifyReply, type FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import { AppModule } from './app.module.js';
import type { Config } from './config.js';
import { shedLoad } from './database/shed.js';
import { EXPOSED, METHODS, PREFLIGHT_SECONDS } from './http/cors.js';
import { revalidate } from './http/etag.js';
import { jsonBody } from './http/json-body.js';
import { API, openApi } from './http/openapi.js';
import { INBOUND_BODY_LIMIT, isInbound } from './http/inbound.js';
import { tellMethods } from './http/methods.js';
import { rewriteUrl } from './http/organization-path.js';
import { origin, rememberOrigin } from './http/origin.js';
import { limitByAddress } from './limits/limits.hook.js';
import { NestLogger } from './observability/nest-logger.js';
import { observe } from './observability/observe.hook.js';
import { wakeOutbox } from './outbox/wake.hook.js';
import { ProblemFilter } from './http/problem.filter.js';
import { validationPipe } from './http/validation.js';

const BODY_LIMIT = 128 * 1024;

/** The whole application, not yet listening. */
export async function createApp(config: Config, options: NestApplicationOptions = {}): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    // Its own lines about a request carry the URL and the address: observe() writes one that does not.
    logger: { level: config.logLevel, serializers: { req: ({ method }: FastifyRequest) => ({ method }) } },
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'solicitud' }),
    requestIdHeader: false,
    trustProxy: config.trustProxy,
    genReqId: () => randomUUID(),
    rewriteUrl,
    bodyLimit: BODY_LIMIT,
    // Who sends a request a byte at a time holds a connection so long and no longer. Node looks at this interval.
    requestTimeout: config.requestTimeoutSeconds * 1000,
    http: { headersTimeout: config.requestTimeoutSeconds * 1000, connectionsCheckingInterval: 1_000 },
    routerOptions: { maxParamLength: 200 },
    return503OnClosing: false, // what comes on a connection that was there is still answered, and the connection then closed
    forceCloseConnections: 'idle',
    // A path that cannot be decoded, or has a part longer than any name, names nothing, and is routed as such: Fastify runs no hook before this.
    frameworkErrors: (_: Error, { raw }: FastifyRequest, reply: FastifyReply) => adapter.getInstance().routing(Object.assign(raw, { url: `${API}/-` }), reply.raw),
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(config), adapter, { logger: new NestLogger(adapter.getInstance().log), bodyParser: false, ...options });
  app.setGlobalPrefix(API.slice(1));
  app.useGlobalPipes(validationPipe());
  app.useGlobalFilters(new ProblemFilter());
  await observe(app, config);
  await app.register(helmet, { contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } });
  app.enableCors({ origin: config.corsOrigins, methods: METHODS, exposedHeaders: EXPOSED, maxAge: PREFLIGHT_SECONDS, strictPreflight: false });
  adapter.getInstance().addHook('onSend', async (request, reply) => {
    reply.header('x-request-id', request.id);
    const { version } = origin.getStore() ?? {};
    if (version) reply.header('franja-version', version);
  });
  revalidate(app);
  adapter.getInstance().addHook('onRoute', (route) => {
    if (isInbound(route.url)) route.bodyLimit = INBOUND_BODY_LIMIT;
  });
  limitByAddress(app, config);
  tellMethods(app);
  rememberOrigin(app);
  wakeOutbox(app);
  adapter.getInstance().removeContentTypeParser('text/plain'); // Fastify reads it by itself, and every field would then be missing
  const parse = adapter.getInstance().getDefaultJsonParser('error', 'error');
  app.useBodyParser('application/json', { bodyLimit: BODY_LIMIT }, jsonBody((request, text, done) => void parse(request, text, done)));
  shedLoad(app, config);
  // Making it holds every request for a third of a second: in production at the start, when nobody waits, elsewhere when it is asked for, which is seldom.
  const document = config.produccion && openApi(app);
  SwaggerModule.setup('docs', app, () => document || openApi(app), { jsonDocumentUrl: 'api/openapi.json', customSiteTitle: 'Franja API' });
  return app;
}
