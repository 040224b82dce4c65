import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers'
import { type EngineStages, encodeAround } from './added-tokens.js'
import type { ChatTemplate } from './chat-template.js'
import { correctComponents, type EnginePart } from './component-corrections.js'
import { DecodeStream } from './decode-stream.js'
import { correctDecoder, type DecoderPart } from './decoder-corrections.js'
import { choosePadTokenId } from './pad-token.js'
import type { TokenizerConfig } from './tokenizer-config.js'
import { tokenizerError } from './tokenizer-error.js'
import type { TokenizerJson } from './tokenizer-json.js'

export interface EncodeOptions {
  /** Whether the post-processor adds BOS and EOS as the model expects; default true. */
  readonly addSpecialTokens?: boolean
}

export interface DecodeOptions {
  /** Whether BOS, EOS and other special tokens are left out of the text; default false. */
  readonly skipSpecialTokens?: boolean
}

/** What the methods used here promise; the package's own declarations do not load under `nodenext`. */
interface Engine extends EngineStages {
  readonly decoder: DecoderPart | null
  readonly normalizer: (EnginePart & ((text: string) => string)) | null
  readonly pre_tokenizer: (EnginePart & NonNullable<EngineStages['pre_tokenizer']>) | null
  readonly model: EngineStages['model'] & { readonly vocab: (string | undefined)[] }
  encode_text(text: string | null): string[] | null
  encode(text: string, options: { add_special_tokens: boolean }): { ids: number[] }
  decode(
    ids: number[],
    options: { skip_special_tokens: boolean; clean_up_tokenization_spaces: boolean },
  ): string
  token_to_id(token: string): number | undefined
  id_to_token(id: number): string | undefined
}

export interface TokenizerParts {
  readonly json: TokenizerJson
  readonly config: TokenizerConfig
  readonly chatTemplate: ChatTemplate | undefined
  /** Where tokenizer.json came from, for errors. */
  readonly file: string
  /** Paths of the files that make up the tokenizer. */
  readonly files: readonly string[]
}

/** Text to token ids and back, as the Python library does with the same tokenizer.json. Made by `loadTokenizer`. */
export class Tokenizer {
  readonly bosTokenId: number | undefined
  readonly eosTokenId: number | undefined
  readonly unkTokenId: number | undefined
  /** Never `eosTokenId`: see `choosePadTokenId`. */
  readonly padTokenId: number
  /** One more than the highest id: the rows that an embedding needs at least. */
  readonly vocabSize: number
  /** Whether `encode` begins with BOS. */
  readonly addsBos: boolean
  /** Whether `encode` ends with EOS. */
  readonly addsEos: boolean
  readonly chatTemplate: ChatTemplate | undefined
  /** Files to copy beside an adapter or a merged model. */
  readonly files: readonly string[]
  private readonly engine: Engine
  private readonly specialIds: ReadonlySet<number>

  constructor({ json, config, chatTemplate, file, files }: TokenizerParts) {
    this.engine = createEngine(file, json, config)
    this.chatTemplate = chatTemplate
    this.files = files
    const id = (name: string, token: string | undefined): number | undefined =>
      this.requireToken(file, name, token)
    this.bosTokenId = id('bos_token', config.bosToken)
    this.eosTokenId = id('eos_token', config.eosToken)
    this.unkTokenId = id('unk_token', config.unkToken)
    const configured = id('pad_token', config.padToken)
    this.padTokenId = choosePadTokenId({
      configured,
      unkTokenId: this.unkTokenId,
      bosTokenId: this.bosTokenId,
      eosTokenId: this.eosTokenId,
      addedTokens: json.added_tokens,
    })
    const declared = [this.bosTokenId, this.eosTokenId, this.unkTokenId, configured]
    const special = json.added_tokens.filter((token) => token.special).map((token) => token.id)
    this.specialIds = new Set([...declared.flatMap((token) => token ?? []), ...special])
    const ids = [...Object.values(json.model.vocab), ...json.added_tokens.map((token) => token.id)]
    this.vocabSize = ids.reduce((highest, next) => Math.max(highest, next), 0) + 1
    const probe = this.probe(file)
    this.addsBos = this.bosTokenId !== undefined && probe[0] === this.bosTokenId
    this.addsEos = this.eosTokenId !== undefined && probe.at(-1) === this.eosTokenId
  }

