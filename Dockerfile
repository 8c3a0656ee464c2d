# The API. The same image prepares the databases when it is asked to: node deploy/database.mjs migrate
FROM node:24.21.0-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY scripts ./scripts
COPY prisma ./prisma
COPY prisma.config.ts tsconfig.json nest-cli.json .swcrc ./
COPY sql ./sql
COPY src ./src
# Installs what package-lock.json names, generates the Prisma client, compiles.
RUN npm run build

FROM node:24.21.0-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# npm counts as optional what only an optional peer asks for, such as Prisma's own command line: left out with it are the binaries of argon2.
RUN npm ci --omit=dev --omit=optional --ignore-scripts && npm cache clean --force
COPY --from=build /app/node_modules/@node-rs ./node_modules/@node-rs

FROM node:24.21.0-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
COPY sql ./sql
COPY scripts ./scripts
COPY deploy/database.mjs ./deploy/database.mjs
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=6 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/api/v1/health/ready').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Requests that wait in the queue outlive the 16 MB that V8 gives new objects, and were copied instead of dropped (docs/decisions/0021).
CMD ["node", "--max-semi-space-size=32", "dist/main.js"]
