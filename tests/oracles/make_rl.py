#!/usr/bin/env python3
"""Writes the numbers that tests of rewards, advantages and losses are held to, from plain double-precision Python.

  make_rl.py FILE

Every formula stands here as its paper gives it; nothing is read from the library. In the file, each entry has its inputs beside its results:
  group         advantages of one group of returns: GRPO (Shao et al. 2024, section 4.1.2) with three constants beside the deviation, MAGRPO
                (Liu et al. 2025, as published in CoMLRL), Dr. GRPO (Liu et al. 2025, section 3.2), RLOO (Ahmadian et al. 2024)
  roles         rows of two roles in four trajectories, normalised role by role, over trajectories, and over rows
  returns       discounted returns of each turn (Sutton and Barto 2018, equation 3.9)
  surrogate     the clipped surrogate (Schulman et al. 2017, equation 7; bounds that differ: Yu et al. 2025, section 3.1; the ratio's
                bound at negative advantages: Ye et al. 2020) with the divergence k3 (Schulman 2020), token by token, and its derivative by the log-probability
  importance    truncated importance weights (Yao et al. 2025)
  aggregation   losses of tokens as one number
  pass_at_k     Chen et al. 2021, equation 1, as a fraction of binomial coefficients
"""
import json, math, sys


def mean(values):
    return sum(values) / len(values)


def deviation(values, freedom):
    return math.sqrt(sum((v - mean(values)) ** 2 for v in values) / (len(values) - freedom))


def grpo(returns, epsilon=1e-6):
    return [(r - mean(returns)) / (deviation(returns, 1) + epsilon) for r in returns]


def group():
    returns = [1.0, 0.5, 0.0, 0.25]
    others = [mean(returns[:i] + returns[i + 1:]) for i in range(len(returns))]
    binary, sparse = [1.0, 0.0, 0.0, 1.0], [0.0, 0.0, 1.0, 0.0]
    return {
        "returns": returns,
        "grpo": {str(e): grpo(returns, e) for e in (1e-6, 1e-9, 1e-4)},
        "magrpo": [(r - mean(returns)) / max(deviation(returns, 0), 1e-6) for r in returns],
        "dr_grpo": [r - mean(returns) for r in returns],
        "rloo": [r - o for r, o in zip(returns, others)],
        "binary": {"returns": binary, "grpo": grpo(binary)},
        "sparse": {"returns": sparse, "grpo": grpo(sparse)},
    }


def roles():
    rows = [("t0", "solver", 1.0), ("t0", "verifier", 0.9), ("t1", "solver", 0.0), ("t1", "verifier", 0.0), ("t1", "solver", 0.0),
            ("t2", "solver", 0.9), ("t2", "verifier", 1.0), ("t3", "solver", 0.0), ("t3", "verifier", -0.1), ("t3", "solver", -0.1)]
    returns = [r for _, _, r in rows]

    def normal(value, among):
        return (value - mean(among)) / (deviation(among, 1) + 1e-6)

    trajectories = sorted({t for t, _, _ in rows})
    average = {t: mean([r for u, _, r in rows if u == t]) for t in trajectories}
    return {
        "rows": [list(row) for row in rows],
        "by_role": [normal(r, [q for _, other, q in rows if other == role]) for _, role, r in rows],
        "by_trajectory": [normal(average[t], list(average.values())) for t, _, _ in rows],
        "by_row": [normal(r, returns) for r in returns],
    }


def returns():
    gamma, runs = 0.9, [[0.0, 1.0], [0.5, 0.0], [0.0, 0.0], [0.5, 1.0, -0.25]]
    return {"gamma": gamma, "rewards": runs, "returns": [[sum(gamma ** (u - t) * r[u] for u in range(t, len(r))) for t in range(len(r))] for r in runs]}


def surrogate():
    own, old, reference = [-1.0, -0.5, -2.0], [-1.2, -0.9, -1.2], [-1.1, -0.7, -1.9]
    cases = []
    for advantage, low, high, dual, kl in ((1, 0.2, 0.2, None, 0), (1, 0.2, 0.2, None, 0.04), (-1, 0.2, 0.2, None, 0), (-1, 0.2, 0.2, None, 0.04),
                                           (1.5, 0.2, 0.28, None, 0), (-2, 0.6, 0.2, 1.3, 0)):
        def loss(p, q, r):
            ratio = math.exp(p - q)
            value = max(-advantage * ratio, -advantage * min(max(ratio, 1 - low), 1 + high))
            if advantage < 0 and dual is not None:
                value = min(value, -advantage * dual)
            return value + kl * (math.exp(r - p) - (r - p) - 1)

        step = 1e-5
        tokens = [loss(*t) for t in zip(own, old, reference)]
        # By central differences, so that the derivative is nobody's algebra.
        slopes = [(loss(p + step, q, r) - loss(p - step, q, r)) / (2 * step) for p, q, r in zip(own, old, reference)]
        cases.append({"advantage": advantage, "clip_low": low, "clip_high": high, "dual_clip": dual, "kl": kl, "tokens": tokens, "mean": mean(tokens), "slopes": slopes})
    return {"log_probs": own, "behavior": old, "reference": reference, "cases": cases}


def importance():
    trainer, sampler, cap = [-1.0, -0.5, -2.0], [-1.1, -1.4, -2.3], 2.0
    return {"trainer": trainer, "sampler": sampler, "cap": cap, "weights": [min(math.exp(a - b), cap) for a, b in zip(trainer, sampler)]}


def aggregation():
    losses, longest = [[1.0, 2.0, 3.0], [4.0]], 3
    every = [x for row in losses for x in row]
    return {"losses": losses, "max_length": longest, "token_mean": mean(every), "sequence_mean_token_sum": mean([sum(r) for r in losses]),
            "sequence_mean_token_mean": mean([mean(r) for r in losses]), "dr_grpo": sum(every) / (len(losses) * longest)}


def pass_at_k():
    samples, correct = 8, 2
    return {"samples": samples, "correct": correct, "by_k": {str(k): 1 - math.comb(samples - correct, k) / math.comb(samples, k) for k in (1, 2, 4, 8)}}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    parts = (group, roles, returns, surrogate, importance, aggregation, pass_at_k)
    with open(sys.argv[1], "w") as f:
        f.write("{\n" + ",\n".join(f" {json.dumps(p.__name__)}: {json.dumps(p())}" for p in parts) + "\n}\n")
