"""PubMedQA by likelihood and perplexity with transformers: the peer of `medtune evaluate`.

    python evaluate.py --model DIR [--adapter DIR] --dataset ori_pqal.json --ids ids.json --setting required [--texts texts.json]

Prints one JSON object: log-likelihoods of yes, no, maybe by id, accuracy, macro-F1, and the perplexity of the texts.
Every choice is scored by a forward pass over the whole text, without a key/value cache.
"""
import argparse
import json
import math

import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

parser = argparse.ArgumentParser()
parser.add_argument("--model", required=True)
parser.add_argument("--adapter", help="PEFT folder")
parser.add_argument("--dataset", required=True)
parser.add_argument("--ids", required=True, help="JSON list of ids")
parser.add_argument("--setting", choices=["required", "free"], required=True)
parser.add_argument("--texts", help="JSON list of texts for the perplexity")
args = parser.parse_args()

model = AutoModelForCausalLM.from_pretrained(args.model, dtype=torch.float32).eval()
if args.adapter is not None:
    from peft import PeftModel

    model = PeftModel.from_pretrained(model, args.adapter).eval()
tokenizer = Tokenizer.from_file(f"{args.adapter or args.model}/tokenizer.json")
positions = model.config.max_position_embeddings
bos = model.config.bos_token_id
answers = ["yes", "no", "maybe"]


def token_losses(ids):
    """-log P of every token after the first."""
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0, :-1]
    return torch.nn.functional.cross_entropy(logits.double(), torch.tensor(ids[1:]), reduction="none")


def log_likelihoods(prompt):
    rows = [tokenizer.encode(f"{prompt} {answer}").ids for answer in answers]
    prompt_ids = tokenizer.encode(prompt).ids
    shared = 0
    while shared < len(prompt_ids) and all(row[shared] == prompt_ids[shared] for row in rows):
        shared += 1
    room = positions - max(len(row) - shared for row in rows)
    start = prompt_ids[:shared]
    if len(start) > room:
        start = [bos] + start[len(start) - room + 1 :] if start[0] == bos else start[len(start) - room :]
    return [-token_losses(start + row[shared:])[len(start) - 1 :].sum().item() for row in rows]


def scores(gold, predicted):
    met = [c for c in answers if c in gold or c in predicted]
    right = {c: sum(g == p == c for g, p in zip(gold, predicted)) for c in met}
    f1 = [2 * right[c] / (gold.count(c) + predicted.count(c)) for c in met]
    return sum(right.values()) / len(gold), sum(f1) / len(f1)


with open(args.dataset, encoding="utf-8") as file:
    records = json.load(file)
with open(args.ids, encoding="utf-8") as file:
    ids = json.load(file)
likelihoods = {}
for record_id in ids:
    record = records[record_id]
    abstract = "\n".join(record["CONTEXTS"]) if args.setting == "required" else record["LONG_ANSWER"]
    likelihoods[record_id] = log_likelihoods(f"Abstract: {abstract}\nQuestion: {record['QUESTION']}\nAnswer:")
predicted = [answers[max(range(3), key=likelihoods[i].__getitem__)] for i in ids]
accuracy, macro_f1 = scores([records[i]["final_decision"] for i in ids], predicted)
result = {"likelihoods": likelihoods, "accuracy": accuracy, "macroF1": macro_f1}
if args.texts is not None:
    with open(args.texts, encoding="utf-8") as file:
        losses = [token_losses(tokenizer.encode(text).ids[:positions]) for text in json.load(file)]
    result["perplexity"] = math.exp(sum(each.sum().item() for each in losses) / sum(len(each) for each in losses))
print(json.dumps(result))
