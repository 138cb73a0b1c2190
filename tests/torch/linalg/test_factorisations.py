"""Factorisations, systems and norms against PyTorch, with gradients of both orders and mistakes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ..ops.both import Case, check, check_errors, check_gradients, numbers, ours

SQUARE = numbers(2, 4, 4, seed=1) + 3.0 * np.eye(4)
TALL = numbers(2, 5, 3, seed=2)


def positive(a: Any) -> Any:
    """Symmetric matrices whose eigenvalues are positive and far apart."""
    return a @ a.mT


def unsigned(vectors: Any) -> Any:
    """What does not depend on the signs of vectors in columns."""
    return vectors * vectors


CASES: dict[str, Case] = {
    "solve": lambda t, a, b: [
        t.linalg.solve(a, b[:, :4]),
        t.linalg.solve(a, b[:, :4].mT, left=False),
    ],
    "inv": lambda t, a, b: [
        t.linalg.inv(a),
        t.inverse(a),
        t.linalg.matrix_power(a, -2),
        t.linalg.matrix_power(a, 3),
    ],
    "det": lambda t, a, b: [t.linalg.det(a), t.linalg.slogdet(a)[1], t.logdet(positive(a))],
    "triangular": lambda t, a, b: [
        t.linalg.solve_triangular(a, b[:, :4], upper=True),
        t.linalg.solve_triangular(a, b[:, :4].mT, upper=False, left=False, unitriangular=True),
        t.triangular_solve(b[:, :4], a, transpose=True)[0],
    ],
    "cholesky": lambda t, a, b: [
        t.linalg.cholesky(positive(a)),
        t.linalg.cholesky(positive(a), upper=True),
    ],
    "cholesky_solve": lambda t, a, b: [
        t.cholesky_solve(b[:, :4], t.linalg.cholesky(positive(a))),
        t.cholesky_inverse(t.linalg.cholesky(positive(a))),
    ],
    "qr": lambda t, a, b: [*t.linalg.qr(b), *t.linalg.qr(b.mT), *t.linalg.qr(a)],
    "eigh": lambda t, a, b: [
        t.linalg.eigvalsh(positive(a)),
        unsigned(t.linalg.eigh(positive(a))[1]),
    ],
    "svd": lambda t, a, b: [
        t.linalg.svdvals(b),
        unsigned(t.linalg.svd(b, full_matrices=False)[0]),
        unsigned(t.linalg.svd(b.mT, full_matrices=False)[2]),
    ],
    "lu": lambda t, a, b: [*t.linalg.lu(a)[1:], *t.linalg.lu(b)[1:], *t.linalg.lu(b.mT)[1:]],
    "lu_solve": lambda t, a, b: t.linalg.lu_solve(*t.linalg.lu_factor(a), b[:, :4]),
    "pinv": lambda t, a, b: [t.linalg.pinv(b), t.pinverse(a)],
    "lstsq": lambda t, a, b: t.linalg.lstsq(b, a[:, [0, 1, 2, 3, 0]])[0],
    "matrix_exp": lambda t, a, b: t.linalg.matrix_exp(a * 0.3),
    "norms": lambda t, a, b: [
        t.linalg.norm(b[0]),
        t.linalg.norm(b[0], 1),
        t.linalg.norm(b, "nuc", dim=(1, 2)),
        t.norm(b),
        t.linalg.matrix_norm(b, 2),
        t.linalg.matrix_norm(b, float("inf"), keepdim=True),
        t.linalg.vector_norm(b, 3.0, (0, 1)),
        t.linalg.cond(a),
        t.linalg.cond(a, 2),
    ],
    "tensors": lambda t, a, b: [
        t.linalg.tensorinv(a[0].reshape(4, 2, 2), 1),
        t.linalg.tensorsolve(a[0].reshape(2, 2, 4), b[0, :4, 0].reshape(2, 2)),
        t.linalg.vander(b[0, 0], N=4),
        t.linalg.householder_product(b[0], b[0, 0]),
    ],
}


@pytest.mark.filterwarnings("ignore:torch.triangular_solve is deprecated")
@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients(name: str) -> None:
    check_gradients(CASES[name], SQUARE, TALL, rtol=1e-5, atol=1e-7)


def test_factors_multiply_to_the_matrix() -> None:
    a = ours.tensor(TALL)
    u, s, v = ours.linalg.svd(a)
    p, lower, upper = ours.linalg.lu(a)
    for made in (u[..., :3] * s.unsqueeze(-2) @ v, p @ lower @ upper):
        assert float((made - a).abs().max()) < 1e-12


def test_a_singular_determinant_has_a_gradient() -> None:
    """The cofactors; PyTorch's own are zeros where elimination meets a zero."""
    a = ours.tensor([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [0.0, 1.0, 5.0]], requires_grad=True)
    ours.linalg.det(a.double()).backward()
    cofactors = [[14.0, -10.0, 2.0], [-7.0, 5.0, -1.0], [0.0, 0.0, 0.0]]
    np.testing.assert_allclose(a.grad.numpy(), cofactors, atol=1e-5)


def test_rank_and_symmetric_elimination() -> None:
    def case(t: Any, a: Any) -> Any:
        low = a[:, :, :2] @ a[:, :2]
        factors = t.linalg.ldl_factor(a + a.mT)
        return [
            t.linalg.matrix_rank(low),
            t.linalg.matrix_rank(low, hermitian=False, atol=9.0),
            *factors,
            t.linalg.ldl_solve(*factors, a[..., :2]),
            t.linalg.inv_ex(a * 0).info,
            t.linalg.cholesky_ex(-positive(a)).info,
            *t.linalg.lu_factor_ex(a),
        ]

    check(case, SQUARE, rtol=1e-8)


def test_of_nothing() -> None:
    empty = np.zeros((2, 0, 0))
    check(
        lambda t, a: [t.linalg.inv(a), t.linalg.det(a), t.linalg.eigvalsh(a), *t.linalg.svd(a)],
        empty,
    )


def test_mistakes() -> None:
    check_errors(lambda t, a, b: t.linalg.inv(b), SQUARE, TALL)
    check_errors(lambda t, a, b: t.linalg.solve(a, b), SQUARE, TALL)
    check_errors(lambda t, a, b: t.linalg.det(a.long()), SQUARE, TALL)
    check_errors(lambda t, a, b: t.linalg.svd(b[0, 0]), SQUARE, TALL)
    check_errors(lambda t, a, b: t.linalg.qr(b, mode="full"), SQUARE, TALL)
    check_errors(lambda t, a, b: t.linalg.matrix_norm(b, 5), SQUARE, TALL)
    check_errors(lambda t, a, b: t.linalg.lstsq(b, a), SQUARE, TALL)


def test_matrices_that_cannot_be_factored() -> None:
    a = ours.tensor(SQUARE)
    with pytest.raises(ours.linalg.LinAlgError, match="diagonal element 1 is zero"):
        ours.linalg.inv(a * 0)
    with pytest.raises(RuntimeError, match="the input matrix is singular"):
        ours.linalg.solve(a * 0, a)
    with pytest.raises(RuntimeError, match="leading minor of order 1 is not positive-definite"):
        ours.linalg.cholesky(-positive(a))
