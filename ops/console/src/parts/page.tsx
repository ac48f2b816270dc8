// What each page has: a heading that takes the focus, and sections.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface PageOf {
  title: string;
  acts?: ComponentChildren;
  children: ComponentChildren;
}

export function PageOf({ title, acts, children }: PageOf) {
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    scrollTo(0, 0);
    head.current?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    document.title = `${title} – aorta`;
  }, [title]);
  return (
    <>
      <div class="head">
        <h1 tabIndex={-1} ref={head}>{title}</h1>
        {acts && <div class="acts">{acts}</div>}
      </div>
      {children}
    </>
  );
}

export function Section({ title, children, id }: { title: string; children: ComponentChildren; id?: string }) {
  return (
    <section id={id}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}
