"""The learning rates that the schedulers give, step by step.

Idea: a schedule is a function of the step; it sets `lr` in the optimiser's groups.
Not here: which one is best.
Read next: mlp.py
"""

import argparse

import torch
from torch.optim import lr_scheduler


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=12)
    steps = parser.parse_args().steps
    schedules = {
        "StepLR": lambda o: lr_scheduler.StepLR(o, step_size=3, gamma=0.5),
        "MultiStepLR": lambda o: lr_scheduler.MultiStepLR(o, milestones=[2, 7]),
        "ExponentialLR": lambda o: lr_scheduler.ExponentialLR(o, gamma=0.9),
        "LambdaLR": lambda o: lr_scheduler.LambdaLR(o, lambda k: 1.0 / (1 + k)),
        "LinearLR": lambda o: lr_scheduler.LinearLR(o, total_iters=5),
        "CosineAnnealingLR": lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=steps),
        "WarmRestarts": lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, T_0=4, T_mult=2),
        "OneCycleLR": lambda o: lr_scheduler.OneCycleLR(o, max_lr=0.5, total_steps=steps + 1),
        "CyclicLR": lambda o: lr_scheduler.CyclicLR(o, 0.01, 0.1, step_size_up=3),
        "PolynomialLR": lambda o: lr_scheduler.PolynomialLR(o, total_iters=8, power=2.0),
        "SequentialLR": lambda o: lr_scheduler.SequentialLR(
            o,
            [lr_scheduler.ConstantLR(o, 0.1, 3), lr_scheduler.ExponentialLR(o, 0.8)],
            milestones=[3],
        ),
    }
    for name, make in schedules.items():
        weight = torch.nn.Parameter(torch.tensor([1.0]))
        optimizer = torch.optim.SGD([weight], lr=0.2, momentum=0.9)
        scheduler = make(optimizer)
        rates = []
        for _ in range(steps):
            optimizer.zero_grad()
            (weight * weight).sum().backward()
            optimizer.step()
            scheduler.step()
            rates.append(f"{scheduler.get_last_lr()[0]:.5f}")
        print(name, " ".join(rates), f"weight {weight.item():.5f}")
    weight = torch.nn.Parameter(torch.tensor([1.0]))
    optimizer = torch.optim.SGD([weight], lr=0.2)
    plateau = lr_scheduler.ReduceLROnPlateau(optimizer, patience=2, factor=0.1)
    for loss in [5.0, 4.0, 4.0, 4.0, 4.0, 3.0]:
        plateau.step(loss)
        print("ReduceLROnPlateau", loss, f"{optimizer.param_groups[0]['lr']:.5f}")


if __name__ == "__main__":
    main()
