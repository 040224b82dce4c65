/** The part of the WebAssembly interface that is used here; Node's type declarations leave it to the browser's. */
interface WebAssemblyInterface {
  readonly Memory: new (limits: { initial: number; maximum: number; shared: true }) => WebAssemblyMemory
  readonly Module: new (bytes: Uint8Array) => WebAssemblyModule
  readonly Instance: new (
    module: WebAssemblyModule,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => { readonly exports: Readonly<Record<string, unknown>> }
}

export interface WebAssemblyMemory {
  readonly buffer: SharedArrayBuffer
}

/** Compiled code, which any thread can instantiate. */
export type WebAssemblyModule = object

export const webAssembly: WebAssemblyInterface = (
  globalThis as unknown as { WebAssembly: WebAssemblyInterface }
).WebAssembly
