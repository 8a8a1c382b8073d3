"""Puts the questions to the student's code, one after the other, and sends back what came.

Runs in the child, after every layer of the sandbox is on. It knows no answer: it gets inputs and
returns what the student's code made of them. Imports numpy and the standard library alone.

Protocol: one frame comes in, with the modules to import and the rounds of questions; one goes out
for the import, and if that finished, one for each round as soon as it is known.
    {"modules": ..., "rounds": [[id, ...], ...], ...} -> {"ended": ..., "error": ...}
                                                         {"answers": [...]} for each round
"""

import contextlib
import random
import sys
from typing import Any

import best_net
import loading
import numpy as np
import recording
import rerun
from describe import Seen
from effort import Effort
from network import PARAMS, given_scores, make_network

LOCAL_ARRAYS = 8  # of one shape that are looked at
_make_rng = np.random.default_rng


def prepare(header, arrays):
    """What every child starts with, made once: the questions, their inputs and the images.

    `header` has the ``questions``; `arrays` has their inputs as ``case/name``, and for those on
    images ``train`` (N, 28, 28), ``train_labels`` (N,), ``mean`` (784,), ``val``, ``test`` and
    ``shifted`` images as uint8. No label of a validation or test image is among them.
    """
    cases: dict[str, dict[str, np.ndarray]] = {}
    for name, array in arrays.items():
        case, _, inner = name.rpartition("/")
        cases.setdefault(case, {})[inner] = array
    asked = {
        question["id"]: (question, cases[question["inputs"]] if question["inputs"] else {})
        for question in header.get("questions", ())
    }
    return asked, _rows_of(cases.get("", {}))


def _rows_of(images):
    """Rows of pixels less the mean training image."""
    if not images:
        return {}
    data = {"y_train": images["train_labels"].astype(np.int64)}
    for name in ("train", "val", "test", "shifted"):
        data[f"X_{name}"] = images[name].reshape(len(images[name]), -1) - images["mean"]  # (N, 784)
    return data


def serve(channel, prepared):
    """Import one submission and put all its questions to it."""
    asked, data = prepared
    message = channel.receive()
    if message is None:  # the child is not needed
        return
    respondent = Respondent(data)
    loaded = respondent.load(*message)
    _send(channel, loaded, {})
    if loaded["ended"] == "finished":
        for questions in message[0]["rounds"]:
            _send(channel, *_together([respondent.answer(*asked[one]) for one in questions]))


def _together(answers):
    """The answers of one round as one frame."""
    headers = [header for header, _ in answers]
    arrays = {
        f"{at}/{name}": array
        for at, (_, seen) in enumerate(answers)
        for name, array in seen.items()
    }
    return {"answers": headers}, arrays


def _send(channel, header, arrays):
    try:
        channel.send(header, arrays)
    except Exception as error:  # a submission has closed the channel, or replaced what it needs
        # Not the traceback, which is ours: what the child prints is for the student.
        raise SystemExit from error


def _seed(seed):
    """Set every source of chance that a submission may draw from."""
    random.seed(seed)
    np.random.seed(seed)
    count = iter(range(1, sys.maxsize))

    def default_rng(given=None):
        return _make_rng([seed, next(count)] if given is None else given)

    np.random.default_rng = default_rng


