import type { OpenAPIObject } from '@nestjs/swagger';
import { CATALOGO } from './eventos.dto.js';

/** The classes of CATALOGO, for whoever makes the document. */
export const MODELOS = [...new Set(Object.values(CATALOGO).map(({ datos }) => datos))];

const UUID = '0b0e7c9e-6d6c-4a2e-9a75-0a3f5f0c7e11';
const header = (name: string, description: string, example: string) => ({ name, in: 'header' as const, required: true, description, schema: { type: 'string' as const }, example });

const HEADERS = [
  header('webhook-id', 'El `id` del evento: el mismo en cada intento. Descarte lo que ya recibió.', UUID),
  header('webhook-timestamp', 'Segundos de este intento. Rechace lo que tenga más de cinco minutos.', '1804773600'),
  header('webhook-signature', '`v1,` y el base64 de HMAC-SHA256 de `id.timestamp.cuerpo`; mientras rota el secreto, dos separadas por un espacio.', 'v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4='),
  header('user-agent', 'Franja y su versión.', 'Franja/0.1.0'),
];

/** `webhooks` of OpenAPI 3.1: what this server sends, where `paths` is what it answers. */
export function describirEventos(document: OpenAPIObject): void {
  const schemas = document.components!.schemas as Record<string, any>;
  (document as { webhooks?: unknown }).webhooks = Object.fromEntries(
    Object.entries(CATALOGO).map(([evento, { resumen, datos }]) => {
      const properties = {
        id: { type: 'string', format: 'uuid', description: 'El del evento, igual que `webhook-id`.', example: UUID },
        evento: { type: 'string', enum: [evento], description: 'Qué pasó.', example: evento },
        ocurrido_en: { type: 'string', format: 'date-time', description: 'Cuándo.', example: '2027-03-12T16:20:00.000Z' },
        organizacion_id: { type: 'integer', minimum: 1, description: 'De quién.', example: 1 },
        datos: { description: 'Cómo estaba todo en ese momento.', allOf: [{ $ref: `#/components/schemas/${datos.name}` }] },
      };
      const schema = { type: 'object', required: Object.keys(properties), additionalProperties: false, properties };
      const requestBody = { required: true, content: { 'application/json': { schema, example: exampleOf(schema, schemas) } } };
      const responses = {
        '2XX': { description: 'Recibido.' },
        '410': { description: 'No quiere recibir más: el destino se desactiva.' },
        default: { description: 'Se reintenta durante tres días; `Retry-After` se respeta.' },
      };
      return [evento, { post: { operationId: `evento_${evento.replaceAll('-', '_')}`, tags: ['eventos'], summary: resumen, parameters: HEADERS, requestBody, responses } }];
    }),
  );
}

/** The examples of its fields, put together. */
function exampleOf(schema: any, schemas: Record<string, any>): unknown {
  if (schema.example !== undefined) return schema.example;
  const [inherited] = schema.allOf ?? [];
  const known = schema.$ref ?? inherited?.$ref;
  if (known) return exampleOf(schemas[known.split('/').pop()], schemas);
  if (schema.properties) return Object.fromEntries(Object.entries(schema.properties).map(([name, property]) => [name, exampleOf(property, schemas)]));
  return schema.enum?.[0] ?? null;
}
