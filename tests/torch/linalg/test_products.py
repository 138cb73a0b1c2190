"""Products of matrices and einsum against PyTorch, with gradients of both orders and mistakes."""

from __future__ import annotations

from typing import Any

import pytest

from ..ops.both import Case, check, check_errors, check_gradients, numbers

A, B = numbers(3, 4, seed=1), numbers(4, 3, seed=2)
BATCH = numbers(2, 3, 4, seed=3)

PRODUCTS: tuple[Case, ...] = (
    lambda t, a, b, c: [
        a @ b,
        t.mm(a, b),
        t.matmul(a[0], b),
        t.mv(a, b[:, 0]),
        t.dot(a[0], b[:, 0]),
    ],
    lambda t, a, b, c: [c @ b, c @ b[:, 0], t.bmm(c, c.mT), t.matmul(a, c.mT), a[0] @ c.mT],
    lambda t, a, b, c: [
        t.outer(a[0], b[0]),
        t.inner(a, b.T),
        t.vdot(a[0], b[:, 0]),
        t.ger(a[0], a[1]),
    ],
    lambda t, a, b, c: [t.addmm(b @ a, b, a, beta=0.5, alpha=2.0), t.addmv(a[:, 0], a, b[:, 0])],
    lambda t, a, b, c: [t.baddbmm(a @ b, c, c.mT), t.addbmm(a @ b, c, c.mT, beta=0)],
    lambda t, a, b, c: [t.addr(a, a[:, 0], b[:, 0], alpha=3.0), t.kron(a, b), t.trace(a @ b)],
    lambda t, a, b, c: [t.linalg.multi_dot([a[0], b, a, b[:, 0]]), t.chain_matmul(a, b, a)],
    lambda t, a, b, c: [t.linalg.cross(a, b.T, dim=0), t.cross(a.T, b), t.linalg.vecdot(a, b.T)],
    lambda t, a, b, c: [
        t.tensordot(a, b, 1),
        t.tensordot(a, c, ([0, 1], [1, 2])),
        t.tensordot(a, b, 0),
    ],
    lambda t, a, b, c: [t.einsum("ij,jk", a, b), t.einsum("ij,jk->ki", a, b), t.einsum("ij->", a)],
    lambda t, a, b, c: [t.einsum("...ij,jk->...ik", c, b), t.einsum("bij,bkj->bik", c, c)],
    lambda t, a, b, c: [
        t.einsum("ii->i", a[:, :3]),
        t.einsum("ii", a[:, :3]),
        t.einsum("i,j", a[0], b[0]),
    ],
    lambda t, a, b, c: [t.einsum("bij,jk,kl->bl", c, b, a), t.einsum("ij,ij->i", a, b.T)],
    lambda t, a, b, c: [
        t.einsum(a, [0, 1], b, [1, 2], [2, 0]),
        t.einsum(c, [..., 0, 1], [..., 1, 0]),
    ],
    lambda t, a, b, c: [t.einsum("ij,kj->ik", a[:, :1], b.T), t.einsum("b...,b...->b...", c, c)],
    lambda t, a, b, c: [t.cov(a), t.cov(a, correction=0), t.corrcoef(a), t.cov(a[0])],
)


@pytest.mark.filterwarnings("ignore:torch.chain_matmul", "ignore:Using torch.cross")
@pytest.mark.parametrize("number", range(len(PRODUCTS)))
def test_products(number: int) -> None:
    check_gradients(PRODUCTS[number], A, B, BATCH, rtol=1e-6)


def test_whole_numbers() -> None:
    def case(t: Any, a: Any, b: Any) -> Any:
        a, b = (a * 5).long(), (b * 5).long()
        return [a @ b, t.einsum("ij,jk->k", a, b), t.addmm(a @ b, a, b, alpha=2), t.kron(a, b)]

    check(case, A, B)


def test_beta_zero_forgets_nan() -> None:
    nan = float("nan")
    check(lambda t, a, b: t.addmm(t.full((3, 3), nan).double(), a, b, beta=0), A, B)


def test_weights_of_observations() -> None:
    def case(t: Any, a: Any) -> Any:
        counts, shares = t.tensor([1, 2, 3, 1]), t.tensor([0.2, 0.5, 0.1, 0.9]).double()
        return [
            t.cov(a, fweights=counts),
            t.cov(a, aweights=shares),
            t.cov(a, fweights=counts, aweights=shares),
        ]

    check(case, A)


def test_mistakes() -> None:
    check_errors(lambda t, a, b: a @ a, A, B)
    check_errors(lambda t, a, b: t.mm(a, b[0]), A, B)
    check_errors(lambda t, a, b: t.bmm(a, b), A, B)
    check_errors(lambda t, a, b: t.dot(a[0], b[0]), A, B)
    check_errors(lambda t, a, b: a @ b.float(), A, B)
    check_errors(lambda t, a, b: t.einsum("ij,jk->il", a, b), A, B)
    check_errors(lambda t, a, b: t.einsum("ijk,jk", a, b), A, B)
    check_errors(lambda t, a, b: t.einsum("ij,ik", a, b), A, B)
    check_errors(lambda t, a, b: t.einsum("i1,jk", a, b), A, B)
    check_errors(lambda t, a, b: t.tensordot(a, b, 2), A, B)
    check_errors(lambda t, a, b: t.linalg.cross(a, a), A, B)
