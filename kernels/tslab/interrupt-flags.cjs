// @ts-check
'use strict'
// A few integers that the protocol thread and the thread of user code share, because while a cell computes without
// returning to its event loop, no message reaches it.

/** Indices into the shared Int32Array. */
const FLAG = Object.freeze({
  /** Interrupts asked for since the kernel started. */
  asked: 0,
  /** Interrupts that user code's thread has seen. */
  seen: 1,
  /** 1 while the running cell holds an interrupt signal and is trusted to stop by itself. */
  listening: 2,
  /** 1 once the protocol thread has sent everything that user code's thread posted before it exits. */
  flushed: 3,
})

const makeFlags = () => new Int32Array(new SharedArrayBuffer(4 * Int32Array.BYTES_PER_ELEMENT))

module.exports = { FLAG, makeFlags }
