"""Sine waves continued by two LSTM cells, trained by L-BFGS.

Idea: the optimiser calls a closure as often as its line search needs; double precision throughout.
Not here: letters (char_rnn.py).
Read next: checkpoints.py
"""

import argparse
import random

import torch
from draws import initialise
from torch import nn


class Waves(nn.Module):
    """Waves (N, T) to the next value at each time, and `future` values more (N, T + future)."""

    def __init__(self, hidden: int = 12) -> None:
        super().__init__()
        self.hidden = hidden
        self.lstm1 = nn.LSTMCell(1, hidden)
        self.lstm2 = nn.LSTMCell(hidden, hidden)
        self.linear = nn.Linear(hidden, 1)

    def forward(self, x: torch.Tensor, future: int = 0) -> torch.Tensor:
        h1, c1, h2, c2 = (torch.zeros(x.size(0), self.hidden, dtype=x.dtype) for _ in range(4))
        out, outs = None, []
        for step in [*x.split(1, dim=1), *[None] * future]:
            h1, c1 = self.lstm1(out if step is None else step, (h1, c1))
            h2, c2 = self.lstm2(h1, (h2, c2))
            out = self.linear(h2)
            outs.append(out)
        return torch.cat(outs, dim=1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=5)
    args = parser.parse_args()
    rng = random.Random(0)
    phase = torch.tensor([[rng.uniform(0.0, 6.28)] for _ in range(10)], dtype=torch.float64)
    waves = torch.sin(torch.arange(40, dtype=torch.float64) / 4.0 + phase)  # (N, T)
    x, y = waves[:, :-1], waves[:, 1:]
    model = Waves().double()
    initialise(model, rng)
    lossfn = nn.MSELoss()
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.8, max_iter=8)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = lossfn(model(x), y)
        loss.backward()
        return loss

    for step in range(args.steps):
        loss = optimizer.step(closure)
        print(f"step {step} loss {loss.item():.6f}")
    with torch.no_grad():
        print("after", [round(v, 3) for v in model(x[:1], future=5)[0, -5:].tolist()])


if __name__ == "__main__":
    main()
