"""The plots of the notebook."""

from math import ceil, isqrt

import matplotlib.pyplot as plt
import numpy as np


def show_weights(axes, W1, title):
    """Show what each hidden unit looks for: one tile per unit, zero is white.

    Parameters
    ----------
    axes : matplotlib Axes
        Where to draw.
    W1 : ndarray of shape (784, H)
        The first-layer weights. Red pixels are positive, blue ones negative, all tiles on the
        same scale.
    title : str
        The title.
    """
    H = W1.shape[1]
    columns = next(n for n in range(ceil(H**0.5), H + 1) if H % n == 0)
    if columns > 3 * ceil(H / columns):  # a prime number of units, say: leave some space empty
        columns = isqrt(H - 1) + 1
    rows = ceil(H / columns)
    picture = np.full((rows * 30, columns * 30), np.nan)  # 28 pixels and a border of 2
    for unit in range(H):
        top, left = unit // columns * 30, unit % columns * 30
        picture[top : top + 28, left : left + 28] = W1[:, unit].reshape(28, 28)
    limit = np.quantile(np.abs(W1), 0.998)  # a few extreme pixels would make the rest pale
    image = axes.imshow(picture, cmap="RdBu_r", vmin=-limit, vmax=limit)
    plt.colorbar(image, ax=axes, shrink=0.6)
    axes.set_title(title)
    axes.axis("off")


def show_confusion(axes, y, labels, title):
    """Show how often each digit is read as each other one.

    Parameters
    ----------
    axes : matplotlib Axes
        Where to draw.
    y, labels : ndarray of shape (N,)
        The correct digits and the predicted ones.
    title : str
        The title.
    """
    counts = np.zeros((10, 10), dtype=int)
    np.add.at(counts, (y, labels), 1)
    mistakes = counts - np.diag(np.diag(counts))
    axes.imshow(mistakes, cmap="Reds")
    for row, column in np.ndindex(10, 10):
        color = "white" if mistakes[row, column] > 0.6 * mistakes.max() else "black"
        text = str(counts[row, column])
        axes.text(column, row, text, ha="center", va="center", color=color, fontsize=8)
    axes.set(xticks=range(10), yticks=range(10), xlabel="predicted digit", ylabel="correct digit")
    axes.set_title(title)
    axes.grid(visible=False)


def show_mistakes(axes, images, y, labels, scores):
    """Show the mistakes of which the network is most confident.

    Parameters
    ----------
    axes : ndarray of matplotlib Axes
        One for each mistake that is shown.
    images : ndarray of shape (N, 784)
        The images.
    y, labels : ndarray of shape (N,)
        The correct digits and the predicted ones.
    scores : ndarray of shape (N, 10)
        The scores. The lead of the highest score over the second one is the confidence.
    """
    best, second = np.sort(scores, axis=1)[:, :-3:-1].T  # (N,), (N,)
    lead = np.where(labels == y, -np.inf, best - second)  # (N,)
    for panel, row in zip(axes.flat, np.argsort(-lead), strict=False):
        panel.axis("off")
        if np.isfinite(lead[row]):
            panel.imshow(images[row].reshape(28, 28), cmap="gray")
            panel.set_title(f"{y[row]} read as {labels[row]}", fontsize=9)


def show_losses(axes, histories):
    """Show the losses of some runs, and their running means.

    Parameters
    ----------
    axes : matplotlib Axes
        Where to draw.
    histories : dict of str to list of float
        The losses of each run, by its name.
    """
    for number, (name, losses) in enumerate(histories.items()):
        losses = np.array(losses)
        means = np.convolve(losses, np.ones(50) / 50, mode="valid")
        axes.plot(losses, color=f"C{number}", alpha=0.4, linewidth=1)
        axes.plot(np.arange(len(means)) + 25, means, color=f"C{number}", linewidth=2, label=name)
    axes.axhline(np.log(10), color="gray", linestyle=":", label="guessing, log 10")
    axes.set(xlabel="iteration", ylabel="loss of the minibatch")
    axes.legend()
