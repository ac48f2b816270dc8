// The shapes of the engine's answers, as far as the console reads them.
export type * from "./types/config";
export type * from "./types/engine";
export type * from "./types/gesy";
export type * from "./types/labs";
export type * from "./types/messages";
export type * from "./types/outside";
export type * from "./types/people";
export type * from "./types/trial";
export type * from "./types/work";
