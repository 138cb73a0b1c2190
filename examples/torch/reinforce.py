"""A policy that learns to balance a pole on a cart.

Idea: Williams, "Simple statistical gradient-following algorithms", 1992: make what was done more
    likely where what followed was better than usual.
Not here: a simulator of anything else; the cart's equations are below.
Read next: gcn.py
"""

import argparse
import math
import random

import torch
from draws import initialise
from torch import nn
from torch.distributions import Categorical


class CartPole:
    """A pole on a cart: Barto, Sutton and Anderson, 1983; 0 pushes left, 1 right."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def reset(self) -> list[float]:
        """The state at the start: place, speed, angle, turning speed."""
        self.state = [self.rng.uniform(-0.05, 0.05) for _ in range(4)]
        return self.state

    def step(self, action: int) -> tuple[list[float], bool]:
        """The state a fiftieth of a second later, and whether the pole fell or the cart left."""
        x, speed, angle, turning = self.state
        force = 10.0 if action == 1 else -10.0
        sine, cosine = math.sin(angle), math.cos(angle)
        push = (force + 0.05 * turning * turning * sine) / 1.1
        bend = (9.8 * sine - cosine * push) / (0.5 * (4.0 / 3.0 - 0.1 * cosine * cosine / 1.1))
        pull = push - 0.05 * bend * cosine / 1.1
        self.state = [
            x + 0.02 * speed,
            speed + 0.02 * pull,
            angle + 0.02 * turning,
            turning + 0.02 * bend,
        ]
        return self.state, abs(self.state[0]) > 2.4 or abs(self.state[2]) > 0.2095


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--episodes", type=int, default=150)
    args = parser.parse_args()
    rng = random.Random(0)
    world = CartPole(rng)
    policy = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 2), nn.Softmax(dim=-1))
    initialise(policy, rng)
    optimizer = torch.optim.Adam(policy.parameters(), lr=0.01)
    usual = 10.0
    for episode in range(args.episodes):
        state, fell, logs = world.reset(), False, []
        while not fell and len(logs) < 200:
            choice = Categorical(policy(torch.tensor([state])))
            action = int(rng.random() > choice.probs[0, 0].item())
            logs.append(choice.log_prob(torch.tensor([action])))
            state, fell = world.step(action)
        returns, after = [], 0.0
        for _ in logs:
            after = 1.0 + 0.99 * after
            returns.insert(0, after)
        worth = torch.tensor(returns)
        worth = (worth - worth.mean()) / (worth.std() + 1e-6)
        loss = -(torch.cat(logs) * worth).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        usual = 0.95 * usual + 0.05 * len(logs)
        if episode % max(args.episodes // 10, 1) == 0:
            print(f"episode {episode} steps {len(logs)} usually {usual:.3f} loss {loss.item():.4f}")


if __name__ == "__main__":
    main()
