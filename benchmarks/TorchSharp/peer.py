"""The work of the benchmark beside it in plain PyTorch: tokens per second of rollouts and training for the shape given as JSON."""
import json, statistics, sys, time
import torch
import torch.nn.functional as F
from torch.utils.checkpoint import checkpoint

w = json.loads(sys.argv[1])
device, dtype = torch.device(w["device"]), getattr(torch, w["type"])
hidden, heads, shared, layers = w["hidden"], w["heads"], w["keyValueHeads"], w["layers"]
size, roles = hidden // heads, 1 if w["full"] else 3
shapes = {"q": (heads * size, hidden), "k": (shared * size, hidden), "v": (shared * size, hidden), "o": (hidden, heads * size),
          "gate": (w["intermediate"], hidden), "up": (w["intermediate"], hidden), "down": (hidden, w["intermediate"])}
sync = torch.cuda.synchronize if device.type == "cuda" else lambda: None

def normal(*shape, of=dtype, scale=0.02):
    return (torch.randn(*shape, device=device) * scale).to(of)

embedding, final = normal(w["vocabulary"], hidden), torch.ones(hidden, device=device, dtype=dtype)
weights = [{n: normal(*s) for n, s in shapes.items()} | {n + "_bias": torch.zeros(shapes[n][0], device=device, dtype=dtype) for n in "qkv"}
           | {n: torch.ones(hidden, device=device, dtype=dtype) for n in ("norm1", "norm2")} for _ in range(layers)]
adapters = [] if w["full"] else [[{n: (normal(w["rank"], s[1], of=torch.float32), torch.zeros(s[0], w["rank"], device=device)) for n, s in shapes.items()}
                                  for _ in range(layers)] for _ in range(roles)]
angles = torch.outer(torch.arange(w["length"], device=device).float(), 1e6 ** (-torch.arange(0, size, 2, device=device).float() / size)).repeat(1, 2)
cos, sin = angles.cos().to(dtype), angles.sin().to(dtype)

def attention(q, k, v, causal):
    if hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(q, k, v, is_causal=causal)
    scores = q @ k.transpose(-1, -2) / size ** 0.5
    return (scores + torch.full(scores.shape[-2:], float("-inf"), device=device).triu(1) if causal else scores).softmax(-1).to(q.dtype) @ v

def norm(x, weight):
    wide = x.float()
    return (wide * (wide.pow(2).mean(-1, keepdim=True) + 1e-6).rsqrt()).to(x.dtype) * weight

def linear(x, layer, name, used):
    """`used` are the adapters of neighbouring rows: (first row, behind the last row, adapter)."""
    y = F.linear(x, weights[layer][name], weights[layer].get(name + "_bias"))
    for first, last, adapter in used:
        a, b = adapter[layer][name]
        delta = F.linear(F.linear(x[first:last], a.to(dtype)), b.to(dtype)) * (w["alpha"] / w["rank"])
        y = y + delta if last - first == len(x) else torch.cat((y[:first], y[first:last] + delta, y[last:]))
    return y

def block(x, layer, used, start, cache):
    def turn(y):
        at = slice(start, start + x.shape[1])
        return y * cos[at] + torch.cat((-y[..., size // 2:], y[..., :size // 2]), -1) * sin[at]

    h = norm(x, weights[layer]["norm1"])
    q, k, v = (linear(h, layer, n, used).view(len(x), -1, c, size).transpose(1, 2) for n, c in (("q", heads), ("k", shared), ("v", shared)))
    q, k = turn(q), turn(k)
    for i, new in enumerate((k, v) if cache else ()):
        cache[layer][i][:, :, start:start + x.shape[1]] = new
    k, v = (kept[:, :, :start + x.shape[1]] for kept in cache[layer]) if cache else (k, v)
    if x.shape[1] == 1:  # Heads that share keys stand behind each other like tokens, so that no key is copied.
        out = attention(q.reshape(len(x), shared, heads // shared, size), k, v, False).view(len(x), heads, 1, size)
    else:
        out = attention(q, k.repeat_interleave(heads // shared, 1), v.repeat_interleave(heads // shared, 1), True)
    x = x + linear(out.transpose(1, 2).reshape(*x.shape[:2], -1), layer, "o", used)
    h = norm(x, weights[layer]["norm2"])
    return x + linear(F.silu(linear(h, layer, "gate", used)) * linear(h, layer, "up", used), layer, "down", used)

def forward(ids, used, start=0, cache=None):
    x, again = F.embedding(ids, embedding), w["checkpointing"] and torch.is_grad_enabled()
    for layer in range(layers):
        x = checkpoint(block, x, layer, used, start, cache, use_reentrant=False) if again else block(x, layer, used, start, cache)
    return norm(x, final)

@torch.no_grad()
def rollout():
    half, rows = w["length"] // 2, w["rows"]
    cache = [[torch.zeros(rows, shared, w["length"], size, device=device, dtype=dtype) for _ in "kv"] for _ in range(layers)]
    ends = [rows * (i + 1) // roles for i in range(roles)]
    used = [u for u in zip([0, *ends], ends, adapters) if u[0] < u[1]]
    ids, start, scores = torch.randint(3, w["vocabulary"], (rows, half), device=device), 0, []
    for _ in range(half):
        logp = F.linear(forward(ids, used, start, cache)[:, -1], embedding).float().log_softmax(-1)
        start, ids = start + ids.shape[1], torch.multinomial(logp.exp(), 1)
        scores.append(logp.gather(1, ids))
    return torch.cat(scores, 1).cpu()

def train(parameters, masters, optimizer, used):
    half, count = w["length"] // 2, max(1, w["tokensPerMicroBatch"] // w["length"])
    rows = torch.randint(3, w["vocabulary"], (w["rows"] // roles, w["length"]), device=device)
    for part in rows.split(count):
        hiddens = forward(part[:, :-1], [(0, len(part), a) for a in used])[:, -half:].reshape(-1, hidden)
        (1e-3 * F.cross_entropy(F.linear(hiddens, embedding).float(), part[:, -half:].reshape(-1), reduction="sum")).backward()
    copied = [(p, m) for p, m in zip(parameters, masters) if p is not m]
    for p, m in copied:
        m.grad, p.grad = p.grad.float(), None
    torch.nn.utils.clip_grad_norm_(masters, 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    with torch.no_grad():
        for p, m in copied:
            p.copy_(m)

def learner(parameters, used):
    for p in parameters:
        p.requires_grad_()
    masters = [p if p.dtype == torch.float32 else p.detach().float() for p in parameters]
    return parameters, masters, torch.optim.AdamW(masters, lr=1e-5, weight_decay=0, **({"fused": True} if device.type == "cuda" else {})), used

def seconds(action):
    times = []
    for _ in range(w["steps"] + 1):
        begin = time.perf_counter()
        action()
        sync()
        times.append(time.perf_counter() - begin)
    return statistics.median(times[1:])

rates = {"rollout": w["rows"] * (w["length"] // 2) / seconds(rollout)}
learners = [learner([p for layer in a for pair in layer.values() for p in pair], [a]) for a in adapters]
learners = learners or [learner([embedding, final, *(p for layer in weights for p in layer.values())], [])]
rates["train"] = w["rows"] // roles * roles * w["length"] / seconds(lambda: [train(*one) for one in learners])
print(json.dumps(rates))
