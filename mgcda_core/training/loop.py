"""The training loop: mixture in, averaged weights out."""

from __future__ import annotations

import math
from collections.abc import Iterator

import cv2
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader, Subset
from tqdm import tqdm

from mgcda_core.alignment.alignment import Alignment
from mgcda_core.networks.outputs import AnomalyNetwork
from mgcda_core.training.checkpoint import load_checkpoint, save_checkpoint
from mgcda_core.training.initial import initial_network
from mgcda_core.training.log import Log
from mgcda_core.training.losses import total_loss
from mgcda_core.training.mixture import DOMAINS, Mixture
from mgcda_core.training.recipe import Recipe


def train(recipe: Recipe) -> AnomalyNetwork:
    """Run the recipe, going on from its checkpoint where there is one, and return the averaged network.

    Writes checkpoint.pt and log.csv below recipe.out. Raises ValueError for missing data and RuntimeError where
    the loss is no longer a number.
    """
    torch.set_num_threads(recipe.threads)
    network, alignment = initial_state(recipe)
    network = network.to(memory_format=torch.channels_last).train()
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(recipe.average_decay), use_buffers=False)
    optimiser = _optimiser(recipe, network, alignment)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, recipe))
    checkpoint = recipe.out / "checkpoint.pt"
    stateful = {
        "network": network, "average": average, "alignment": alignment, "optimiser": optimiser, "schedule": schedule,
    }  # fmt: skip
    first, log = 0, Log(recipe.out / "log.csv")
    if (state := load_checkpoint(checkpoint)) is not None:
        for name, part in stateful.items():
            part.load_state_dict(state[name])
        first = int(state["step"])
        log.sums = state["log"]
    batches = _batches(recipe, first)
    progress = tqdm(range(first, recipe.steps), initial=first, total=recipe.steps, desc="train", mininterval=5)
    for step in progress:
        image, masks, anomaly, domains = next(batches)
        image = image.to(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16, enabled=recipe.bfloat16):
            outputs = network(image)
        loss, parts = total_loss(outputs, image, masks, anomaly)
        # Seeded by the step, so that a resumed training draws what the uninterrupted one draws.
        draw = torch.Generator().manual_seed((recipe.seed << 32) + step)
        aligned = alignment(outputs, anomaly, domains, step / recipe.steps, draw)
        loss, parts = loss + aligned.loss, parts | aligned.parts
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
        if (means := log.add(step, parts, last=step + 1 == recipe.steps)) is not None:
            progress.set_postfix({name: f"{value:.3f}" for name, value in means.items()})
        if (step + 1) % recipe.checkpoint_every == 0 or step + 1 == recipe.steps:
            states = {name: part.state_dict() for name, part in stateful.items()}
            save_checkpoint(checkpoint, states | {"step": step + 1, "log": log.sums})
    return averaged_network(average, network)


def initial_state(recipe: Recipe) -> tuple[AnomalyNetwork, Alignment]:
    """Return what the recipe starts from; the same for the same recipe."""
    torch.manual_seed(recipe.seed)
    network = initial_network(recipe)
    return network, Alignment(recipe.alignment, network, len(DOMAINS))


def _optimiser(recipe: Recipe, network: AnomalyNetwork, alignment: Alignment) -> torch.optim.Optimizer:
    encoder: list[torch.nn.Parameter] = []
    others: list[torch.nn.Parameter] = list(alignment.parameters())
    for name, parameter in network.named_parameters():
        part = name.removeprefix("backbone.features.")
        if part.startswith(tuple(f"{prefix}." for prefix in recipe.frozen)):
            parameter.requires_grad_(False)
        if parameter.requires_grad:
            (others if part == name else encoder).append(parameter)
    return torch.optim.AdamW(
        [
            {"params": encoder, "lr": recipe.learning_rate * recipe.encoder_rate_factor},
            {"params": others, "lr": recipe.learning_rate},
        ],
        weight_decay=recipe.weight_decay,
    )


def averaged_network(average: AveragedModel, network: AnomalyNetwork) -> AnomalyNetwork:
    """Return the averaged weights in evaluation mode, with the batch statistics of the network they came from."""
    result: AnomalyNetwork = average.module
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
