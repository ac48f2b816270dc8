// Light, dark, or as the system says.
import { signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

const kept = localStorage.getItem("aorta.theme");
export const theme = signal<Theme>(kept === "light" || kept === "dark" ? kept : "system");

export function applyTheme(): void {
  if (theme.value === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
}

export function chooseTheme(which: Theme): void {
  theme.value = which;
  if (which === "system") localStorage.removeItem("aorta.theme");
  else localStorage.setItem("aorta.theme", which);
  applyTheme();
}