class Respondent:
    """The student's code, loaded, and the questions it can be asked."""

    def __init__(self, data):
        self.data = data
        # Set by `load`, which comes before any question.
        self.code: Any = None
        self.net_class: Any = None
        self.best_net: bytes = b""
        self.network: Any = None

    def load(self, header, arrays):
        """Import the submission's modules; says how that ended."""
        sources = {
            module["name"]: (module["path"], arrays[f"source/{at}"].tobytes().decode("utf-8"))
            for at, module in enumerate(header["modules"])
        }
        self.best_net = arrays["saved"].tobytes() if "saved" in arrays else b""
        self.code = loading.StudentCode(sources, header["main"], header["rescue"])
        _seed(header["seed"])
        try:
            self.net_class = self.code.load()
        except BaseException as error:
            return {"ended": _ended(error), "error": loading.explain(error)}
        return {"ended": "finished", "error": None}

    def answer(self, question, inputs):
        """One reply: how the question ended, and what was seen."""
        inputs = {name: array.copy() for name, array in inputs.items()}
        seen = Seen()
        ended, error = "finished", None
        _seed(question["seed"])
        self.code.undone.skip(question.get("skip_undone", False))
        try:
            # A warning never costs a point, whatever the code has made of warnings.
            with np.errstate(all="ignore"):
                getattr(self, "ask_" + question["do"])(question, inputs, seen)
        except BaseException as raised:
            ended, error = _ended(raised), loading.explain(raised)
        header = {
            "id": question["id"],
            "ended": ended,
            "error": error,
            "kinds": seen.kinds,
            "values": seen.values,
        }
        return header, seen.arrays

    def ask_scores(self, question, inputs, seen):
        with self._watched(inputs, seen) as (net, X, _):
            seen.add("scores", net.loss(X))

    def ask_loss(self, question, inputs, seen):
        with self._watched(inputs, seen) as (net, X, y):
            try:
                returned = net.loss(X, y, reg=question["reg"])
            except BaseException as error:
                # The loss may have been there before the gradients failed: T#6 is not T#7.
                loss = loading.local_in(error, "loss", "loss")
                if loss is not None:
                    seen.add("loss", loss, max_elements=1_000)
                else:
                    self._add_what_goes_on(question, inputs, seen)
                raise
            loss = _add_returned(seen, returned)
            seen.add("loss", loss, max_elements=1_000)

    def _add_what_goes_on(self, question, inputs, seen):
        """What a `loss` shows that goes on where T#5 has no scores, or T#6 raises."""
        right_form, given = given_scores(inputs), []

        def give_scores(own):
            if isinstance(own, np.ndarray) and own.shape == right_form.shape:
                return own
            given.append(own)
            return right_form.copy()

        with contextlib.suppress(BaseException):
            net_class = self.code.going_on(self.net_class, "loss", give_scores)
            if net_class is None:
                return
            net, X, y = self._net(inputs, net_class), inputs["X"].copy(), inputs["y"].copy()
            own = Seen()
            try:
                loss = _add_returned(own, net.loss(X, y, reg=question["reg"]))
            except BaseException as error:  # T#7 may need more of T#5 than its scores
                loss = loading.local_in(error, "loss", "loss")
            if given:
                seen.add("given", loss, max_elements=1_000)
                grads = {f"given/{name}": own.arrays.get(f"grads/{name}") for name in PARAMS}
                seen.arrays.update({name: grad for name, grad in grads.items() if grad is not None})
            else:
                seen.kinds.update(own.kinds)
                seen.arrays.update(own.arrays)
                seen.values.update(own.values)

    def ask_inside(self, question, inputs, seen):
        """Local arrays of the student's `loss` that have the hidden layer's shape, or the scores'.

        The hidden layer is looked for without labels: there is no way back yet, whose arrays have
        its shape as well.
        """
        X, y, N = inputs["X"], inputs["y"], len(inputs["X"])
        found = loading.locals_at_end("loss", lambda: self._net(inputs).loss(X))
        _add_arrays(seen, "hidden", found, (N, inputs["b1"].size))
        net = self._net(inputs)
        found = loading.locals_at_end("loss", lambda: net.loss(X, y, reg=question["reg"]))
        _add_arrays(seen, "output", found, (N, inputs["b2"].size))

    def ask_given(self, question, inputs, seen):
        """Loss, gradients and labels if T#5 is given; nothing of what cannot be given."""
        found = rerun.loss_of_given_scores(self.net_class, inputs, question["reg"])
        if found is not None:
            returned, variables = found
            loss = _add_returned(seen, returned)
            seen.add(
                "loss", variables.get("loss") if returned is None else loss, max_elements=1_000
            )
            shape = (len(inputs["X"]), inputs["b2"].size)
            _add_arrays(seen, "output", variables.values(), shape)
        labels = rerun.labels_of_given_scores(self.net_class, inputs)
        if labels is not None:
            seen.add("labels", labels)

    def ask_effort(self, question, inputs, seen):
        """How often the student's code runs, and perturbs parameters, for one set of gradients."""
        net = self._net(inputs)
        effort = Effort(net.params)
        with effort.counted():
            net.loss(inputs["X"], inputs["y"], reg=question["reg"])
        seen.values["calls"], seen.values["perturbed"] = effort.calls, effort.perturbed

    def ask_numeric(self, question, inputs, seen):
        """Slopes of the student's own loss and scores, to judge the gradients against."""
        net, reg, h = self._net(inputs), question["reg"], question["h"]
        seen.add("probed", rerun.probed_losses(net, inputs, reg))
        for name, slope in rerun.slopes(net, inputs, reg, h).items():
            seen.add(f"numeric/{name}", slope)
        if question["jacobian"]:
            for name, slope in rerun.slopes_of_scores(net, inputs, h).items():
                seen.add(f"jacobian/{name}", slope)

    def ask_predict(self, question, inputs, seen):
        with self._watched(inputs, seen) as (net, X, _):
            with contextlib.suppress(Exception):
                net.predict(X[:1].copy())  # labels that are kept from an earlier call are wrong
            try:
                seen.add("labels", net.predict(X))
            except BaseException:
                labels = rerun.labels_of_given_scores(self.net_class, inputs)
                if labels is not None:
                    seen.add("given", labels)
                raise

    def ask_record(self, question, inputs, seen):
        """Train with scripted gradients."""
        kept = {name: (inputs[name], inputs[name].copy()) for name in ("X", "y")}
        net, steps, error = self._recorded(question, inputs, seed=question["seed"])
        batches = steps
        if error is not None:  # what was seen before it counts
            batches = steps + self._further_batches(question, inputs, len(steps))
            if question["with_params"]:
                net, steps = self._going_on(question, inputs, len(steps)) or (net, steps)
        recording.report(seen, steps, batches, net.params, question["with_params"])
        seen.values["undone"] = sorted(self.code.undone.skipped)
        seen.values["changed"] = _changed(kept)
        if error is not None:
            raise error

    def _recorded(self, question, inputs, net_class=None, seed=None):
        """A network after a training that was watched, the training's calls, and what ended it."""
        recorded = recording.Recording({name: inputs[f"grads_{name}"] for name in PARAMS})
        net_class, settings, error = net_class or self.net_class, question["settings"], None
        net = self._net(inputs, recorded.watched(net_class))
        if seed is not None:
            _seed(seed)  # one that the constructor sets is none of train's
        data = (inputs[name] for name in ("X", "y", "X_val", "y_val"))
        try:
            with recorded.standing_in(net_class):
                net.train(*data, **settings)
        except BaseException as raised:  # sys.exit() too
            error = raised
        return net, recorded.steps(settings["num_iters"], settings["batch_size"]), error

    def _going_on(self, question, inputs, seen_so_far):
        """The same after a training that goes on where a batch or a step raises.

        Batch, step and rate are three tasks. None where that shows no more calls than before.
        """
        net_class = self.code.going_on(self.net_class, "train")
        if net_class is None:
            return None
        net, steps, _ = self._recorded(question, inputs, net_class)
        return (net, steps) if len(steps) > seen_so_far else None

    def _further_batches(self, question, inputs, seen_so_far):
        """Calls of trainings begun again, where a step broke the first one off.

        The batches are another task than the step: each beginning shows one more of them.
        """
        missing, fresh = question["settings"]["num_iters"] - seen_so_far, seen_so_far
        further: list[dict] = []
        while fresh and len(further) < missing:
            _, steps, _ = self._recorded(question, inputs)
            fresh = len(steps)
            further += steps
        return further[:missing]

    def ask_train(self, question, inputs, seen):
        """Train for real, with the student's own code throughout."""
        if "X" in inputs:
            X, y = inputs["X"], inputs["y"]
            X_val, y_val = X, y
        else:
            X, y = self.data["X_train"], self.data["y_train"]
            X_val, y_val = X[:500], y[:500]

        class Trained(self.net_class):  # type: ignore[name-defined]  # known at run time alone
            def predict(self, X):
                # The curve of accuracies is T#11's; without it the training is still the training.
                try:
                    labels = super().predict(X)
                    if np.shape(labels) == (len(X),):
                        return labels
                except Exception:
                    pass
                return np.zeros(len(X), dtype=np.int64)

        net = Trained(*question["sizes"], **question["constructor"])
        history = net.train(X, y, X_val, y_val, **question["settings"])
        for name in PARAMS:
            seen.add(f"params/{name}", net.params[name])
        if isinstance(history, dict):
            for name in ("loss_history", "train_acc_history", "val_acc_history"):
                seen.add(name, history.get(name), max_elements=20_000)

    def ask_best_net(self, question, inputs, seen):
        """Load the best network, once, and describe its parameters."""
        if self.network is None:
            self.network = best_net.load(self.best_net, self.code.main, self.net_class)
        params = getattr(self.network, "params", None)
        seen.values["class"] = type(self.network).__name__[:40]
        if isinstance(params, dict):
            for name in PARAMS:
                if name in params:
                    seen.add(f"params/{name}", params[name])
            seen.values["finite"] = all(
                bool(np.isfinite(value).all()) for value in seen.arrays.values()
            )

    def ask_labels(self, question, inputs, seen):
        """Labels of the best network for one set of images."""
        self.ask_best_net(question, inputs, Seen())
        X = self.data[question["images"]][: question.get("count")]
        kind = question.get("pixels", "centred")
        if kind == "centred":
            X = X.copy()
        elif kind == "centred/255":
            X = X / 255.0
        labels = self.network.predict(X)
        seen.add("labels", labels)
        if "labels" in seen.arrays and seen.arrays["labels"].dtype.kind == "i":
            clipped = np.clip(seen.arrays["labels"], -1, 255)
            seen.arrays["labels"] = np.where(clipped < 0, 255, clipped).astype("|u1")

    def _net(self, inputs, net_class=None):
        """A network of the student's class with the given parameters."""
        return make_network(net_class or self.net_class, inputs)

    def _watched(self, inputs, seen):
        return _Watched(self._net(inputs), inputs, seen)


