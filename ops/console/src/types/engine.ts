// Routes, destinations, deliveries, readiness, and how all of them stand at a moment.
export interface Page<T> {
  items: T[];
  next: string | null;
}
export type Counts = Record<string, number>;

export interface Route {
  name: string;
  state: string;
  clinic: string;
  from: string[];
  accept: string[];
  chain: string[];
  labs: string[];
  in_flight: number;
  waiting: number;
  counts: Counts;
  last_error: string | null;
  last_error_at: string | null;
}
export interface Destination {
  name: string;
  kind: string;
  to: string;
  state: string;
  stopped_by: string | null;
  stopped_at: string | null;
  partitions: number;
  partitions_away: number;
  counts: Counts;
  oldest_at: string | null;
}
export interface Delivery {
  id: string;
  destination: string;
  state: string;
  holds: string;
  message_id: string | null;
  event_id: string | null;
  control_id: string | null;
  resent: boolean;
  perhaps_sent: boolean;
  attempts: number;
  next_at: string | null;
  last_code: string | null;
  created_at: string;
  changed_at: string;
}
export interface Ready {
  status: string;
  reasons: string[];
  warnings: string[];
  silent: { listener: string; clinic: string; since: string }[];
}

/** Of one node, over the last ten seconds. */
export interface ListenerRate {
  listener: string;
  clinic?: string;
  connections: number;
  per_second: number;
  ack_ms: { p50: number; p99: number } | null;
  last_at: string | null;
}
/** What the stream tells. */
export interface Standing {
  at: string;
  node: string;
  ready: Ready;
  listeners: ListenerRate[];
  routes: Route[];
  destinations: Destination[];
  /** Counted exactly over the clinic. */
  open: { critical: number; reviews: number; unmapped: number; parked: number };
  /** Of listeners that speak TLS, where the engine tells when theirs end. */
  certificates?: { listener: string; not_after: string }[];
}
