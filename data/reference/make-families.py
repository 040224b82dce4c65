"""Makes random tiny checkpoints of every model family, each with an adapter, and what transformers and peft compute of them.

One file per case, CASE.safetensors: the checkpoint (`model.`), the adapter as peft saves it (`adapter.`), `ids`, `labels`,
and, with the adapter on (`adapted.`) and off (`plain.`): `logits`, `loss`, `attention` (layer 0), `greedy`; then the
gradients of the adapter (`grad.`). The metadata holds config.json and adapter_config.json. Cases differ in what a
configuration can say; half of them have the keys of transformers 4.
Run: python data/reference/make-families.py FOLDER [--seed N] [--small]
The golden files: python data/reference/make-families.py data/reference/families --small
"""

import argparse
import json
import random
import tempfile
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM

GREEDY_COUNT = 10
LENGTH = 14
IDS = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}


class Shapes:
    """Sizes of one model, drawn anew for each case."""

    def __init__(self, rng, small):
        self.rng = rng
        self.small = small

    def fields(self, head_dim=None, layers=None, own=None):
        """Heads that divide the hidden size, as some configurations demand; head_dim of its own where wanted."""
        choice = self.rng.choice
        kv = choice([1, 2])
        heads = kv * choice([1, 2]) if self.small else kv * choice([1, 2, 3])
        own = own or (choice([6, 8]) if self.small else choice([6, 8, 10, 12]))
        sizes = {
            "vocab_size": 41 if self.small else choice([61, 83, 96]),
            "hidden_size": heads * own,
            "intermediate_size": choice([17, 20]) if self.small else choice([37, 40, 66]),
            "num_hidden_layers": layers or (2 if self.small else choice([2, 3])),
            "num_attention_heads": heads,
            "num_key_value_heads": kv,
            "max_position_embeddings": 64,
            **IDS,
        }
        return sizes if head_dim is None else {**sizes, "head_dim": head_dim}

    def wide_head(self):
        """A head size that is not hidden size / heads."""
        return self.rng.choice([8, 14]) if self.small else self.rng.choice([16, 18, 24])


def rope(theta, kind="default", **more):
    return {"rope_parameters": {"rope_theta": theta, "rope_type": kind, **more}}


