"""The small torchvision: data sets, transforms, pictures."""

from __future__ import annotations

import gzip
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minitorch.torch as torch
from minitorch.data import locate
from minitorch.torch.vision import datasets, transforms, utils
from minitorch.torch.vision.transforms import functional as F

Image: Any = pytest.importorskip("PIL.Image")


def picture(height: int = 6, width: int = 8, mode: str = "RGB") -> Any:
    draw = np.random.default_rng(0)
    channels = {"RGB": (3,), "L": (), "RGBA": (4,), "LA": (2,)}[mode]
    return Image.fromarray(draw.integers(0, 256, (height, width, *channels), dtype="uint8"))


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA"])
def test_images_become_tensors_and_images_again(mode: str) -> None:
    image = picture(mode=mode)
    tensor = transforms.ToTensor()(image)
    array = np.asarray(image)
    array = array if array.ndim == 3 else array[:, :, None]
    assert tensor.shape == (array.shape[2], 6, 8)
    assert tensor.dtype is torch.float32
    assert np.array_equal(tensor.numpy(), array.transpose(2, 0, 1).astype("float32") / 255)
    assert np.array_equal(transforms.PILToTensor()(image).numpy(), array.transpose(2, 0, 1))
    back = transforms.ToPILImage()(transforms.PILToTensor()(image))
    assert back.mode == mode
    assert np.array_equal(np.asarray(back), np.asarray(image))


def test_arrays_become_tensors() -> None:
    array = np.arange(12, dtype="uint8").reshape(2, 2, 3)
    assert transforms.ToTensor()(array).shape == (3, 2, 2)
    assert transforms.ToTensor()(array[:, :, 0]).shape == (1, 2, 2)
    assert transforms.ToTensor()(array.astype("float64")).tolist()[0] == [[0.0, 3.0], [6.0, 9.0]]
    for wrong in ([1, 2], torch.ones(2, 2), np.ones(3)):
        with pytest.raises((TypeError, ValueError), match="pic should be"):
            transforms.ToTensor()(wrong)
    for wide in (torch.ones(5, 2, 2), torch.ones(2)):
        with pytest.raises(ValueError, match="pic should"):
            transforms.ToPILImage()(wide)


def test_floats_are_brought_to_bytes_as_they_always_were() -> None:
    image = transforms.ToPILImage()(torch.tensor([[[0.0, 0.5], [0.999, 1.0]]]))
    assert np.asarray(image).tolist() == [[0, 127], [254, 255]]


def test_normalize() -> None:
    x = torch.tensor([[[1.0]], [[3.0]]])
    assert transforms.Normalize([0.5, 1.0], [0.5, 2.0])(x).flatten().tolist() == [1.0, 1.0]
    assert x.flatten().tolist() == [1.0, 3.0]
    transforms.Normalize((0.5,), (0.5,), inplace=True)(x)
    assert x.flatten().tolist() == [1.0, 5.0]
    with pytest.raises(ValueError, match="std evaluated to zero"):
        transforms.Normalize((0.5,), (0.0,))(x)
    with pytest.raises(TypeError, match="should be a float tensor"):
        transforms.Normalize((0.5,), (0.5,))(x.long())
    with pytest.raises(TypeError, match="should be Tensor Image"):
        transforms.Normalize((0.5,), (0.5,))(picture())


GEOMETRY: dict[str, Callable[[Any], Any]] = {
    "crop": lambda x: F.crop(x, 1, 2, 3, 4),
    "crop past the corner": lambda x: F.crop(x, -1, -2, 4, 5),
    "crop past the end": lambda x: F.crop(x, 4, 5, 4, 6),
    "center_crop": lambda x: F.center_crop(x, (3, 5)),
    "center_crop of more": lambda x: F.center_crop(x, (9, 5)),
    "hflip": F.hflip,
    "vflip": F.vflip,
    "pad": lambda x: F.pad(x, (1, 2, 3, 4)),
    "pad by one number": lambda x: F.pad(x, 2, fill=7),
    "pad by two": lambda x: F.pad(x, (1, 3)),
    "pad, edge": lambda x: F.pad(x, 2, padding_mode="edge"),
    "pad, reflect": lambda x: F.pad(x, 3, padding_mode="reflect"),
    "pad, symmetric": lambda x: F.pad(x, 3, padding_mode="symmetric"),
    "resize, nearest": lambda x: F.resize(x, (6, 8), F.InterpolationMode.NEAREST),
    "five_crop": lambda x: (
        torch.stack([torch.tensor(np.asarray(p)) for p in F.five_crop(x, 2)])
        if not isinstance(x, torch.Tensor)
        else torch.stack([p.permute(1, 2, 0) for p in F.five_crop(x, 2)])
    ),
}


