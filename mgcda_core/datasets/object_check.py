"""Every picture that objects are cut from is opened once before a training."""

from __future__ import annotations

from collections.abc import Sequence

from mgcda_core.datasets.cutout import StoredCutout
from mgcda_core.datasets.readable import Checked, check_readable


def check_objects(objects: Sequence[StoredCutout], skip_unreadable: bool = False) -> Checked[StoredCutout]:
    """Decode one object of every picture, and return which objects can be read.

    skip_unreadable: objects of a picture that cannot be read or breaks off are left out, the picture is listed. What
    does not fit its annotations is an error all the same. Raises ValueError naming the first file that is wrong, and
    where there are no objects or all were left out.
    """
    one_of_each = {cutout.reference.files: cutout for cutout in reversed(objects)}
    checked = check_readable(
        list(reversed(one_of_each.values())),
        lambda cutout: cutout.reference.files,
        # Past the cache of decoded objects: a check must not fill it.
        lambda cutout: cutout.reference.decode(),
        what="pictures of objects",
        skip_unreadable=skip_unreadable,
    )
    broken = {item.image_path for item in checked.skipped}
    whole = [cutout for cutout in objects if cutout.reference.files[0] not in broken]
    return Checked(whole, checked.skipped, "objects")
