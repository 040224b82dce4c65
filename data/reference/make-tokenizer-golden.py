"""Makes the reference tokenizers and their expected ids: data/reference/tokenizers/.

Two small tokenizers are trained here on the sentences below, one byte-level, one in SentencePiece style with byte
fallback; the Python libraries then encode, decode and render chats. Run: python data/reference/make-tokenizer-golden.py
"""

import json
from importlib.metadata import version
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer

OUTPUT = Path(__file__).parent / "tokenizers"

SENTENCES = [
    "The patient was treated with aspirin and the patient improved.",
    "Is the treatment of hypertension effective in older patients?",
    "Patients with hypertension were randomized to treatment or placebo.",
    "The results of the study suggest that the treatment was effective.",
    "A paciente foi tratada com aspirina e a pressão diminuiu.",
    "O tratamento da hipertensão é eficaz em pacientes idosos?",
    "Os resultados do estudo sugerem que o tratamento foi eficaz.",
    "Contexto: pacientes com diabetes. Pergunta: o tratamento foi eficaz?",
    "In 2019, 45.3% of 1,204 patients (95% CI 42-48) did not respond.",
    "We don't know whether it's the patients' age that they're treated for.",
] * 4

TEXTS = [
    "",
    " ",
    "a",
    "The patient improved.",
    "  two  spaces,   three\t\ttabs\n\nlines \n",
    "Tratamento da hipertensão: não é eficaz?",
    "don't they'll we've it's I'm",
    "45.3% (95% CI 42-48), p<0.001; 1,204 patients",
    "naïve café — “quotes” … ≥ 5 µg/mL ± 0.3",
    "漢字かな交じり文 Привет العربية",
    "emoji 🙂👩‍⚕️🇧🇷 end",
    "combining e\u0301 vs é, BOM \ufeff inside",
    "<s> written in the text </s>",
    "### Instruction:\nResponda.\n\n### Response:\n",
    "ends with space ",
    "\u0000\u0007 control",
]

CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}\n"
    "    {%- if message['role'] == 'system' %}\n"
    "[S] {{ message['content'] | trim }} [/S]\n"
    "    {% elif message['role'] == 'user' %}\n"
    "[U] {{ message['content'] | trim }} [/U]\n"
    "    {% else %}\n"
    "[A] {{ message['content'] }}{{ eos_token }}\n"
    "    {% endif %}\n"
    "{% endfor %}\n"
    "{% if add_generation_prompt %}[A] {% endif %}"
)

CHATS = [
    [{"role": "user", "content": " Is it effective? "}],
    [
        {"role": "system", "content": "Answer briefly."},
        {"role": "user", "content": "É eficaz?"},
        {"role": "assistant", "content": "Sim."},
    ],
]


def special(token: str) -> AddedToken:
    return AddedToken(token, special=True, normalized=False)


def byte_level() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        min_frequency=2,
        show_progress=False,
        special_tokens=[special(token) for token in ("<s>", "</s>", "<pad>")],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    return tokenizer


def sentencepiece_style() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    tokenizer.decoder = decoders.Sequence(steps)
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(
        vocab_size=480,
        min_frequency=2,
        show_progress=False,
        special_tokens=[special(token) for token in ("<unk>", "<s>", "</s>")] + bytes_,
    )
    # Word by word, as SentencePiece does; encoding then runs over the whole text.
    words = [word for sentence in SENTENCES for word in sentence.split()]
    tokenizer.train_from_iterator(words, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    # Byte tokens are ordinary vocabulary, not added tokens.
    content = json.loads(tokenizer.to_str())
    content["added_tokens"] = content["added_tokens"][:3]
    return Tokenizer.from_str(json.dumps(content))


def save(name: str, tokenizer: Tokenizer, config: dict) -> None:
    folder = OUTPUT / name
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "chat_template": CHAT_TEMPLATE, **config}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")


def golden(name: str) -> dict:
    tokenizer = AutoTokenizer.from_pretrained(OUTPUT / name)
    rows = []
    for text in TEXTS:
        ids = tokenizer.encode(text)
        rows.append(
            {
                "text": text,
                "ids": ids,
                "idsWithoutSpecial": tokenizer.encode(text, add_special_tokens=False),
                "decoded": tokenizer.decode(ids),
                "decodedWithoutSpecial": tokenizer.decode(ids, skip_special_tokens=True),
            }
        )
    size = len(tokenizer)
    noise = [[(row * 7919 + column * 104729) % size for column in range(24)] for row in range(12)]
    chats = [
        {
            "messages": chat,
            "addGenerationPrompt": prompt,
            "text": tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=prompt),
            "ids": tokenizer.apply_chat_template(chat, add_generation_prompt=prompt)["input_ids"],
        }
        for chat in CHATS
        for prompt in (False, True)
    ]
    return {
        "size": size,
        "encoded": rows,
        "decodedNoise": [{"ids": ids, "text": tokenizer.decode(ids)} for ids in noise],
        "chats": chats,
    }


def main() -> None:
    save("byte-level", byte_level(), {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"})
    save("sentencepiece", sentencepiece_style(), {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"})
    result = {
        "versions": {name: version(name) for name in ("tokenizers", "transformers")},
        "sentences": SENTENCES,
        "tokenizers": {name: golden(name) for name in ("byte-level", "sentencepiece")},
    }
    (OUTPUT / "golden.json").write_text(json.dumps(result, ensure_ascii=True, indent=1) + "\n")


if __name__ == "__main__":
    main()
