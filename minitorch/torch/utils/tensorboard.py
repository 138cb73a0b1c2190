"""torch.utils.tensorboard: numbers, pictures and texts of a run as event files of TensorBoard.

Idea: tensorboardX writes the files; here tensors become the arrays that it takes, and the arguments
    have PyTorch's names and order. It is an extra, imported when a writer is made.
Not here: profiler traces, which TensorBoard shows too (../profiler/profile.py).
Read next: ../profiler/profile.py
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, cast

from minitorch.errors import MissingPartError, NotSupportedError
from minitorch.torch.tensor import Tensor
from minitorch.torch.utils.graph_nodes import graph_nodes

__all__ = ["SummaryWriter"]


def plain(value: Any) -> Any:
    """A value with its tensors as arrays, however nested; bfloat16 as float32.

    >>> import minitorch.torch as torch
    >>> plain({"loss": torch.tensor([1.0])})
    {'loss': array([1.], dtype=float32)}
    """
    if isinstance(value, Tensor):
        held: Any = value.detach()
        return (held.float() if held.dtype.name == "bfloat16" else held).numpy()
    if isinstance(value, Mapping):
        items = cast("Mapping[Any, Any]", value).items()
        return {key: plain(it) for key, it in items}
    if isinstance(value, list | tuple):
        return [plain(it) for it in cast("Sequence[Any]", value)]
    return value


def number(value: Any) -> Any:
    """A number where a tensor holds one."""
    return value.item() if isinstance(value, Tensor) else value


class SummaryWriter:
    """Writes events of a run into a folder.

    Args:
        log_dir: the folder; by default runs/, with the time and the machine's name.
        comment: added to the default folder's name.
        purge_step: events from this step on, of a run that broke off, are to be forgotten.
        max_queue: so many events wait before they are written.
        flush_secs: they are written at least so often.
        filename_suffix: added to the names of event files.

    Raises:
        MissingPartError: tensorboardX is not installed.

    >>> import tempfile
    >>> with SummaryWriter(tempfile.mkdtemp()) as writer:
    ...     writer.add_scalar("loss", 0.5, global_step=1)
    """

    def __init__(
        self,
        log_dir: Any = None,
        comment: str = "",
        purge_step: int | None = None,
        max_queue: int = 10,
        flush_secs: int = 120,
        filename_suffix: str = "",
    ) -> None:
        try:
            library: Any = import_module("tensorboardX")
        except ImportError as problem:
            raise MissingPartError(
                "torch.utils.tensorboard.SummaryWriter writes no event files: tensorboardX is not "
                "installed; expected it as an optional part. Try: pip install "
                "'minitorch[tensorboard]'"
            ) from problem
        self._writer: Any = library.SummaryWriter(
            logdir=None if log_dir is None else str(log_dir),
            comment=comment,
            purge_step=purge_step,
            max_queue=max_queue,
            flush_secs=flush_secs,
            filename_suffix=filename_suffix,
        )

    @property
    def log_dir(self) -> str:
        """The folder."""
        return self._writer.logdir

    def get_logdir(self) -> str:
        """The folder."""
        return self._writer.logdir

    def __enter__(self) -> SummaryWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def flush(self) -> None:
        """Write all events that wait."""
        self._writer.flush()

    def close(self) -> None:
        """Write what waits, and close the files."""
        self._writer.close()

    # Numbers.

    def add_scalar(
        self,
        tag: str,
        scalar_value: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        new_style: bool = False,
        double_precision: bool = False,
    ) -> None:
        """A number; the two last arguments are accepted."""
        self._writer.add_scalar(tag, number(scalar_value), number(global_step), walltime)

    def add_scalars(
        self,
        main_tag: str,
        tag_scalar_dict: Mapping[str, Any],
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """Several numbers in one chart."""
        numbers = {key: number(value) for key, value in tag_scalar_dict.items()}
        self._writer.add_scalars(main_tag, numbers, number(global_step), walltime)

    def add_hparams(
        self,
        hparam_dict: Mapping[str, Any],
        metric_dict: Mapping[str, Any],
        hparam_domain_discrete: Mapping[str, Any] | None = None,
        run_name: str | None = None,
        global_step: int | None = None,
    ) -> None:
        """Settings of a run, and how well it did with them; domains are accepted."""
        settings = {key: number(value) for key, value in hparam_dict.items()}
        metrics = {key: number(value) for key, value in metric_dict.items()}
        self._writer.add_hparams(settings, metrics, run_name, global_step)

    def add_histogram(
        self,
        tag: str,
        values: Any,
        global_step: int | None = None,
        bins: Any = "tensorflow",
        walltime: float | None = None,
        max_bins: int | None = None,
    ) -> None:
        """How the numbers of a tensor are distributed."""
        self._writer.add_histogram(tag, plain(values), global_step, bins, walltime, max_bins)

    def add_histogram_raw(
        self,
        tag: str,
        min: Any,
        max: Any,
        num: Any,
        sum: Any,
        sum_squares: Any,
        bucket_limits: Any,
        bucket_counts: Any,
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """A histogram that was counted already."""
        given = map(number, (min, max, num, sum, sum_squares))
        buckets = plain(bucket_limits), plain(bucket_counts)
        self._writer.add_histogram_raw(tag, *given, *buckets, global_step, walltime)

    def add_pr_curve(
        self,
        tag: str,
        labels: Any,
        predictions: Any,
        global_step: int | None = None,
        num_thresholds: int = 127,
        weights: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Precision against recall of a yes-or-no question."""
        given = plain(labels), plain(predictions)
        more = num_thresholds, plain(weights), walltime
        self._writer.add_pr_curve(tag, *given, global_step, *more)

    def add_embedding(
        self,
        mat: Any,
        metadata: Any = None,
        label_img: Any = None,
        global_step: int | None = None,
        tag: str = "default",
        metadata_header: Any = None,
    ) -> None:
        """Rows of a matrix as points in space, with labels or pictures."""
        given = plain(mat), metadata, plain(label_img)
        self._writer.add_embedding(*given, global_step, tag, metadata_header)

    def add_tensor(
        self,
        tag: str,
        tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """Absent.

        Raises:
            NotSupportedError: always; histograms show a tensor too.
        """
        raise NotSupportedError(
            "SummaryWriter.add_tensor is not supported; use add_histogram, or torch.save."
        )

    # Pictures, sounds and texts.

    def add_image(
        self,
        tag: str,
        img_tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        dataformats: str = "CHW",
    ) -> None:
        """A picture: floats from 0 to 1, or bytes."""
        self._writer.add_image(tag, plain(img_tensor), global_step, walltime, dataformats)

    def add_images(
        self,
        tag: str,
        img_tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        dataformats: str = "NCHW",
    ) -> None:
        """A batch of pictures."""
        self._writer.add_images(tag, plain(img_tensor), global_step, walltime, dataformats)

    def add_image_with_boxes(
        self,
        tag: str,
        img_tensor: Any,
        box_tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        rescale: float = 1,
        dataformats: str = "CHW",
        labels: Any = None,
    ) -> None:
        """A picture with boxes drawn on it."""
        given = plain(img_tensor), plain(box_tensor)
        self._writer.add_image_with_boxes(
            tag, *given, global_step, walltime, dataformats, labels, rescale=rescale
        )

    def add_figure(
        self,
        tag: str,
        figure: Any,
        global_step: int | None = None,
        close: bool = True,
        walltime: float | None = None,
    ) -> None:
        """A figure of matplotlib, or several."""
        self._writer.add_figure(tag, figure, global_step, close, walltime)

    def add_video(
        self,
        tag: str,
        vid_tensor: Any,
        global_step: int | None = None,
        fps: float = 4,
        walltime: float | None = None,
    ) -> None:
        """A film, (N, T, C, H, W); needs moviepy."""
        self._writer.add_video(tag, plain(vid_tensor), global_step, fps, walltime)

    def add_audio(
        self,
        tag: str,
        snd_tensor: Any,
        global_step: int | None = None,
        sample_rate: int = 44100,
        walltime: float | None = None,
    ) -> None:
        """A sound, (1, L), from -1 to 1; needs soundfile."""
        self._writer.add_audio(tag, plain(snd_tensor), global_step, sample_rate, walltime)

    def add_text(
        self,
        tag: str,
        text_string: str,
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """A text."""
        self._writer.add_text(tag, text_string, global_step, walltime)

    def add_mesh(
        self,
        tag: str,
        vertices: Any,
        colors: Any = None,
        faces: Any = None,
        config_dict: Any = None,
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """Points or a surface in space."""
        given = plain(vertices), plain(colors), plain(faces)
        self._writer.add_mesh(tag, *given, config_dict, global_step, walltime)

    # Layouts and graphs.

    def add_custom_scalars(self, layout: Mapping[str, Any]) -> None:
        """Which numbers stand together in which chart."""
        self._writer.add_custom_scalars(layout)

    def add_custom_scalars_multilinechart(
        self, tags: list[str], category: str = "default", title: str = "untitled"
    ) -> None:
        """A chart with several lines."""
        self._writer.add_custom_scalars_multilinechart(tags, category, title)

    def add_custom_scalars_marginchart(
        self, tags: list[str], category: str = "default", title: str = "untitled"
    ) -> None:
        """A chart of a value between two bounds."""
        self._writer.add_custom_scalars_marginchart(tags, category, title)

    def add_graph(
        self,
        model: Any,
        input_to_model: Any = None,
        verbose: bool = False,
        use_strict_trace: bool = True,
    ) -> None:
        """The ops of a model, as they are when it is called; without an input, nothing is drawn."""
        if input_to_model is None:
            return
        given = input_to_model if isinstance(input_to_model, tuple | list) else (input_to_model,)
        out = model(*given)
        proto = "tensorboardX.proto."
        events: Any = import_module(proto + "event_pb2")
        graphs: Any = import_module(proto + "graph_pb2")
        nodes: Any = import_module(proto + "node_def_pb2")
        versions: Any = import_module(proto + "versions_pb2")
        graph = graphs.GraphDef(
            node=[
                nodes.NodeDef(name=it.name, op=it.op, input=it.inputs)
                for it in graph_nodes(out, model)
            ],
            versions=versions.VersionDef(producer=22),
        )
        event = events.Event(graph_def=graph.SerializeToString())
        self._writer._get_file_writer().add_event(event, None, None)
