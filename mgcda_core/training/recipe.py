"""Everything that one training depends on, with the shipped weights' own settings as defaults."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from mgcda_core.alignment.settings import AlignmentSettings
from mgcda_core.deploy.resolution_budget import checked_long_side
from mgcda_core.domains.layered import SEPARATOR
from mgcda_core.networks.architecture import Architecture
from mgcda_core.networks.scales import checked_scales
from mgcda_core.training.augmentation.settings import AugmentationSettings
from mgcda_core.training.object_source import COCO, ObjectSource
from mgcda_core.training.precision import Precision
from mgcda_core.training.sources import WORKING_WIDTH_PX
from mgcda_core.training.stages import PlannedStage, Stage, plan
from mgcda_core.training.street_source import CAMVID_AND_IDD_LITE, StreetSource

Keep = Literal["last", "best"]
Stored = Literal["float32", "float16"]
DOMAIN_NAMES = (
    "void_class",
    "anomaly_mix",
    "anomaly_mix_plain",
    "anomaly_mix_reference",
    "road_debris",
    "photographs",
    "simulated_drive",
)
PLAIN_DOMAINS = ("camvid", "idd_lite", "simulated_drive")
"""Of the shipped weights' stream, in the order of shares: there a data set was a domain."""


def layer_names(name: str) -> list[str]:
    """Return the names of the single domains that a domain puts over one another; of most it is one.

    Raises ValueError naming domains for a name that no domain has.
    """
    layers = name.split(SEPARATOR)
    if not set(layers) <= set(DOMAIN_NAMES):
        raise ValueError(
            f"domains: {name} is not allowed; names are {', '.join(DOMAIN_NAMES)}, or several with {SEPARATOR} between "
            "them"
        )
    return layers


