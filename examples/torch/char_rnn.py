"""A recurrent network that learns to continue a text, letter by letter.

Idea: the state after each letter predicts the next one; at the end it writes by itself, always the
    likeliest letter.
Not here: attention (gpt.py).
Read next: translation.py
"""

import argparse
import random

import torch
import torch.nn.functional as F
from draws import initialise
from torch import nn

TEXT = (
    "the rain in spain stays mainly in the plain. in hertford, hereford and hampshire, hurricanes "
    "hardly ever happen. how kind of you to let me come. now once again, where does it rain? "
)


class CharRNN(nn.Module):
    """Letters (T, N) to scores of the next ones (T, N, letters), and the state."""

    def __init__(self, letters: int, cell: str, hidden: int = 32) -> None:
        super().__init__()
        self.embedding = nn.Embedding(letters, 16)
        kind = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[cell]
        self.rnn = kind(16, hidden, num_layers=2)
        self.out = nn.Linear(hidden, letters)

    def forward(self, x: torch.Tensor, state=None):
        seen, state = self.rnn(self.embedding(x), state)
        return self.out(seen), state


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cell", choices=("lstm", "gru", "rnn"), default="lstm")
    parser.add_argument("--steps", type=int, default=200)
    args = parser.parse_args()
    rng = random.Random(0)
    letters = sorted(set(TEXT))
    text = torch.tensor([letters.index(c) for c in TEXT])
    model = CharRNN(len(letters), args.cell)
    initialise(model, rng)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=3e-3)
    span = 25
    for step in range(args.steps):
        starts = [rng.randrange(len(text) - span - 1) for _ in range(8)]
        x = torch.stack([text[k : k + span] for k in starts], dim=1)  # (T, N)
        y = torch.stack([text[k + 1 : k + span + 1] for k in starts], dim=1)
        scores, _ = model(x)
        loss = F.cross_entropy(scores.view(-1, len(letters)), y.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % max(args.steps // 10, 1) == 0:
            print(f"step {step} loss {loss.item():.5f}")
    with torch.no_grad():
        written, state = [letters.index("t")], None
        for _ in range(40):
            scores, state = model(torch.tensor([[written[-1]]]), state)
            written.append(int(scores[-1, 0].argmax()))
    print("".join(letters[k] for k in written))


if __name__ == "__main__":
    main()
