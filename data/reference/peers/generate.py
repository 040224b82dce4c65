"""Greedy generation of transformers on a checkpoint folder, timed: the peer of `generate.bench.ts`.

    python generate.py --model DIR --prompt 256 --new 64 [--dtype float32|bfloat16] [--device cuda]

A checkpoint that bitsandbytes quantized is used as it is; on some processors its first repetition also lays the weights
out anew. Prints one JSON object: tokens and processor seconds of each repetition (prompt included), peak memory in MB:
resident, or on a card the card's, and the last token id.
"""
import argparse
import json
import resource
import time

import torch
from transformers import AutoModelForCausalLM

parser = argparse.ArgumentParser()
parser.add_argument("--model", required=True)
parser.add_argument("--prompt", type=int, default=256)
parser.add_argument("--new", type=int, default=64)
parser.add_argument("--repeat", type=int, default=3)
parser.add_argument("--dtype", default="float32")
parser.add_argument("--device", default="cpu")
args = parser.parse_args()

model = AutoModelForCausalLM.from_pretrained(args.model, dtype=getattr(torch, args.dtype), device_map=args.device).eval()
vocabulary = model.config.vocab_size
ids = torch.tensor([[(i * 7919) % vocabulary for i in range(args.prompt)]], device=args.device)
everything = torch.ones_like(ids)  # otherwise generate masks prompt tokens that equal the pad token
rates, seconds, last = [], [], None
with torch.no_grad():
    for _ in range(args.repeat):
        start, cpu_start = time.perf_counter(), time.process_time()
        out = model.generate(
            ids,
            attention_mask=everything,
            max_new_tokens=args.new,
            min_new_tokens=args.new,
            do_sample=False,
            pad_token_id=0,
        )
        rates.append(args.new / (time.perf_counter() - start))
        seconds.append(time.process_time() - cpu_start)
        last = out[0, -1].item()
on_card = args.device != "cpu"
peak = torch.cuda.max_memory_allocated() / 2**20 if on_card else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"tokensPerSecond": rates, "cpuSeconds": seconds, "peakMb": peak, "last": last}))
