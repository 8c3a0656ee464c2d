import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { sendProblem } from './problem.filter.js';
import { Problem } from './problems.js';

/** A path that exists answers 405 to a method that it does not have, with those that it has: 404 would send people to look for the row. */
export function tellMethods(app: NestFastifyApplication) {
  const fastify = app.getHttpAdapter().getInstance();
  const routes: { methods: string[]; path: RegExp }[] = [];
  fastify.addHook('onRoute', ({ url, method }) => {
    if (!url.includes('*')) routes.push({ methods: [method].flat(), path: new RegExp(`^${url.replace(/:\w+/g, '[^/]+')}$`) });
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) return done();
    const [path] = request.url.split('?');
    const has = new Set(routes.filter((route) => route.path.test(path)).flatMap(({ methods }) => methods));
    if (has.size === 0) return done();
    void sendProblem(new Problem('metodo_no_permitido'), request, reply.header('allow', [...has].toSorted().join(', ')));
  });
}
