"""Eight bits in place of 32: the convolutions of an ONNX file, with ranges measured on pictures (static, QDQ)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from mgcda_core.deploy.runtimes.exported_file import PICTURE
from mgcda_core.deploy.runtimes.runtime import RuntimeUnavailableError


def quantise(path: Path, pictures: Sequence[np.ndarray]) -> None:
    """Rewrite an exported .onnx file with 8-bit convolutions. pictures: uint8 (H, W, 3) of its size.

    None of a test set: ranges are a kind of training. Weights have a range per channel, and one bit less: on CPUs
    without VNNI two products are added in 16 bits, which full ranges overflow.
    Raises RuntimeUnavailableError without the packages.
    """
    try:
        from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
        from onnxruntime.quantization.shape_inference import quant_pre_process
    except ImportError as error:
        raise RuntimeUnavailableError(f"{error.name} is needed for int8; pip install 'mgcda_ros[export]'") from None

    class Pictures(CalibrationDataReader):
        def __init__(self) -> None:
            self._left: Iterator[np.ndarray] = iter(pictures)

        def get_next(self) -> dict[str, np.ndarray] | None:
            picture = next(self._left, None)
            return None if picture is None else {PICTURE: picture[None]}

    prepared = path.with_suffix(".prepared.onnx")
    # It advises, on the root logger, what is done here already.
    logging.disable(logging.WARNING)
    try:
        quant_pre_process(str(path), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(path),
            Pictures(),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv"],
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
    finally:
        logging.disable(logging.NOTSET)
        prepared.unlink(missing_ok=True)