def llama3(theta, rng):
    factor = rng.choice([8.0, 32.0])
    more = {"low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 16}
    return rope(theta, "llama3", factor=factor, **more)


def longrope(theta, pairs, rng, **more):
    """Factors for every pair."""
    short = [round(1 + rng.random(), 3) for _ in range(pairs)]
    long = [round(1 + 4 * rng.random(), 3) for _ in range(pairs)]
    return rope(theta, "longrope", short_factor=short, long_factor=long, **more)


def cases(rng, small):
    """Name, model_type, fields of the configuration, whether config.json gets the keys of transformers 4."""
    shapes = Shapes(rng, small)
    theta = rng.choice([100.0, 10000.0, 500000.0])
    window = {"sliding_window": rng.choice([2, 3, 5])}
    size = shapes.fields
    wide = shapes.wide_head()
    pairs = wide // 2
    original = {"original_max_position_embeddings": 12}
    sliding, full = "sliding_attention", "full_attention"
    local = {"rope_type": "default", "rope_theta": 100.0}
    whole = {"rope_type": "linear", "factor": rng.choice([2.0, 8.0]), "rope_theta": theta}
    return [
        ("llama", "llama", {**size(), **rope(theta)}, True),
        ("llama-3.1", "llama", {**size(), **llama3(theta, rng)}, True),
        ("llama-3.2-tied", "llama", {**size(), "tie_word_embeddings": True, **llama3(theta, rng)}, False),
        ("llama-biases", "llama", {**size(wide), "attention_bias": True, "mlp_bias": True}, False),
        ("llama-linear", "llama", {**size(), **rope(theta, "linear", factor=3.0)}, True),
        ("llama-longrope", "llama", {**size(wide), **longrope(theta, pairs, rng, factor=4.0, **original)}, False),
        ("mistral", "mistral", {**size(), **window, **rope(theta)}, True),
        ("mistral-nemo", "mistral", {**size(wide), "sliding_window": None, "tie_word_embeddings": True}, False),
        ("qwen2", "qwen2", {**size(), **rope(theta)}, True),
        ("qwen2-sliding", "qwen2", {**size(), "use_sliding_window": True, "max_window_layers": 1, **window}, True),
        (
            "qwen2-listed",
            "qwen2",
            {**size(layers=3), "use_sliding_window": True, **window, "layer_types": [sliding, full, sliding]},
            False,
        ),
        ("qwen3", "qwen3", {**size(wide), **rope(theta)}, True),
        (
            "qwen3-bias",
            "qwen3",
            {
                **{**size(8), "attention_bias": True, "tie_word_embeddings": True},
                **{"use_sliding_window": True, "max_window_layers": 1, **window},
            },
            False,
        ),
        ("phi3", "phi3", {**size(), **window}, True),
        ("phi3-split", "phi3", {**size(), **rope(theta)}, False),
        ("phi3-partial", "phi3", {**size(24), **rope(theta, partial_rotary_factor=0.4)}, False),
        ("phi3-longrope", "phi3", {**size(own=10), **original, **longrope(theta, 5, rng)}, True),
        (
            "phi3-longrope-partial",
            "phi3",
            {
                **{**size(own=16), "original_max_position_embeddings": 32},
                **longrope(theta, 6, rng, partial_rotary_factor=0.75),
            },
            False,
        ),
        ("gemma", "gemma", {**size(wide), **rope(theta)}, True),
        ("gemma-bias", "gemma", {**size(8), "attention_bias": True, "tie_word_embeddings": False}, False),
        ("gemma-bf16", "gemma", {**size(8), "hidden_act": "gelu"}, True),
        ("gemma2", "gemma2", {**size(wide), **window, "query_pre_attn_scalar": 24}, True),
        (
            "gemma2-caps",
            "gemma2",
            {
                **{**size(8), **window, "query_pre_attn_scalar": 4, "attention_bias": True},
                **{"attn_logit_softcapping": 1.5, "final_logit_softcapping": 2.0},
            },
            False,
        ),
        (
            "gemma2-uncapped",
            "gemma2",
            {
                **{**size(8, layers=3), **window, "layer_types": [full, sliding, full]},
                **{"attn_logit_softcapping": None, "final_logit_softcapping": None},
            },
            False,
        ),
        (
            "gemma3_text",
            "gemma3_text",
            {
                **{**size(wide, layers=3), **window, "query_pre_attn_scalar": 16},
                **{"layer_types": [sliding, full, sliding], "final_logit_softcapping": 3.0},
                "rope_parameters": {sliding: local, full: whole},
            },
            False,
        ),
        (
            "gemma3_text-4",
            "gemma3_text",
            {
                **{**size(8, layers=7), **window, "query_pre_attn_scalar": 24, "attention_bias": True},
                "rope_parameters": {sliding: {**local, "rope_theta": 1000.0}, full: whole},
            },
            True,
        ),
    ]


def with_keys_of_version_4(config):
    """config.json as transformers 4 wrote it."""
    old = {key: value for key, value in config.items() if key not in ("rope_parameters", "dtype", "layer_types")}
    old["torch_dtype"] = config["dtype"]
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


def save_random_model(folder, name, model_type, fields, version_4):
    config = AutoConfig.for_model(model_type, **fields)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 1:
                parameter.add_(0.3 * torch.randn_like(parameter))
            else:
                parameter.normal_(std=1.2 / parameter.shape[1] ** 0.5)
    if name.endswith("bf16"):
        model.to(torch.bfloat16)
    model.save_pretrained(folder)
    file = folder / "config.json"
    written = json.loads(file.read_text())
    if fields.get("hidden_act") == "gelu":
        written["hidden_act"] = "gelu"
    file.write_text(json.dumps(with_keys_of_version_4(written) if version_4 else written, indent=2))


def add_adapter(model, name, rng):
    options = {"r": rng.choice([2, 3]), "lora_alpha": 6, "use_rslora": rng.random() < 0.5}
    # A split checkpoint has other modules than the model that is asked here.
    targets = ["o_proj", "down_proj"] if name.endswith("split") else "all-linear"
    adapted = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", target_modules=targets, **options))
    for path, parameter in adapted.named_parameters():
        if "lora_B" in path:
            torch.nn.init.normal_(parameter, std=0.2)
    return adapted


def split_projections(tensors, fields):
    """Separate projections, as some uploads of fused models have them."""
    head_dim = fields["hidden_size"] // fields["num_attention_heads"]
    queries, keys = fields["num_attention_heads"] * head_dim, fields["num_key_value_heads"] * head_dim
    result = {}
    for name, tensor in tensors.items():
        if "qkv_proj" in name:
            parts = zip(("q_proj", "k_proj", "v_proj"), tensor.split([queries, keys, keys]))
            result |= {name.replace("qkv_proj", part): value.contiguous() for part, value in parts}
        elif "gate_up_proj" in name:
            parts = zip(("gate_proj", "up_proj"), tensor.chunk(2))
            result |= {name.replace("gate_up_proj", part): value.contiguous() for part, value in parts}
        else:
            result[name] = tensor
    return result


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


def expected(model, name, fields, rng):
    """What the model computes without and with a new adapter, and that adapter."""
    ids = torch.randint(3, fields["vocab_size"], (2, LENGTH))
    labels = torch.where(torch.rand(ids.shape) < 0.3, -100, ids)
    labels[:, :3] = -100
    tensors = {"ids": ids, "labels": labels}
    tensors |= {f"plain.{key}": value for key, value in results(model, ids, labels).items()}
    adapted = add_adapter(model, name, rng).eval()
    tensors |= {f"adapted.{key}": value for key, value in results(adapted, ids, labels).items()}
    adapted(ids, labels=labels, use_cache=False).loss.backward()
    for path, parameter in adapted.named_parameters():
        if parameter.grad is not None:
            short = path.removeprefix("base_model.model.").replace(".default.weight", "")
            tensors[f"grad.{short}"] = parameter.grad
    return tensors, adapted


def make_case(target, name, model_type, fields, version_4, rng):
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        save_random_model(folder, name, model_type, fields, version_4)
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
        tensors, adapted = expected(model, name, fields, rng)
        adapted.save_pretrained(folder / "adapter")
        weights = load_file(folder / "model.safetensors")
        if name.endswith("split"):
            weights = split_projections(weights, fields)
        tensors |= {f"model.{path}": value for path, value in weights.items()}
        adapter = load_file(folder / "adapter" / "adapter_model.safetensors")
        tensors |= {f"adapter.{path}": value for path, value in adapter.items()}
        metadata = {
            "config": (folder / "config.json").read_text(),
            "adapter_config": (folder / "adapter" / "adapter_config.json").read_text(),
        }
    narrow = {k: v.to(torch.int32 if v.dtype == torch.int64 else v.dtype).contiguous() for k, v in tensors.items()}
    save_file(narrow, target / f"{name}.safetensors", metadata=metadata)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--small", action="store_true", help="the smallest shapes")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(arguments.seed)
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(1)
    for name, model_type, fields, version_4 in cases(rng, arguments.small):
        make_case(arguments.folder, name, model_type, fields, version_4, rng)
        print(name, flush=True)


if __name__ == "__main__":
    main()
