"""The LoRA step of peft + transformers + torch on a checkpoint folder, timed: the peer of `lora-step.bench.ts`.

    python lora_step.py --model DIR --batch 2 --length 512 --steps 4 [--checkpointing] [--dtype float32|bfloat16] [--device cuda]

A checkpoint that bitsandbytes quantized is trained as it is (QLoRA). Prints one JSON object: seconds of each step (AdamW
included), loss of each step, peak memory in MB: resident, or on a card the card's.
"""
import argparse
import json
import resource
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

parser = argparse.ArgumentParser()
parser.add_argument("--model", required=True)
parser.add_argument("--batch", type=int, default=2)
parser.add_argument("--length", type=int, default=512)
parser.add_argument("--steps", type=int, default=4)
parser.add_argument("--rank", type=int, default=16)
parser.add_argument("--dtype", default="float32")
parser.add_argument("--device", default="cpu")
parser.add_argument("--checkpointing", action="store_true")
args = parser.parse_args()

torch.manual_seed(0)
model = AutoModelForCausalLM.from_pretrained(args.model, dtype=getattr(torch, args.dtype), device_map=args.device)
targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
model = get_peft_model(model, LoraConfig(r=args.rank, lora_alpha=16, target_modules=targets, task_type="CAUSAL_LM"))
model.config.use_cache = False
if args.checkpointing:
    model.enable_input_require_grads()
    model.gradient_checkpointing_enable({"use_reentrant": False})
model.train()
optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=2e-4, weight_decay=0.01)

vocabulary = model.config.vocab_size
ids = torch.tensor([(i * 7919) % vocabulary for i in range(args.batch * args.length)]).view(args.batch, args.length).to(args.device)
seconds, losses = [], []
for _ in range(args.steps):
    start = time.perf_counter()
    loss = model(input_ids=ids, labels=ids).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
    losses.append(loss.item())
    seconds.append(time.perf_counter() - start)
on_card = args.device != "cpu"
peak_mb = torch.cuda.max_memory_allocated() / 2**20 if on_card else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "losses": losses, "peakMb": peak_mb}))
