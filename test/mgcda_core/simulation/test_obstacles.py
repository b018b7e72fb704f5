"""Every kind of lost cargo: its size, its footing, its spacing along the road."""

import numpy as np
import pytest

from mgcda_core.simulation.hazard_plan import HazardPlan
from mgcda_core.simulation.obstacles import FLAT_KINDS, KINDS, make_obstacle
from mgcda_core.simulation.style import sample_style


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_obstacle_stands_on_the_ground_and_has_a_plausible_size(kind: str) -> None:
    for seed in range(3):
        mesh = make_obstacle(kind, np.random.default_rng(seed))
        low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
        assert low[2] == pytest.approx(0.0)
        assert (low + high)[:2] == pytest.approx(np.zeros(2))
        assert 0.15 <= max(mesh.size_m) <= 2.5
        assert (mesh.size_m[0] == 0) == (kind in FLAT_KINDS)


def test_solid_faces_look_outwards() -> None:
    mesh = make_obstacle("cardboard_box", np.random.default_rng(0))
    middle = mesh.vertices.mean(axis=0)
    assert np.all(np.einsum("ij,ij->i", mesh.normals, mesh.centres - middle) > 0)


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        make_obstacle("submarine", np.random.default_rng(0))


def test_gaps_stay_inside_the_spacing_but_for_clean_stretches() -> None:
    plan = HazardPlan(sample_style(3), 3, (25.0, 60.0))
    hazards = plan.between(0.0, 2000.0)
    gaps = np.diff([hazard.along for hazard in hazards])
    assert gaps.min() >= 25.0
    short = gaps[gaps <= 60.0]
    clean = gaps[gaps > 60.0]
    assert len(short) > 2 * len(clean) > 0
    assert clean.min() >= 3 * 25.0


def test_ids_are_unique_and_never_a_multiple_of_255() -> None:
    plan = HazardPlan(sample_style(1), 1, (5.0, 5.0))
    near_wrap = plan.between(1890.0, 1960.0)
    ids = [hazard.id for hazard in near_wrap]
    assert min(ids) < 255 < max(ids)
    assert len(set(ids)) == len(ids)
    assert all(number % 255 for number in ids)


def test_a_stretch_holds_the_same_hazards_however_it_is_asked_for() -> None:
    style = sample_style(5)
    whole = HazardPlan(style, 5, (25.0, 60.0)).between(0.0, 600.0)
    plan = HazardPlan(style, 5, (25.0, 60.0))
    parts = [hazard for start in (300.0, 0.0) for hazard in plan.between(start, start + 300.0)]
    assert sorted((hazard.id, hazard.kind, hazard.along) for hazard in parts) == [
        (hazard.id, hazard.kind, hazard.along) for hazard in whole
    ]