@pytest.mark.parametrize("change", GEOMETRY.values(), ids=GEOMETRY.keys())
def test_images_and_tensors_are_changed_alike(change: Callable[[Any], Any]) -> None:
    image = picture()
    tensor = transforms.PILToTensor()(image)
    by_pillow, by_tensor = change(image), change(tensor)
    if isinstance(by_pillow, torch.Tensor):
        assert by_pillow.tolist() == by_tensor.tolist()
    else:
        assert transforms.PILToTensor()(by_pillow).tolist() == by_tensor.tolist()


@pytest.mark.parametrize("mode", ["edge", "reflect", "symmetric"])
def test_borders_are_those_of_numpy(mode: str) -> None:
    x = torch.arange(20).reshape(1, 4, 5)
    wanted = np.pad(x.numpy(), ((0, 0), (2, 3), (1, 2)), mode=mode)  # pyright: ignore[reportArgumentType, reportCallIssue] -- one of its names
    assert F.pad(x, (1, 2, 2, 3), padding_mode=mode).tolist() == wanted.tolist()


@pytest.mark.parametrize("size", [(3, 4), (12, 16), (5, 9), (6, 3)])
def test_resizing_a_tensor_is_what_pillow_does(size: tuple[int, int]) -> None:
    image = picture()
    tensor = transforms.PILToTensor()(image)
    by_pillow = transforms.PILToTensor()(F.resize(image, size)).numpy().astype(int)
    by_tensor = F.resize(tensor, size).numpy().astype(int)
    assert np.abs(by_pillow - by_tensor).max() <= 1  # Pillow rounds after each of the two passes


def test_sizes() -> None:
    assert transforms.Resize(3)(picture()).size == (4, 3)
    assert transforms.Resize(3)(picture(8, 6)).size == (3, 4)
    assert transforms.Resize(4, max_size=5)(picture(6, 12)).size == (5, 2)
    assert transforms.Resize((2, 5))(picture()).size == (5, 2)
    assert transforms.CenterCrop(3)(picture()).size == (3, 3)
    assert F.get_image_size(picture()) == F.get_image_size(torch.ones(3, 6, 8)) == [8, 6]
    with pytest.raises(ValueError, match="Padding must be"):
        F.pad(picture(), (1, 2, 3))


def test_grey() -> None:
    image = picture()
    grey = transforms.Grayscale()(image)
    assert grey.mode == "L"
    assert transforms.Grayscale(3)(image).mode == "RGB"
    tensor = F.rgb_to_grayscale(transforms.ToTensor()(image))
    assert tensor.shape == (1, 6, 8)
    assert np.abs(tensor.numpy() * 255 - np.asarray(grey)).max() < 1.5


def test_chance_follows_the_seed() -> None:
    change = transforms.Compose(
        [
            transforms.RandomCrop(4, padding=2),
            transforms.RandomHorizontalFlip(),
            transforms.RandomVerticalFlip(),
            transforms.RandomRotation(30),
            transforms.RandomGrayscale(0.5),
            transforms.RandomApply([transforms.Lambda(lambda x: x)], p=0.3),
            transforms.RandomResizedCrop((5, 3)),
            transforms.ToTensor(),
        ]
    )

    def drawn(seed: int) -> list[Any]:
        torch.manual_seed(seed)
        return [change(picture()).tolist() for _ in range(5)]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    assert change(picture()).shape == (3, 5, 3)
    with pytest.raises(ValueError, match="larger than input image size"):
        transforms.RandomCrop(40)(picture())
    assert transforms.RandomCrop(40, pad_if_needed=True)(picture()).size == (40, 40)


def test_half_of_many_are_flipped() -> None:
    torch.manual_seed(0)
    x = torch.arange(2.0).reshape(1, 1, 2)
    flipped = sum(transforms.RandomHorizontalFlip()(x)[0, 0, 0].item() for _ in range(400))
    assert 160 < flipped < 240


def test_what_a_pipeline_prints() -> None:
    pipeline = transforms.Compose(
        [transforms.Resize(3), transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))]
    )
    assert repr(pipeline).splitlines() == [
        "Compose(",
        "    Resize(size=3, interpolation=InterpolationMode.BILINEAR, max_size=None, "
        "antialias=True)",
        "    ToTensor()",
        "    Normalize(mean=(0.5,), std=(0.5,))",
        ")",
    ]


# Data sets.


