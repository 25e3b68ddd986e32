"""What PyTorch computes for the samples of the table of operations."""

import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "golden"))
import golden_case  # noqa: E402

NAN, INF = float("nan"), float("inf")


class Fixed:
    """An input that nobody differentiates with respect to, though its type would allow it."""

    def __init__(self, values):
        self.values = values


def normal(*shape):
    return torch.randn(shape)


def positive(*shape):
    """Values in [0.5, 2): for logarithms, roots and divisors."""
    return torch.rand(shape) * 1.5 + 0.5


def distinct(*shape):
    """Values in random order that are all at least 0.1 apart and away from 0, so that no comparison
    changes its outcome within a finite difference."""
    count = torch.Size(shape).numel()
    return ((torch.randperm(count) - count // 2) * 0.1 + 0.05).reshape(shape)


def integers(*shape, low=-5, high=6):
    return torch.randint(low, high, shape)


def bools(*shape):
    return torch.randint(0, 2, shape).bool()


# What functions treat in a way of their own: zeros, infinities, NaN, the edges of domains, halves.
SPECIAL = torch.tensor([0.0, -0.0, INF, -INF, NAN, 1, -1, 0.5, -0.5, 1.5, -1.5, 2.5, 3.5, 12, -12])


def pairs(*values):
    """Every value beside every other."""
    values = torch.tensor(values)
    return values.repeat(len(values)), values.repeat_interleave(len(values))


def unary_samples(values=normal):
    """The inputs that every function of one tensor gets; values(*shape) makes them."""
    return {"matrix": values(3, 5), "stack": values(2, 1, 3), "number": values(), "empty": values(0, 3)}


def binary_samples(a=normal, b=normal):
    """The same for functions of two tensors that broadcast."""
    return {"same": (a(3, 5), b(3, 5)), "row": (a(3, 5), b(5)), "column": (a(3, 1), b(2, 3, 4)),
            "both": (a(4, 1), b(3)), "number_left": (a(), b(2, 3)), "number_right": (a(3, 2), b()),
            "numbers": (a(), b()), "empty": (a(0, 3), b(1, 3))}


def named(prefix, samples):
    return {f"{prefix}_{name}": inputs for name, inputs in samples.items()}


class Family:
    """The golden file of one family.

    Floating-point inputs are stored as float32, so that lucid can take exactly the same values in
    float32 and in float64; results and gradients are computed and stored in float64. Results of
    integers that are floating-point are float32, as they come.
    """

    def __init__(self, name):
        self.name, self.out = name, {}
        torch.manual_seed(20240229)

    def add(self, operation, samples, function):
        """samples: name -> input or tuple of inputs. A name that contains "special" keeps what finite
        differences cannot meet (infinities, NaN, equal values, kinks): values and gradients alone
        are compared there."""
        for name, inputs in samples.items():
            key = f"{operation}.{name}"
            assert not any(k.startswith(f"{key}.") for k in self.out), f"{key} twice"
            inputs = inputs if isinstance(inputs, tuple) else (inputs,)
            self._add(key, [self._store(f"{key}", i, value) for i, value in enumerate(inputs)], function)

    def inputs(self, operation, samples):
        """Samples of an operation that PyTorch has not, or computes with other random numbers:
        gradients alone are checked."""
        for name, inputs in samples.items():
            for i, value in enumerate(inputs if isinstance(inputs, tuple) else (inputs,)):
                self._store(f"{operation}.{name}", i, value)

    def _store(self, key, index, value):
        fixed = isinstance(value, Fixed)
        value = (value.values if fixed else value).detach()
        if value.is_floating_point():
            value = value.float()
        leaf = value.is_floating_point() and not fixed
        self.out[f"{key}.{'leaf' if leaf else 'fixed'}{index}"] = value.clone()
        if not value.is_floating_point():
            return value
        return value.double().requires_grad_(leaf)

    def _add(self, key, inputs, function):
        results = function(*inputs)
        results = list(results) if isinstance(results, (tuple, list)) else [results]
        leaves = {f"grad{i}": x for i, x in enumerate(inputs) if x.requires_grad}
        outputs, weights = [], []
        for i, y in enumerate(results):
            self.out[f"{key}.y{i}"] = y.detach().clone()
            if y.requires_grad:
                weight = torch.randn(y.shape).float()
                self.out[f"{key}.weight{i}"] = weight
                outputs.append(y)
                weights.append(weight.double())
        if not outputs:
            return
        grads = torch.autograd.grad(outputs, list(leaves.values()), weights, allow_unused=True)
        for name, grad in zip(leaves, grads):
            if grad is not None:
                self.out[f"{key}.{name}"] = grad.detach().clone()

    def save(self):
        golden_case.save(self.name, self.out, pathlib.Path(__file__).resolve().parent)
