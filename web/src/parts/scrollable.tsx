import type { ComponentChildren } from 'preact';

/** What may be wider than a phone. The keyboard reaches it, to move it sideways. */
export function Scrollable({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region needs the keyboard's focus
    <section class="scroll" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
