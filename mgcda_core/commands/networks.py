"""Commands about networks: what they are made of, cost, and become for other runtimes."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from mgcda_core.deploy.weights import SHIPPED_WEIGHTS, named_weights


def export(
    runtime: Literal["onnx", "openvino", "torchscript"] = "onnx",
    size: str = "1920x1080",
    long_side_px: int | None = None,
    out: Path = Path("out/export"),
    weights: Path = SHIPPED_WEIGHTS,
    int8: Path | None = None,
    further_looks: bool = True,
) -> None:
    """Write weights as a file of another runtime, the preprocessing inside and a card beside it, checked on pictures.

    Args:
        runtime: onnx (ONNX Runtime, TensorRT), openvino, or torchscript (for programs in C++; nothing here runs it).
        size: width x height of the camera's pictures; the file takes them scaled down to long_side_px.
        long_side_px: longer side of the picture that the network sees; default: what the weights were made for.
        out: folder for the file.
        weights: a .safetensors file with its card beside it, or mgcda_fast.
        int8: a folder of training pictures, to compute in 8 bits with ranges as these have them; onnx alone.
        further_looks: false leaves the card's smaller scales out: a third faster, large things are missed more often.
    """
    from mgcda_core.deploy.export import export as run
    from mgcda_core.exporting import calibration_pictures, rendered_pictures, seen_size

    weights = named_weights(weights)
    wanted = seen_size(size, weights, long_side_px)
    calibration = [] if int8 is None else calibration_pictures(int8, wanted)
    pictures = rendered_pictures(wanted)
    how = {"int8_pictures": calibration, "further_looks": further_looks}
    path, difference = run(weights, out, runtime, wanted, pictures, **how)
    print(f"{path}: probabilities differ by up to {difference:.2g} from PyTorch's, on rendered pictures")


def info(weights: Path = SHIPPED_WEIGHTS, height: int = 512, width: int = 1024) -> None:
    """Print what weights are made of: parameters and multiply-adds per part, and where they come from.

    Args:
        weights: a .safetensors file with its card beside it, or mgcda_fast; goes without the option's name too.
        height: of the picture that multiply-adds are counted for, pixels.
        width: of that picture, pixels.
    """
    from mgcda_core.deploy.cost import part_costs
    from mgcda_core.deploy.weights import load_weights

    network, card = load_weights(named_weights(weights))
    print(
        f"{card.name}: {card.architecture.kind}, {card.architecture.backbone}, {len(card.architecture.classes)} classes"
    )
    print(f"trained {card.training.get('finished', 'at an unknown date')} on {', '.join(card.data) or 'unknown data'}")
    for scale in card.scales:
        print(f"looks again at {scale.factor:g} of the picture's size, with a weight of {scale.weight:g}")
    print(f"\n| part | parameters | multiply-adds at {width} x {height}, one look |\n|---|---|---|")
    costs = part_costs(network, height, width)
    for cost in costs:
        counted = "in a user's file" if cost.multiply_adds is None else f"{cost.multiply_adds / 1e9:.2f} G"
        print(f"| {cost.name} | {cost.parameters:,} | {counted} |")
    print(
        f"| all | {sum(cost.parameters for cost in costs):,} "
        f"| {sum(cost.multiply_adds or 0 for cost in costs) / 1e9:.2f} G |"
    )


def architectures(
    backbones: tuple[str, ...] = ("efficientnet_lite0", "mobilenetv3_large_100", "resnet18"),
    height: int = 512,
    width: int = 1024,
    class_count: int = 19,
    frames: int = 5,
    reference: bool = False,
) -> None:
    """Print parameters, multiply-adds and milliseconds of the architectures on this machine, with random weights.

    Args:
        backbones: timm names; both kinds are built on each.
        height: of the picture, pixels.
        width: of the picture, pixels.
        class_count: number of semantic classes.
        frames: measured per architecture; the median counts.
        reference: whether to measure the reference configuration too, which takes minutes per frame on a CPU.
    """
    from mgcda_core.evaluation.architecture_table import architecture_rows, format_rows, variants
    from mgcda_core.networks.build import NAMED

    size = {"class_count": class_count, "height": height, "width": width}
    rows = architecture_rows(list(variants(backbones)), frames=frames, **size)
    if reference:
        rows += architecture_rows([("reference configuration", NAMED["reference"])], frames=1, **size)
    print(format_rows(rows))