def idx(array: Any) -> bytes:
    head = struct.pack(">BBBB", 0, 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.astype("uint8").tobytes()


def files(folder: Path, count: int = 4) -> Path:
    """Small files named as those of MNIST."""
    folder.mkdir(parents=True)
    draw = np.random.default_rng(1)
    for part, number in (("train", count), ("t10k", 2)):
        images, labels = draw.integers(0, 256, (number, 28, 28)), np.arange(number) % 10
        (folder / f"{part}-images-idx3-ubyte").write_bytes(idx(images))
        data = gzip.compress(idx(labels))
        (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(data)
    return folder


@pytest.mark.parametrize("kind", [datasets.MNIST, datasets.FashionMNIST, datasets.KMNIST])
def test_files_under_the_root(kind: Any, tmp_path: Path) -> None:
    files(tmp_path / kind.__name__ / "raw")
    train, test = kind(tmp_path), kind(str(tmp_path), train=False, transform=transforms.ToTensor())
    assert (len(train), len(test)) == (4, 2)
    image, target = train[2]
    assert (image.mode, image.size, target) == ("L", (28, 28), 2)
    assert np.array_equal(np.asarray(image), train.data[2].numpy())
    assert (train.data.shape, train.data.dtype) == ((4, 28, 28), torch.uint8)
    assert train.targets.tolist() == train.train_labels.tolist() == [0, 1, 2, 3]
    assert test[1][0].shape == (1, 28, 28)
    assert len(train.classes) == 10
    assert list(train.class_to_idx.values()) == list(range(10))
    doubled = kind(tmp_path, target_transform=lambda t: 2 * t)
    assert doubled[3][1] == 6


def test_absent_files_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locate, "cache_folder", lambda: tmp_path / "cache")
    with pytest.raises(RuntimeError, match="Dataset not found"):
        datasets.FashionMNIST(tmp_path)
    with pytest.raises(RuntimeError, match="Dataset not found"):
        datasets.KMNIST(tmp_path, download=True)


@pytest.mark.skipif(not os.environ.get("MINITORCH_DATA"), reason="MINITORCH_DATA is not set")
def test_the_digits_themselves(tmp_path: Path) -> None:
    test = datasets.MNIST(tmp_path, train=False, download=True, transform=transforms.ToTensor())
    assert len(test) == 10_000
    image, target = test[0]
    assert target == 7
    assert 0.08 < image.mean().item() < 0.1
    loader = torch.utils.data.DataLoader(test, batch_size=3)
    images, targets = next(iter(loader))
    assert images.shape == (3, 1, 28, 28)
    assert targets.tolist() == [7, 2, 1]


def test_noise_is_the_same_for_an_index() -> None:
    data = datasets.FakeData(5, (3, 4, 6), 7, transform=transforms.ToTensor())
    assert data[3][0].tolist() == data[3][0].tolist()
    assert data[3][0].tolist() != data[2][0].tolist()
    assert data[0][0].shape == (3, 4, 6)
    assert {data[k][1] for k in range(5)} <= set(range(7))
    with pytest.raises(IndexError):
        data[5]


def test_pictures_in_folders(tmp_path: Path) -> None:
    for name, count in (("cat", 2), ("ant", 1)):
        (tmp_path / name).mkdir()
        for k in range(count):
            picture(mode="L").save(tmp_path / name / f"{k}.png")
        (tmp_path / name / "notes.txt").write_text("x")
    data = datasets.ImageFolder(str(tmp_path), transform=transforms.ToTensor())
    assert data.classes == ["ant", "cat"]
    assert [target for _, target in data.samples] == data.targets == [0, 1, 1]
    assert data[1][0].shape == (3, 6, 8)
    (tmp_path / "dog").mkdir()
    with pytest.raises(FileNotFoundError, match="class dog"):
        datasets.ImageFolder(tmp_path)
    with pytest.raises(FileNotFoundError, match="any class folder"):
        datasets.ImageFolder(tmp_path / "dog")


# Pictures.


def test_grids() -> None:
    images = torch.arange(5.0).reshape(5, 1, 1, 1).expand(5, 3, 2, 4)
    grid = utils.make_grid(images, nrow=3, padding=1, pad_value=9.0)
    assert grid.shape == (3, 7, 16)
    assert grid[0, 1:3, 1:5].tolist() == [[0.0] * 4] * 2
    assert grid[0, 4:6, 6:10].tolist() == [[4.0] * 4] * 2
    assert grid[0, 0, :].tolist() == [9.0] * 16
    assert utils.make_grid(torch.zeros(4, 4)).shape == (3, 4, 4)
    assert utils.make_grid([torch.zeros(1, 2, 2)] * 2).shape == (3, 6, 10)
    scaled = utils.make_grid(images * 2 - 3, normalize=True, padding=0)
    assert (scaled.min().item(), scaled.max().item()) == (0.0, 1.0)
    each = utils.make_grid(torch.rand(2, 3, 4, 4) * 9, normalize=True, scale_each=True, padding=0)
    assert each[:, :, :4].max().item() == each[:, :, 4:].max().item() == 1.0
    with pytest.raises(TypeError, match="tensor or list of tensors"):
        utils.make_grid([1, 2])


def test_image_files(tmp_path: Path) -> None:
    images = torch.rand(3, 1, 4, 4)
    utils.save_image(images, tmp_path / "grid.png", nrow=3, padding=0)
    with Image.open(tmp_path / "grid.png") as saved:
        array = np.asarray(saved)
    assert array.shape == (4, 12, 3)
    wanted = (images[1, 0] * 255 + 0.5).to(torch.uint8).numpy()
    assert np.array_equal(array[:, 4:8, 0], wanted)
