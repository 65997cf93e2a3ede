/** Draws a map: points, the one that was picked, lines to what is near it, and names where there is room. */

export interface Camera {
  /** What lies in the middle of the picture, in the map's unit square. */
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

export interface Picture {
  /** x and y of each point, from 0 to 1. */
  readonly points: Float32Array;
  readonly names: readonly string[];
  readonly picked: number | undefined;
  readonly near: readonly { readonly position: number; readonly score: number }[];
}

export const WHOLE: Camera = { x: 0.5, y: 0.5, zoom: 1 };

interface Colours {
  readonly point: string;
  readonly strong: string;
  readonly text: string;
  readonly ground: string;
}

/** How many CSS pixels the unit square takes. */
const sideOf = (width: number, height: number, { zoom }: Camera) => Math.min(width, height) * 0.94 * zoom;

export function toScreen(x: number, y: number, width: number, height: number, camera: Camera): [number, number] {
  const side = sideOf(width, height, camera);
  return [width / 2 + (x - camera.x) * side, height / 2 + (y - camera.y) * side];
}

export function moved(camera: Camera, dx: number, dy: number, width: number, height: number): Camera {
  const side = sideOf(width, height, camera);
  return { ...camera, x: clamp(camera.x - dx / side), y: clamp(camera.y - dy / side) };
}

/** Nearer or farther, with the place under (px, py) staying where it is. */
export function zoomed(camera: Camera, factor: number, px: number, py: number, width: number, height: number): Camera {
  const zoom = Math.min(40, Math.max(0.8, camera.zoom * factor));
  const before = sideOf(width, height, camera);
  const after = sideOf(width, height, { ...camera, zoom });
  const shift = 1 / before - 1 / after;
  return { zoom, x: clamp(camera.x + (px - width / 2) * shift), y: clamp(camera.y + (py - height / 2) * shift) };
}

/** The point nearest to a place of the picture, within a finger's width. */
export function pointAt(
  { points }: Picture,
  px: number,
  py: number,
  width: number,
  height: number,
  camera: Camera,
): number | undefined {
  let best: number | undefined;
  let least = 20 ** 2;
  for (let n = 0; n < points.length / 2; n++) {
    const [x, y] = toScreen(points[2 * n], points[2 * n + 1], width, height, camera);
    const distance = (x - px) ** 2 + (y - py) ** 2;
    if (distance < least) [least, best] = [distance, n];
  }
  return best;
}

export function draw(canvas: HTMLCanvasElement, picture: Picture, camera: Camera): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const density = devicePixelRatio || 1;
  const [wide, high] = [Math.round(width * density), Math.round(height * density)];
  if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.setTransform(density, 0, 0, density, 0, 0);
  context.clearRect(0, 0, width, height);
  const colours = coloursOf(canvas);
  const place = (n: number) => toScreen(picture.points[2 * n], picture.points[2 * n + 1], width, height, camera);
  drawPoints(context, picture, place, colours, camera);
  if (picture.picked !== undefined) drawPicked(context, picture, picture.picked, place, colours);
  drawNames(context, picture, place, colours, width, height);
}

type Place = (n: number) => [number, number];

function drawPoints(
  context: CanvasRenderingContext2D,
  { points }: Picture,
  place: Place,
  colours: Colours,
  camera: Camera,
) {
  const radius = Math.min(5, 1.6 + camera.zoom * 0.5);
  context.fillStyle = colours.point;
  context.globalAlpha = 0.65;
  context.beginPath();
  for (let n = 0; n < points.length / 2; n++) {
    const [x, y] = place(n);
    context.moveTo(x + radius, y);
    context.arc(x, y, radius, 0, 2 * Math.PI);
  }
  context.fill();
  context.globalAlpha = 1;
}

function drawPicked(
  context: CanvasRenderingContext2D,
  { near }: Picture,
  picked: number,
  place: Place,
  colours: Colours,
) {
  const [x, y] = place(picked);
  context.strokeStyle = context.fillStyle = colours.strong;
  for (const { position } of near) {
    const [toX, toY] = place(position);
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(toX, toY);
    context.stroke();
    context.beginPath();
    context.arc(toX, toY, 4, 0, 2 * Math.PI);
    context.fill();
  }
  context.beginPath();
  context.arc(x, y, 7, 0, 2 * Math.PI);
  context.fill();
}

/** Names that do not cover one another; what was picked and what is near it first. */
function drawNames(
  context: CanvasRenderingContext2D,
  { points, names, picked, near }: Picture,
  place: Place,
  colours: Colours,
  width: number,
  height: number,
) {
  const first = picked === undefined ? [] : [picked, ...near.map(({ position }) => position)];
  const taken: [number, number, number, number][] = [];
  context.textBaseline = 'middle';
  context.lineWidth = 3;
  context.strokeStyle = colours.ground;
  context.fillStyle = colours.text;
  const step = Math.max(1, Math.floor(points.length / 2 / 1500));
  const name = (n: number, isFirst: boolean) => {
    const [x, y] = place(n);
    if (x < 0 || y < 0 || x > width || y > height || (!isFirst && taken.length > 40)) return;
    const text = names[n].length > 42 ? `${names[n].slice(0, 40)}…` : names[n];
    context.font = `${isFirst ? 600 : 400} 12px system-ui, sans-serif`;
    const box: [number, number, number, number] = [x + 8, y - 8, x + 12 + context.measureText(text).width, y + 8];
    if (box[2] > width && !isFirst) return;
    if (taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) return;
    taken.push(box);
    context.strokeText(text, x + 9, y);
    context.fillText(text, x + 9, y);
  };
  for (const n of first) name(n, true);
  for (let n = 0; n < points.length / 2; n += step) name(n, false);
}

function coloursOf(canvas: HTMLCanvasElement): Colours {
  const style = getComputedStyle(canvas);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  return { point: colour('--accent'), strong: colour('--warm'), text: colour('--ink'), ground: colour('--panel') };
}

const clamp = (value: number) => Math.min(1.2, Math.max(-0.2, value));
