"""The golden file of losses and distances. make_golden.py runs this."""

import torch
import torch.nn.functional as F

from golden_case import Case, save

REDUCTIONS = ("none", "mean", "sum")


def each_reduction(out, name, make, reductions=REDUCTIONS):
    """make(case, reduction) stores a case for every reduction."""
    for reduction in reductions:
        index = REDUCTIONS.index(reduction)
        case = Case(out, f"{name}_{reduction}")
        case.result("reduction", torch.tensor([index]))
        make(case, reduction)


def class_losses(out):
    # name: scores, weight, ignored targets, label smoothing
    cases = {"weight": ((5, 4), True, (), 0.0), "ignore": ((5, 4), False, (1, 3), 0.0),
             "weight_ignore": ((5, 4), True, (0, 4), 0.0), "smooth": ((5, 4), False, (), 0.3),
             "smooth_all": ((4, 3), True, (1,), 0.2), "images": ((2, 3, 4, 2), True, (0, 5, 11), 0.1),
             "one": ((4,), True, (), 0.25), "nothing": ((3, 4), True, (0, 1, 2), 0.1)}
    for name, (xs, has_weight, ignored, smoothing) in cases.items():
        def make(case, reduction):
            classes = xs[0 if len(xs) == 1 else 1]
            target = torch.randint(0, classes, xs[:1] * (len(xs) > 1) + xs[2:])
            for i in ignored:
                target.view(-1)[i] = -7
            case.result("target", target)
            x = case.input("x", torch.randn(xs) * 2)
            weight = case.input("weight", torch.rand(classes) + 0.2).detach() if has_weight else None
            function = F.cross_entropy
            options = dict(weight=weight, ignore_index=-7, reduction=reduction)
            if case.name.startswith("nll"):
                function = F.nll_loss
            else:
                case.result("smoothing", torch.tensor([smoothing], dtype=torch.float64))
                options["label_smoothing"] = smoothing
            case.gradients(function(x, target, **options), x=x)
        each_reduction(out, f"ce_{name}", make)
        if smoothing == 0 or name in ("images", "nothing"):
            each_reduction(out, f"nll_{name}", make)
    for name, xs, has_weight, smoothing in (("plain", (5, 4), False, 0.0), ("all", (2, 3, 2, 2), True, 0.2),
                                            ("one", (4,), True, 0.1)):
        def make(case, reduction):
            x = case.input("x", torch.randn(xs) * 2)
            target = case.input("target", torch.randn(xs).softmax(0 if len(xs) == 1 else 1))
            weight = case.input("weight", torch.rand(target.shape[len(xs) > 1]) + 0.2).detach() if has_weight else None
            case.result("smoothing", torch.tensor([smoothing], dtype=torch.float64))
            y = F.cross_entropy(x, target, weight, reduction=reduction, label_smoothing=smoothing)
            case.gradients(y, x=x, target=target)
        each_reduction(out, f"probabilities_{name}", make)


def pair_losses(out):
    sizes = (3, 5)
    # name: function, input, target, numbers it is called with
    cases = {
        "l1": (F.l1_loss, torch.randn, torch.randn, {}),
        "smooth_l1": (F.smooth_l1_loss, torch.randn, torch.randn, dict(beta=0.7)),
        "smooth_l1_zero": (F.smooth_l1_loss, torch.randn, torch.randn, dict(beta=0.0)),
        "huber": (F.huber_loss, torch.randn, torch.randn, dict(delta=0.6)),
        "kl": (F.kl_div, torch.randn, torch.rand, dict(log_target=False)),
        "kl_log": (F.kl_div, torch.randn, torch.randn, dict(log_target=True)),
        "poisson": (F.poisson_nll_loss, torch.randn, lambda s: torch.rand(s) * 4, dict(log_input=True, full=False)),
        "poisson_full": (F.poisson_nll_loss, torch.randn, lambda s: torch.rand(s) * 4, dict(log_input=True, full=True)),
        "poisson_rate": (F.poisson_nll_loss, torch.rand, lambda s: torch.rand(s) * 4,
                         dict(log_input=False, full=True, eps=0.01)),
    }
    for name, (function, make_x, make_target, numbers) in cases.items():
        def make(case, reduction):
            x, target = case.input("x", make_x(sizes)), case.input("target", make_target(sizes))
            case.result("numbers", torch.tensor([float(v) for v in numbers.values()], dtype=torch.float64))
            case.gradients(function(x, target, reduction=reduction, **numbers), x=x, target=target)
        each_reduction(out, f"pair_{name}", make, ("none", "mean") if name == "kl" else ("none",))
    case = Case(out, "batchmean")
    x, target = case.input("x", torch.randn(sizes)), case.input("target", torch.rand(sizes))
    case.gradients(F.kl_div(x, target, reduction="batchmean"), x=x, target=target)


