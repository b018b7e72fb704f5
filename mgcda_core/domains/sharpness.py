"""How sharp a picture is at a place, so that what is put there is no sharper."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

BLURS_PX = (0.45, 0.6, 0.8, 1.1, 1.5, 2.1)


def sharpness(image: np.ndarray, mask: np.ndarray | None = None) -> float | None:
    """Return Laplacian over gradient at the strongest edges, 1/pixel; an edge blurred twice as wide has half of it.

    image: uint8 or float32 (H, W, 3). mask: bool (H, W), where to look. The ratio does not depend on contrast, which
    the Laplacian's energy alone does: asphalt is not blurred for being plain. None where there is no edge to look at.
    """
    if min(image.shape[:2]) < 5:
        return None
    # Noise has more of it than any edge.
    grey = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32), (3, 3), 0.6)
    slopes = cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=1 / 8)
    gradient = cv2.magnitude(*slopes)
    laplacian = np.abs(cv2.Laplacian(grey, cv2.CV_32F))
    # The outermost pixels see the border's mirror image.
    inside = np.zeros(grey.shape, bool)
    inside[2:-2, 2:-2] = True
    if mask is not None:
        inside &= mask
    gradient, laplacian = gradient[inside], laplacian[inside]
    if len(gradient) < 12:
        return None
    strongest = max(1, len(gradient) // 10)
    edges = gradient >= max(3.0, float(np.partition(gradient, -strongest)[-strongest]))
    return float(laplacian[edges].mean() / gradient[edges].mean()) if edges.sum() >= 6 else None


def blurred_to(image: np.ndarray, alpha: np.ndarray, wanted: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Return image, alpha and the blur's sigma in pixels that bring the object's sharpness down to wanted, 1/pixel.

    image: float32 (H, W, 3). alpha: float32 (H, W) in [0, 1]. An object that is not sharper stays as it is (sigma 0).
    """
    inside = alpha > 0.9
    have = sharpness(image, inside)
    if have is None or have <= wanted:
        return image, alpha, 0.0
    for sigma in BLURS_PX:
        blurred = cv2.GaussianBlur(image, (0, 0), sigma)
        have = sharpness(blurred, inside)
        if have is None or have <= wanted:
            break
    return blurred, cv2.GaussianBlur(alpha, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT), sigma


def blur_of(measured: float | None) -> float:
    """Return the sigma in pixels of the blur, at most BLURS_PX's last, that gives a clean edge this sharpness."""
    if measured is None:
        return BLURS_PX[0]
    return float(np.interp(-measured, [-sharp for sharp in _edge_sharpness()], (0.0, *BLURS_PX)))


@lru_cache(maxsize=1)
def _edge_sharpness() -> tuple[float, ...]:
    """Sharpness of a slanted, area-averaged edge as it is, and after each of BLURS_PX."""
    rows, columns = np.mgrid[:256, :256]
    fine = np.where(columns + 0.3 * rows > 160, 190, 60).astype(np.float32)
    edge = cv2.resize(fine, (64, 64), interpolation=cv2.INTER_AREA)
    pictures = [edge, *(cv2.GaussianBlur(edge, (0, 0), sigma) for sigma in BLURS_PX)]
    return tuple(sharpness(np.repeat(picture[..., None], 3, axis=2)) or 0.0 for picture in pictures)
