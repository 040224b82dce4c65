"""Makes a small tokenizer of each kind that the model families use, with a chat template of the family's shape.

Normalizers, pre-tokenizers, post-processors, decoders and special tokens are those of the families' own files; the
vocabularies are trained here. Run: python data/reference/make-family-tokenizers.py OUTPUT
"""

import json
import sys
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

SENTENCES = [
    "The patient was treated with aspirin 100 mg and the patient's condition improved.",
    "Is the treatment of hypertension effective in older patients? We don't know; they'll say.",
    "A paciente foi tratada com aspirina e a pressão diminuiu: 12,5 % não é pouco.",
    "Die Behandlung war für ältere Patienten größtenteils wirksam.",
    "Лечение было эффективным для пожилых пациентов.",
    "Η θεραπεία ήταν αποτελεσματική.",
    "治療は高齢の患者に有効でした。患者治疗有效。",
    "치료는 효과적이었습니다.",
    "كان العلاج فعالا للمرضى.",
    "उपचार प्रभावी था।",
    "การรักษาได้ผล",
    "    def f(x):\n        return x ** 2\n\n\nprint(f(1234567))\n",
    "🙂 👩‍⚕️ ≥ 5 µg/mL ± 0.3 … “quotes” — naïve café",
] * 6

LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
UPPER, LOWER = r"\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}", r"\p{Ll}\p{Lm}\p{Lo}\p{M}"
O200K = "|".join(
    [
        rf"[^\r\n\p{{L}}\p{{N}}]?[{UPPER}]*[{LOWER}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        rf"[^\r\n\p{{L}}\p{{N}}]?[{UPPER}]+[{LOWER}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    ]
)
TEKKEN = "|".join(
    [
        rf"[^\r\n\p{{L}}\p{{N}}]?[{UPPER}]*[{LOWER}]+",
        rf"[^\r\n\p{{L}}\p{{N}}]?[{UPPER}]+[{LOWER}]*",
        r"\p{N}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    ]
)


def special(token: str, **options: bool) -> AddedToken:
    return AddedToken(token, special=True, normalized=False, **options)


def beginning(bos: str, tokenizer: Tokenizer) -> processors.TemplateProcessing:
    return processors.TemplateProcessing(single=f"{bos} $A", special_tokens=[(bos, tokenizer.token_to_id(bos))])


def byte_level(regex: str | None, tokens: list[str], bos: str | None, normalizer=None) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(ignore_merges=bos == "<|begin_of_text|>"))
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    if regex is None:
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    else:
        split = pre_tokenizers.Split(Regex(regex), "isolated", False)
        bytes_ = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, bytes_])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=1000, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    # Behind the vocabulary, as in the families' files.
    tokenizer.add_special_tokens([special(token) for token in tokens])
    steps = [processors.ByteLevel(trim_offsets=False)] + ([] if bos is None else [beginning(bos, tokenizer)])
    tokenizer.post_processor = processors.Sequence(steps)
    return tokenizer


