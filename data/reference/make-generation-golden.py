"""Makes the expected scores of data/reference/generation-golden.json with transformers' own logits processors.

Each case goes through the processors, and their order, that `generate` itself would build for the configuration.
Run: python data/reference/make-generation-golden.py
"""

import json
from importlib.metadata import version
from pathlib import Path

import torch
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

OUTPUT = Path(__file__).parent / "generation-golden.json"
VOCABULARY = 48

CONFIGS = [
    {"repetition_penalty": 1.3},
    {"repetition_penalty": 0.8},
    {"do_sample": True, "temperature": 0.7, "top_k": 0},
    {"do_sample": True, "temperature": 1.5, "top_k": 0},
    {"do_sample": True, "top_k": 5},
    {"do_sample": True, "top_k": 1},
    {"do_sample": True, "top_k": 100},
    {"do_sample": True, "top_k": 0, "top_p": 0.9},
    {"do_sample": True, "top_k": 0, "top_p": 0.3},
    {"do_sample": True, "top_k": 0, "top_p": 0.05},
    {"do_sample": True, "temperature": 0.7, "top_k": 20, "top_p": 0.9},
    {"do_sample": True, "repetition_penalty": 1.2, "temperature": 0.7, "top_k": 20, "top_p": 0.8},
    {"do_sample": False, "repetition_penalty": 1.2, "temperature": 0.7, "top_k": 3, "top_p": 0.5},
]


def main() -> None:
    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=VOCABULARY,
            hidden_size=8,
            intermediate_size=8,
            num_hidden_layers=1,
            num_attention_heads=2,
        )
    )
    # Multiples of 1/64 are exact in float32 and short in JSON; ties occur on purpose.
    rows = torch.round(torch.randn(3, VOCABULARY) * 3 * 64) / 64
    rows[2] = torch.round(rows[2])
    ids = torch.randint(0, VOCABULARY, (3, 9))
    cases = []
    for options in CONFIGS:
        config = GenerationConfig(**{"repetition_penalty": 1.0, "temperature": 1.0, "top_p": 1.0, "top_k": 50, **options})
        processors = model._get_logits_processor(config, input_ids_seq_length=ids.shape[1])
        # Ties at the edge of a nucleus fall as the sort happens to lay them: the row of ties is for the others.
        count = 2 if options.get("top_p") else 3
        for row in range(count):
            scores = processors(ids[row : row + 1], rows[row : row + 1].clone())[0]
            expected = [None if score == float("-inf") else round(score, 6) for score in scores.tolist()]
            cases.append({"config": options, "row": row, "expected": expected})
    result = {
        "versions": {name: version(name) for name in ("torch", "transformers")},
        "logits": rows.tolist(),
        "ids": ids.tolist(),
        "cases": cases,
    }
    OUTPUT.write_text(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
