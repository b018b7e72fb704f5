"""The training loop: mixture in, averaged weights out."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path

import cv2
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader, Subset
from tqdm import tqdm

from mgcda_core.datasets.classes import STREET_CLASSES
from mgcda_core.deploy.imagenet import efficientnet_lite0_weights, packaged_file
from mgcda_core.deploy.weights import load_weights
from mgcda_core.networks.mgcda import MGCDA, Architecture
from mgcda_core.training.checkpoint import load_checkpoint, save_checkpoint
from mgcda_core.training.losses import total_loss
from mgcda_core.training.mixture import Mixture
from mgcda_core.training.recipe import Recipe


def build_network() -> MGCDA:
    """Return the network with its encoder on ImageNet weights and everything else at random."""
    network = MGCDA(Architecture(classes=STREET_CLASSES))
    weights = efficientnet_lite0_weights(packaged_file())
    wanted = network.backbone.features.state_dict()
    network.backbone.features.load_state_dict({key: weights[key] for key in wanted})
    return network


def train(recipe: Recipe) -> MGCDA:
    """Run the recipe, going on from its checkpoint where there is one, and return the averaged network.

    Writes checkpoint.pt and log.csv below recipe.out. Raises ValueError for missing data and RuntimeError where
    the loss is no longer a number.
    """
    torch.manual_seed(recipe.seed)
    torch.set_num_threads(recipe.threads)
    network = build_network() if recipe.start_from is None else load_weights(recipe.start_from)[0]
    network = network.to(memory_format=torch.channels_last).train()
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(recipe.average_decay), use_buffers=False)
    encoder: list[torch.nn.Parameter] = []
    others: list[torch.nn.Parameter] = []
    for name, parameter in network.named_parameters():
        part = name.removeprefix("backbone.features.")
        if part.startswith(tuple(f"{prefix}." for prefix in recipe.frozen)):
            parameter.requires_grad_(False)
        else:
            (others if part == name else encoder).append(parameter)
    optimiser = torch.optim.AdamW(
        [
            {"params": encoder, "lr": recipe.learning_rate * recipe.encoder_rate_factor},
            {"params": others, "lr": recipe.learning_rate},
        ],
        weight_decay=recipe.weight_decay,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, recipe))
    checkpoint = recipe.out / "checkpoint.pt"
    first = 0
    if (state := load_checkpoint(checkpoint)) is not None:
        network.load_state_dict(state["network"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        first = int(state["step"])
    batches = _batches(recipe, first)
    progress = tqdm(range(first, recipe.steps), initial=first, total=recipe.steps, desc="train", mininterval=5)
    for step in progress:
        image, masks, anomaly = next(batches)
        image = image.to(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16, enabled=recipe.bfloat16):
            outputs = network(image)
        loss, parts = total_loss(outputs, image, masks, anomaly)
        if not math.isfinite(float(loss.detach())):
            raise RuntimeError(
                f"the loss is {float(loss.detach())} at step {step} ({parts}); lower learning_rate "
                f"({recipe.learning_rate}) or set bfloat16 to false, and start again from {checkpoint}"
            )
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        average.update_parameters(network)
        if step % 20 == 0:
            _log(recipe.out / "log.csv", step, parts)
            progress.set_postfix({name: f"{value:.3f}" for name, value in parts.items()})
        if (step + 1) % recipe.checkpoint_every == 0 or step + 1 == recipe.steps:
            state = {
                "network": network.state_dict(),
                "average": average.state_dict(),
                "optimiser": optimiser.state_dict(),
                "schedule": schedule.state_dict(),
                "step": step + 1,
            }
            save_checkpoint(checkpoint, state)
    return averaged_network(average, network)


def averaged_network(average: AveragedModel, network: MGCDA) -> MGCDA:
    """Return the averaged weights in evaluation mode, with the batch statistics of the network they came from."""
    result: MGCDA = average.module
    buffers = dict(network.named_buffers())
    for name, buffer in result.named_buffers():
        buffer.copy_(buffers[name])
    return result.eval()


def _rate(step: int, recipe: Recipe) -> float:
    if step < recipe.warmup_steps:
        return (step + 1) / recipe.warmup_steps
    done = (step - recipe.warmup_steps) / max(1, recipe.steps - recipe.warmup_steps)
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def _batches(recipe: Recipe, first: int) -> Iterator[list[torch.Tensor]]:
    mixture = Mixture(
        recipe.data,
        length=recipe.steps * recipe.batch_size,
        seed=recipe.seed,
        crop=recipe.crop,
        shares=recipe.shares,
    )
    rest = Subset(mixture, range(first * recipe.batch_size, len(mixture)))
    loader = DataLoader(
        rest,
        recipe.batch_size,
        num_workers=recipe.workers,
        worker_init_fn=_one_thread,
        # A forked worker inherits OpenCV's thread pool without its threads and waits for them forever.
        multiprocessing_context="spawn" if recipe.workers else None,
    )
    return iter(loader)


def _one_thread(worker: int) -> None:
    cv2.setNumThreads(1)


def _log(path: Path, step: int, parts: dict[str, float]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.is_file()
    with path.open("a", newline="") as file:
        writer = csv.writer(file)
        if new:
            writer.writerow(["step", *parts])
        writer.writerow([step, *(f"{value:.5f}" for value in parts.values())])
