import { parseSync } from 'libpg-query';

/** Columns of each table and view, by `schema.name`, and which of them says whose a row is. */
export interface Catalogue {
  columns: Record<string, string[]>;
  tenant: Record<string, string>;
  /** Tables that fill in the tenant of an insert that leaves it out. */
  filled: string[];
}

type Node = Record<string, any>;
/** What a column is known to equal: true when it is the tenant of the statement for certain. */
type Fact = () => boolean;

interface Source {
  alias: string;
  /** Null: a function or a list of values, whose columns may be any. */
  columns: string[] | null;
  /** Columns that were the tenant already where they come from. */
  given: (column: string) => boolean;
  known: Map<string, Fact[]>;
  /** Columns that are being asked about, which ends circles. */
  asking: Set<string>;
  table?: string;
}

interface Scope {
  sources: Source[];
  ctes: Map<string, Output>;
  outer?: Scope;
}

/** What a query gives: its columns, null when they cannot be told, and whether one of them is the tenant in all its rows. */
interface Output {
  columns: string[] | null;
  given: (column: string, position?: number) => boolean;
}

/**
 * Says of a statement which tables of tenants it reads or changes without saying whose rows: each needs an equality of its tenant column with
 * a parameter or app.tenant_actual(), or with a column of which that is known, in a place where it holds for every row. An OR does not
 * count, nor does the ON of a left join for its left side. A subquery and a CTE have to stand by themselves, and what reads a CTE too.
 * With `variables`, for functions, a name that is no column is a variable of PL/pgSQL or an argument, as good as a parameter, and a subquery may stand on what is
 * outside it.
 */
