"""A PrairieLearn question with its external grader, and the image that it runs in."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import Path

from tools.common.numbers import to_json
from tools.common.stable_zip import ZipMember
from tools.course.platforms.kit import kit_files, mnist_files, script

QUESTION = "questions/nn-lab"
TIMEOUT_S = 600  # the most that PrairieLearn allows
# Any fixed namespace will do: the question keeps its id when the folder is made again.
_ID = uuid.uuid5(uuid.NAMESPACE_URL, "nnlab:simple-neural-network-lab")


def prairielearn_files(image: str, mnist: Path | None = None) -> dict[str, ZipMember]:
    """The course files and the image's folder, by path.

    `image` is the name under which the image is pushed; `mnist` a folder with the four files of
    MNIST, which are then packed. Without it the image makes the offline digits.
    """
    data = "synthetic" if mnist is None else "mnist"
    packed = {} if mnist is None else mnist_files(mnist)
    files = {
        "README.md": ZipMember(script("prairielearn.md").replace(b"IMAGE", image.encode())),
        f"{QUESTION}/info.json": ZipMember(to_json(_info(image))),
        f"{QUESTION}/question.html": ZipMember(script("question.html")),
        "image/Dockerfile": ZipMember(script("Dockerfile")),
        "image/run.sh": ZipMember(
            script("run.sh").replace(b"DATA", data.encode()), executable=True
        ),
    }
    files |= {f"image/kit/{name}": ZipMember(content) for name, content in kit_files().items()}
    return files | {f"image/kit/mnist/{name}": ZipMember(each) for name, each in packed.items()}


def _info(image: str) -> Mapping[str, object]:
    return {
        "uuid": str(_ID),
        "title": "Simple Neural Network Lab",
        "topic": "Neural networks",
        "tags": ["numpy", "backpropagation"],
        "type": "v3",
        "singleVariant": True,
        "gradingMethod": "External",
        "externalGradingOptions": {
            "enabled": True,
            "image": image,
            "entrypoint": "/nnlab/run.sh",
            "timeout": TIMEOUT_S,
            "enableNetworking": False,
        },
    }
