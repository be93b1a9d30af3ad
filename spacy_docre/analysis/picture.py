"""The threshold curve as a picture. Needs matplotlib."""

from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING

from ..optional_packages import need

if TYPE_CHECKING:
    from .thresholds import ThresholdCurve

FORMATS = ("png", "svg", "pdf")


def can_draw() -> bool:
    """RETURNS (bool): Whether matplotlib is installed."""
    return find_spec("matplotlib") is not None


def draw_curve(curve: "ThresholdCurve", *, format: str = "png") -> bytes:
    """Draw precision, recall and F1 by threshold.

    curve (ThresholdCurve): The curve.
    format (str): "png", "svg" or "pdf".
    RETURNS (bytes): The file.
    RAISES (ImportError): If matplotlib is not installed.
    """
    need("matplotlib", extra="viz")
    # Not pyplot, which would look for a screen.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    axes = figure.add_subplot()
    colours = ("tab:blue", "tab:orange", "tab:green")
    for name, colour, values, measured in zip(
        ("precision", "recall", "F1"), colours, curve.prf, curve.measured
    ):
        # From high to low: a point holds for thresholds down to the next one.
        axes.step(curve.thresholds, values, where="post", color=colour, label=name)
        axes.plot(curve.threshold, measured, "o", color=colour, markersize=4)
    axes.axvline(curve.threshold, color="0.6", linewidth=0.8, linestyle="--")
    axes.plot([], [], "o", color="0.4", markersize=4, label="measured at the threshold")
    axes.set(xlabel="threshold", xlim=(0, 1), ylim=(0, 1))
    axes.grid(alpha=0.3)
    axes.legend()
    file = BytesIO()
    # No date, so that equal curves are equal files.
    dates = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
    figure.savefig(file, format=format, dpi=150, metadata=dates[format])
    return file.getvalue()
