"""How often and how strongly pictures are changed in training."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Chance:
    """share: probability in [0, 1] that the change happens. low, high: range that its strength is drawn from."""

    share: float
    low: float
    high: float


@dataclass(frozen=True)
class AugmentationSettings:
    """Every change, its probability and its range; made in the order geometry, scene, light, camera.

    The defaults are meant to reach from one camera to another. Geometry: scale: factor on the picture's width, drawn
    on a logarithmic scale; rotation: degrees to either side; tilt: by how much corners move, of the crop's side;
    mirror: probability; fill: least share of the crop's sides that the picture must reach, whatever scale says, before
    it is turned. Light: exposure: factor. white_balance: factor per channel. black_level: added, of full scale.
    gamma: exponent, on a logarithmic scale. contrast, saturation: factor. Scene: shadow: brightness inside. haze: share
    of the picture's top that is lost in it. rain: streaks per 1,000 pixels. Camera: blur: sigma, pixels. sharpen:
    weight of the picture against its blurred copy, 1 changes nothing. noise: sigma, of 255. jpeg: quality.
    Raises ValueError for a share that is no probability and for a range that runs backwards.
    """

    scale: Chance = Chance(1.0, 0.8, 2.1)
    rotation: Chance = Chance(0.3, 0.0, 4.0)
    tilt: Chance = Chance(0.3, 0.0, 0.07)
    mirror: float = 0.5
    fill: float = 0.9
    exposure: Chance = Chance(0.8, 0.65, 1.45)
    white_balance: Chance = Chance(0.7, 0.88, 1.12)
    black_level: Chance = Chance(0.5, -0.06, 0.06)
    gamma: Chance = Chance(0.7, 0.65, 1.4)
    contrast: Chance = Chance(0.4, 0.7, 1.3)
    saturation: Chance = Chance(0.6, 0.2, 1.5)
    shadow: Chance = Chance(0.2, 0.4, 0.75)
    haze: Chance = Chance(0.12, 0.15, 0.6)
    rain: Chance = Chance(0.06, 0.4, 2.0)
    blur: Chance = Chance(0.3, 0.4, 1.6)
    sharpen: Chance = Chance(0.2, 1.2, 2.2)
    noise: Chance = Chance(0.4, 2.0, 12.0)
    jpeg: Chance = Chance(0.4, 30.0, 95.0)

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            chance = value if isinstance(value, Chance) else Chance(value, 0, 0)
            if not 0 <= chance.share <= 1:
                raise ValueError(f"{field.name}: share {chance.share} is not allowed; it must be from 0 to 1")
            if chance.low > chance.high:
                raise ValueError(
                    f"{field.name}: range {chance.low} to {chance.high} is not allowed; low must not exceed high"
                )
        for name in ("scale", "gamma"):
            if getattr(self, name).share > 0 and getattr(self, name).low <= 0:
                raise ValueError(f"{name}: low {getattr(self, name).low} is not allowed; it must be above 0")

    @classmethod
    def plain(cls) -> AugmentationSettings:
        """Return the shares and ranges that the shipped weights were trained with."""
        off = Chance(0, 0, 0)
        return cls(
            scale=Chance(1, 0.8, 2.1),
            rotation=off,
            tilt=off,
            fill=0.0,
            exposure=Chance(1, 0.8, 1.3),
            white_balance=Chance(1, 0.9, 1.1),
            black_level=Chance(1, -0.06, 0.06),
            gamma=Chance(1, 0.705, 1.419),
            contrast=off,
            saturation=Chance(0.6, 0.2, 1.5),
            shadow=off,
            haze=Chance(0.15, 0.05, 0.4),
            rain=off,
            blur=Chance(0.3, 0.4, 1.3),
            sharpen=Chance(0.2, 1.3, 2.2),
            noise=Chance(0.4, 2, 10),
            jpeg=Chance(0.4, 35, 95),
        )

    @classmethod
    def none(cls) -> AugmentationSettings:
        """Return settings that change nothing but the size: scale is exactly 1."""
        off = Chance(0, 0, 0)
        changes = {field.name: off for field in fields(cls)} | {"scale": Chance(1, 1, 1), "mirror": 0.0, "fill": 0.0}
        return cls(**changes)
