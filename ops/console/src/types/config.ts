// The configuration: its files, drafts, versions, and the nodes that run it.
import type { Diagnostic } from "./labs";

export interface ConfigVersion {
  id: string;
  hash: string;
  state: "read" | "published" | "proposed" | "withdrawn";
  at: string;
  /** null: files were changed by hand. */
  by: string | null;
  reason: string | null;
  approved_by: string | null;
  /** Why it was published though cases failed. */
  despite_cases: string | null;
  rollback_of: string | null;
  /** Whether all nodes are to run it. */
  current: boolean;
}
export interface ConfigNode {
  node: string;
  host: string;
  pid: number;
  configuration: string;
  hash: string;
  runs_published: boolean;
  fault: string | null;
  seen_seconds: number;
}
/** What a draft does to a file. */
export type FileChange = "edited" | "new" | "deleted";
export interface ConfigFileRow {
  file: string;
  hash: string | null;
  bytes: number;
  change: FileChange | null;
}
export interface Config {
  configuration: string;
  hash: string;
  published: ConfigVersion | null;
  /** Whether this node's files are not the published ones. */
  differs: boolean;
  approvals: number;
  files: ConfigFileRow[];
  /** `hash`: of all files as they would be; `stale`: a file of it was published otherwise since. */
  draft: { hash: string; at: string; stale: boolean } | null;
  proposed: ConfigVersion[];
  nodes: ConfigNode[];
}
export interface ConfigFile {
  file: string;
  running: string | null;
  running_hash: string | null;
  /** What it would say when the draft is published; null: it would be deleted. */
  draft: string | null;
  draft_hash: string | null;
  change: FileChange | null;
  /** Whether what runs was changed since one's draft of it was begun. */
  stale: boolean;
}
export interface ConfigSaved {
  file: string;
  hash: string;
  diagnostics: Diagnostic[];
}
export interface Cases {
  run: number;
  failed: { case: string; differences: string[] }[];
}
export interface ConfigChecked {
  ok: boolean;
  diagnostics: Diagnostic[];
  changes: { live: string[]; restart: string[]; without_effect: string[] };
  cases: Cases | null;
}
export interface Published {
  state: "published" | "proposed" | "spreading";
  version: ConfigVersion;
  nodes: ConfigNode[];
  cases: Cases | null;
}
export interface FileDifference {
  file: string;
  before: string | null;
  after: string | null;
}
export interface ConfigVersionWhole extends ConfigVersion {
  files: { file: string; hash: string; bytes: number }[];
  differences: FileDifference[];
}
/** What a draft reads otherwise than what runs, on one node. */
export interface Shadow {
  hash: string;
  by: string;
  began: string;
  until: string;
  running: boolean;
  /** Why it ended early. */
  fault: string | null;
  messages: number;
  differ: number;
  /** Messages of which what would be written was not compared. */
  partly: number;
  /** Messages for which there was no time. */
  left_out: number;
  /** Logged messages instead of live ones; `found`: how many there are, as far as is known. */
  replays: { from: string; to: string | null; route: string | null; found: number } | null;
  differences: ReadOtherwise[];
}
export interface ReadOtherwise {
  what: string;
  /** The route, or the laboratory and its code. */
  where: string;
  before: string | null;
  after: string | null;
  rule: string | null;
  messages: number;
  examples: string[];
}
