"""Networks that are about to be loaded need not be filled with random numbers first."""

from torch import Tensor
from torch.overrides import TorchFunctionMode

FILLS = {Tensor.normal_, Tensor.uniform_, Tensor.zero_, Tensor.fill_}


class Unfilled(TorchFunctionMode):
    """A context in which modules start with whatever is in memory, which is then never touched.

    The meta device would save the addresses too, but PyTorch imports 75 MB of code for it.
    """

    def __torch_function__(self, function, types, arguments=(), named=None):
        """Leave out what fills a tensor."""
        named = named or {}
        if function in FILLS or getattr(function, "__module__", "") == "torch.nn.init":
            return arguments[0] if arguments else named["tensor"]
        return function(*arguments, **named)
