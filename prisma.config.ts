// `generate`, `validate` and `format` never run the schema engine, yet Prisma downloads it first unless this names a file that exists.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= 'package.json';

export default { schema: 'prisma/schema.prisma' };
