// A chain, drawn: boxes in the order in which a message meets them.
import type { ComponentChildren } from "preact";

export interface Box {
  key: string;
  name: ComponentChildren;
  /** How it stands there. */
  says?: ComponentChildren;
  /** What is before or after the stages. */
  end?: boolean;
}

export function Chain({ label, boxes }: { label: string; boxes: Box[] }) {
  return (
    <ol class="chain" aria-label={label}>
      {boxes.map((each) => (
        <li key={each.key} class={each.end ? "end" : ""}>
          <div>
            <span class="stage">{each.name}</span>
            {each.says && <span class="says">{each.says}</span>}
          </div>
        </li>
      ))}
    </ol>
  );
}
