interface Exception {
  ruta: string;
  /** What the rule says, told once for each statement of that route that says it. */
  problem: string;
  why: string;
}

/** Statements of the API that name no tenant, one by one. They run as saas_admin, whom RLS shows every organisation. */
export const EXCEPTIONS: Exception[] = [
  { ruta: 'GET /api/v1/admin/organizations', problem: 'select public.organizaciones without organizaciones.id', why: 'the list of organisations' },
  { ruta: 'GET /api/v1/admin/metrics', problem: 'select public.organizaciones without o.id', why: 'by their industry' },
  { ruta: 'GET /api/v1/admin/metrics', problem: 'select public.historial_subscripciones without h.organizacion_id', why: 'what the platform earns, of all of them, month by month' },
];
