"""A network whose activation is an autograd.Function of one's own.

Idea: `forward` saves what `backward` needs; the rest of the graph does not know the difference.
Not here: functions with several results.
Read next: mnist_cnn.py
"""

import argparse
import random

import torch
from draws import normal


class Squash(torch.autograd.Function):
    """x / (1 + |x|), with its derivative 1 / (1 + |x|)^2."""

    @staticmethod
    def forward(ctx, x):
        scale = 1.0 / (1.0 + x.abs())
        ctx.save_for_backward(scale)
        return x * scale

    @staticmethod
    def backward(ctx, grad_output):
        (scale,) = ctx.saved_tensors
        return grad_output * scale * scale


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=200)
    args = parser.parse_args()
    rng = random.Random(0)
    x, y = normal(rng, 64, 32), normal(rng, 64, 4)
    w1 = (normal(rng, 32, 50) * 0.2).requires_grad_()
    w2 = (normal(rng, 50, 4) * 0.2).requires_grad_()
    for step in range(args.steps):
        guess = Squash.apply(x.mm(w1)).mm(w2)
        loss = (guess - y).pow(2).mean()
        loss.backward()
        with torch.no_grad():
            for w in (w1, w2):
                w -= 0.5 * w.grad
                w.grad.zero_()
        if step % max(args.steps // 10, 1) == 0:
            print(f"step {step} loss {loss.item():.6f}")
    inputs = normal(rng, 5).double().requires_grad_()
    print("gradcheck", torch.autograd.gradcheck(Squash.apply, (inputs,)))


if __name__ == "__main__":
    main()
