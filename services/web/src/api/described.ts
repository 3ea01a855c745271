import { id, json, readOpenly, request, type Options, type Query } from "./request";
import type { components, paths } from "./openapi";

// The REST API as docs/swagger.json describes it: openapi.ts is made of that file by `npm run types`, so a change of the
// API that this UI does not follow is an error of the compiler.

export type Schemas = components["schemas"];

type Root = "/api/v1";
type Method = "get" | "post" | "put" | "patch" | "delete";
export type Path<M extends Method> = {
  [P in keyof paths]: paths[P] extends { [K in M]: { responses: unknown } } ? (P extends `${Root}${infer Rest}` ? Rest : never) : never;
}[keyof paths];
type Operation<M extends Method, P extends string> = `${Root}${P}` extends keyof paths ? paths[`${Root}${P}`][M] : never;

// A job is the answer to those alone who ask not to wait, which this UI does not.
type AtOnce = 200 | 201 | 204;
type Content<Response> = Response extends { content: { "application/json": infer Body } } ? Body : undefined;
export type Answer<M extends Method, P extends string> =
  Operation<M, P> extends { responses: infer All } ? Content<All[keyof All & (keyof All & AtOnce extends never ? 202 : AtOnce)]> : never;
export type Body<M extends Method, P extends string> =
  Operation<M, P> extends { requestBody?: { content: { "application/json": infer Given } } } ? Given : never;
type Parameters<M extends Method, P extends string, Where extends string> =
  Operation<M, P> extends { parameters: { [K in Where]?: infer Given } } ? Given : never;

// The query of a GET.
export type Wanted<P extends Path<"get">> = Partial<Exclude<Parameters<"get", P, "query">, undefined>>;

// What may be given with a request, and what must be.
type Asked<M extends Method, P extends string> = Pick<Options, "version" | "signal" | "text"> &
  ([Body<M, P>] extends [never] ? { body?: Record<string, never> } : { body?: M extends "patch" ? Partial<Body<M, P>> : Body<M, P> }) &
  (P extends `${string}{${string}` ? { path: Record<keyof Parameters<M, P, "path">, string> } : { path?: never }) & {
    query?: Partial<Exclude<Parameters<M, P, "query">, undefined>>;
  };

const filledIn = (path: string, places: Record<string, string> | undefined): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(places?.[name] ?? ""));

export async function ask<M extends Method, P extends Path<M>>(method: M, path: P, asked: Asked<M, P>): Promise<Answer<M, P>> {
  const { path: places, ...options } = asked as Options & { path?: Record<string, string> };
  const response = await request(method.toUpperCase(), filledIn(path, places), options);
  return (response.status === 204 ? undefined : await response.json()) as Answer<M, P>;
}

// Of those that need no session.
export async function readPublic<P extends Path<"get">>(path: P, places: Record<keyof Parameters<"get", P, "path">, string>): Promise<Answer<"get", P>> {
  return (await (await readOpenly(filledIn(path, places))).json()) as Answer<"get", P>;
}

type Collection = { [P in Path<"get"> & Path<"post">]: `${P}/{id}` extends Path<"get"> & Path<"delete"> ? P : never }[Path<"get"> & Path<"post">];

export function collection<P extends Collection>(path: P) {
  type One = `${P}/{id}`;
  const of = (key: string) => `${path}/${id(key)}`;
  return {
    list: (query?: Wanted<P>, signal?: AbortSignal) => json<Answer<"get", P>>("GET", path, { query: query as Query, signal }),
    one: (key: string, signal?: AbortSignal) => json<Answer<"get", One>>("GET", of(key), { signal }),
    add: (body: Body<"post", P>) => json<Answer<"post", P>>("POST", path, { body }),
    change: (key: string, body: Partial<Body<"patch", One>>, version?: number) =>
      json<Answer<"patch", One>>("PATCH", of(key), { body, version }),
    replace: (key: string, body: Body<"put", One>, version?: number) => json<Answer<"put", One>>("PUT", of(key), { body, version }),
    remove: (key: string) => json<void>("DELETE", of(key)),
  };
}
