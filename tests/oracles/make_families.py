#!/usr/bin/env python3
"""Writes the oracles of the model families: what plain PyTorch computes for tiny checkpoints of each.

  make_families.py DIR [SEED]      one folder a case: config.json, model.safetensors, model-bf16.safetensors, oracle.json,
                                   oracle.safetensors, adapter_config.json, adapter_model.safetensors

Nothing but PyTorch is needed. Everything is float32 but the weights of model-bf16.safetensors, and every formula stands here as
the papers and the meaning of the configuration give it: Llama (Touvron et al. 2023), Qwen2 (Yang et al. 2024), Qwen3 (Yang et al.
2025), LoRA (Hu et al. 2022), Mistral 7B (Jiang et al. 2023), Phi-3 (Abdin et al. 2024), LongRoPE (Ding et al. 2024), Gemma 3 (2025).
A window of w lets position i see the positions i-w+1 to i.

oracle.json holds
  input_ids, loss_mask   [rows][length]; the mask says which tokens count as targets (never the first of a row)
  losses                 mean cross entropy of the tokens that count, before each step of AdamW
  gradient_norms         of each step, before clipping
  adamw                  the settings; weight decay is decoupled and takes every tensor
  greedy_prompt, greedy_tokens
and oracle.safetensors
  logits                 [rows, length, vocabulary] of the first weights
  logits_bf16            the same of model-bf16.safetensors, which are the first weights rounded
  logits_adapter         the same with the adapter
  token_logprobs         [rows, length - 1] of each token but the first, given those before it
  gradient.NAME          of the first loss, before clipping
  adamw.NAME             the weights after the last step
"""
import copy, json, math, os, struct, sys
import torch, torch.nn as nn, torch.nn.functional as F

# With the usual 1e-8, a step would show the rounding of gradients that are almost 0: it divides them by their own size.
ADAMW = dict(lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-6, weight_decay=0.01, max_gradient_norm=0.5)
# The prompt of the greedy tokens is longer than every window, and than where the long factors of LongRoPE begin.
STEPS, ROWS, LENGTH, PROMPT, GREEDY = 2, 2, 24, 17, 20


# ---- files ----
def save_tensors(tensors, path):
    header, blobs, offset = {}, [], 0
    for name, t in tensors.items():
        t = t.detach().contiguous()
        half = t.dtype == torch.bfloat16
        raw = (t.view(torch.int16) if half else t).numpy().tobytes()
        header[name] = {"dtype": "BF16" if half else "F32", "shape": list(t.shape), "data_offsets": [offset, offset + len(raw)]}
        blobs.append(raw)
        offset += len(raw)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