export function tenantProblems(sql: string, catalogue: Catalogue, { variables = false } = {}): string[] {
  const problems = new Set<string>();
  const touched: { source: Source; verb: string }[] = [];
  const read = new Map<Node, Output>();
  for (const { stmt } of (parseSync(sql) as any).stmts ?? []) query(stmt, undefined);
  for (const { source, verb } of touched) {
    const column = catalogue.tenant[source.table!];
    if (!isTenant(source, column)) problems.add(`${verb} ${source.table} without ${source.alias}.${column}`);
  }
  return [...problems];

  function query(stmt: Node, outer: Scope | undefined): Output {
    const [[kind, node]] = Object.entries(stmt) as [string, Node][];
    const known = read.get(node);
    if (known) return known;
    const found = statement(kind, node, outer);
    read.set(node, found);
    return found;
  }

  function statement(kind: string, node: Node, outer: Scope | undefined): Output {
    if (kind === 'SelectStmt') return select(node, outer);
    if (kind === 'InsertStmt') return insert(node, outer);
    if (kind === 'UpdateStmt' || kind === 'DeleteStmt') return change(node, outer);
    if (kind === 'MergeStmt') problems.add('merge: say it as insert, update and delete');
    if (kind === 'ExplainStmt') return query(node.query, outer);
    return NOTHING;
  }

  function select(node: Node, outer: Scope | undefined): Output {
    const scope = open(node, outer);
    if (node.op !== 'SETOP_NONE') {
      const [left, right] = [query({ SelectStmt: node.larg }, scope), query({ SelectStmt: node.rarg }, scope)];
      inside([node.sortClause, node.limitCount, node.limitOffset], scope);
      const at = (column: string, position?: number) => position ?? left.columns?.indexOf(column) ?? -1;
      return { columns: left.columns, given: (column, position) => left.given(column, position) && right.given(column, at(column, position)) };
    }
    for (const item of node.fromClause ?? []) from(item, scope, 'select');
    where(node.whereClause, scope);
    inside([node.targetList, node.valuesLists, node.groupClause, node.havingClause, node.windowClause, node.sortClause, node.limitCount, node.limitOffset, node.distinctClause], scope);
    if (node.valuesLists) return { columns: null, given: (_, position) => position !== undefined && node.valuesLists.every((row: Node) => isTenantExpression(row.List.items[position], scope)) };
    return output(node.targetList ?? [], scope);
  }

  function change(node: Node, outer: Scope | undefined): Output {
    const scope = open(node, outer);
    table(node.relation, scope, node.targetList ? 'update' : 'delete');
    for (const item of node.fromClause ?? node.usingClause ?? []) from(item, scope, 'select');
    where(node.whereClause, scope);
    inside(node.targetList, scope);
    return returning(node, scope);
  }

  function insert(node: Node, outer: Scope | undefined): Output {
    const scope = open(node, outer);
    const rows = node.selectStmt ? query(node.selectStmt, scope) : NOTHING;
    const name = nameOf(node.relation);
    const tenant = catalogue.tenant[name];
    const names: string[] = node.cols?.map((column: Node) => column.ResTarget.name) ?? (node.selectStmt ? (catalogue.columns[name] ?? []) : []);
    const position = names.indexOf(tenant);
    const isDefault = (row: Node) => 'SetToDefault' in row.List.items[position];
    const lists: Node[] | undefined = node.selectStmt?.SelectStmt.valuesLists;
    const named = position < 0 || lists?.every(isDefault) ? catalogue.filled.includes(name) : rows.given(rows.columns?.[position] ?? '', position);
    if (tenant && !named) problems.add(`insert ${name} without ${tenant}`);
    const source: Source = { alias: node.relation.alias?.aliasname ?? node.relation.relname, columns: catalogue.columns[name] ?? null, given: (column) => column === tenant, known: new Map(), asking: new Set() };
    const target: Scope = { sources: [source], ctes: scope.ctes, outer };
    inside([node.onConflictClause, node.returningClause], target); // the row in conflict has the same key, and every key has the tenant
    return returning(node, target);
  }

  function returning(node: Node, scope: Scope): Output {
    const list = node.returningClause?.exprs ?? [];
    inside(list, scope);
    return output(list, scope);
  }

  function open(node: Node, outer: Scope | undefined): Scope {
    const scope: Scope = { sources: [], ctes: new Map(outer?.ctes), outer };
    for (const { CommonTableExpr: cte } of node.withClause?.ctes ?? []) {
      // While it is read, a recursive one is what its first arm gives.
      if (node.withClause.recursive) scope.ctes.set(cte.ctename, seed(cte, scope));
      scope.ctes.set(cte.ctename, renamed(query(cte.ctequery, scope), cte.aliascolnames));
    }
    return scope;
  }

  function seed(cte: Node, scope: Scope): Output {
    const { larg, op } = cte.ctequery.SelectStmt ?? {};
    return larg && op !== 'SETOP_NONE' ? renamed(query({ SelectStmt: larg }, { ...scope, ctes: new Map(scope.ctes) }), cte.aliascolnames) : NOTHING;
  }

  /** Adds what a FROM names; answers the sources of this item, which an outer join has to tell apart. */
  function from(item: Node, scope: Scope, verb: string): Source[] {
    const [[kind, node]] = Object.entries(item) as [string, Node][];
    if (kind === 'RangeVar') return [table(node, scope, verb)];
    if (kind === 'RangeSubselect') return [add(scope, node.alias?.aliasname ?? '', renamed(query(node.subquery, node.lateral ? scope : outside(scope)), node.alias?.colnames))];
    if (kind === 'JoinExpr') {
      const left = from(node.larg, scope, verb);
      const right = from(node.rarg, scope, verb);
      const bound: Record<string, Source[]> = { JOIN_LEFT: right, JOIN_RIGHT: left, JOIN_FULL: [] };
      const may = bound[node.jointype] ?? [...left, ...right];
      for (const name of node.usingClause ?? []) {
        const column = name.String.sval;
        const [a, b] = [left, right].map((side) => side.find((source) => source.columns?.includes(column)));
        if (a && b) equal({ source: a, column }, { source: b, column }, may);
      }
      if (node.quals) facts(node.quals, scope, may);
      inside(node.quals, scope);
      return [...left, ...right];
    }
    inside(node, scope);
    return [add(scope, node.alias?.aliasname ?? '', { columns: null, given: () => false })];
  }

  /** The scope of a subquery in FROM that is not lateral: it sees no sibling. */
  function outside(scope: Scope): Scope {
    return { sources: [], ctes: scope.ctes, outer: scope.outer };
  }

  function table(node: Node, scope: Scope, verb: string): Source {
    const as = node.alias?.aliasname ?? node.relname;
    const cte = node.schemaname ? undefined : scope.ctes.get(node.relname);
    // Nor does it follow what a CTE gives, which it runs by itself and first.
    if (cte) return add(scope, as, renamed(variables ? cte : { columns: cte.columns, given: () => false }, node.alias?.colnames));
    const name = nameOf(node);
    const source = add(scope, as, { columns: catalogue.columns[name] ?? null, given: () => false });
    source.table = name;
    if (catalogue.tenant[name]) touched.push({ source, verb });
    return source;
  }

  function add(scope: Scope, as: string, { columns, given }: Output): Source {
    const source: Source = { alias: as, columns, given, known: new Map(), asking: new Set() };
    scope.sources.push(source);
    return source;
  }

  function where(condition: Node | undefined, scope: Scope) {
    if (!condition) return;
    facts(condition, scope, scope.sources);
    inside(condition, scope);
  }

  /** Learns from a condition that holds for every row what the columns of `may` equal. */
  function facts(condition: Node, scope: Scope, may: Source[]) {
    const [[kind, node]] = Object.entries(condition) as [string, Node][];
    if (kind === 'BoolExpr' && node.boolop === 'AND_EXPR') for (const arg of node.args) facts(arg, scope, may);
    if (kind === 'A_Expr' && node.kind === 'AEXPR_OP' && node.name.at(-1).String.sval === '=') {
      const [left, right] = [node.lexpr, node.rexpr].map((side) => side.RowExpr?.args ?? [side]);
      for (const [i, side] of left.entries()) if (right[i]) pair(side, right[i], scope, may);
    }
    if (kind === 'SubLink' && node.subLinkType === 'ANY_SUBLINK' && !node.operName) {
      const rows = query(node.subselect, scope);
      for (const [i, side] of (node.testexpr.RowExpr?.args ?? [node.testexpr]).entries()) {
        const column = columnOf(side, scope);
        if (column) learn(column, () => rows.given(rows.columns?.[i] ?? '', i), may);
      }
    }
  }

  function pair(left: Node, right: Node, scope: Scope, may: Source[]) {
    const [a, b] = [columnOf(left, scope), columnOf(right, scope)];
    // What a subquery hears from outside it Citus does not follow: it would ask every node.
    const apart = a && b && scope.sources.includes(a.source) !== scope.sources.includes(b.source);
    if (apart && !variables) return;
    if (a && b) return equal(a, b, may);
    if (a && isTenantExpression(right, scope)) learn(a, () => true, may);
    if (b && isTenantExpression(left, scope)) learn(b, () => true, may);
  }

  function equal(a: Column, b: Column, may: Source[]) {
    learn(a, () => isTenant(b.source, b.column), may);
    learn(b, () => isTenant(a.source, a.column), may);
  }

  function learn({ source, column }: Column, fact: Fact, may: Source[]) {
    if (!may.includes(source)) return;
    source.known.set(column, [...(source.known.get(column) ?? []), fact]);
  }

  /** Subqueries anywhere in an expression. */
  function inside(node: any, scope: Scope) {
    if (Array.isArray(node)) for (const part of node) inside(part, scope);
    else if (node && typeof node === 'object') {
      if (node.SubLink) query(node.SubLink.subselect, scope);
      for (const [key, part] of Object.entries(node)) if (key !== 'subselect') inside(part, scope);
    }
  }

  function isTenantExpression(node: Node, scope: Scope): boolean {
    if (node.TypeCast) return isTenantExpression(node.TypeCast.arg, scope);
    if (node.ParamRef) return true;
    if (node.FuncCall) return node.FuncCall.funcname.map((part: Node) => part.String.sval).join('.') === 'app.tenant_actual';
    if (node.SubLink?.subLinkType === 'EXPR_SUBLINK') {
      const rows = query(node.SubLink.subselect, scope);
      return rows.given(rows.columns?.[0] ?? '', 0);
    }
    const column = columnOf(node, scope);
    return column ? isTenant(column.source, column.column) : variables && 'ColumnRef' in node;
  }

  function output(targets: Node[], scope: Scope): Output {
    const names: string[] = [];
    const tests: Fact[] = [];
    let certain = true;
    for (const { ResTarget: { name, val } } of targets) {
      const fields = val.ColumnRef?.fields;
      if (fields && 'A_Star' in fields.at(-1)) {
        const of = fields.length > 1 ? fields.at(-2).String.sval : undefined;
        for (const source of scope.sources.filter((one) => !of || one.alias === of)) {
          if (!source.columns) certain = false;
          for (const column of source.columns ?? []) {
            names.push(column);
            tests.push(() => isTenant(source, column));
          }
        }
        continue;
      }
      names.push(name ?? fields?.at(-1).String.sval ?? '');
      tests.push(() => isTenantExpression(val, scope));
    }
    const at = (column: string, position?: number) => position ?? names.indexOf(column);
    return { columns: certain ? names : null, given: (column, position) => tests[at(column, position)]?.() ?? false };
  }

  function columnOf(node: Node, scope: Scope): Column | undefined {
    if (node.TypeCast) return columnOf(node.TypeCast.arg, scope);
    const fields = node.ColumnRef?.fields;
    if (!fields || 'A_Star' in fields.at(-1)) return undefined;
    const [column, of] = [fields.at(-1).String.sval, fields.length > 1 ? fields.at(-2).String.sval : undefined];
    for (let at: Scope | undefined = scope; at; at = at.outer) {
      const source = at.sources.find((one) => (of ? one.alias === of : one.columns?.includes(column)));
      if (source) return { source, column };
    }
    return undefined;
  }
}

interface Column {
  source: Source;
  column: string;
}

const NOTHING: Output = { columns: [], given: () => false };

const nameOf = (node: Node) => `${node.schemaname ?? 'public'}.${node.relname}`;

/** Under the names of `t (a, b)`. */
function renamed({ columns, given }: Output, names?: Node[]): Output {
  if (!names) return { columns, given };
  const all: string[] = names.map((name) => name.String.sval);
  all.push(...(columns?.slice(all.length) ?? []));
  return {
    columns: all,
    given: (column, position = all.indexOf(column)) => given(columns?.[position] ?? '', position),
  };
}

/** Asked when all of a statement is read, because facts come from everywhere in it. */
function isTenant(source: Source, column: string): boolean {
  if (source.asking.has(column)) return false;
  source.asking.add(column);
  const found = source.given(column) || (source.known.get(column) ?? []).some((fact) => fact());
  source.asking.delete(column);
  return found;
}