def sentencepiece(style: str, bos: str, head: list[str], tail: list[AddedToken]) -> Tokenizer:
    """style: prepend (a normalizer writes the blank), metaspace (the pre-tokenizer does), none (gemma)."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    if style != "none":
        steps.append(decoders.Strip(" ", 1, 0))
    tokenizer.decoder = decoders.Sequence(steps)
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(
        vocab_size=900, show_progress=False, special_tokens=[special(token) for token in head] + bytes_
    )
    words = [part for sentence in SENTENCES for part in sentence.replace(" ", " ▁").split(" ")]
    tokenizer.train_from_iterator(words, trainer)
    # Byte tokens are ordinary vocabulary, not added tokens.
    content = json.loads(tokenizer.to_str())
    content["added_tokens"] = content["added_tokens"][: len(head)]
    tokenizer = Tokenizer.from_str(json.dumps(content))
    if style == "prepend":
        tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    elif style == "metaspace":
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="first", split=False)
    else:
        tokenizer.normalizer = normalizers.Replace(" ", "▁")
        tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous", False)
    tokenizer.add_tokens(tail)
    tokenizer.post_processor = beginning(bos, tokenizer)
    return tokenizer


HEADER = "{{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' -}}"
LLAMA3_CHAT = (
    "{{- bos_token }}\n"
    "{%- if tools is not none %}\n{{- 'Tools: ' ~ (tools | length) ~ '\\n' }}\n{%- endif %}\n"
    "{%- for message in messages %}\n    " + HEADER + "\n    {{- message['content'] | trim + '<|eot_id|>' }}\n"
    "{%- endfor %}\n"
    "{%- if add_generation_prompt %}\n    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}\n{%- endif %}\n"
)
MISTRAL_CHAT = (
    "{%- if messages[0]['role'] == 'system' %}\n"
    "    {%- set system_message = messages[0]['content'] %}\n    {%- set turns = messages[1:] %}\n"
    "{%- else %}\n    {%- set turns = messages %}\n{%- endif %}\n"
    "{{- bos_token }}\n"
    "{%- for message in turns %}\n"
    "    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}\n"
    "        {{- raise_exception('Roles must alternate.') }}\n    {%- endif %}\n"
    "    {%- if message['role'] == 'user' %}\n"
    "        {%- if loop.last and system_message is defined %}\n"
    "            {{- '[INST] ' + system_message + '\\n\\n' + message['content'] + '[/INST]' }}\n"
    "        {%- else %}\n            {{- '[INST] ' + message['content'] + '[/INST]' }}\n        {%- endif %}\n"
    "    {%- else %}\n        {{- ' ' + message['content'] + eos_token }}\n    {%- endif %}\n"
    "{%- endfor %}\n"
)
LLAMA2_CHAT = (
    "{% if messages[0]['role'] == 'system' %}{% set turns = messages[1:] %}{% set system = messages[0]['content'] %}"
    "{% else %}{% set turns = messages %}{% set system = false %}{% endif %}"
    "{% for message in turns %}"
    "{% if loop.index0 == 0 and system != false %}"
    "{% set content = '<<SYS>>\\n' + system + '\\n<</SYS>>\\n\\n' + message['content'] %}"
    "{% else %}{% set content = message['content'] %}{% endif %}"
    "{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}"
    "{% elif message['role'] == 'assistant' %}{{ ' ' + content.strip() + ' ' + eos_token }}{% endif %}"
    "{% endfor %}"
)
PHI3_CHAT = (
    "{% for message in messages %}{% if message['role'] == 'system' %}{{'<|system|>\\n' + message['content'] + '<|end|>\\n'}}"
    "{% elif message['role'] == 'user' %}{{'<|user|>\\n' + message['content'] + '<|end|>\\n'}}"
    "{% elif message['role'] == 'assistant' %}{{'<|assistant|>\\n'}}"
    "{% generation %}{{message['content'] + '<|end|>'}}{% endgeneration %}{{'\\n'}}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% else %}{{ eos_token }}{% endif %}"
)
GEMMA_CHAT = (
    "{{ bos_token }}\n"
    "{%- if messages[0]['role'] == 'system' -%}\n"
    "    {%- set first_user_prefix = messages[0]['content'] + '\\n\\n' -%}\n    {%- set loop_messages = messages[1:] -%}\n"
    "{%- else -%}\n    {%- set first_user_prefix = '' -%}\n    {%- set loop_messages = messages -%}\n{%- endif -%}\n"
    "{%- for message in loop_messages -%}\n"
    "    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}\n"
    "        {{ raise_exception('Conversation roles must alternate') }}\n    {%- endif -%}\n"
    "    {%- if (message['role'] == 'assistant') -%}\n        {%- set role = 'model' -%}\n"
    "    {%- else -%}\n        {%- set role = message['role'] -%}\n    {%- endif -%}\n"
    "    {{ '<start_of_turn>' + role + '\\n' + (first_user_prefix if loop.first else '') }}\n"
    "    {%- if message['content'] is string -%}\n        {{ message['content'] | trim }}\n"
    "    {%- elif message['content'] is iterable -%}\n        {{ 'parts' }}\n"
    "    {%- else -%}\n        {{ raise_exception('Invalid content type') }}\n    {%- endif -%}\n"
    "    {{ '<end_of_turn>\\n' }}\n"
    "{%- endfor -%}\n"
    "{%- if add_generation_prompt -%}\n    {{'<start_of_turn>model\\n'}}\n{%- endif -%}\n"
)
CHATML = (
    "{% for message in messages %}\n"
    "{% if loop.first and message['role'] != 'system' %}\n{{ '<|im_start|>system\\nBe helpful.<|im_end|>\\n' -}}\n{% endif %}\n"
    "{{ '<|im_start|>' + message['role'] + '\\n' -}}\n"
    "{% if message['role'] == 'assistant' %}\n"
    "    {%- generation %}\n    {{- message['content'] + '<|im_end|>' -}}\n    {% endgeneration -%}\n"
    "{% else %}\n    {{- message['content'] + '<|im_end|>' -}}\n{% endif %}\n"
    "{{- '\\n' -}}\n"
    "{% endfor %}\n"
    "{% if add_generation_prompt %}\n{{- '<|im_start|>assistant\\n' }}\n{% endif %}\n"
)
QWEN3_CHAT = (
    "{%- set ns = namespace(last=messages | length - 1, searching=true) %}\n"
    "{%- for message in messages[::-1] %}\n    {%- set index = (messages | length - 1) - loop.index0 %}\n"
    "    {%- if ns.searching and message.role == 'user' %}\n"
    "        {%- set ns.searching = false %}\n        {%- set ns.last = index %}\n    {%- endif %}\n{%- endfor %}\n"
    "{%- for message in messages %}\n"
    "    {%- if message.content is string %}\n        {%- set content = message.content %}\n"
    "    {%- else %}\n        {%- set content = '' %}\n    {%- endif %}\n"
    "    {%- if message.role == 'assistant' %}\n        {%- set thought = '' %}\n"
    "        {%- if '</think>' in content %}\n"
    "            {%- set thought = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}\n"
    "            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}\n        {%- endif %}\n"
    "        {%- if loop.index0 > ns.last and (loop.last or thought) %}\n"
    "            {{- '<|im_start|>' + message.role + '\\n<think>\\n' + thought.strip('\\n') + '\\n</think>\\n\\n' + content }}\n"
    "        {%- else %}\n            {{- '<|im_start|>' + message.role + '\\n' + content }}\n        {%- endif %}\n"
    "        {{- '<|im_end|>\\n' }}\n"
    "    {%- else %}\n        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>' + '\\n' }}\n    {%- endif %}\n"
    "{%- endfor %}\n"
    "{%- if add_generation_prompt %}\n    {{- '<|im_start|>assistant\\n' }}\n"
    "    {%- if enable_thinking is defined and enable_thinking is false %}\n"
    "        {{- '<think>\\n\\n</think>\\n\\n' }}\n    {%- endif %}\n{%- endif %}\n"
)

CHATML_TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
LLAMA3_TOKENS = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
LLAMA3_TOKENS += ["<|finetune_right_pad_id|>"]
PHI3_TOKENS = ["<|endoftext|>", "<|assistant|>", "<|system|>", "<|end|>", "<|user|>"]
SP_HEAD = ["<unk>", "<s>", "</s>"]
GEMMA_HEAD = ["<pad>", "<eos>", "<bos>", "<unk>"]
GEMMA_TAIL = [special(token) for token in ("<start_of_turn>", "<end_of_turn>")]
GEMMA_TAIL += [AddedToken(token, special=False, normalized=False) for token in ("\n\n", "\n\n\n", "▁▁", "▁▁▁▁")]
SP = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}


def families() -> dict[str, tuple[Tokenizer, dict, str | dict | None]]:
    """name → tokenizer, its configuration, and where that holds no chat template, the files of its own"""
    nfc = normalizers.NFC()
    llama3 = {"bos_token": LLAMA3_TOKENS[0], "eos_token": "<|eot_id|>", "chat_template": LLAMA3_CHAT}
    qwen = {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}
    named = [{"name": "default", "template": CHATML}, {"name": "tool_use", "template": "tools: {{ tools | length }}"}]
    mistral = {**SP, "chat_template": MISTRAL_CHAT}
    instruct = [special(token) for token in ("[INST]", "[/INST]")]
    gemma = {"bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>", "unk_token": "<unk>"}
    phi3_tail = [special(token, rstrip=token != "<|endoftext|>") for token in PHI3_TOKENS]
    phi3 = {**SP, "eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>", "chat_template": PHI3_CHAT}
    phi4 = {name: "<|endoftext|>" for name in ("bos_token", "eos_token", "pad_token", "unk_token")}
    tekken = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "chat_template": MISTRAL_CHAT}
    return {
        "llama3": (byte_level(LLAMA3, LLAMA3_TOKENS, "<|begin_of_text|>"), llama3, None),
        "qwen2": (byte_level(QWEN2, CHATML_TOKENS, None, nfc), {**qwen, "chat_template": named}, None),
        # The field is older than the file beside it, which counts.
        "qwen3": (
            byte_level(QWEN2, CHATML_TOKENS + ["<think>", "</think>"], None, nfc),
            {**qwen, "chat_template": "old"},
            {"default": QWEN3_CHAT, "tool_use": "{{ bos_token }}tools: {{ tools | tojson }}"},
        ),
        "gpt2": (byte_level(None, CHATML_TOKENS, None), {**qwen, "chat_template": CHATML}, None),
        "phi4-mini": (byte_level(O200K, PHI3_TOKENS, None), {**phi4, "chat_template": PHI3_CHAT}, None),
        "mistral-nemo": (byte_level(TEKKEN, [*SP_HEAD, "[INST]", "[/INST]"], "<s>"), tekken, None),
        "llama2": (sentencepiece("prepend", "<s>", SP_HEAD, []), {**SP, "chat_template": LLAMA2_CHAT}, None),
        "mistral": (sentencepiece("metaspace", "<s>", SP_HEAD, instruct), mistral, None),
        "phi3": (sentencepiece("prepend", "<s>", SP_HEAD, phi3_tail), phi3, None),
        "gemma": (sentencepiece("none", "<bos>", GEMMA_HEAD, GEMMA_TAIL), gemma, {"default": GEMMA_CHAT}),
    }


def main(output: Path) -> None:
    for name, (tokenizer, config, templates) in families().items():
        folder = output / name
        folder.mkdir(parents=True, exist_ok=True)
        tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
        config = {"tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": False, **config}
        (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
        for template, text in (templates or {}).items():
            file = folder / "chat_template.jinja"
            if template != "default":
                (folder / "additional_chat_templates").mkdir(exist_ok=True)
                file = folder / "additional_chat_templates" / f"{template}.jinja"
            file.write_text(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
