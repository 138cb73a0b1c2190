"""Every layer of torch.nn against PyTorch's: printed, saved, run forwards and backwards."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from .both import Case, compare, torch

ACTIVATIONS = [
    Case("Threshold", (0.1, 20)),
    Case("ReLU"),
    Case("ReLU6"),
    Case("RReLU", (0.1, 0.3), train=False),
    Case("Hardtanh"),
    Case("Hardtanh", (-2.0, 0.5)),
    Case("Sigmoid"),
    Case("Hardsigmoid"),
    Case("Tanh"),
    Case("SiLU"),
    Case("Mish"),
    Case("Hardswish"),
    Case("ELU", (0.7,)),
    Case("CELU", (0.7,)),
    Case("SELU"),
    Case("GELU"),
    Case("GELU", kwargs={"approximate": "tanh"}),
    Case("LeakyReLU", (0.2,)),
    Case("PReLU"),
    Case("PReLU", (3,)),
    Case("LogSigmoid"),
    Case("Softplus"),
    Case("Softplus", (2.0, 1.0)),
    Case("Hardshrink"),
    Case("Softshrink", (0.3,)),
    Case("Softsign"),
    Case("Tanhshrink"),
    Case("GLU", inputs=((2, 4),)),
    Case("Softmin", (1,)),
    Case("Softmax", (1,)),
    Case("LogSoftmax", (1,)),
    Case("Softmax2d", inputs=((2, 3, 2, 2),)),
]


def labels(size: tuple[int, ...], classes: int) -> Any:
    return lambda: torch.randint(classes, size)


def target(*size: int) -> Any:
    return lambda: torch.randn(size)


def signs(*size: int) -> Any:
    return lambda: torch.randint(2, size).float() * 2 - 1


def chances(*size: int) -> Any:
    return lambda: torch.rand(size)


def inner(*size: int) -> Any:
    return lambda: (torch.rand(size) * 0.8 + 0.1).requires_grad_()


LOSSES = [
    Case("L1Loss", inputs=((4, 3), target(4, 3))),
    Case("MSELoss", inputs=((4, 3), target(4, 3))),
    Case("MSELoss", inputs=((4, 3), target(4, 3)), kwargs={"reduction": "sum"}),
    Case("SmoothL1Loss", inputs=((4, 3), target(4, 3)), kwargs={"beta": 0.5}),
    Case("HuberLoss", inputs=((4, 3), target(4, 3)), kwargs={"delta": 0.5}),
    Case("CrossEntropyLoss", inputs=((4, 3), labels((4,), 3))),
    Case("CrossEntropyLoss", inputs=((4, 3, 2), labels((4, 2), 3))),
    Case("CrossEntropyLoss", inputs=((4, 3), chances(4, 3))),
    Case(
        "CrossEntropyLoss",
        inputs=((4, 3), labels((4,), 3)),
        kwargs={"label_smoothing": 0.1, "ignore_index": 1, "weight": torch.tensor([1.0, 2.0, 3.0])},
    ),
    Case("NLLLoss", inputs=((4, 3), labels((4,), 3))),
    Case("PoissonNLLLoss", inputs=((4, 3), chances(4, 3))),
    Case("GaussianNLLLoss", inputs=((4, 3), target(4, 3), inner(4, 3))),
    Case("KLDivLoss", inputs=((4, 3), chances(4, 3)), kwargs={"reduction": "batchmean"}),
    Case("BCELoss", inputs=(inner(4, 3), chances(4, 3))),
    Case("BCEWithLogitsLoss", inputs=((4, 3), chances(4, 3))),
    Case(
        "BCEWithLogitsLoss",
        inputs=((4, 3), chances(4, 3)),
        kwargs={"pos_weight": torch.tensor([1.0, 2.0, 3.0])},
    ),
    Case("HingeEmbeddingLoss", inputs=((4, 3), signs(4, 3))),
    Case("CosineEmbeddingLoss", inputs=((4, 3), (4, 3), signs(4))),
    Case("MarginRankingLoss", inputs=((4,), (4,), signs(4)), kwargs={"margin": 0.5}),
    Case("SoftMarginLoss", inputs=((4, 3), signs(4, 3))),
    Case("MultiLabelMarginLoss", inputs=((3,), lambda: torch.tensor([2, 0, -1]))),
    Case("MultiLabelSoftMarginLoss", inputs=((4, 3), chances(4, 3))),
    Case("MultiMarginLoss", inputs=((4, 3), labels((4,), 3)), kwargs={"p": 2}),
    Case("TripletMarginLoss", inputs=((4, 3), (4, 3), (4, 3)), kwargs={"swap": True}),
    Case("TripletMarginWithDistanceLoss", inputs=((4, 3), (4, 3), (4, 3))),
    Case(
        "CTCLoss",
        inputs=(
            lambda: torch.randn(6, 2, 4).log_softmax(2).detach().requires_grad_(),
            lambda: torch.tensor([[1, 2], [3, 1]]),
            lambda: torch.tensor([6, 5]),
            lambda: torch.tensor([2, 1]),
        ),
    ),
    Case("LinearCrossEntropyLoss", (5, 3), inputs=((4, 5), labels((4,), 3))),
]

CONVOLUTIONS = [
    Case("Conv1d", (2, 4, 3), inputs=((2, 2, 7),)),
    Case("Conv1d", (2, 4, 3), inputs=((2, 7),), kwargs={"padding": "same", "bias": False}),
    Case("Conv2d", (2, 4, 3), inputs=((2, 2, 6, 5),), kwargs={"stride": 2, "padding": 1}),
    Case("Conv2d", (2, 4, (3, 2)), inputs=((2, 2, 6, 5),), kwargs={"padding_mode": "circular",
                                                                 "padding": (1, 0)}),
    Case("Conv2d", (4, 4, 3), inputs=((1, 4, 6, 5),), kwargs={"groups": 2, "dilation": 2}),
    Case("Conv2d", (2, 4, 3), inputs=((1, 2, 6, 5),), kwargs={"padding": 2,
                                                             "padding_mode": "reflect"}),
    Case("Conv3d", (1, 2, 2), inputs=((1, 1, 3, 3, 4),)),
    Case("ConvTranspose1d", (2, 3, 3), inputs=((1, 2, 4),), kwargs={"stride": 2}),
    Case("ConvTranspose2d", (2, 4, 4), inputs=((1, 2, 3, 3),),
         kwargs={"stride": 2, "padding": 1, "bias": False}),
    Case("ConvTranspose2d", (2, 4, 3), inputs=((1, 2, 3, 3),),
         kwargs={"stride": 2, "output_padding": 1, "groups": 2}),
    Case("ConvTranspose3d", (1, 2, 2), inputs=((1, 1, 2, 2, 3),), kwargs={"stride": 2}),
]  # fmt: skip

POOLING = [
    Case("MaxPool1d", (2,), inputs=((1, 2, 6),)),
    Case("MaxPool2d", (2,), inputs=((1, 2, 6, 5),)),
    Case("MaxPool2d", (3, 2, 1), inputs=((1, 2, 6, 5),), kwargs={"return_indices": True}),
    Case("MaxPool2d", ((2, 3),), inputs=((1, 2, 6, 5),), kwargs={"ceil_mode": True}),
    Case("MaxPool3d", (2,), inputs=((1, 1, 4, 4, 4),)),
    Case("AvgPool1d", (2,), inputs=((1, 2, 6),)),
    Case("AvgPool2d", (2,), inputs=((1, 2, 6, 5),)),
    Case("AvgPool2d", (3, 2, 1), inputs=((1, 2, 6, 5),), kwargs={"count_include_pad": False}),
    Case("AvgPool3d", (2,), inputs=((1, 1, 4, 4, 4),)),
    Case("LPPool1d", (2, 2), inputs=((1, 2, 6),)),
    Case("LPPool2d", (2, 2), inputs=((1, 2, 6, 4),)),
    Case("AdaptiveMaxPool1d", (3,), inputs=((1, 2, 7),)),
    Case("AdaptiveMaxPool2d", ((3, None),), inputs=((1, 2, 7, 5),)),
    Case("AdaptiveAvgPool1d", (3,), inputs=((1, 2, 7),)),
    Case("AdaptiveAvgPool2d", (1,), inputs=((1, 2, 7, 5),)),
    Case("AdaptiveAvgPool2d", ((3, 2),), inputs=((2, 7, 5),)),
    Case("AdaptiveAvgPool3d", (2,), inputs=((1, 1, 3, 4, 5),)),
    Case("AdaptiveMaxPool3d", (2,), inputs=((1, 1, 3, 4, 5),)),
    Case(
        "MaxUnpool2d",
        (2,),
        inputs=((1, 1, 2, 2), lambda: torch.tensor([[[[5, 6], [8, 15]]]])),
    ),
]

NORMS = [
    Case("BatchNorm1d", (3,), inputs=((4, 3),)),
    Case("BatchNorm1d", (3,), inputs=((4, 3, 2),)),
    Case("BatchNorm2d", (3,), inputs=((4, 3, 2, 2),)),
    Case("BatchNorm2d", (3,), inputs=((4, 3, 2, 2),), train=False),
    Case("BatchNorm2d", (3,), inputs=((4, 3, 2, 2),), kwargs={"momentum": None}),
    Case("BatchNorm2d", (3,), inputs=((4, 3, 2, 2),), kwargs={"affine": False}),
    Case("BatchNorm2d", (3,), inputs=((4, 3, 2, 2),), kwargs={"track_running_stats": False}),
    Case("BatchNorm3d", (2,), inputs=((2, 2, 2, 2, 2),)),
    Case("SyncBatchNorm", (3,), inputs=((4, 3, 2, 2),)),
    Case("InstanceNorm1d", (3,), inputs=((4, 3, 5),)),
    Case("InstanceNorm2d", (3,), inputs=((2, 3, 3, 2),), kwargs={"affine": True}),
    Case("InstanceNorm2d", (3,), inputs=((3, 3, 2),), kwargs={"track_running_stats": True}),
    Case("InstanceNorm3d", (2,), inputs=((1, 2, 2, 2, 2),)),
    Case("LayerNorm", (4,), inputs=((2, 3, 4),)),
    Case("LayerNorm", ((3, 4),), inputs=((2, 3, 4),), kwargs={"bias": False}),
    Case("LayerNorm", (4,), inputs=((2, 3, 4),), kwargs={"elementwise_affine": False}),
    Case("RMSNorm", (4,), inputs=((2, 3, 4),)),
    Case("RMSNorm", (4,), inputs=((2, 3, 4),), kwargs={"eps": 1e-5}),
    Case("GroupNorm", (2, 4), inputs=((2, 4, 3),)),
    Case("LocalResponseNorm", (2,), inputs=((2, 4, 3),)),
]

TABLES = [
    Case("Embedding", (5, 3), inputs=(labels((2, 4), 5),)),
    Case("Embedding", (5, 3), inputs=(labels((2, 4), 5),), kwargs={"padding_idx": -1}),
    Case("EmbeddingBag", (5, 3), inputs=(labels((2, 4), 5),)),
    Case(
        "EmbeddingBag",
        (5, 3),
        inputs=(labels((6,), 5), lambda: torch.tensor([0, 2])),
        kwargs={"mode": "sum"},
    ),
]

SHAPES = [
    Case("Identity", (1, 2)),
    Case("Linear", (3, 4), inputs=((2, 5, 3),)),
    Case("Linear", (3, 4), kwargs={"bias": False}),
    Case("Bilinear", (3, 2, 4), inputs=((5, 3), (5, 2))),
    Case("Flatten", inputs=((2, 3, 4),)),
    Case("Unflatten", (1, (2, 3)), inputs=((2, 6),)),
    Case("Unfold", ((2, 3),), inputs=((2, 3, 4, 5),)),
    Case("Fold", ((4, 5), (2, 2)), inputs=((1, 8, 12),)),
    Case("PixelShuffle", (2,), inputs=((1, 8, 2, 3),)),
    Case("PixelUnshuffle", (2,), inputs=((1, 2, 4, 6),)),
    Case("ChannelShuffle", (2,), inputs=((1, 4, 2, 2),)),
    Case("CosineSimilarity", inputs=((3, 4), (3, 4))),
    Case("PairwiseDistance", inputs=((3, 4), (3, 4))),
    Case("PairwiseDistance", (1,), inputs=((3, 4), (3, 4)), kwargs={"keepdim": True}),
    Case("Upsample", kwargs={"scale_factor": 2}, inputs=((1, 2, 3, 2),)),
    Case("Upsample", kwargs={"size": (5, 4), "mode": "bilinear"}, inputs=((1, 2, 3, 2),)),
    Case("UpsamplingNearest2d", kwargs={"scale_factor": 2}, inputs=((1, 2, 3, 2),)),
    Case("UpsamplingBilinear2d", kwargs={"scale_factor": 2}, inputs=((1, 2, 3, 2),)),
    Case("Dropout", (0.5,), train=False),
    Case("Dropout", (0.0,)),
    Case("Dropout1d", train=False, inputs=((2, 3, 4),)),
    Case("Dropout2d", train=False, inputs=((2, 3, 4, 2),)),
    Case("Dropout3d", train=False, inputs=((2, 3, 4, 2, 2),)),
    Case("AlphaDropout", train=False),
    Case("FeatureAlphaDropout", train=False, inputs=((2, 3, 4),)),
]

PADDING = [
    Case(f"{kind}Pad{dims}d", (*args, *extra), inputs=((1, 2, *(4,) * dims),))
    for kind, extra in (
        ("Zero", ()),
        ("Constant", (0.5,)),
        ("Reflection", ()),
        ("Replication", ()),
        ("Circular", ()),
    )
    for dims in (1, 2, 3)
    for args in ((1,), (tuple(range(1, 3)) * dims,))
]


@pytest.mark.parametrize(
    "case",
    ACTIVATIONS + LOSSES + CONVOLUTIONS + POOLING + NORMS + TABLES + SHAPES + PADDING,
    ids=lambda case: case.label,
)
def test_layer_is_alike(case: Case) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        compare(case)
