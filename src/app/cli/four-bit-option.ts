/** `--load-in-4bit`, for every command that loads a model. */
export const fourBitOption: {
  readonly loadIn4bit: { readonly type: 'boolean'; readonly description: string }
} = {
  loadIn4bit: {
    type: 'boolean',
    description:
      'Hold the matrices of the layers as 4-bit NormalFloat (default: on graphics cards above 2 billion parameters; checkpoints that are stored so stay so).',
  },
}