def binary_losses(out):
    for name, xs, weights in (("plain", (3, 4), ()), ("weighted", (3, 4), (4,)), ("full", (2, 3, 2), (3, 1))):
        def make(case, reduction):
            x, target = case.input("x", torch.rand(xs)), case.input("target", torch.rand(xs))
            # The limits of the logarithms.
            with torch.no_grad():
                x.view(-1)[:2] = torch.tensor([0.0, 1.0])
            case.result("x", x.float())
            weight = case.input("weight", torch.rand(weights) + 0.2).detach() if weights else None
            case.gradients(F.binary_cross_entropy(x, target, weight, reduction=reduction), x=x)
        each_reduction(out, f"binary_{name}", make, ("none", "mean"))

        def make_logits(case, reduction):
            # Far out, where exp() overflows in float32.
            x, target = case.input("x", torch.randn(xs) * 3), case.input("target", torch.rand(xs))
            with torch.no_grad():
                x.view(-1)[:3] = torch.tensor([200.0, -200.0, 0.0])
            case.result("x", x.float())
            weight = case.input("weight", torch.rand(weights) + 0.2).detach() if weights else None
            positive = case.input("pos_weight", torch.rand(weights) * 2).detach() if weights else None
            y = F.binary_cross_entropy_with_logits(x, target, weight, None, None, reduction, positive)
            case.gradients(y, x=x, target=target)
        each_reduction(out, f"logits_{name}", make_logits, ("none", "mean"))


def embedding_losses(out):
    signs = torch.tensor([1, -1, 1, -1, -1])
    for name, margin in (("plain", 0.0), ("margin", 0.4)):
        def make_hinge(case, reduction):
            x = case.input("x", torch.randn(5))
            case.result("target", signs)
            case.result("numbers", torch.tensor([margin + 0.5], dtype=torch.float64))
            case.gradients(F.hinge_embedding_loss(x, signs, margin + 0.5, reduction=reduction), x=x)
        each_reduction(out, f"hinge_{name}", make_hinge, ("none", "sum"))
        for kind, xs, function in (("ranking", (5,), F.margin_ranking_loss), ("cosine", (5, 3), F.cosine_embedding_loss)):
            def make(case, reduction):
                a, b = case.input("x", torch.randn(xs)), case.input("x2", torch.randn(xs))
                case.result("target", signs)
                case.result("numbers", torch.tensor([margin], dtype=torch.float64))
                case.gradients(function(a, b, signs, margin, reduction=reduction), x=a, x2=b)
            each_reduction(out, f"{kind}_{name}", make, ("none", "sum"))
    infinity = float("inf")
    for name, xs, margin, p, swap in (("plain", (4, 3), 1.0, 2.0, False), ("swap", (4, 3), 2.0, 2.0, True),
                                      ("three", (4, 3), 0.7, 3.0, False), ("one", (5,), 3.0, 1.0, True),
                                      ("greatest", (4, 3), 1.0, infinity, False)):
        def make_triplet(case, reduction):
            leaves = {key: case.input(key, torch.randn(xs)) for key in ("x", "x2", "x3")}
            case.result("numbers", torch.tensor([margin, p, float(swap)], dtype=torch.float64))
            y = F.triplet_margin_loss(*leaves.values(), margin, p, swap=swap, reduction=reduction)
            case.gradients(y, **leaves)
        each_reduction(out, f"triplet_{name}", make_triplet, ("none",))


def distances(out):
    for name, xs, x2s, dim in (("rows", (4, 3), (4, 3), 1), ("stack", (2, 3, 4), (3, 1), -2), ("one", (4,), (4,), 0)):
        case = Case(out, f"similarity_{name}")
        case.options(dim)
        x, x2 = case.input("x", torch.randn(xs)), case.input("x2", torch.randn(x2s))
        case.gradients(F.cosine_similarity(x, x2, dim), x=x, x2=x2)
    for name, xs, p, dim in (("two", (4, 3), 2.0, 1), ("one", (2, 3, 4), 1.0, -1), ("half", (3, 4), 0.5, 0),
                             ("greatest", (3, 4), float("inf"), 1)):
        case = Case(out, f"normalize_{name}")
        case.options(dim)
        case.result("numbers", torch.tensor([p], dtype=torch.float64))
        x = case.input("x", torch.randn(xs))
        case.gradients(F.normalize(x, p, dim), x=x)
    case = Case(out, "distance_two")
    x, x2 = case.input("x", torch.randn(4, 3)), case.input("x2", torch.randn(4, 3))
    case.gradients(F.pairwise_distance(x, x2), x=x, x2=x2)


def losses():
    out = {}
    class_losses(out)
    pair_losses(out)
    binary_losses(out)
    embedding_losses(out)
    distances(out)
    save("losses", out)