class _Watched:
    """Says afterwards which of its inputs a call has changed in place."""

    def __init__(self, net, inputs, seen):
        self.net, self.inputs, self.seen = net, inputs, seen
        self.X, self.y = inputs["X"].copy(), inputs["y"].copy()

    def __enter__(self):
        return self.net, self.X, self.y

    def __exit__(self, *error):
        pairs = {"X": (self.X, self.inputs["X"]), "y": (self.y, self.inputs["y"])}
        for name in PARAMS:
            pairs[name] = (self.net.params.get(name), self.inputs[name])
        self.seen.values["changed"] = _changed(pairs)
        return False


def _changed(pairs):
    return [
        name
        for name, (now, before) in pairs.items()
        if not (isinstance(now, np.ndarray) and np.array_equal(now, before))
    ]


def _add_returned(seen, returned):
    """Describe what `loss` returned, the gradients too; the loss among it is the result."""
    seen.kinds["returned"] = {"type": type(returned).__name__[:40]}
    if not isinstance(returned, (tuple, list)):
        return returned
    seen.kinds["returned"]["shape"] = [len(returned)]
    if len(returned) != 2:
        return returned
    loss, grads = returned
    _add_grads(seen, grads)
    return loss


def _add_arrays(seen, name, values, shape):
    arrays = [value for value in values if isinstance(value, np.ndarray) and value.shape == shape]
    for at, array in enumerate(arrays[:LOCAL_ARRAYS]):
        seen.add(f"{name}/{at}", array)


def _add_grads(seen, grads):
    is_dict = isinstance(grads, dict)  # an OrderedDict is one as well
    seen.kinds["grads"] = {"type": "dict" if is_dict else type(grads).__name__[:40]}
    if is_dict:
        seen.values["grads_keys"] = sorted(str(key)[:40] for key in list(grads)[:20])
        for name in PARAMS:
            if name in grads:
                seen.add(f"grads/{name}", grads[name])


def _ended(error):
    return "out of memory" if isinstance(error, MemoryError) else "raised"
