"""Painting meshes, far to near, into a picture and its label map."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from mgcda_core.simulation.light import Light
from mgcda_core.simulation.mesh import Mesh
from mgcda_core.simulation.pinhole import NEAR_M, View, clip_near, optical_to_pixels, to_optical
from mgcda_core.simulation.textures import Texture

_SHIFT = 4
_SMALL_PX = 8.0
"""Textured faces smaller than this are painted in their mean color."""
_SMOOTH_PX = 20_000
"""Textured faces on fewer pixels than this get smooth edges; on large ones the lens blur hides them."""


@dataclass(frozen=True)
class Placed:
    """A mesh standing at (x, y) metres of the base frame, turned by yaw_rad, with its label and instance.

    layer: painted in rising order, far to near within one. bend: bends along the road, 1/m, instead
    of standing rigid (fences, house rows). casts: throws a shadow.
    """

    mesh: Mesh
    x: float
    y: float
    yaw_rad: float
    label: int
    instance: int = 0
    layer: int = 3
    bend: float = 0.0
    casts: bool = True

    @cached_property
    def points(self) -> np.ndarray:
        """Return the vertices (V, 3) in the base frame, metres."""
        vertices = self.mesh.vertices
        points = (vertices @ turn_about_z(self.yaw_rad).T if self.yaw_rad else vertices) + (self.x, self.y, 0.0)
        if self.bend:
            points[:, 1] += 0.5 * self.bend * points[:, 0] ** 2
        return points


def turn_about_z(angle_rad: float) -> np.ndarray:
    """Return the rotation matrix (3, 3) that turns x towards y."""
    cosine, sine = np.cos(angle_rad), np.sin(angle_rad)
    return np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])


class Canvas:
    """A picture uint8 (H, W, 3) and its codes uint8 (H, W, 2): semantic label and instance."""

    def __init__(self, view: View, light: Light, image: np.ndarray, codes: np.ndarray) -> None:
        self.view, self.light, self.image, self.codes = view, light, image, codes
        self._camera = view.camera.intrinsics @ view.rotation
        self._eye = view.position
        self._slope = 0.5 * view.camera.width / view.focal_px

    def draw(self, item: Placed) -> None:
        """Paint one item over what is there."""
        mesh = item.mesh
        if self._outside(item):
            return
        points = item.points
        optical = to_optical(self.view, points)
        if optical[:, 2].max() <= NEAR_M:
            return
        pixels = optical_to_pixels(self.view, optical)
        whole = bool(optical[:, 2].min() > NEAR_M)
        height, width = self.image.shape[:2]
        outlines = pixels[mesh.corners]
        low, high = outlines.min(axis=1), outlines.max(axis=1)
        towards, distance, shade, fog = self._lit(item)
        shown = (towards > 0) | mesh.two_sided
        extent = (high - low).max(axis=1)
        if whole:
            shown &= (low[:, 0] < width) & (low[:, 1] < height) & (high[:, 0] > -1) & (high[:, 1] > -1)
            # Lamps and plates smaller than this would only flicker; the body behind them stays.
            shown &= (mesh.ranks == 0) | (extent > 0.9)
        else:
            shown &= optical[:, 2][mesh.corners].max(axis=1) > NEAR_M
        chosen = np.flatnonzero(shown)
        if not len(chosen):
            return
        flat = np.clip(mesh.colors * shade + fog, 0, 255).tolist()
        fixed = np.round(outlines * (1 << _SHIFT)).astype(np.int32)
        code = (item.label, item.instance, 0, 0)
        for index in chosen[np.lexsort((-distance[chosen], mesh.ranks[chosen]))].tolist():
            corners, outline = fixed[index], outlines[index]
            if not whole:
                clipped = clip_near(optical[mesh.corners[index]])
                if len(clipped) < 3:
                    continue
                outline = optical_to_pixels(self.view, clipped)
                corners = np.round(outline * (1 << _SHIFT)).astype(np.int32)
            texture = mesh.textures[index]
            if texture is not None and (not texture.opaque or extent[index] > _SMALL_PX):
                self._textured(texture, points[mesh.corners[index]], outline, corners, shade[index], fog[index], code)
            else:
                cv2.fillConvexPoly(self.image, corners, flat[index], cv2.LINE_AA, _SHIFT)
                cv2.fillConvexPoly(self.codes, corners, code, cv2.LINE_8, _SHIFT)

    def _outside(self, item: Placed) -> bool:
        far = item.x + item.mesh.radius_m
        if far <= NEAR_M:
            return True
        middle = abs(item.y + 0.5 * item.bend * item.x**2) - 1.4 * item.mesh.radius_m
        return bool(middle > far * self._slope)

    def _lit(self, item: Placed) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return per face: how far it looks towards us, its distance, its gain (F, 3) and its haze (F, 3)."""
        mesh, light = item.mesh, self.light
        turn = turn_about_z(item.yaw_rad).T
        normals = mesh.normals @ turn
        centres = mesh.centres @ turn + (item.x, item.y, 0.0)
        if item.bend:
            centres[:, 1] += 0.5 * item.bend * centres[:, 0] ** 2
        to_camera = self._eye - centres
        towards = np.einsum("ij,ij->i", normals, to_camera)
        distance = np.sqrt(np.einsum("ij,ij->i", to_camera, to_camera))
        normals = np.where((mesh.two_sided & (towards < 0))[:, None], -normals, normals)
        sunny = np.maximum(normals @ light.toward_sun, 0)[:, None]
        shade = light.ambient * (0.85 + 0.15 * normals[:, 2:3]) + light.sun * sunny
        shade[mesh.glows] = 1.0
        clear = np.exp(-distance / light.haze_range_m)[:, None]
        return towards, distance, shade * clear, (1 - clear) * light.haze_color

    def _textured(
        self,
        texture: Texture,
        corners: np.ndarray,
        outline: np.ndarray,
        fixed: np.ndarray,
        gain: np.ndarray,
        offset: np.ndarray,
        code: tuple[int, ...],
    ) -> None:
        height, width = self.image.shape[:2]
        left, top = np.maximum(np.floor(outline.min(axis=0)), 0).astype(int).tolist()
        right, bottom = np.minimum(np.ceil(outline.max(axis=0)) + 1, (width, height)).astype(int).tolist()
        if right <= left or bottom <= top:
            return
        base = corners[0]
        plane = self._camera @ np.array([corners[1] - base, corners[3] - base, base - self._eye]).T
        level = texture.levels[self._level(texture, outline)]
        rows, columns = level.shape[:2]
        unit = np.array([[1 / columns, 0, 0.5 / columns], [0, 1 / rows, 0.5 / rows], [0, 0, 1.0]])
        forward = np.array([[1.0, 0, -left], [0, 1.0, -top], [0, 0, 1.0]]) @ plane @ unit
        size = (right - left, bottom - top)
        # With premultiplied alpha the haze, too, must be weighed by alpha: it sits in the fourth column.
        mix = np.zeros((level.shape[2], 4))
        mix[[0, 1, 2], [0, 1, 2]] = gain
        mix[:3, 3] = offset if texture.opaque else offset / 255
        mix[3:, 3] = 1.0
        # Lighting and warping can change places; light whichever picture is smaller.
        first = rows * columns < size[0] * size[1]
        colored = cv2.transform(level, mix) if first else level
        colored = cv2.warpPerspective(colored, forward, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        colored = colored if first else cv2.transform(colored, mix)
        mask = np.zeros((size[1], size[0]), np.uint8)
        shifted = fixed - np.array([left << _SHIFT, top << _SHIFT], np.int32)
        target, codes = self.image[top:bottom, left:right], self.codes[top:bottom, left:right]
        smooth = texture.opaque and mask.size < _SMOOTH_PX
        cv2.fillConvexPoly(mask, shifted, 255, cv2.LINE_AA if smooth else cv2.LINE_8, _SHIFT)
        if not texture.opaque:
            colored = cv2.copyTo(colored, mask)
            alpha = cv2.extractChannel(colored, 3)
            cv2.multiply(target, cv2.cvtColor(255 - alpha, cv2.COLOR_GRAY2RGB), dst=target, scale=1 / 255)
            cv2.add(target, cv2.cvtColor(colored, cv2.COLOR_RGBA2RGB), dst=target)
            solid = cv2.threshold(alpha, 127, 255, cv2.THRESH_BINARY)[1]
            cv2.copyTo(np.full((size[1], size[0], 2), code[:2], np.uint8), solid, codes)
            return
        if smooth:
            cv2.multiply(target, cv2.cvtColor(255 - mask, cv2.COLOR_GRAY2RGB), dst=target, scale=1 / 255)
            cv2.add(target, cv2.multiply(colored, cv2.cvtColor(mask, cv2.COLOR_GRAY2RGB), scale=1 / 255), dst=target)
        else:
            cv2.copyTo(colored, mask, target)
        cv2.fillConvexPoly(self.codes, fixed, code, cv2.LINE_8, _SHIFT)

    @staticmethod
    def _level(texture: Texture, outline: np.ndarray) -> int:
        area = cv2.contourArea(outline.astype(np.float32))
        rows, columns = texture.levels[0].shape[:2]
        ratio = 0.5 * np.log2(rows * columns / max(area, 1.0))
        return int(min(max(ratio + 0.3, 0), len(texture.levels) - 1))
