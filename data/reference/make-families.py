"""Makes random tiny checkpoints of every model family, each with an adapter, and what transformers and peft compute of them.

One folder per case: config.json, model.safetensors, adapter/ and expected.safetensors with `ids`, `labels`, and, with
the adapter on (`adapted.`) and off (`plain.`): `logits`, `loss`, `attention` (layer 0), `greedy`; then the gradients of
the adapter (`grad.`). Cases differ in what a configuration can say; half of them have the keys of transformers 4.
Run: python data/reference/make-families.py FOLDER [--seed N]
"""

import argparse
import json
import random
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM

GREEDY_COUNT = 10
BASE = {
    "vocab_size": 83,
    "hidden_size": 32,
    "intermediate_size": 40,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
LLAMA3_ROPE = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 16,
}


def longrope(pairs, rng):
    """Factors for every pair; runs of more than 12 tokens take the long ones."""
    return {
        "rope_type": "longrope",
        "short_factor": [round(1 + rng.random(), 3) for _ in range(pairs)],
        "long_factor": [round(1 + 4 * rng.random(), 3) for _ in range(pairs)],
    }


def cases(rng):
    """Name, model_type, fields beyond BASE, whether config.json gets the keys of transformers 4."""
    theta = rng.choice([100.0, 10000.0, 500000.0])
    sliding = {"sliding_window": rng.choice([3, 5])}
    gemma_head = {"head_dim": 16, "num_key_value_heads": 1}
    return [
        ("llama", "llama", {"rope_parameters": {"rope_theta": theta, "rope_type": "default"}}, True),
        ("llama-3.1", "llama", {"rope_parameters": {"rope_theta": theta, **LLAMA3_ROPE}}, True),
        (
            "llama-3.2-tied",
            "llama",
            {"tie_word_embeddings": True, "rope_parameters": {"rope_theta": theta, **LLAMA3_ROPE}},
            False,
        ),
        (
            "llama-biases",
            "llama",
            {"attention_bias": True, "mlp_bias": True, "head_dim": 12, "num_key_value_heads": 4},
            False,
        ),
        ("mistral", "mistral", {**sliding, "rope_parameters": {"rope_theta": theta, "rope_type": "default"}}, True),
        ("mistral-nemo", "mistral", {"sliding_window": None, "head_dim": 12}, False),
        ("qwen2", "qwen2", {"rope_parameters": {"rope_theta": theta, "rope_type": "default"}}, True),
        ("qwen2-sliding", "qwen2", {"use_sliding_window": True, "max_window_layers": 1, **sliding}, False),
        ("qwen3", "qwen3", {"head_dim": 12, "rope_parameters": {"rope_theta": theta, "rope_type": "default"}}, True),
        ("qwen3-tied-bias", "qwen3", {"head_dim": 8, "attention_bias": True, "tie_word_embeddings": True}, False),
        ("phi3", "phi3", {**sliding, "num_key_value_heads": 4}, True),
        ("phi3-partial", "phi3", {"rope_parameters": {"rope_type": "default", "partial_rotary_factor": 0.5}}, False),
        (
            "phi3-longrope",
            "phi3",
            {"original_max_position_embeddings": 12, "rope_parameters": longrope(4, rng)},
            True,
        ),
        (
            "phi3-longrope-partial",
            "phi3",
            {
                "original_max_position_embeddings": 32,
                "rope_parameters": {**longrope(2, rng), "partial_rotary_factor": 0.5},
            },
            False,
        ),
        ("gemma", "gemma", gemma_head, True),
        ("gemma-heads", "gemma", {"head_dim": 8, "num_key_value_heads": 4}, False),
        ("gemma2", "gemma2", {**gemma_head, **sliding, "query_pre_attn_scalar": 24}, True),
        (
            "gemma2-caps",
            "gemma2",
            {
                "head_dim": 8,
                **sliding,
                "query_pre_attn_scalar": 4,
                "attn_logit_softcapping": 1.5,
                "final_logit_softcapping": 2.0,
            },
            False,
        ),
        (
            "gemma3_text",
            "gemma3_text",
            {
                **gemma_head,
                **sliding,
                "query_pre_attn_scalar": 16,
                "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
                "rope_parameters": {
                    "sliding_attention": {"rope_type": "default", "rope_theta": 100.0},
                    "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": theta},
                },
            },
            False,
        ),
        (
            "gemma3_text-4",
            "gemma3_text",
            {
                "head_dim": 8,
                **sliding,
                "num_hidden_layers": 7,
                "query_pre_attn_scalar": 24,
                "rope_parameters": {
                    "sliding_attention": {"rope_type": "default", "rope_theta": 1000.0},
                    "full_attention": {"rope_type": "linear", "factor": 2.0, "rope_theta": theta},
                },
            },
            True,
        ),
    ]