@dataclass(frozen=True)
class Recipe:
    """data: folder with camvid, idd_lite and coco. out: folder for the checkpoint, the log and the weights.
    start_from: weights to go on from with a new schedule, whose architecture then counts, but that
    architecture.convolutions: separable makes full ones separable (networks/separable.py); None: ImageNet's, in the
    encoders alone. teacher: weights whose answers, with all their looks, are learnt beside the labels, by
    teacher_weight (training/teacher.py). backbone_weights: their files by timm name (timm's model.safetensors;
    efficientnet_lite0's comes with a package). architecture: of the network; without classes, those of the street data.
    alignment: off by default.

    domains: synthetic sources by name (training/domain_pictures.py) with their shares, any number; their order is the
    number that alignment sees. A name of several with + between them is one domain, which puts them into one picture in
    that order (domains/layered.py). Without, the stream of the shipped weights (training/mixture.py), by shares.
    domain_settings: of a single domain by name, fields of its class in mgcda_core/domains. augmentation: of domains'
    pictures. streets, objects: data sets that domains take street pictures from, and objects to paste. data_terms: what
    the card says of a set, whose it is and on what terms, by its folder's name; of others what this package knows.
    working_width_px: that domains see street pictures at; of it augmentation.scale is the factor.
    check_data: read every file of both once before the first step. skip_unreadable: go on without those that cannot be
    read or break off; they are listed.

    stages: one after the other; none: one that learns everything. steps, learning_rate, warmup_steps: of stages that
    name none. A step takes batch_size pictures in every process. crop: height and width, pixels. shares: of camvid,
    idd_lite and rendered drives. encoder_rate_factor: the backbone's learning rate over the others'. frozen: prefixes
    of the backbone's parameters that keep their ImageNet values (the first layers cost most of the backward pass).
    average_decay: of the moving average of the weights, which is what gets saved. precision: fp32, or mixed with bf16
    or fp16 (GPUs only); auto: what the machine is fast in (training/precision.py). threads: of PyTorch on
    the CPU. workers: processes that make pictures, per process.

    checkpoint_every, validate_every: steps; validate_every 0: never. validation_pictures: held-out ones.
    keep: what a stage hands on and `mgcda train` saves: its last averaged weights, or those of its best validation.
    Default last: the schedule ends slowly and the weights are averaged, so that the last are rarely worse than noise
    can tell, and best picks the luckiest of several validations on the pictures that the card reports.
    patience: validations without a gain that end a stage early, where best is the choice; 0: none do.
    scales: further looks of the finished weights, (factor, weight) each (networks/scales.py); nothing learns from them.
    long_side_px: the longer side of pictures that the finished weights see, in pixels (docs/training.md); held-out
    pictures are seen as they are. stored: how exactly the file has the kernels of the weights; float16 halves the file,
    and they are calibrated as they are stored.
    """

    data: Path
    out: Path
    start_from: Path | None = None
    teacher: Path | None = None
    teacher_weight: float = 1.0
    backbone_weights: dict[str, Path] = field(default_factory=dict)
    architecture: Architecture = Architecture()
    alignment: AlignmentSettings = AlignmentSettings()
    domains: dict[str, float] = field(default_factory=dict)
    domain_settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    augmentation: AugmentationSettings = AugmentationSettings()
    streets: tuple[StreetSource, ...] = CAMVID_AND_IDD_LITE
    objects: tuple[ObjectSource, ...] = COCO
    data_terms: dict[str, str] = field(default_factory=dict)
    working_width_px: int = WORKING_WIDTH_PX
    check_data: bool = True
    skip_unreadable: bool = False
    stages: tuple[Stage, ...] = ()
    steps: int = 2600
    batch_size: int = 6
    crop: tuple[int, int] = (352, 480)
    shares: tuple[float, float, float] = (0.42, 0.44, 0.14)
    learning_rate: float = 2e-3
    encoder_rate_factor: float = 0.25
    frozen: tuple[str, ...] = ("conv_stem", "bn1", "blocks.0", "blocks.1")
    weight_decay: float = 1e-4
    warmup_steps: int = 100
    average_decay: float = 0.997
    seed: int = 0
    threads: int = 2
    workers: int = 1
    precision: Precision = "auto"
    checkpoint_every: int = 200
    validate_every: int = 500
    validation_pictures: int = 200
    keep: Keep = "last"
    patience: int = 0
    scales: tuple[tuple[float, float], ...] = ()
    long_side_px: int = 832
    stored: Stored = "float32"

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "threads", "checkpoint_every", "validation_pictures"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: {getattr(self, name)} is not allowed; it must be 1 or more")
        for name in ("workers", "warmup_steps", "validate_every", "patience"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}: {getattr(self, name)} is not allowed; it must be 0 or more")
        for name, allowed in (
            ("precision", get_args(Precision)),
            ("keep", get_args(Keep)),
            ("stored", get_args(Stored)),
        ):
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name}: {getattr(self, name)!r} is not allowed; it must be one of {allowed}")
        if not self.validate_every and (self.keep == "best" or self.patience):
            raise ValueError(
                f"validate_every: 0 is not allowed with keep {self.keep!r} and patience {self.patience}, which need "
                "validations; give the steps between them, or keep last and patience 0"
            )
        if not self.teacher_weight > 0:
            raise ValueError(f"teacher_weight: {self.teacher_weight} is not allowed; it must be above 0")
        if not 0 <= self.average_decay < 1:
            raise ValueError(f"average_decay: {self.average_decay} is not allowed; it must be 0 or more, less than 1")
        self.plan()
        checked_scales(self.scales)
        checked_long_side(self.long_side_px)
        if min(self.crop) < 64:
            raise ValueError(f"crop: {self.crop} is not allowed; height and width must be 64 pixels or more")
        if len(self.shares) != 3 or min(self.shares) < 0 or abs(sum(self.shares) - 1) > 1e-6:
            raise ValueError(f"shares: {self.shares} is not allowed; three shares of 0 or more that add up to 1")
        self._check_data()

    def _check_data(self) -> None:
        for name, share in self.domains.items():
            layer_names(name)
            if not share > 0:
                raise ValueError(f"domains: {name} with a share of {share} is not allowed; shares are above 0")
        if unknown := self.domain_settings.keys() - self.layers:
            raise ValueError(
                f"domain_settings: {sorted(unknown)} are not among domains, {', '.join(self.domains) or 'none'}"
            )
        if not self.streets:
            raise ValueError("streets: none is not allowed; domains need street pictures")
        if self.working_width_px < 160:
            raise ValueError(f"working_width_px: {self.working_width_px} is not allowed; it must be 160 pixels or more")
        if self.skip_unreadable and not self.check_data:
            raise ValueError(
                "skip_unreadable: true is not allowed with check_data false, which is what finds the files"
            )
        names = [source.root.name for source in self.streets]
        if len(set(names)) < len(names):
            raise ValueError(f"streets: folders called {names} are not allowed; sets are told apart by their names")
        names += [source.root.name for source in self.objects]
        if unknown := self.data_terms.keys() - set(names):
            raise ValueError(f"data_terms: {sorted(unknown)} are not among streets and objects, {', '.join(names)}")

    @property
    def domain_names(self) -> tuple[str, ...]:
        """Return the domains by the number that alignment sees."""
        return tuple(self.domains) or PLAIN_DOMAINS

    @property
    def layers(self) -> set[str]:
        """Return the single domains that `domains` are made of."""
        return {layer for name in self.domains for layer in layer_names(name)}

    def plan(self) -> tuple[PlannedStage, ...]:
        """Return the stages with all their settings, one after the other."""
        return plan(self.stages, steps=self.steps, learning_rate=self.learning_rate, warmup_steps=self.warmup_steps)

    def as_dict(self) -> dict[str, object]:
        """Return the settings as JSON can hold them.

        Without the paths, which are of this machine only (streets keep their names), and the architecture, which the
        card has of its own.
        """
        left_out = {"data", "out", "start_from", "backbone_weights", "architecture"}
        return {key: plain(value) for key, value in asdict(self).items() if key not in left_out}


def plain(value: Any) -> Any:
    """Return a setting as JSON and checkpoints can hold it: tuples as lists, files and folders by their names."""
    if isinstance(value, Path):
        return value.name
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(inner) for inner in value]
    return value
