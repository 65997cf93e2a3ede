/** Alternating least squares in wasm: cells and factors stay in a memory of their own. */
import type { Als, AlsSetup, AlsSide, AlsSolve, SparseRows } from '../../contract/backend.js';
import { refuseFreedAls } from '../../reference/als.js';
import * as abi from '../module/abi.js';
import { Layout, Space } from '../module/memory.js';

export class WasmAls implements Als {
  readonly #stride: number;
  readonly #sides: Record<AlsSide, Places>;
  readonly #sumsAt: number;
  readonly #totalsAt: number;
  #space: Space | undefined;

  constructor(module: WebAssembly.Module, { stride, byUser, byItem, users, items, userL2, itemL2 }: AlsSetup) {
    const space = new Space(module);
    this.#space = space;
    this.#stride = stride;
    const layout = new Layout(space.start);
    this.#sides = { users: placesFor(layout, byUser, stride), items: placesFor(layout, byItem, stride) };
    this.#sumsAt = layout.take(stride * stride * 4);
    this.#totalsAt = layout.take(stride * stride * 8);
    const scratchAt = layout.take(abi.ALS_SCRATCH_ROWS * stride * 4);
    space.reach(layout.end);
    const shared = { stride, scratchAt };
    fill(space, this.#sides.users, byUser, users, userL2);
    fill(space, this.#sides.items, byItem, items, itemL2);
    writeRecord(space, this.#sides.users, this.#sides.items, shared);
    writeRecord(space, this.#sides.items, this.#sides.users, shared);
  }

  gram(of: AlsSide): Float32Array {
    const space = this.#held();
    const { rows, factorsAt, gramAt } = this.#sides[of];
    const cells = this.#stride * this.#stride;
    space.f64.fill(0, this.#totalsAt / 8, this.#totalsAt / 8 + cells);
    space.kernels.alsGram(factorsAt, rows, this.#stride, this.#sumsAt, this.#totalsAt, gramAt);
    return space.f32.slice(gramAt / 4, gramAt / 4 + cells);
  }

  solve(side: AlsSide, first: number, last: number, { steps, tolerance, cold }: AlsSolve): void {
    this.#held().kernels.alsSolve(this.#sides[side].record, first, last, steps, tolerance, cold);
  }

  factors(of: AlsSide): Float32Array {
    const { rows, factorsAt } = this.#sides[of];
    return this.#held().f32.slice(factorsAt / 4, factorsAt / 4 + rows * this.#stride);
  }

  free(): void {
    this.#space = undefined;
  }

  #held(): Space {
    return this.#space ?? refuseFreedAls();
  }
}

type Places = ReturnType<typeof placesFor>;

function placesFor(layout: Layout, { rows, indices }: SparseRows, stride: number) {
  return {
    rows,
    record: layout.take(abi.ALS_BYTES),
    indptrAt: layout.take((rows + 1) * 4),
    indicesAt: layout.take(indices.length * 4),
    weightsAt: layout.take(indices.length * 4),
    l2At: layout.take(rows * 4),
    factorsAt: layout.take(rows * stride * 4),
    gramAt: layout.take(stride * stride * 4),
  };
}

function fill(space: Space, places: Places, cells: SparseRows, factors: Float32Array, l2: Float32Array): void {
  space.u32.set(cells.indptr, places.indptrAt / 4);
  space.u32.set(cells.indices, places.indicesAt / 4);
  space.f32.set(cells.values, places.weightsAt / 4);
  space.f32.set(l2, places.l2At / 4);
  space.f32.set(factors, places.factorsAt / 4);
}

function writeRecord(
  space: Space,
  own: Places,
  other: Places,
  { stride, scratchAt }: { readonly stride: number; readonly scratchAt: number },
): void {
  space.writeWords(own.record, [
    [abi.ALS_STARTS, own.indptrAt],
    [abi.ALS_INDICES, own.indicesAt],
    [abi.ALS_WEIGHTS, own.weightsAt],
    [abi.ALS_L2, own.l2At],
    [abi.ALS_FACTORS, own.factorsAt],
    [abi.ALS_OTHERS, other.factorsAt],
    [abi.ALS_GRAM, other.gramAt],
    [abi.ALS_STRIDE, stride],
    [abi.ALS_SCRATCH, scratchAt],
  ]);
}