def with_keys_of_version_4(config):
    """config.json as transformers 4 wrote it."""
    old = {key: value for key, value in config.items() if key not in ("rope_parameters", "dtype", "layer_types")}
    old["torch_dtype"] = "float32"
    rope = dict(config["rope_parameters"])
    if "full_attention" in rope:
        old["sliding_window_pattern"] = 6
        old["rope_local_base_freq"] = rope["sliding_attention"]["rope_theta"]
        rope = dict(rope["full_attention"])
    old["rope_theta"] = rope.pop("rope_theta")
    if "partial_rotary_factor" in rope:
        old["partial_rotary_factor"] = rope.pop("partial_rotary_factor")
    if config["model_type"] == "phi3":
        rope.pop("original_max_position_embeddings", None)
    kind = rope["rope_type"]
    if kind == "longrope":
        rope["type"] = rope.pop("rope_type")
    old["rope_scaling"] = None if kind == "default" else rope
    return old


def save_random_model(folder, model_type, fields, version_4):
    config = AutoConfig.for_model(model_type, **{**BASE, **fields})
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 1:
                parameter.add_(0.3 * torch.randn_like(parameter))
            else:
                parameter.normal_(std=1.2 / parameter.shape[1] ** 0.5)
    model.save_pretrained(folder)
    if version_4:
        file = folder / "config.json"
        file.write_text(json.dumps(with_keys_of_version_4(json.loads(file.read_text())), indent=2))


def add_adapter(model, folder, rng):
    options = {"r": rng.choice([2, 3, 4]), "lora_alpha": 6, "use_rslora": rng.random() < 0.5}
    adapted = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", target_modules="all-linear", **options))
    for name, parameter in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.2)
    adapted.save_pretrained(folder / "adapter")
    return adapted


def greedy(model, prompt):
    """The ids that follow `prompt`, each from a run over everything before it."""
    ids = prompt
    for _ in range(GREEDY_COUNT):
        ids = torch.cat([ids, model(ids, use_cache=False).logits[:, -1:].argmax(-1)], 1)
    return ids[:, prompt.shape[1] :]


def results(model, ids, labels):
    with torch.no_grad():
        output = model(ids, labels=labels, output_attentions=True, use_cache=False)
        return {
            "logits": output.logits,
            "loss": output.loss.reshape(1),
            "attention": output.attentions[0],
            "greedy": greedy(model, ids[:1, :6]),
        }


def make_case(folder, model_type, fields, version_4, rng):
    folder.mkdir(parents=True, exist_ok=True)
    save_random_model(folder, model_type, fields, version_4)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    ids = torch.randint(3, BASE["vocab_size"], (2, 14))
    labels = torch.where(torch.rand(ids.shape) < 0.3, -100, ids)
    labels[:, :3] = -100
    plain = results(model, ids, labels)
    adapted = add_adapter(model, folder, rng).eval()
    tensors = {"ids": ids, "labels": labels}
    tensors |= {f"plain.{name}": value for name, value in plain.items()}
    tensors |= {f"adapted.{name}": value for name, value in results(adapted, ids, labels).items()}
    adapted(ids, labels=labels, use_cache=False).loss.backward()
    for name, parameter in adapted.named_parameters():
        if parameter.grad is not None:
            short = name.removeprefix("base_model.model.").replace(".default.weight", "")
            tensors[f"grad.{short}"] = parameter.grad
    floats = {k: v.to(torch.int32 if v.dtype == torch.int64 else v.dtype).contiguous() for k, v in tensors.items()}
    save_file(floats, folder / "expected.safetensors")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(1)
    for name, model_type, fields, version_4 in cases(rng):
        make_case(arguments.folder / name, model_type, fields, version_4, rng)
        print(name, flush=True)


if __name__ == "__main__":
    main()