# ---- rotary positions ----
def head_size(c):
    return c.get("head_dim", c["hidden_size"] // c["num_attention_heads"])


def has_query_key_norm(c):
    return c["model_type"] in ("qwen3", "gemma3_text")


def is_sliding(c, layer):
    """Gemma 3 says it layer by layer, in one of two ways; the others have a window everywhere or nowhere."""
    if c["model_type"] != "gemma3_text":
        return c.get("sliding_window") is not None
    return c["layer_types"][layer] == "sliding_attention" if "layer_types" in c else (layer + 1) % c["sliding_window_pattern"] != 0


def frequencies(c, sliding):
    """The angle per position of each pair of entries (of LongRoPE: as a function of the length), how many entries turn, and the factor on cosine and sine."""
    gemma = c["model_type"] == "gemma3_text"
    theta = c["rope_local_base_freq"] if gemma and sliding else c["rope_theta"]
    turning = int(head_size(c) * c.get("partial_rotary_factor", 1.0))
    inverse = theta ** (-torch.arange(0, turning, 2, dtype=torch.float32) / turning)
    scaling = None if gemma and sliding else c.get("rope_scaling")
    kind = None if scaling is None else scaling.get("rope_type", scaling.get("type"))
    if kind == "linear":
        return inverse / scaling["factor"], turning, 1.0
    if kind == "llama3":
        # Llama 3.1 (Grattafiori et al. 2024): slow frequencies are divided, fast ones kept, those between mixed by how often they turn.
        low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
        turns = scaling["original_max_position_embeddings"] * inverse / (2 * math.pi)
        kept = ((turns - low) / (high - low)).clamp(0, 1)
        return kept * inverse + (1 - kept) * inverse / scaling["factor"], turning, 1.0
    if kind == "longrope":
        original = c["original_max_position_embeddings"]
        grown = c["max_position_embeddings"] / original
        factor = math.sqrt(1 + math.log(grown) / math.log(original)) if grown > 1 else 1.0
        # One set for every position, chosen by the longest position that is asked for.
        return lambda length: inverse / torch.tensor(scaling["long_factor" if length > original else "short_factor"]), turning, factor
    assert kind is None, kind
    return inverse, turning, 1.0


def rotate(x, positions, inverse, turning, factor):
    """Entries j and j + turning/2 of a head turn together; what lies behind them stays. x is [batch, heads, length, head]."""
    angles = positions[:, None].float() * inverse[None]
    cos, sin = angles.cos() * factor, angles.sin() * factor
    half = turning // 2
    a, b, rest = x[..., :half], x[..., half:turning], x[..., turning:]
    return torch.cat([a * cos - b * sin, b * cos + a * sin, rest], -1)


# ---- model ----
class RmsNorm(nn.Module):
    """Gemma multiplies by one plus the weight, the others by the weight."""

    def __init__(self, size, c):
        super().__init__()
        self.offset = 1.0 if c["model_type"] == "gemma3_text" else 0.0
        self.weight, self.eps = nn.Parameter(torch.zeros(size)), c["rms_norm_eps"]

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * (self.offset + self.weight)


class Attention(nn.Module):
    def __init__(self, c, layer):
        super().__init__()
        d, h, k, size = c["hidden_size"], c["num_attention_heads"], c["num_key_value_heads"], head_size(c)
        self.c = c
        gemma = c["model_type"] == "gemma3_text"
        sliding = is_sliding(c, layer)
        self.window = c["sliding_window"] if sliding else None
        self.inverse, self.turning, self.factor = frequencies(c, sliding)
        self.scale = (c["query_pre_attn_scalar"] if gemma else size) ** -0.5
        if c["model_type"] == "phi3":
            self.qkv_proj = nn.Linear(d, (h + 2 * k) * size, bias=False)
        else:
            self.q_proj, self.k_proj, self.v_proj = (nn.Linear(d, n * size, bias=c["model_type"] == "qwen2") for n in (h, k, k))
        self.o_proj = nn.Linear(h * size, d, bias=False)
        if has_query_key_norm(c):
            self.q_norm, self.k_norm = RmsNorm(size, c), RmsNorm(size, c)

    def forward(self, x):
        (rows, length, _), c = x.shape, self.c
        h, k, size = c["num_attention_heads"], c["num_key_value_heads"], head_size(c)
        if c["model_type"] == "phi3":
            q, key, v = self.qkv_proj(x).split([h * size, k * size, k * size], -1)
        else:
            q, key, v = self.q_proj(x), self.k_proj(x), self.v_proj(x)
        q, key, v = q.view(rows, length, h, size), key.view(rows, length, k, size), v.view(rows, length, k, size)
        if has_query_key_norm(c):
            q, key = self.q_norm(q), self.k_norm(key)
        positions = torch.arange(length)
        inverse = self.inverse(length) if callable(self.inverse) else self.inverse
        q = rotate(q.transpose(1, 2), positions, inverse, self.turning, self.factor)
        key = rotate(key.transpose(1, 2), positions, inverse, self.turning, self.factor)
        # Query head i reads key and value head i // (h / k).
        key, v = key.repeat_interleave(h // k, 1), v.transpose(1, 2).repeat_interleave(h // k, 1)
        distance = positions[:, None] - positions[None, :]
        seen = distance >= 0 if self.window is None else (distance >= 0) & (distance < self.window)
        scores = (q @ key.transpose(-1, -2) * self.scale).masked_fill(~seen, float("-inf"))
        return self.o_proj((scores.softmax(-1) @ v).transpose(1, 2).reshape(rows, length, h * size))


class Mlp(nn.Module):
    def __init__(self, c):
        super().__init__()
        d, f = c["hidden_size"], c["intermediate_size"]
        self.fused, self.gelu = c["model_type"] == "phi3", c["model_type"] == "gemma3_text"
        if self.fused:
            self.gate_up_proj = nn.Linear(d, 2 * f, bias=False)
        else:
            self.gate_proj, self.up_proj = nn.Linear(d, f, bias=False), nn.Linear(d, f, bias=False)
        self.down_proj = nn.Linear(f, d, bias=False)

    def forward(self, x):
        gate, up = self.gate_up_proj(x).chunk(2, -1) if self.fused else (self.gate_proj(x), self.up_proj(x))
        if self.gelu:
            active = 0.5 * gate * (1 + torch.tanh(math.sqrt(2 / math.pi) * (gate + 0.044715 * gate ** 3)))
        else:
            active = F.silu(gate)
        return self.down_proj(active * up)


class Layer(nn.Module):
    def __init__(self, c, layer):
        super().__init__()
        d = c["hidden_size"]
        self.gemma = c["model_type"] == "gemma3_text"
        self.self_attn, self.mlp = Attention(c, layer), Mlp(c)
        self.input_layernorm, self.post_attention_layernorm = RmsNorm(d, c), RmsNorm(d, c)
        if self.gemma:
            self.pre_feedforward_layernorm, self.post_feedforward_layernorm = RmsNorm(d, c), RmsNorm(d, c)

    def forward(self, x):
        if not self.gemma:
            x = x + self.self_attn(self.input_layernorm(x))
            return x + self.mlp(self.post_attention_layernorm(x))
        x = x + self.post_attention_layernorm(self.self_attn(self.input_layernorm(x)))
        return x + self.post_feedforward_layernorm(self.mlp(self.pre_feedforward_layernorm(x)))


class Body(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.embed_tokens = nn.Embedding(c["vocab_size"], c["hidden_size"])
        self.layers = nn.ModuleList(Layer(c, i) for i in range(c["num_hidden_layers"]))
        self.norm = RmsNorm(c["hidden_size"], c)


class CausalLm(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c, self.model = c, Body(c)
        self.lm_head = None if c["tie_word_embeddings"] else nn.Linear(c["hidden_size"], c["vocab_size"], bias=False)
        for name, p in self.named_parameters():
            # Norms away from where they start, so that a forgotten one shows.
            gain = 0.0 if c["model_type"] == "gemma3_text" or name.endswith("bias") else 1.0
            nn.init.normal_(p, std=0.15) if p.dim() > 1 else nn.init.normal_(p, mean=gain, std=0.1)

    def forward(self, ids):
        x = self.model.embed_tokens(ids)
        if self.c["model_type"] == "gemma3_text":
            x = x * math.sqrt(self.c["hidden_size"])
        for layer in self.model.layers:
            x = layer(x)
        return self.model.norm(x) @ (self.model.embed_tokens if self.lm_head is None else self.lm_head).weight.t()


# ---- cases ----
def cases():
    shape = dict(vocab_size=64, hidden_size=24, intermediate_size=32, num_attention_heads=4, num_key_value_heads=2, head_dim=8,
                 hidden_act="silu", max_position_embeddings=128, torch_dtype="float32", bos_token_id=1, eos_token_id=2, attention_dropout=0.0)
    # As many heads of keys and values as of queries, which no other case has.
    llama = dict(shape, model_type="llama", architectures=["LlamaForCausalLM"], num_hidden_layers=2, num_key_value_heads=4, rms_norm_eps=1e-5,
                 rope_theta=10000.0, tie_word_embeddings=False)
    # The four frequencies turn 10, 1.02, 0.1 and 0.01 times over the original length: kept, between, slowed, slowed.
    bands = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=64)
    qwen = dict(shape, num_hidden_layers=2, rms_norm_eps=1e-6, rope_theta=1000000.0, tie_word_embeddings=True)
    mistral = dict(shape, model_type="mistral", architectures=["MistralForCausalLM"], num_hidden_layers=3, rms_norm_eps=1e-5, rope_theta=10000.0,
                   tie_word_embeddings=False, sliding_window=7)
    # Heads of 16 entries, of which 12 turn where the factor is 0.75.
    phi = dict(shape, model_type="phi3", architectures=["Phi3ForCausalLM"], hidden_size=32, num_hidden_layers=3, num_attention_heads=2, num_key_value_heads=1,
               rms_norm_eps=1e-5, rope_theta=10000.0, rope_scaling=None, partial_rotary_factor=1.0, tie_word_embeddings=False, sliding_window=9,
               original_max_position_embeddings=128, resid_pdrop=0.0, embd_pdrop=0.0, attention_bias=False)
    del phi["head_dim"]
    partial = dict(phi, partial_rotary_factor=0.75, sliding_window=None, num_hidden_layers=2)
    factors = dict(type="longrope", short_factor=[1.0, 1.05, 1.1, 1.2, 1.3, 1.4], long_factor=[1.1, 1.5, 2.0, 3.0, 4.5, 6.0])
    gemma = dict(shape, model_type="gemma3_text", architectures=["Gemma3ForCausalLM"], num_hidden_layers=6, num_key_value_heads=1, head_dim=12,
                 rms_norm_eps=1e-6, rope_theta=1000000.0, rope_local_base_freq=10000.0, rope_scaling=None, sliding_window=6, sliding_window_pattern=6,
                 query_pre_attn_scalar=16, hidden_activation="gelu_pytorch_tanh", attention_bias=False, attn_logit_softcapping=None,
                 final_logit_softcapping=None, tie_word_embeddings=True)
    del gemma["hidden_act"]
    return {
        "llama": llama,
        "llama3": dict(llama, num_key_value_heads=2, rope_scaling=bands),
        "qwen2": dict(qwen, model_type="qwen2", architectures=["Qwen2ForCausalLM"]),
        "qwen3": dict(qwen, model_type="qwen3", architectures=["Qwen3ForCausalLM"], head_dim=12),
        "mistral-window": mistral,
        "mistral-full": dict(mistral, sliding_window=None, num_hidden_layers=2),
        "phi3-window": phi,
        "phi3-partial": partial,
        # The original length is longer, then shorter than all sequences.
        "phi3-longrope-short": dict(partial, rope_scaling=factors, original_max_position_embeddings=64),
        "phi3-longrope-long": dict(partial, rope_scaling=factors, original_max_position_embeddings=16),
        "gemma3": gemma,
        # Two global layers of four, whose positions are scaled.
        "gemma3-linear": dict({n: v for n, v in gemma.items() if n != "sliding_window_pattern"}, num_hidden_layers=4,
                              layer_types=["sliding_attention", "full_attention"] * 2, rope_scaling=dict(rope_type="linear", factor=8.0)),
    }


def masked_loss(model, ids, mask):
    terms = F.cross_entropy(model(ids)[:, :-1].reshape(-1, model.c["vocab_size"]), ids[:, 1:].reshape(-1), reduction="none")
    counted = mask[:, 1:].reshape(-1).float()
    return (terms * counted).sum() / counted.sum()


@torch.no_grad()
def greedy(model, prompt):
    ids = prompt
    while ids.shape[1] < PROMPT + GREEDY:
        best = model(ids)[:, -1].topk(2)
        assert (best.values[:, 0] - best.values[:, 1]).min() > 1e-3, "rounding would settle a tie; choose another seed"
        ids = torch.cat([ids, best.indices[:, :1]], 1)
    return ids[:, PROMPT:]


@torch.no_grad()
def adapted(model, seed):
    """A LoRA adapter as PEFT lays it out, and the model with it: W + alpha / r B A. B is not 0, so that the adapter matters."""
    targets = ["o_proj", "down_proj"] if model.c["model_type"] == "phi3" else ["q_proj", "v_proj", "down_proj"]
    config = {"peft_type": "LORA", "r": 4, "lora_alpha": 8, "target_modules": targets, "lora_dropout": 0.0, "bias": "none",
              "task_type": "CAUSAL_LM", "fan_in_fan_out": False}
    model, tensors, generator = copy.deepcopy(model), {}, torch.Generator().manual_seed(seed)
    for name, module in model.named_modules():
        if name.split(".")[-1] in targets:
            a = torch.randn(config["r"], module.in_features, generator=generator) * 0.2
            b = torch.randn(module.out_features, config["r"], generator=generator) * 0.2
            tensors.update({f"base_model.model.{name}.lora_A.weight": a, f"base_model.model.{name}.lora_B.weight": b})
            module.weight += config["lora_alpha"] / config["r"] * b @ a
    return config, tensors, model


@torch.no_grad()
def rounded(model):
    model = copy.deepcopy(model)
    for p in model.parameters():
        p.copy_(p.to(torch.bfloat16).float())
    return model


def write(folder, c, seed):
    torch.manual_seed(seed)
    model = CausalLm(c)
    named = dict(model.named_parameters())
    os.makedirs(folder, exist_ok=True)
    write_json(c, os.path.join(folder, "config.json"))
    save_tensors(named, os.path.join(folder, "model.safetensors"))
    half = rounded(model)
    save_tensors({n: p.to(torch.bfloat16) for n, p in half.named_parameters()}, os.path.join(folder, "model-bf16.safetensors"))
    adapter_config, adapter, with_adapter = adapted(model, seed + 1)
    write_json(adapter_config, os.path.join(folder, "adapter_config.json"))
    save_tensors(adapter, os.path.join(folder, "adapter_model.safetensors"))
    ids = torch.randint(3, c["vocab_size"], (ROWS, LENGTH))
    mask = (torch.rand(ROWS, LENGTH) < 0.6).long()
    # The last token counts: what leads to it looks back furthest.
    mask[:, 0], mask[:, -1] = 0, 1
    prompt = ids[:1, :PROMPT]
    logits = model(ids).detach()
    tensors = {"logits": logits, "logits_bf16": half(ids), "logits_adapter": with_adapter(ids),
               "token_logprobs": logits[:, :-1].log_softmax(-1).gather(-1, ids[:, 1:, None])[..., 0]}
    oracle = {"input_ids": ids.tolist(), "loss_mask": mask.tolist(), "greedy_prompt": prompt.tolist(), "greedy_tokens": greedy(model, prompt).tolist(),
              "losses": [], "gradient_norms": [], "adamw": dict(ADAMW, steps=STEPS)}
    optimiser = torch.optim.AdamW(named.values(), lr=ADAMW["lr"], betas=(ADAMW["beta1"], ADAMW["beta2"]), eps=ADAMW["eps"], weight_decay=ADAMW["weight_decay"])
    for step in range(STEPS):
        optimiser.zero_grad()
        loss = masked_loss(model, ids, mask)
        loss.backward()
        if step == 0:
            tensors.update({"gradient." + n: p.grad.clone() for n, p in named.items()})
        norm = nn.utils.clip_grad_norm_(model.parameters(), ADAMW["max_gradient_norm"])
        optimiser.step()
        oracle["losses"].append(loss.item())
        oracle["gradient_norms"].append(norm.item())
    tensors.update({"adamw." + n: p for n, p in named.items()})
    write_json(oracle, os.path.join(folder, "oracle.json"))
    save_tensors(tensors, os.path.join(folder, "oracle.safetensors"))
    print(folder, "losses", oracle["losses"], "gradient norms", oracle["gradient_norms"])


def write_json(value, path):
    with open(path, "w") as f:
        f.write("{\n" + ",\n".join(f" {json.dumps(k)}: {json.dumps(v)}" for k, v in value.items()) + "\n}\n")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    for name, case in cases().items():
        write(os.path.join(sys.argv[1], name), case, int(sys.argv[2]) if len(sys.argv) == 3 else 7)
