import { useEffect, useRef, useState } from 'preact/hooks';
import { type Camera, draw, moved, type Picture, pointAt, WHOLE, zoomed } from './scatter.js';

interface MapProps {
  readonly label: string;
  readonly picture: Picture;
  readonly onPick: (position: number) => void;
}

const KEYS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [40, 0],
  ArrowRight: [-40, 0],
  ArrowUp: [0, 40],
  ArrowDown: [0, -40],
};

/** A map that one can drag, zoom and click. Arrows and + and - do the same. */
export function MapView({ label, picture, onPick }: MapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [camera, setCamera] = useState<Camera>(WHOLE);
  const pointers = useRef(new Map<number, { x: number; y: number }>());
  const travelled = useRef(0);

  useEffect(() => {
    if (canvas.current) draw(canvas.current, picture, camera);
  });
  useEffect(() => {
    const again = () => setCamera((before) => ({ ...before }));
    const observer = new ResizeObserver(again);
    if (canvas.current) observer.observe(canvas.current);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', again);
    return () => {
      observer.disconnect();
      dark.removeEventListener('change', again);
    };
  }, []);

  const size = () => [canvas.current?.clientWidth ?? 1, canvas.current?.clientHeight ?? 1] as const;
  const at = ({ clientX, clientY }: MouseEvent) => {
    const { left, top } = (canvas.current as HTMLCanvasElement).getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };
  const zoom = (factor: number, x = size()[0] / 2, y = size()[1] / 2) =>
    setCamera((before) => zoomed(before, factor, x, y, ...size()));

  const onPointerDown = (event: PointerEvent) => {
    canvas.current?.setPointerCapture(event.pointerId);
    pointers.current.set(event.pointerId, at(event));
    travelled.current = 0;
  };
  const onPointerMove = (event: PointerEvent) => {
    const before = pointers.current.get(event.pointerId);
    if (!before) return;
    const now = at(event);
    travelled.current += Math.abs(now.x - before.x) + Math.abs(now.y - before.y);
    const other = [...pointers.current].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const spread = (p: { x: number; y: number }) => Math.hypot(p.x - other.x, p.y - other.y) || 1;
      zoom(spread(now) / spread(before), (now.x + other.x) / 2, (now.y + other.y) / 2);
    } else {
      setCamera((camera) => moved(camera, now.x - before.x, now.y - before.y, ...size()));
    }
    pointers.current.set(event.pointerId, now);
  };
  const onPointerUp = (event: PointerEvent) => {
    pointers.current.delete(event.pointerId);
    if (travelled.current > 6) return;
    const { x, y } = at(event);
    const found = pointAt(picture, x, y, ...size(), camera);
    if (found !== undefined) onPick(found);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const move = KEYS[event.key];
    if (move) setCamera((before) => moved(before, ...move, ...size()));
    else if (event.key === '+' || event.key === '=') zoom(1.4);
    else if (event.key === '-') zoom(1 / 1.4);
    else if (event.key === '0') setCamera(WHOLE);
    else return;
    event.preventDefault();
  };
  useEffect(() => {
    // Preact's own listener is passive: it could not keep the page from scrolling.
    const element = canvas.current as HTMLCanvasElement;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const { x, y } = at(event);
      zoom(Math.exp(-event.deltaY / 400), x, y);
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => element.removeEventListener('wheel', onWheel);
  }, []);

  return (
    <div class="map">
      <div
        class="surface"
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it takes arrows, plus and minus
        tabIndex={0}
        aria-label={`${label}. Arrows move it, plus and minus zoom, zero shows all. The list beside it says the same.`}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={onPointerUp}
        onKeyDown={onKeyDown}
      >
        <canvas ref={canvas} />
      </div>
      <div class="zoom">
        <button type="button" aria-label="Nearer" onClick={() => zoom(1.4)}>
          +
        </button>
        <button type="button" aria-label="Farther" onClick={() => zoom(1 / 1.4)}>
          −
        </button>
        <button type="button" aria-label="The whole map" onClick={() => setCamera(WHOLE)}>
          ⤢
        </button>
      </div>
    </div>
  );
}