  encode(text: string, { addSpecialTokens = true }: EncodeOptions = {}): number[] {
    return this.engine.encode(text, { add_special_tokens: addSpecialTokens }).ids
  }

  /** Ids that stand for no token (an embedding may have more rows than the vocabulary) give no text. */
  decode(ids: readonly number[], { skipSpecialTokens = false }: DecodeOptions = {}): string {
    const known = ids.filter(
      (id) => this.idToToken(id) !== undefined && !(skipSpecialTokens && this.specialIds.has(id)),
    )
    if (known.length === 0) return ''
    return this.engine.decode(known, { skip_special_tokens: false, clean_up_tokenization_spaces: false })
  }

  /** Decodes ids as they are generated. */
  decodeStream(options: DecodeOptions = {}): DecodeStream {
    return new DecodeStream((ids) => this.decode(ids, options))
  }

  tokenToId(token: string): number | undefined {
    return this.engine.token_to_id(token)
  }

  idToToken(id: number): string | undefined {
    return this.engine.id_to_token(id)
  }

  isSpecialTokenId(id: number): boolean {
    return this.specialIds.has(id)
  }

  private requireToken(file: string, name: string, token: string | undefined): number | undefined {
    if (token === undefined) return undefined
    const id = this.tokenToId(token)
    if (id === undefined)
      throw tokenizerError(file, `${name} of tokenizer_config.json must be in the vocabulary; it is not`)
    return id
  }

  /** Encodes and decodes once, so that a component that fails does so here and not in the middle of a run. */
  private probe(file: string): number[] {
    try {
      const ids = this.encode('Ab 1.')
      if (!ids.every(Number.isInteger)) throw new Error('a piece without id')
      this.decode(ids)
      return ids
    } catch (cause) {
      throw tokenizerError(file, 'it must encode and decode a short text; it fails to', cause)
    }
  }
}

function createEngine(file: string, json: TokenizerJson, config: TokenizerConfig): Engine {
  try {
    const engine: Engine = new HuggingFaceTokenizer(
      { ...json, post_processor: postProcessor(json, config) },
      {},
    )
    correctDecoder(engine.decoder)
    correctComponents(engine.normalizer, json.normalizer)
    correctComponents(engine.pre_tokenizer, json.pre_tokenizer)
    engine.encode_text = encodeAround(engine, json.added_tokens)
    // As the Python library decodes them: what is looked for in normalized text is normalized itself.
    for (const { id, content, normalized } of json.added_tokens) {
      if (normalized && engine.normalizer !== null) engine.model.vocab[id] = engine.normalizer(content)
    }
    return engine
  } catch (cause) {
    throw tokenizerError(file, 'its components must be ones that can be built; one cannot', cause)
  }
}

/** transformers replaces the post-processor where tokenizer_config.json says whether BOS and EOS are added. */
function postProcessor(json: TokenizerJson, config: TokenizerConfig): unknown {
  if (config.addBosToken === undefined && config.addEosToken === undefined) return json.post_processor
  const special = (token: string | undefined, added: boolean | undefined): object[] =>
    added === true && token !== undefined ? [{ SpecialToken: { id: token, type_id: 0 } }] : []
  const single = [
    ...special(config.bosToken, config.addBosToken),
    { Sequence: { id: 'A', type_id: 0 } },
    ...special(config.eosToken, config.addEosToken),
  ]
  return { type: 'TemplateProcessing', single, pair: single, special_tokens: {} }
}
