// How the console asks the engine.
import { signal } from "@preact/signals";
import { clinic, forget, session } from "./session";

/** The engine said no, or that it cannot. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: Record<string, string | null>,
    /** The whole body: some refusals say more than the error. */
    readonly body: unknown = null,
  ) {
    super(message);
  }
}
/** Nobody answered, or not in time. */
export class Lost extends Error {}

/** Whether the server does not answer. */
export const lost = signal(false);
/** Counts how often it came back, so that pages ask again. */
export const comebacks = signal(0);

export type Method = "GET" | "POST" | "PUT" | "DELETE";
export interface Manner {
  signal?: AbortSignal;
  /** Statuses whose body is an answer too. */
  take?: number[];
}

/** Who is signed in. A server that cannot say it is as one that does not answer: nobody is sent to sign in. */
export const whoAsks = "/api/session";

const patience = 20_000;
/** Where the engine runs all cases, or waits for other nodes. */
const patienceWithCases = 90_000;
const runsCases = /^\/api\/(config\/(check|publish|rollback)|labs\/|unmapped\/map)/;
const patienceWithFiles = 600_000;

function send(method: Method, path: string, accept: string, signal: AbortSignal, body?: BodyInit, type?: string): Promise<Response> {
  return fetch(ofClinic(path), {
    method, signal, body, credentials: "same-origin", cache: "no-store",
    headers: { "X-Aorta": "console", Accept: accept, ...(type ? { "Content-Type": type } : {}) },
  });
}

export async function ask<T>(method: Method, path: string, body?: unknown, manner: Manner = {}): Promise<T> {
  const isFile = body instanceof Blob;
  const long = isFile ? patienceWithFiles : method !== "GET" && runsCases.test(path) ? patienceWithCases : patience;
  const sent = body === undefined ? [] : isFile ? [body, "text/csv"] as const : [JSON.stringify(body), "application/json"] as const;
  return within(long, manner.signal, async (signal) => {
    const reply = await send(method, path, "application/json", signal, ...sent);
    const text = await reply.text();
    if (method === "GET" && path === whoAsks && (reply.status >= 500 || reply.status === 429)) throw new Error("cannot say");
    answered();
    return read<T>(reply, text, path, manner.take ?? []);
  });
}

/** A file that the engine gives, whole. */
export function askFile(path: string): Promise<Blob> {
  return within(patienceWithFiles, undefined, async (signal) => {
    const reply = await send("GET", path, "*/*", signal);
    const file = reply.ok ? await reply.blob() : null;
    const text = file ? "" : await reply.text();
    answered();
    return file ?? read<Blob>(reply, text, path, []);
  });
}

/** Opens what the engine goes on telling. It ends with `signal`, or when the engine ends it. */
export async function openStream(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  let reply: Response;
  try {
    reply = await send("GET", path, "text/event-stream", signal);
  } catch {
    if (!signal.aborted) unanswered();
    throw new Lost();
  }
  answered();
  if (reply.ok && reply.body) return reply.body;
  return read(reply, await reply.text(), path, []);
}

/** Does what asks the engine, and gives up in time. */
async function within<T>(long: number, left: AbortSignal | undefined, what: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const leave = () => stop.abort("left");
  if (left?.aborted) leave();
  left?.addEventListener("abort", leave);
  const timer = setTimeout(() => stop.abort("late"), long);
  try {
    return await what(stop.signal);
  } catch (fault) {
    if (fault instanceof Refusal) throw fault;
    if (left?.aborted) throw new DOMException("left", "AbortError");
    unanswered();
    throw new Lost();
  } finally {
    clearTimeout(timer);
    left?.removeEventListener("abort", leave);
  }
}

function read<T>(reply: Response, text: string, path: string, take: number[]): T {
  let said: unknown = null;
  try {
    said = text ? JSON.parse(text) : null;
  } catch {
    said = null;
  }
  if (reply.ok || take.includes(reply.status)) {
    if (text && said === null && text.trim() !== "null") throw new Refusal(reply.status, "unreadable", "", {});
    return said as T;
  }
  // Of a lost session the whole console hears; of a key that nobody knows, whoever signs in.
  if (reply.status === 401 && !path.startsWith(whoAsks) && session.value) forget("session.ended");
  const { error = {} } = (said ?? {}) as { error?: { code?: string; message?: string; details?: Record<string, string> } };
  throw new Refusal(reply.status, error.code ?? `http-${reply.status}`, error.message ?? "", error.details ?? {}, said);
}

/** With several clinics each request names one. */
function ofClinic(path: string): string {
  const several = (session.value?.clinics.length ?? 0) > 1;
  if (!several || !clinic.value || !/^\/(api|gesy)\//.test(path) || path.startsWith(whoAsks)) return path;
  return `${path}${path.includes("?") ? "&" : "?"}clinic=${encodeURIComponent(clinic.value)}`;
}

function answered(): void {
  if (!lost.value) return;
  lost.value = false;
  comebacks.value += 1;
}

let looking: ReturnType<typeof setTimeout> | undefined;

function unanswered(): void {
  lost.value = true;
  looking ??= setTimeout(look, 3000);
}

/** While it is away: asks whether it is alive, until it is. */
async function look(): Promise<void> {
  looking = undefined;
  if (!lost.value) return;
  await ask("GET", session.value === undefined ? whoAsks : "/health").catch(() => undefined);
}

/** What a person is told of a fault. */
export const isLeft = (fault: unknown): boolean => fault instanceof DOMException && fault.name === "AbortError";
