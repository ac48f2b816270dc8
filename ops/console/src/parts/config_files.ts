// Files of the configuration: where each stands, what a new one begins with, and what a draft or a version changes.
import { ask } from "../api";
import type { Config, ConfigChecked, ConfigFile, ConfigVersionWhole, FileDifference } from "../types";

export const folders = ["routes", "labs", "destinations", "tables"];

/** The one file that stands in no folder. */
export const gesyFile = "gesy.toml";

export const folderOf = (file: string): string => (file.includes("/") ? file.slice(0, file.indexOf("/")) : "");
export const isConfigFile = (file: string): boolean =>
  file === gesyFile || (file.split("/").length === 2 && folders.includes(folderOf(file)));

export const configPath = (file: string): string => `/api/config/${file.split("/").map(encodeURIComponent).join("/")}`;
export const configPlace = (file: string): string[] => ["configuration", ...file.split("/")];

export const fileOf = (folder: string, name: string): string =>
  folder === "" ? gesyFile : `${folder}/${name}${folder === "tables" ? ".csv" : ".toml"}`;

/** What a new one begins with. */
export function templateOf(file: string): string {
  const name = file.slice(file.indexOf("/") + 1).replace(/\.\w+$/, "");
  switch (folderOf(file)) {
    case "routes": return `[route]
name = "${name}"
from = [] # names of listeners
accept = ["ORU^R01"]
chain = ["parse", "map-lab", "match-patient", "persist", "ack"]
clinic = ""
labs = []
`;
    case "labs": return `[lab]
name = "${name}"
code = "${name.toUpperCase()}" # MSH-4 or MSH-3 of its messages

# The laboratory's code = LOINC in the clinic's normal form, for example: GLU = "2345-7"
[tests]
`;
    case "destinations": return `[destination]
name = "${name}"
kind = "mllp"
to = "" # address and port, for example: 10.1.2.3:2575
`;
    case "tables": return "from,to\n";
    default: return "# Only what differs from the specification's\n";
  }
}

/** What somebody looks at before it is published. */
export interface Looked {
  /** The published version with which it was compared. */
  seen: string | null;
  /** The hash of the draft. */
  draft: string | null;
  /** Files of the draft that were published otherwise since. */
  stale: string[];
  approvals: number;
  differences: FileDifference[];
  /** What the engine says of a draft. */
  checked: ConfigChecked | null;
}

/** `version`: of that one; else of one's own draft. What is published is read first: if it changes meanwhile, the engine refuses. */
export async function lookAt(version: string | null): Promise<Looked> {
  const now = await ask<Config>("GET", "/api/config");
  const looked = { seen: now.published?.id ?? null, approvals: now.approvals, draft: null, stale: [] };
  if (version !== null) {
    const of = await ask<ConfigVersionWhole>("GET", `/api/config/versions/${encodeURIComponent(version)}`);
    return { ...looked, differences: of.differences, checked: null };
  }
  const changed = now.files.filter((each) => each.change !== null);
  const [checked, ...files] = await Promise.all([
    ask<ConfigChecked>("POST", "/api/config/check", {}),
    ...changed.map((each) => ask<ConfigFile>("GET", configPath(each.file))),
  ]);
  return {
    ...looked, checked, draft: now.draft?.hash ?? null,
    stale: files.filter((each) => each.stale).map((each) => each.file),
    differences: files.map((each) => ({ file: each.file, before: each.running, after: each.draft })),
  };
}
