"""A training that is interrupted, saved, loaded and goes on as if nothing had happened.

Idea: the weights, the optimiser's state and the scheduler's are all there is to a training.
Not here: what is in the file (PyTorch's zip format, read without running code from it).
Read next: schedulers.py
"""

import argparse
import os
import random
import tempfile

import torch
import torch.nn.functional as F
from draws import initialise, normal
from torch import nn


def training(seed: int) -> tuple[nn.Module, torch.optim.Optimizer, torch.optim.lr_scheduler.StepLR]:
    """A network, its optimiser and its schedule, fresh."""
    model = nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.ELU(), nn.Linear(16, 1))
    initialise(model, random.Random(seed))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02, amsgrad=True)
    return model, optimizer, torch.optim.lr_scheduler.StepLR(optimizer, step_size=4, gamma=0.5)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=10)
    args = parser.parse_args()
    rng = random.Random(0)
    x, y = normal(rng, 32, 8), normal(rng, 32, 1)

    def run(model, optimizer, scheduler, steps: int) -> float:
        for _ in range(steps):
            loss = F.smooth_l1_loss(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
        return loss.item()

    straight = run(*training(1), 2 * args.steps)
    model, optimizer, scheduler = training(1)
    half = run(model, optimizer, scheduler, args.steps)
    with tempfile.TemporaryDirectory() as folder:
        place = os.path.join(folder, "training.pt")
        parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler}
        torch.save({name: part.state_dict() for name, part in parts.items()}, place)
        model, optimizer, scheduler = training(2)
        saved = torch.load(place)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        scheduler.load_state_dict(saved["scheduler"])
    resumed = run(model, optimizer, scheduler, args.steps)
    print(f"half way {half:.6f} straight {straight:.6f} resumed {resumed:.6f}")
    print("the same", straight == resumed, sorted(saved["model"]))


if __name__ == "__main__":
    main()
