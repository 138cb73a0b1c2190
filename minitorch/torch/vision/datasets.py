"""torchvision.datasets: MNIST and its kin from local files, folders of pictures, and noise.

Idea: an item is (image, target), each after its transform; images are Pillow's.
Not here: finding and fetching files (../../data/).
Read next: ../../data/mnist.py
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import minitorch.torch as torch
from minitorch.data.idx import read_idx
from minitorch.data.locate import Source, find_files
from minitorch.data.mnist import SOURCE
from minitorch.errors import DataError
from minitorch.torch import interop
from minitorch.torch.missing import getattr_of
from minitorch.torch.utils.data.dataset import Dataset
from minitorch.torch.vision.images import pillow
from minitorch.torch.vision.transforms.fixed import ToPILImage

__all__ = [
    "KMNIST",
    "MNIST",
    "DatasetFolder",
    "FakeData",
    "FashionMNIST",
    "ImageFolder",
    "VisionDataset",
]

EXTENSIONS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")


class DatasetError(DataError, RuntimeError):
    """What torchvision raises as a RuntimeError."""


class VisionDataset(Dataset[Any]):
    """Pictures with targets.

    Args:
        root: the folder of the data.
        transforms: called with (image, target); or one for each of the two.
    """

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        transforms: Callable[..., Any] | None = None,
        transform: Callable[..., Any] | None = None,
        target_transform: Callable[..., Any] | None = None,
    ) -> None:
        if transforms is not None and (transform is not None or target_transform is not None):
            raise DataError(
                "Only transforms or transform/target_transform can be passed as argument"
            )
        self.root = os.path.expanduser(root) if isinstance(root, str) else root
        self.transform, self.target_transform = transform, target_transform
        self.transforms = transforms

    def changed(self, image: Any, target: Any) -> tuple[Any, Any]:
        """The image and the target after their transforms."""
        if self.transforms is not None:
            return self.transforms(image, target)
        if self.transform is not None:
            image = self.transform(image)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return image, target

    def __len__(self) -> int:
        raise NotImplementedError

    def __repr__(self) -> str:
        lines = [f"Dataset {type(self).__name__}", f"    Number of datapoints: {len(self)}"]
        if self.root is not None:
            lines.append(f"    Root location: {self.root}")
        return "\n".join(lines)


class MNIST(VisionDataset):
    """60,000 + 10,000 handwritten digits, 28 x 28 grey pixels.

    The files are looked for in root/MNIST/raw, then in MINITORCH_DATA and the user cache; with
    `download`, what is nowhere is fetched into the cache.

    Raises:
        DataError: the files are nowhere, or damaged.
    """

    source: ClassVar[Source] = SOURCE
    classes: ClassVar[list[str]] = [
        "0 - zero", "1 - one", "2 - two", "3 - three", "4 - four",
        "5 - five", "6 - six", "7 - seven", "8 - eight", "9 - nine",
    ]  # fmt: skip

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        train: bool = True,
        transform: Callable[..., Any] | None = None,
        target_transform: Callable[..., Any] | None = None,
        download: bool = False,
    ) -> None:
        super().__init__(root, None, transform, target_transform)
        self.train = train
        images, labels = self._files(download)[:2] if train else self._files(download)[2:]
        self._images = read_idx(images)
        self.data = interop.copied(self._images)
        self.targets = interop.copied(read_idx(labels)).long()
        self._labels: list[int] = self.targets.tolist()
        if len(self._labels) != len(self._images):
            raise DataError(
                f"{images} holds {len(self._images)} images, and {labels} {len(self._labels)} "
                "labels: one of them belongs to another set."
            )

    def _files(self, download: bool) -> list[Path]:
        name = type(self).__name__
        place = Path(self.raw_folder)
        try:
            if place.is_dir() and any(place.iterdir()):
                return find_files(replace(self.source, folders=("",)), place)
            return find_files(self.source, None, download_missing=download)
        except DataError as error:
            raise DatasetError(
                f"Dataset not found. {name} is looked for in {place}, MINITORCH_DATA and the user "
                f"cache. You can use download=True to download it, where it can be. ({error})"
            ) from error

    @property
    def raw_folder(self) -> str:
        """Where under the root the files lie."""
        return os.path.join(str(self.root or ""), type(self).__name__, "raw")

    @property
    def class_to_idx(self) -> dict[str, int]:
        """The number of each class."""
        return {name: k for k, name in enumerate(self.classes)}

    @property
    def train_data(self) -> Any:
        """`data`, as it was called once."""
        return self.data

    @property
    def train_labels(self) -> Any:
        """`targets`, as they were called once."""
        return self.targets

    test_data, test_labels = train_data, train_labels

    def __getitem__(self, index: Any) -> tuple[Any, Any]:
        index = int(index)
        image = pillow().fromarray(self._images[index])
        return self.changed(image, self._labels[index])

    def __len__(self) -> int:
        return len(self._labels)


def _local(name: str) -> Source:
    """The files of MNIST under another name, which are taken where they are and not fetched."""
    files = tuple(replace(it, mirrors=()) for it in SOURCE.files)
    folders = (name, name.lower(), f"{name}/raw")
    return Source(name.lower(), folders=folders, files=files)


class FashionMNIST(MNIST):
    """60,000 + 10,000 pieces of clothing, as MNIST; only where its files are."""

    source: ClassVar[Source] = _local("FashionMNIST")
    classes: ClassVar[list[str]] = [
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
        "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ]  # fmt: skip


class KMNIST(MNIST):
    """60,000 + 10,000 Japanese characters, as MNIST; only where its files are."""

    source: ClassVar[Source] = _local("KMNIST")
    classes: ClassVar[list[str]] = ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"]


class FakeData(VisionDataset):
    """Noise and targets drawn at random, each always the same for its index.

    >>> image, target = FakeData(size=10, image_size=(3, 8, 8))[0]
    >>> image.size, 0 <= target < 10
    ((8, 8), True)
    """

    def __init__(
        self,
        size: int = 1000,
        image_size: tuple[int, int, int] = (3, 224, 224),
        num_classes: int = 10,
        transform: Callable[..., Any] | None = None,
        target_transform: Callable[..., Any] | None = None,
        random_offset: int = 0,
    ) -> None:
        super().__init__(None, None, transform, target_transform)
        self.size, self.image_size = size, tuple(image_size)
        self.num_classes, self.random_offset = num_classes, random_offset

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        if index >= len(self):
            raise IndexError(f"{type(self).__name__} index out of range")
        generator = torch.Generator().manual_seed(index + self.random_offset)
        noise = torch.randn(*self.image_size, generator=generator)
        target = int(torch.randint(0, self.num_classes, (1,), generator=generator).item())
        return self.changed(ToPILImage()(noise.clamp(0, 1)), target)

    def __len__(self) -> int:
        return self.size


# Folders of pictures.


def has_file_allowed_extension(filename: str, extensions: Sequence[str] | str) -> bool:
    """True where the name ends as one of the extensions."""
    endings = extensions if isinstance(extensions, str) else tuple(extensions)
    return filename.lower().endswith(endings)


def pil_loader(path: str) -> Any:
    """A picture file as an image of three channels."""
    with Path(path).open("rb") as file, pillow().open(file) as image:
        return image.convert("RGB")


default_loader = pil_loader


class DatasetFolder(VisionDataset):
    """Files in folders, each folder a class.

    Raises:
        DataError: no folder, or one without files.
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        loader: Callable[[str], Any],
        extensions: Sequence[str] | None = None,
        transform: Callable[..., Any] | None = None,
        target_transform: Callable[..., Any] | None = None,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
    ) -> None:
        super().__init__(root, None, transform, target_transform)
        self.loader, self.extensions = loader, extensions
        self.classes, self.class_to_idx = self.find_classes(str(self.root))
        endings = extensions or ""
        accepted = is_valid_file or (lambda name: has_file_allowed_extension(name, endings))
        self.samples = list(self._found(accepted, allow_empty))
        self.targets = [target for _, target in self.samples]

    @staticmethod
    def find_classes(directory: str) -> tuple[list[str], dict[str, int]]:
        """The names of the classes, and their numbers."""
        classes = sorted(entry.name for entry in os.scandir(directory) if entry.is_dir())
        if not classes:
            raise FileNotFoundError(f"Couldn't find any class folder in {directory}.")
        return classes, {name: k for k, name in enumerate(classes)}

    def _found(self, accepted: Callable[[str], bool], empty: bool) -> Iterator[tuple[str, int]]:
        for name, number in self.class_to_idx.items():
            count = 0
            for folder, _, files in sorted(os.walk(Path(str(self.root)) / name, followlinks=True)):
                for file in sorted(files):
                    path = os.path.join(folder, file)
                    if accepted(path):
                        count += 1
                        yield path, number
            if not count and not empty:
                raise FileNotFoundError(f"Found no valid file for the class {name}.")

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        path, target = self.samples[index]
        return self.changed(self.loader(path), target)

    def __len__(self) -> int:
        return len(self.samples)


class ImageFolder(DatasetFolder):
    """Pictures in folders, each folder a class."""

    def __init__(
        self,
        root: str | os.PathLike[str],
        transform: Callable[..., Any] | None = None,
        target_transform: Callable[..., Any] | None = None,
        loader: Callable[[str], Any] = pil_loader,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
    ) -> None:
        extensions = EXTENSIONS if is_valid_file is None else None
        super().__init__(
            root, loader, extensions, transform, target_transform, is_valid_file, allow_empty
        )
        self.imgs = self.samples


__getattr__ = getattr_of(__name__)
